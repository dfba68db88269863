#!/bin/sh
# Makes sure that what tests need besides Python and Node is here: Chromium, and promtool. Installs them where that
# is possible without asking (root on Debian or Ubuntu), else says what to install; without Chromium it fails.
set -eu

fetch_promtool() { # a single program out of Debian's package: Prometheus itself is not installed
	folder=$(mktemp -d)
	(cd "$folder" && apt-get update -q && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .) >/dev/null 2>&1 &&
		install -m 755 "$folder/usr/bin/promtool" .venv/bin/promtool ||
		echo "promtool is not to be had: the rules of Prometheus go untested" >&2
	rm -rf "$folder"
}

if [ ! -x .venv/bin/promtool ] && ! command -v promtool >/dev/null 2>&1; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		fetch_promtool
	else
		echo "the rules of Prometheus go untested: install promtool" >&2
	fi
fi

for browser in /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
	[ -x "$browser" ] && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	apt-get update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
	exit 0
fi
echo "The browser journeys need Chromium: install it (Debian and Ubuntu: apt-get install chromium)" >&2
exit 2
