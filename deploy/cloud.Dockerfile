# The service. Built for amd64 and arm64: docker buildx build --platform linux/amd64,linux/arm64 -f deploy/cloud.Dockerfile .
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements/build.lock requirements/cloud.lock requirements/
RUN python -m venv /opt/carewire \
 && /opt/carewire/bin/pip install --no-cache-dir --require-hashes -r requirements/cloud.lock \
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
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/carewire carewire
COPY --from=build /opt/carewire /opt/carewire
ENV PATH=/opt/carewire/bin:$PATH PYTHONUNBUFFERED=1 \
    CAREWIRE_CLOUD_DATA_DIR=/var/lib/carewire CAREWIRE_CLOUD_HTTP__HOST=0.0.0.0
USER carewire
VOLUME /var/lib/carewire
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["carewire", "cloud", "health"]
ENTRYPOINT ["carewire"]
CMD ["cloud", "run"]
