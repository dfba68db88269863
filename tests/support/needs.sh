#!/bin/sh
# Makes sure that what tests need besides Python and Node is here: Chromium. Installs it where that is
# possible without asking (root on Debian or Ubuntu), else says what to install, and fails.
set -eu

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
