package org.vlrerank.client;

/**
 * A rerank call that brought no scores. Its message names no address and may be shown to a user.
 */
public final class RerankException extends Exception {
    /** What went wrong, as the marker header and metrics name it. */
    public enum Reason {
        TIMEOUT("timeout", 504),
        /** A limit of our own was reached: waiting search threads or concurrent requests. */
        BUSY("busy", 429),
        /** Every endpoint failed a short while ago, or none is configured. */
        NO_ENDPOINT("no_endpoint", 503),
        UNREACHABLE("unreachable", 503),
        /** The handshake failed: a certificate of either side, or no TLS at all. */
        TLS("tls", 502),
        OVERLOADED("overloaded", 429),
        SERVER_ERROR("server_error", 502),
        BAD_ANSWER("bad_answer", 502),
        /** The sidecar found the request itself wrong. */
        REFUSED("refused", 400),
        INTERNAL("internal", 500);

        private final String token;
        private final int status;

        Reason(String token, int status) {
            this.token = token;
            this.status = status;
        }

        public String token() {
            return token;
        }

        /** HTTP status of a search that asked to fail with this. */
        public int status() {
            return status;
        }
    }

    private final Reason reason;

    public RerankException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public RerankException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
