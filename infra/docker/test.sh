#!/bin/sh
# Builds the stack of containers, starts it on a port of loopback, tests it there, and takes it down.
# What it needs is an engine with Compose (2.24 or later).
set -eu
cd "$(dirname "$0")/../.."

free_port() {
	.venv/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

export COMPOSE_PROJECT_NAME="${COMPOSE_PROJECT_NAME:-stepdaddy-test}"
export COMPOSE_FILE=docker-compose.yml:infra/docker/compose.test.yml
export COMPOSE_ENV_FILES=/dev/null # a developer's own settings stay out of it
export IMAGE_PREFIX=stepdaddylivehd-test
export RATE_LIMIT=off # one client asks for everything here
export WORKERS="${WORKERS:-2}" PORT="${PORT:-$(free_port)}"
unset DADDYLIVE_URI SOURCES BACKEND_HOST_URI API_URL ACCESS_TOKENS REDIS_URL CACHE_REDIS_URL NATS_URL SITE_ADDRESS

docker info >/dev/null 2>&1 || {
	echo "a container engine is needed: docker info finds none" >&2
	exit 2
}

down() {
	docker compose down --volumes --remove-orphans --timeout 3 >/dev/null 2>&1 || true
}

ended() {
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ]; then
		docker compose ps --all || true
		docker compose logs --no-color --tail 40 || true
	fi
	down
	exit "$status"
}

down # what a run that was cut off left
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

docker compose build --quiet
docker build --quiet --tag "$IMAGE_PREFIX/all-in-one" . >/dev/null
docker compose --progress quiet up --detach --wait --wait-timeout 180 --no-build --pull never
E2E_BASE=http://127.0.0.1:$PORT .venv/bin/python -m pytest "$@" tests/containers
