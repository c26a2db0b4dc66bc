# Build:  docker build -t image-tags .
# Run:    docker run --read-only -p 9292:9292 -v "$PWD/image-tags:/etc/image-tags:ro" image-tags
#         with config.toml in the folder image-tags. A file that is mounted by itself stays the old one
#         in the container when an editor replaces it, also for a reload.
# For others: docker buildx build --platform linux/amd64,linux/arm64 --output type=oci,dest=image-tags.tar .

# The base images are arguments, so that they can come from a mirror or be pinned to a digest. Both must
# be of the same Debian release, because the binary links to its C library. The builder runs on the
# machine's own architecture and compiles for the one that is asked for.
ARG BUILDER=docker.io/library/rust:1.95-slim-bookworm
# The C library, certificates and time zones, and no shell. The variant cc adds OpenSSL and C++, which
# nothing here uses, and is 8 MiB larger.
ARG RUNTIME=gcr.io/distroless/base-nossl-debian12:nonroot

FROM --platform=${BUILDPLATFORM} ${BUILDER} AS builder
ARG TARGETARCH
WORKDIR /build
# cargo auditable puts the list of dependencies into the program. It runs here, so that it is built for
# the builder, before the next step sets the target.
COPY deploy/release/tool deploy/release/tool
RUN deploy/release/tool auditable --version
COPY deploy/container/target deploy/container/target
RUN deploy/container/target "${TARGETARCH:-$(dpkg --print-architecture)}"

# The dependencies get a layer of their own, built with empty sources. Only a change of the manifests
# rebuilds them.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && touch src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && deploy/release/tool auditable build --release --locked

# The program contains the example configuration, because it refuses the example's credentials.
COPY config.example.toml ./
COPY src src
# Cargo compares modification times, and a copied file can be older than the empty one that it replaces.
# --frozen: this step needs no network, because the layer above has everything.
RUN touch src/lib.rs src/main.rs \
    && deploy/release/tool auditable build --release --frozen \
    && install -D target/*/release/image-tags root/usr/local/bin/image-tags \
    && mkdir data

FROM ${RUNTIME}
COPY --from=builder /build/root /
# The certificates for a Keystone or a database behind TLS, for a base image that has none.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# The directory for a SQLite store. A volume mounted here belongs to the user of the service.
COPY --from=builder --chown=65532:65532 /build/data /var/lib/image-tags

# What a release says of itself: docs/development.md has the command.
ARG VERSION=
ARG REVISION=
ARG CREATED=
ARG SOURCE=
LABEL org.opencontainers.image.title="image-tags" \
      org.opencontainers.image.description="Keeps tags on images and speaks the OpenStack Image API v2" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"

# Listen on all addresses of the container; the default is loopback. The environment sets the address,
# not --listen, so that the health check finds the service too. With the example's tokens in the
# configuration, the service refuses to start.
ENV IMAGE_TAGS__SERVER__LISTEN=0.0.0.0:9292
EXPOSE 9292

# A numeric user: Kubernetes can tell that it is not root (runAsNonRoot), and it needs no entry in
# /etc/passwd. It must be able to read the mounted configuration.
USER 65532:65532

# A graceful shutdown takes up to server.grace_seconds (30). The stop timeout must be longer.
STOPSIGNAL SIGTERM

# In exec form, with the binary itself: it needs neither a shell nor curl. It asks /livez, because what
# restarts unhealthy containers must not do so when the database is away.
HEALTHCHECK --interval=15s --timeout=6s --start-period=5s --retries=3 CMD ["image-tags", "healthcheck", "--live"]

ENTRYPOINT ["image-tags"]
