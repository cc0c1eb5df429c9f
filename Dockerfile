# Scout as an image: docker build -t scout . && docker run --env-file scout.env -v scout-state:/var/lib/scout scout
# Works with a read-only root file system: all state is in /var/lib/scout (or in PostgreSQL, see SCOUT_STORE_URL).

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /opt/scout
COPY locks/run.lock locks/run.lock
RUN python -m venv --without-pip venv \
 && python -m pip --python venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r locks/run.lock
COPY bot bot
COPY commands commands
RUN venv/bin/python -m compileall -q venv/lib bot commands

FROM python:3.11.14-slim-bookworm
RUN groupadd --system --gid 10001 scout \
 && useradd --system --uid 10001 --gid scout --no-create-home --home-dir /var/lib/scout scout \
 && install --directory --owner scout --group scout --mode 0700 /var/lib/scout
COPY --from=build /opt/scout/venv /opt/scout/venv
COPY --from=build /opt/scout/bot /opt/scout/bot
COPY --from=build /opt/scout/commands /opt/scout/commands
ENV PATH=/opt/scout/venv/bin:$PATH \
    PYTHONPATH=/opt/scout \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SCOUT_STORE_URL=sqlite:////var/lib/scout/scout.sqlite3 \
    SCOUT_LISTEN=0.0.0.0:8080
WORKDIR /var/lib/scout
VOLUME ["/var/lib/scout"]
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://' + os.environ['SCOUT_LISTEN'] + '/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
