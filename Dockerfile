# The server's image: `docker build --tag registration-server .`; docs/containers.md says how it is run.
# A tag can be moved: where that matters, `--build-arg NODE_IMAGE=node@sha256:…` with the digest that you looked at.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
ENV CI=true TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
WORKDIR /project
COPY . .
# pnpm by the version that package.json pins. Its own install script puts a binary in place of a shim.
RUN npm install --global --ignore-scripts=false --no-audit --no-fund "$(node -p "require('./package.json').packageManager")"
RUN pnpm install --frozen-lockfile
RUN PATH="/project/node_modules/.bin:$PATH" node scripts/build.cjs --filter=@registration/server
# What the server needs to run, and its versions by the lockfile. The embedded PostgreSQL is a development dependency and stays out.
RUN pnpm --filter=@registration/server --config.inject-workspace-packages=true deploy --prod /deployed

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/registration
WORKDIR /app
# Owned by root, so that an attacker in the process can't change its program.
COPY --from=build --chown=0:0 /deployed ./
RUN install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/registration
USER 1000:1000
# The outage journal: a lasting volume of its own for each replica.
VOLUME /var/lib/registration
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
