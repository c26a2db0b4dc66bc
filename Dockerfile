# Build:  docker build -t image-tags .
# Run:    docker run -p 9292:9292 -v "$PWD/config.toml:/etc/image-tags/config.toml:ro" image-tags

# Arguments, so that the bases can come from a mirror or be pinned to a digest. Both are of one Debian release: the
# binary links to its C library.
ARG BUILDER=docker.io/library/rust:1.95-slim-bookworm
ARG RUNTIME=docker.io/library/debian:bookworm-slim

FROM ${BUILDER} AS builder
WORKDIR /build

# The dependencies in a layer of their own, built for empty sources: only a change of the manifests builds them again.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && touch src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked

# The example is compiled in: its credentials are the ones to refuse.
COPY config.example.toml ./
COPY src src
# Cargo goes by modification times, and a copied file can be older than the empty one that it replaces.
# --frozen: this step needs no network, as the layer above has everything.
RUN touch src/lib.rs src/main.rs \
    && cargo build --release --frozen \
    && mkdir data

FROM ${RUNTIME}
LABEL org.opencontainers.image.title="image-tags" \
      org.opencontainers.image.description="A standalone service that keeps tags on images and speaks the OpenStack Image API v2" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=builder /build/target/release/image-tags /usr/local/bin/image-tags
# For a Keystone or a database behind TLS. The slim base has none.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# For a store in SQLite: a volume that is mounted here belongs to the user of the service.
COPY --from=builder --chown=65532:65532 /build/data /var/lib/image-tags

# All addresses of the container, where the default is loopback. By the environment, not by --listen, so that the
# health check finds the service too. With a configuration that has the example's tokens, the service refuses to start.
ENV IMAGE_TAGS__SERVER__LISTEN=0.0.0.0:9292
EXPOSE 9292

# As a number: Kubernetes can tell that it is not root (runAsNonRoot), and no entry in /etc/passwd is needed.
# The mounted configuration has to be readable for it.
USER 65532:65532

# A graceful stop takes up to server.grace_seconds (30): give it longer than that before it is killed.
STOPSIGNAL SIGTERM

# Exec form, and the binary itself: needs neither a shell nor curl.
HEALTHCHECK --interval=15s --timeout=6s --start-period=5s --retries=3 CMD ["image-tags", "healthcheck"]

ENTRYPOINT ["image-tags"]
