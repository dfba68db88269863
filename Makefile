# make run    the whole stack on this machine        make test   everything, against real servers
# make lint   all that is checked without running    make help   the rest

.DEFAULT_GOAL := help
.PHONY: help run setup test test-python test-page test-browser screenshots test-containers players lint format types docs
.PHONY: bench bench-page lighthouse bench-viewers bench-zap bench-failover bench-latency bench-tuner bench-realtime bench-catalog bench-clocks
.PHONY: drill soak audit sbom

PY := .venv/bin
SOURCES := $(patsubst %/pyproject.toml,%/src,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml infra/*/pyproject.toml))

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

run: ## start everything on this machine; Ctrl-C stops it
	@sh infra/embedded/page.sh check
	@sh infra/embedded/setup.sh run
	@sh infra/embedded/page.sh
	@exec $(PY)/python -m embedded

setup: ## the environment for working on it
	@sh infra/embedded/setup.sh dev
	@sh infra/embedded/page.sh install

test: setup ## everything: Python, page, browser
	@sh tests/support/needs.sh
	@sh infra/embedded/page.sh
	@$(MAKE) --no-print-directory test-python test-page test-browser

test-python: ## unit, contract and integration tests
	$(PY)/pytest -n 2 --dist loadgroup tests/unit tests/contract tests/integration

test-page: ## the page's own tests
	cd services/frontend && npm test --silent

test-browser: ## journeys through the running stack, in Chromium and with ffmpeg
	$(PY)/pytest tests/e2e

screenshots: ## what the journeys see, into docs/screenshots
	@sh infra/embedded/page.sh
	@SCREENSHOTS=1 $(PY)/pytest -q tests/e2e/test_journeys.py tests/e2e/test_accessibility.py

test-containers: setup ## the Compose stack, built and played through; needs a Docker engine
	@sh infra/docker/test.sh

players: ## every demo channel in six players, judged by frames; SECONDS=30 ONLY="mpv vlc" CHANNELS=dash JOBS=6
	@PYTHONPATH=tests $(PY)/python -m players

bench: ## the streamer beside nginx and Caddy; ONLY=hot ROUNDS=5 SECONDS=2
	@PYTHONPATH=tests $(PY)/python -m bench

bench-page: ## how long a viewer of the page waits: for a picture, a search, a long list; ONLY=click|list|guide ROUNDS=3 WRITE=1
	@sh infra/embedded/page.sh
	@PYTHONPATH=tests $(PY)/python -m bench page

lighthouse: ## what Lighthouse says of the built page; fetches it with npx; ONLY="/ /schedule" ROUNDS=1 WRITE=1
	@sh infra/embedded/page.sh
	@PYTHONPATH=tests $(PY)/python -m bench lighthouse

bench-viewers: ## simulated players; N=200 SECONDS=60 NODES=3 BALANCE=roundrobin|leastconn|hash KILL=1 ROLL=1
	@PYTHONPATH=tests $(PY)/python -m bench viewers

bench-zap: ## viewers who never stay, and what they leave behind; N=50 MINUTES=30
	@PYTHONPATH=tests $(PY)/python -m bench zap

bench-failover: ## a stream that dies and comes back, played; NODES=3 DEATH=refuses|hangs DOWN_S=20
	@PYTHONPATH=tests $(PY)/python -m bench failover

bench-latency: ## low latency through one gateway and two, and N=500 who wait for one playlist; SECONDS=20
	@PYTHONPATH=tests $(PY)/python -m bench latency

bench-tuner: ## MPEG-TS in all its forms, played for SECONDS=300 by N=50 viewers; NODES=3
	@PYTHONPATH=tests $(PY)/python -m bench tuner

bench-realtime: ## many Socket.IO clients, on replicas that may die; ONLY=crowd CLIENTS=5000 SECONDS=60 WRITE=1
	@PYTHONPATH=tests $(PY)/python -m bench realtime

bench-catalog: ## a large list, a large guide, a search; ONLY=list|guide|search|api ROUNDS=3 ENTRIES=100000 GUIDE_MB=300
	@PYTHONPATH=tests $(PY)/python -m bench catalog

bench-clocks: ## starts of events while workers are killed; SECONDS=300 WORKERS=3 KILL_S=10
	@PYTHONPATH=tests $(PY)/python -m bench clocks

drill: ## the stack broken on purpose, judged by its viewers; ONLY="kill redis; junk"
	@PYTHONPATH=tests $(PY)/python -m drill drills "$(ONLY)"

soak: ## the stack used for long, and what that leaves behind; MINUTES=60
	@PYTHONPATH=tests $(PY)/python -m drill soak $(or $(MINUTES),60)

audit: ## known faults of what this stands on; says so where nobody can be asked
	@sh infra/supply/audit.sh

sbom: ## what is in each image, and the licences, into sbom/
	@sh infra/supply/sbom.sh sbom

lint: setup ## ruff, mypy, import-linter, Biome, the Caddyfile, the Dockerfiles
	$(PY)/ruff check .
	$(PY)/ruff format --check .
	$(PY)/mypy $(SOURCES) tests
	$(PY)/lint-imports
	$(PY)/caddy validate --config Caddyfile --adapter caddyfile 2>/dev/null
	$(PY)/hadolint Dockerfile infra/docker/Dockerfile infra/docker/edge.Dockerfile
	cd services/frontend && npm run --silent lint && npm run --silent typecheck

format: ## put everything into shape
	$(PY)/ruff check --fix --quiet . || true
	$(PY)/ruff format .
	$(PY)/caddy fmt --overwrite Caddyfile
	cd services/frontend && npm run --silent format

docs: ## the tables of docs/settings.md, and Grafana's dashboards
	@PYTHONPATH=tests $(PY)/python -m support.settings_page
	@$(PY)/python infra/grafana/dashboards.py

types: ## the page's types, from the API
	$(PY)/python -m catalog openapi > services/frontend/openapi.json
	cd services/frontend && npm run --silent types
