# A search node with the plugin: the engine's zip from Maven Central and the zip of plugin-java/.
# ENGINE: elasticsearch or opensearch; the newest pinned version that the base's JDK runs is taken.
ARG BASE=ubuntu:24.04

FROM ${BASE} AS build
ARG ENGINE=elasticsearch
WORKDIR /src
COPY versions.env ./
COPY scripts scripts
COPY plugin-java plugin-java
COPY integration-tests/search/node integration-tests/search/node
RUN scripts/setup search && rm -rf /var/lib/apt/lists/*
RUN scripts/lib/stage-node "${ENGINE}" /out

FROM ${BASE}
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openjdk-21-jre-headless curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /usr/share/search-node --no-create-home --shell /usr/sbin/nologin search
COPY --from=build --chown=10001:10001 /out /usr/share/search-node
RUN mkdir -p /var/lib/search-node && chown 10001:10001 /var/lib/search-node
ENV ES_JAVA_HOME=/usr/lib/jvm/java-21-openjdk-amd64 \
    OPENSEARCH_JAVA_HOME=/usr/lib/jvm/java-21-openjdk-amd64
USER 10001:10001
EXPOSE 9200
VOLUME /var/lib/search-node
HEALTHCHECK --interval=5s --timeout=5s --start-period=180s --retries=24 \
    CMD curl -fsS 'http://127.0.0.1:9200/_cluster/health?wait_for_status=yellow&timeout=4s'
ENTRYPOINT ["/usr/share/search-node/start"]
