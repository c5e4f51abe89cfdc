# henkin as a container: the code is root's and cannot be changed from inside, everything of the shop
# (.env, data/) lies in the volume. README says how to run it.

ARG NODE_IMAGE=node:24-bookworm-slim
# sqlite: a database in a file. postgres: the image also holds what PostgreSQL and several workers need.
ARG DATABASE=sqlite

FROM ${NODE_IMAGE} AS build
ARG DATABASE
# Needed only where better-sqlite3 has no prebuilt binary.
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/henkin
COPY package.json package-lock.json .npmrc .build.mjs tsconfig.json ./
COPY src ./src
# `prepare` builds.
RUN npm ci
# What is optional is for development, too, and would go with it: here it becomes needed, as package.json has it.
RUN case "$DATABASE" in \
    sqlite) ;; \
    postgres) node -e "const p = JSON.parse(fs.readFileSync('package.json')); \
      Object.assign(p.dependencies, p.peerDependencies); \
      for (const name in p.peerDependencies) delete p.devDependencies[name]; \
      fs.writeFileSync('package.json', JSON.stringify(p))" ;; \
    *) echo "DATABASE is sqlite or postgres, not $DATABASE" >&2; exit 1 ;; \
  esac \
  && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
COPY --from=build /opt/henkin/node_modules /opt/henkin/node_modules
COPY --from=build /opt/henkin/dist /opt/henkin/dist
COPY package.json LICENSE README.md .env.example /opt/henkin/
COPY templates /opt/henkin/templates
RUN ln -s /opt/henkin/dist/main.js /usr/local/bin/henkin \
  && install -d -o node -g node -m 0700 /var/lib/henkin /var/lib/henkin/data
# On loopback inside the container, for the check below; nothing is exposed.
ENV NODE_ENV=production HEALTH_PORT=8080
WORKDIR /var/lib/henkin
VOLUME /var/lib/henkin
USER node
HEALTHCHECK --interval=1m --timeout=10s --start-period=2m \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# henkin ends within 30 seconds of SIGTERM: give it more (docker stop --time 40).
STOPSIGNAL SIGTERM
ENTRYPOINT ["henkin"]
CMD ["run"]
