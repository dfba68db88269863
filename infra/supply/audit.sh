#!/bin/sh
# Known faults of what we build on: pip-audit over uv.lock, npm audit over package-lock.json.
# Without a network nobody can be asked: that is said, and is no failure.
set -u
found=0

# judge NAME STATUS OUTPUT: a fault is one, but no answer is none
judge() {
	if [ "$2" -eq 0 ]; then
		echo "$1: nothing is known"
	elif grep -qiE 'connection|resolve|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network|timed? ?out|audit endpoint|dns|proxy|service unavailable|40[34]|50[0-9]' "$3" &&
		! grep -qiE 'found [0-9]+ known vulnerabilit|severity:' "$3"; then
		echo "$1: nobody could be asked"
	else
		cat "$3"
		found=1
	fi
}

said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

uv export --quiet --frozen --all-packages --no-dev --no-emit-workspace --format requirements-txt >"$said/locked" || exit 1
timeout 300 uvx --quiet pip-audit --requirement "$said/locked" --disable-pip --require-hashes >"$said/python" 2>&1
judge "Python" $? "$said/python"

(cd services/frontend && timeout 300 npm audit --omit=dev >"$said/page" 2>&1)
judge "the page" $? "$said/page"

exit $found
