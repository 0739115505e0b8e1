package org.vlrerank.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The index settings {@code index.vl_rerank.*}: parameters for searches that give none of their
 * own.
 */
public final class IndexDefaults {
    public static final String PREFIX = "index.vl_rerank.";
    public static final String ENABLED = PREFIX + "enabled";

    /** Settings that hold one value each, by their names after the prefix. */
    public static final List<String> VALUES =
            List.of("window_size", "instruction", "media_base", "min_score", "on_error", "timeout");

    /** Settings that hold lists of paths. */
    public static final List<String> LISTS = List.of("fields.text", "fields.image", "fields.video");

    private IndexDefaults() {}

    /**
     * The parameters as a request would write them, {@code enabled} always among them.
     *
     * @param value a setting's text by its whole name, null where it is not set
     * @param list a setting's list by its whole name, null or empty where it is not set
     */
    public static Map<String, Object> read(
            Function<String, String> value, Function<String, List<String>> list) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("enabled", Boolean.parseBoolean(value.apply(ENABLED)));
        for (String name : VALUES) {
            String text = value.apply(PREFIX + name);
            if (text != null && !text.isEmpty()) {
                parameters.put(name, typed(name, text));
            }
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (String name : LISTS) {
            List<String> paths = list.apply(PREFIX + name);
            if (paths != null && !paths.isEmpty()) {
                fields.put(name.substring(name.indexOf('.') + 1), new ArrayList<>(paths));
            }
        }
        if (!fields.isEmpty()) {
            parameters.put("fields", fields);
        }
        return parameters;
    }

    /**
     * Throws IllegalArgumentException where a request could not give the value either.
     *
     * @param name after the prefix
     */
    public static void check(String name, String text) {
        if (!text.isEmpty()) {
            RerankParameters.parseCoordinator(Map.of(name, typed(name, text)));
        }
    }

    private static Object typed(String name, String text) {
        try {
            return switch (name) {
                case "window_size" -> Integer.valueOf(text);
                case "min_score" -> Double.valueOf(text);
                default -> text;
            };
        } catch (NumberFormatException e) {
            throw ParameterReader.complaint(name, "must be a number, got [" + text + "]");
        }
    }

    /**
     * What a search is reranked with: each parameter of the request in place of the same one of the
     * defaults; null takes a default away.
     */
    public static Map<String, Object> merge(
            Map<String, Object> defaults, Map<String, Object> request) {
        Map<String, Object> merged = new LinkedHashMap<>(defaults);
        request.forEach(
                (key, value) -> {
                    if (value == null) {
                        merged.remove(key);
                    } else {
                        merged.put(key, value);
                    }
                });
        return merged;
    }
}
