#!/bin/sh
# What is in each image, as CycloneDX, and the licence of each thing: into the folder that is named.
set -eu
into=${1:-sbom}
mkdir -p "$into"
for service in catalog streamer realtime demo; do
	uv export --quiet --frozen --no-dev --package "stepdaddy-$service" --format cyclonedx1.5 --preview >"$into/$service.json"
done
(cd services/frontend && npm sbom --sbom-format cyclonedx --omit=dev --package-lock-only) >"$into/page.json"
.venv/bin/python infra/supply/licences.py >"$into/licences.txt"
echo "$into: $(ls "$into" | wc -l) files"
