#!/bin/sh
# Becomes the service, or stands by where the settings leave it nothing to do.
#
# Compose can't decide by a setting whether a service starts. What is not needed (the demo beside configured
# sources, local streamers beside BACKEND_HOST_URI) gets the reason as STANDBY_IF and sleeps: about 1 MB.
set -eu
if [ -n "${STANDBY_IF:-}" ]; then
	echo "$SERVICE is not needed, since $STANDBY_IF: standing by"
	trap 'exit 0' TERM INT
	sleep infinity &
	wait
fi
exec python -m "$SERVICE" "$@"
