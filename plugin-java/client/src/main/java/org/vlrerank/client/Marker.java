package org.vlrerank.client;

import org.vlrerank.client.RerankException.Reason;

import java.util.Map;

/**
 * What a coordinator way says of what it did.
 *
 * @param text value of the header {@link #HEADER}
 * @param warning value of the HTTP header Warning; null where there is nothing to warn of
 */
public record Marker(String text, String warning) {
    public static final String HEADER = "X-Vl-Rerank";

    /** Warn code of a miscellaneous persistent warning. */
    private static final int WARN_CODE = 299;

    public static Marker applied(int window, long tookMillis) {
        return new Marker("applied;window=" + window + ";took=" + tookMillis + "ms", null);
    }

    public static Marker skipped(String reason) {
        return new Marker("skipped;reason=" + reason, null);
    }

    public static Marker failed(Reason reason) {
        return new Marker(
                "failed;reason=" + reason.token(),
                WARN_CODE
                        + " vl-rerank \"reranking failed ("
                        + reason.token()
                        + "), the hits stand in their first order\"");
    }

    /** {@code ext.vl_rerank} of an answer's body. */
    public Map<String, Object> body() {
        return Map.of("marker", text);
    }
}
