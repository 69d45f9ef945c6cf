# The store in one image: `serve` (default), `worker`, `migrate` and the other commands.

FROM python:3.13-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /app/.venv
WORKDIR /app
COPY requirements.lock ./
# Only wheels: nothing is compiled, so no compiler is needed here or later.
RUN .venv/bin/pip install --only-binary=:all: --require-hashes -r requirements.lock
COPY tools/install_project.py tools/
RUN .venv/bin/python tools/install_project.py \
    && .venv/bin/pip uninstall --yes pip

FROM python:3.13-slim AS store
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin store \
    && install -d -o store -g store -m 0750 /data
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STORE_DATA_DIR=/data
COPY --from=dependencies /app/.venv /app/.venv
COPY locales ./locales
COPY store ./store
RUN python -m compileall -q store
USER store
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=12 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["store"]
CMD ["serve"]
