package org.vlrerank.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where the node may connect to, whatever the dynamic endpoint list says: "host:port" entries, "*"
 * for any port, "*." in front for any host below a domain. Without entries: the endpoints of the
 * node's own configuration file, and loopback.
 */
public final class AllowedEndpoints {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    private record Entry(String host, int port) {}

    private static final int ANY_PORT = -1;
    private final List<Entry> entries = new ArrayList<>();

    public AllowedEndpoints(List<String> allowed, List<String> configured) {
        for (String text : allowed) {
            entries.add(parse(text));
        }
        if (allowed.isEmpty()) {
            LOOPBACK.forEach(host -> entries.add(new Entry(host, ANY_PORT)));
            for (String text : configured) {
                Endpoint endpoint = Endpoint.parse(text);
                entries.add(new Entry(endpoint.host(), endpoint.port()));
            }
        }
    }

    private static Entry parse(String text) {
        String entry = text.trim().toLowerCase(Locale.ROOT);
        int colon = entry.lastIndexOf(':');
        String port = entry.substring(colon + 1);
        if (colon < 1 || !port.matches("\\*|\\d{1,5}")) {
            throw new IllegalArgumentException(
                    "[vl_rerank.allowed_endpoints] [" + text + "] must be host:port or host:*");
        }
        return new Entry(
                entry.substring(0, colon), port.equals("*") ? ANY_PORT : Integer.parseInt(port));
    }

    /**
     * The endpoints of a list; throws IllegalArgumentException where one is malformed or not
     * allowed.
     */
    public List<Endpoint> parseAll(List<String> urls) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String url : urls) {
            Endpoint endpoint = Endpoint.parse(url);
            if (entries.stream().noneMatch(entry -> matches(entry, endpoint))) {
                throw new IllegalArgumentException(
                        "[vl_rerank.endpoints] ["
                                + url
                                + "] is not in vl_rerank.allowed_endpoints");
            }
            endpoints.add(endpoint);
        }
        return List.copyOf(endpoints);
    }

    private static boolean matches(Entry entry, Endpoint endpoint) {
        boolean host =
                entry.host.startsWith("*.")
                        ? endpoint.host().endsWith(entry.host.substring(1))
                        : entry.host.equals(endpoint.host());
        return host && (entry.port == ANY_PORT || entry.port == endpoint.port());
    }
}
