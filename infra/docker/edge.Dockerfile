# The front door: Caddy, with its configuration and the built page inside.
#   docker build -f infra/docker/edge.Dockerfile .
ARG NODE_IMAGE=node:22-slim
ARG CADDY_IMAGE=caddy:2-alpine

FROM ${NODE_IMAGE} AS page
WORKDIR /page
COPY services/frontend/package.json services/frontend/package-lock.json services/frontend/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY services/frontend ./
RUN npm run --silent build

FROM ${CADDY_IMAGE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="StepDaddyLiveHD edge" \
      org.opencontainers.image.description="A self-hosted live-TV gateway: its front door and page" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT"
RUN mkdir -p /data /config && chown -R 10001:10001 /data /config
COPY infra/docker/edge.sh /usr/local/bin/edge
COPY Caddyfile /etc/caddy/Caddyfile
COPY --from=page /page/dist /srv/page
ENV XDG_DATA_HOME=/data \
    XDG_CONFIG_HOME=/config \
    PAGE_DIR=/srv/page \
    PORT=3232 \
    CATALOG=catalog:8000 \
    REALTIME_HOST=realtime \
    STREAMER_HOST=streamer
USER 10001:10001
EXPOSE 3232
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/bin/sh", "/usr/local/bin/edge", "alive"]
ENTRYPOINT ["/bin/sh", "/usr/local/bin/edge"]
CMD ["run"]
