# The gateway as an image: docker build -t edge . && docker run -p 8080:8080 edge
#
# Mount your own folder with edge.toml and functions at /etc/edge, and a volume at /var/lib/edge for KV data and caches.
# Works with --read-only and --cap-drop=ALL: nothing else is written.

# The digest is that of all platforms; a newer one: docker buildx imagetools inspect python:3.13-slim-trixie
ARG PYTHON=3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# Dependencies first: they change less often than the sources.  The environment is made where it will be used.
COPY requirements-build.lock requirements.lock ./
RUN pip install --require-hashes -r requirements-build.lock \
    && python -m venv /opt/edge \
    && /opt/edge/bin/pip install --require-hashes -r requirements.lock
# Symbols that only debuggers need are a fifth of V8; tests of packages test nothing here.
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends binutils >/dev/null \
    && find /opt/edge -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find /opt/edge/lib -type d \( -name tests -o -name _tests \) -prune -exec rm -rf {} +
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY edge edge
RUN pip wheel --no-build-isolation --no-deps --wheel-dir /wheels . \
    && /opt/edge/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/edge/bin/pip uninstall --yes pip

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="edge" \
      org.opencontainers.image.description="A self-hosted edge gateway that runs JavaScript functions in V8 isolates" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 edge \
    && useradd --uid 10001 --gid edge --home-dir /var/lib/edge --no-create-home --shell /usr/sbin/nologin edge \
    && install -d -o edge -g edge -m 0750 /var/lib/edge
COPY --from=build /opt/edge /opt/edge
COPY config /etc/edge
COPY functions /etc/functions
ENV PATH=/opt/edge/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EDGE_STORAGE_DATA_DIR=/var/lib/edge
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/edge
VOLUME ["/var/lib/edge"]
# The admin listener (9090) stays on the container's loopback until --admin or the config says otherwise.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["edge", "healthcheck"]
ENTRYPOINT ["edge"]
CMD ["serve", "--config", "/etc/edge/edge.toml", "--listen", "0.0.0.0:8080"]
