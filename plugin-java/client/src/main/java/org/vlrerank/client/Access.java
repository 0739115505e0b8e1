package org.vlrerank.client;

import javax.net.ssl.SSLContext;

/**
 * What the client shows of itself to the sidecars, and whom it trusts.
 *
 * @param apiKey sent as a bearer token; null for none
 * @param tls for https endpoints; null for the JDK's own trust and no certificate of the client
 */
public record Access(String apiKey, SSLContext tls) {
    public static final Access NONE = new Access(null, null);
}
