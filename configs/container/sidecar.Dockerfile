# The sidecar. Targets: cpu (default of docker-compose.yml) and gpu, which adds the CUDA libraries (some 4 GB).
ARG BASE=ubuntu:24.04

FROM ${BASE} AS build
ENV VL_RERANK_CACHE=/opt/vl-rerank
WORKDIR /src
COPY versions.env ./
COPY scripts scripts
COPY plugin-java/engines.sh plugin-java/engines.sh
RUN scripts/setup build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release && cmake --build --preset release --target vl-rerank vl-rerank-decode
# The programs, what they need of libtorch, and the names of the system packages their libraries come from.
RUN scripts/lib/stage-runtime build/release/sidecar /out

FROM ${BASE} AS cpu
COPY --from=build /out/packages /tmp/packages
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive xargs apt-get install -qq -y --no-install-recommends ca-certificates curl < /tmp/packages \
    && rm -rf /var/lib/apt/lists/* /tmp/packages \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin vl-rerank
COPY --from=build /out/libtorch /opt/vl-rerank
COPY --from=build /out/bin /usr/local/bin
COPY configs/sidecar.yaml /etc/vl-rerank/sidecar.yaml
COPY models /usr/share/vl-rerank/models
COPY LICENSE /usr/share/doc/vl-rerank/LICENSE
ENV VL_RERANK_SERVER__HOST=0.0.0.0 \
    VL_RERANK_MODEL__PATH=/usr/share/vl-rerank/models/vl-rerank-mini
USER 10001:10001
EXPOSE 7860
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=12 \
    CMD curl -fsS http://127.0.0.1:7860/health/ready
ENTRYPOINT ["vl-rerank"]
CMD ["serve", "--config", "/etc/vl-rerank/sidecar.yaml"]

FROM build AS cuda
RUN scripts/setup gpu && rm -rf /opt/vl-rerank/*/torch/include

FROM cpu AS gpu
COPY --from=cuda /opt/vl-rerank /opt/vl-rerank
ENV VL_RERANK_MODEL__DEVICE=cuda:0 \
    VL_RERANK_MODEL__DTYPE=bfloat16 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
