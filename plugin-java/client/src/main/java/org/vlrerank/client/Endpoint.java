package org.vlrerank.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** A sidecar's address: http(s)://host[:port][/prefix]. Immutable. */
public record Endpoint(String base, String host, int port) {
    boolean secure() {
        return base.startsWith("https:");
    }

    String authority() {
        return host + ":" + port;
    }

    /** What stands before the path of each request; empty for none. */
    String prefix() {
        return base.substring(base.indexOf(authority()) + authority().length());
    }

    /** Throws IllegalArgumentException with what is wrong. */
    public static Endpoint parse(String text) {
        URI uri;
        try {
            uri = new URI(text.trim());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "[vl_rerank.endpoints] [" + text + "] is not a URL", e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "[vl_rerank.endpoints] ["
                            + text
                            + "] must be http://host:port or https://host:port");
        }
        if (uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "[vl_rerank.endpoints] an endpoint has no user, query or fragment");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
        return new Endpoint(scheme + "://" + host + ":" + port + path, host, port);
    }
}
