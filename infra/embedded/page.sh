#!/bin/sh
# Builds the page into services/frontend/dist, unless what is there was built from the same sources.
# `page.sh check` only looks for what that needs; `page.sh install` only installs the page's packages.
set -eu
cd "$(dirname "$0")/../../services/frontend"

if ! command -v node >/dev/null 2>&1; then
	echo "Node 20.19, or 22.12 and later, is needed to build the page: none was found" >&2
	exit 2
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'; then
	echo "Node 20.19, or 22.12 and later, is needed to build the page: this is $(node --version)" >&2
	exit 2
fi
if ! command -v npm >/dev/null 2>&1; then
	echo "npm is needed to build the page: on Debian and Ubuntu, install npm; Node's own packages bring it" >&2
	exit 2
fi

[ "${1:-build}" = check ] && exit 0

digest() { # of all that the page is built from
	find . \( -name node_modules -o -name dist -o -name coverage \) -prune -o -type f -print | LC_ALL=C sort |
		while read -r file; do cksum "$file"; done | cksum | cut -d' ' -f1
}

lock=$(cksum package-lock.json | cut -d' ' -f1)
if [ "$(cat node_modules/.installed-from 2>/dev/null || true)" != "$lock" ]; then
	npm ci --no-audit --no-fund --loglevel=error
	echo "$lock" >node_modules/.installed-from
fi
[ "${1:-build}" = install ] && exit 0

sources=$(digest)
if [ "$(cat dist/.built-from 2>/dev/null || true)" != "$sources" ]; then
	npm run --silent build
	echo "$sources" >dist/.built-from
fi
