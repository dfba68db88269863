#!/bin/sh
# Says in Caddy's words what the operator said in ours, then becomes Caddy. POSIX sh: it runs under busybox.
#
# BACKEND_HOST_URI, if set, are the streamers; else they are those that answer to STREAMER_HOST.
set -eu

# To Caddy an empty variable is a value; in a compose file it means "not said".
for name in SITE_ADDRESS PORT CATALOG STREAMER_PORT RESOLVERS TRUSTED_PROXIES INSIDE ACCESS_LOG EDGE_METRICS METRICS_PORT CADDY_ADMIN CADDY_LOG_LEVEL; do
	eval "[ -n \"\${$name-}\" ] || unset $name"
done

# Players are sent to the upstreams: the page's policy has to let them go there.
case $(printf %s "${PROXY_CONTENT:-TRUE}" | tr 'A-Z' 'a-z') in
0 | false | no | off | f | n) export MEDIA_FROM="http: https:" ;;
esac

refuse() {
	echo "$1" >&2
	exit 2
}

streamers() { # http://host:port for each of BACKEND_HOST_URI, on one line
	set -f
	# shellcheck disable=SC2086  # words are wanted
	for given in $(printf %s "$BACKEND_HOST_URI" | tr ',\n\t' '   '); do
		address=${given%/}
		case $address in *://*) ;; *) address=http://$address ;; esac
		printf %s "$address" | grep -Eq '^https?://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}$' ||
			refuse "BACKEND_HOST_URI='$given': accepted: http://host:port or host:port, separated by spaces or commas"
		printf '%s ' "$address"
	done
}

BYTE='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
NETWORK="(private_ranges|($BYTE\.){3}$BYTE(/(3[0-2]|[12]?[0-9]))?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)"

networks() { # those of the variable that is called $1, on one line
	set -f
	eval "all=\$$1"
	# shellcheck disable=SC2154  # just set
	for given in $(printf %s "$all" | tr ',\n\t' '   '); do
		printf %s "$given" | grep -Eq "^$NETWORK\$" ||
			refuse "$1='$given': accepted: private_ranges, or networks such as 10.0.0.0/8, separated by spaces or commas"
		printf '%s ' "$given"
	done
}

alive() { # the page answers; behind a certificate only the port is asked
	if [ -n "${SITE_ADDRESS-}" ]; then
		nc -w 2 127.0.0.1 "${PORT:-3232}" </dev/null >/dev/null 2>&1
	else
		wget -q -O /dev/null "http://127.0.0.1:${PORT:-3232}/favicon.svg"
	fi
}

case ${1:-run} in
alive) alive ;;
run)
	STREAMER_POOL=dynamic
	if [ -n "${BACKEND_HOST_URI-}" ]; then
		STREAMER_POOL=fixed
		STREAMERS=$(streamers)
		export STREAMERS
	fi
	REALTIME_POOL=${REALTIME_POOL:-dynamic}
	export STREAMER_POOL REALTIME_POOL
	[ -z "${TRUSTED_PROXIES-}" ] || TRUSTED_PROXIES=$(networks TRUSTED_PROXIES)
	[ -z "${INSIDE-}" ] || INSIDE=$(networks INSIDE)
	exec caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
	;;
*) exec "$@" ;;
esac
