package org.vlrerank.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * References to images and videos as the sidecar takes them: a URL, {url, start?, end?} or {frames:
 * [URL, …], fps?}. A URL without a scheme is an object key and gets the base in front.
 */
final class Media {
    private static final Pattern ABSOLUTE =
            Pattern.compile("(?i)([a-z][a-z0-9+.-]*://|data:).*", Pattern.DOTALL);
    private static final Set<String> KEYS = Set.of("url", "start", "end", "frames", "fps");

    private Media() {}

    /**
     * Null where the value is no reference to media (a number, an empty string, an object of
     * another shape).
     */
    static Object resolve(Object value, String base) {
        if (value instanceof String url) {
            return url.isBlank() ? null : absolute(url, base);
        }
        if (!(value instanceof Map<?, ?> map)) {
            return null;
        }
        Map<String, Object> resolved = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = String.valueOf(entry.getKey());
            if (!KEYS.contains(key) || entry.getValue() == null) {
                continue;
            }
            switch (key) {
                case "url" -> {
                    if (entry.getValue() instanceof String url && !url.isBlank()) {
                        resolved.put(key, absolute(url, base));
                    }
                }
                case "frames" -> {
                    List<Object> frames = new ArrayList<>();
                    for (Object frame :
                            entry.getValue() instanceof List<?> list
                                    ? list
                                    : List.of(entry.getValue())) {
                        if (frame instanceof String url && !url.isBlank()) {
                            frames.add(absolute(url, base));
                        }
                    }
                    if (!frames.isEmpty()) {
                        resolved.put(key, frames);
                    }
                }
                default -> resolved.put(key, entry.getValue());
            }
        }
        return resolved.containsKey("url") || resolved.containsKey("frames") ? resolved : null;
    }

    static String absolute(String reference, String base) {
        String url = WellFormed.text(reference);
        if (base == null || base.isEmpty() || ABSOLUTE.matcher(url).matches()) {
            return url;
        }
        boolean slash = base.endsWith("/");
        if (url.startsWith("/")) {
            return slash ? base + url.substring(1) : base + url;
        }
        return slash ? base + url : base + "/" + url;
    }

    /** Refuses what {@link #resolve} would drop. */
    static void check(String name, Object value) {
        if (value instanceof Map<?, ?>) {
            ParameterReader.of(name, value).refuseOthers(KEYS);
        }
        if (resolve(value, null) == null) {
            throw ParameterReader.complaint(
                    name,
                    "must be a URL, {url, start, end} or {frames, fps}, or an array of these");
        }
    }
}
