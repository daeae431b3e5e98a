# syntax=docker/dockerfile:1
# The example service. Build from the root of the repository.
FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked -p examples --bin agent_service && cp target/release/agent_service /agent_service

FROM debian:bookworm-20250610-slim
# curl asks for the health, the certificates are for endpoints of models.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10002 --no-create-home agent
COPY --from=build /agent_service /usr/local/bin/agent_service
USER 10002
EXPOSE 8000
ENTRYPOINT ["/usr/local/bin/agent_service"]
