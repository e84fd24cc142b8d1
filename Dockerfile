# khabar as an image: non-root, its only writable folder is KHABAR_HOME.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/khabar \
 && /opt/khabar/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt -r requirements/build.txt
COPY pyproject.toml README.md LICENSE schema.sql ./
COPY migrations migrations
COPY ingest ingest
COPY workers workers
RUN /opt/khabar/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /var/lib/khabar khabar
COPY --from=build /opt/khabar /opt/khabar
ENV PATH=/opt/khabar/bin:$PATH \
    KHABAR_HOME=/var/lib/khabar \
    KHABAR_LOG_FORMAT=json \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER khabar
WORKDIR /var/lib/khabar
VOLUME /var/lib/khabar
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["khabar", "db", "check"]
ENTRYPOINT ["khabar"]
CMD ["up"]
