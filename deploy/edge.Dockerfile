# The gateway, and the simulated wearables. Built for arm64 (a Raspberry Pi) and amd64:
# docker buildx build --platform linux/arm64,linux/amd64 -f deploy/edge.Dockerfile .
# On a Pi the container reaches the radio through BlueZ: mount /run/dbus and run as a user allowed to use it.
ARG EXTRAS=edge
FROM python:3.11-slim-bookworm AS build
ARG EXTRAS
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/carewire \
 && /opt/carewire/bin/pip install --no-cache-dir --require-hashes -r requirements/$EXTRAS.lock \
 && python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY carewire carewire
COPY cloud cloud
COPY edge edge
COPY firmware_sim firmware_sim
COPY models models
COPY vitals vitals
RUN /opt/build/bin/python -m hatchling build -t wheel \
 && /opt/carewire/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10002 --create-home --home-dir /var/lib/carewire carewire
COPY --from=build /opt/carewire /opt/carewire
ENV PATH=/opt/carewire/bin:$PATH PYTHONUNBUFFERED=1 CAREWIRE_EDGE_DATA_DIR=/var/lib/carewire
USER carewire
VOLUME /var/lib/carewire
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["carewire", "edge", "status"]
ENTRYPOINT ["carewire"]
CMD ["edge", "run"]
