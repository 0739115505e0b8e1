# Fills the object store and the index with the demo's knowledge base; with further arguments it searches too.
ARG BASE=ubuntu:24.04
FROM ${BASE}
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-minimal libpython3-stdlib \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin seed
COPY configs/index-templates /app/configs/index-templates
COPY integration-tests/search/node_client.py /app/integration-tests/search/
COPY integration-tests/demo /app/integration-tests/demo
COPY integration-tests/demo-data /app/integration-tests/demo-data
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["/app/integration-tests/demo/run"]
