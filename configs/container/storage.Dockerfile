# versitygw on a volume, not as root.
ARG VERSITYGW_VERSION
FROM versity/versitygw:v${VERSITYGW_VERSION}
USER root
RUN mkdir -p /data && chown 10001:10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 7070
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=12 \
    CMD wget -q -O /dev/null http://127.0.0.1:7070/health
