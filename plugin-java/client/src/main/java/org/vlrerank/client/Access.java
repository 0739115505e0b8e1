package org.vlrerank.client;

import javax.net.ssl.SSLContext;

/**
 * What the client shows of itself to the sidecars, and whom it trusts.
 *
 * @param apiKey sent as a bearer token; null for none
 * @param tls for https endpoints; null for the JDK's own trust and no certificate of the client
 */
public record Access(String apiKey, SSLContext tls) {
    /** Throws IllegalArgumentException where the key cannot stand in a header. */
    public Access {
        if (apiKey != null && !apiKey.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "[vl_rerank.api_key] must be visible ASCII characters without spaces");
        }
    }

    public static final Access NONE = new Access(null, null);
}
