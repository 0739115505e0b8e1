package org.vlrerank.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Strict reading of one JSON object of the parameters: every complaint is an
 * IllegalArgumentException that names the key.
 */
final class ParameterReader {
    private final String path;
    private final Map<String, Object> object;

    /**
     * @param path what the object is called in complaints, "" for the outermost
     */
    ParameterReader(String path, Map<String, Object> object) {
        this.path = path;
        this.object = object;
    }

    @SuppressWarnings("unchecked")
    static ParameterReader of(String path, Object value) {
        if (value instanceof Map<?, ?> map) {
            return new ParameterReader(path, (Map<String, Object>) map);
        }
        throw complaint(path, "must be an object");
    }

    static IllegalArgumentException complaint(String name, String what) {
        return new IllegalArgumentException("[vl_rerank] " + name + " " + what);
    }

    String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    void refuseOthers(Set<String> known) {
        for (String key : object.keySet()) {
            if (!known.contains(key)) {
                throw complaint(
                        "unknown parameter [" + name(key) + "],",
                        "known are " + known.stream().sorted().toList());
            }
        }
    }

    /** Null where the key is absent or null. */
    Object value(String key) {
        return object.get(key);
    }

    String string(String key) {
        Object value = object.get(key);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw complaint(name(key), "must be a string");
    }

    /** False where the key is absent or null. */
    boolean flag(String key) {
        Object value = object.get(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw complaint(name(key), "must be true or false");
    }

    Integer integer(String key, int low, int high) {
        Object value = object.get(key);
        if (value == null) {
            return null;
        }
        if ((value instanceof Integer || value instanceof Long)
                && ((Number) value).longValue() >= low
                && ((Number) value).longValue() <= high) {
            return ((Number) value).intValue();
        }
        throw complaint(
                name(key),
                "must be a whole number from " + low + " to " + high + ", got [" + value + "]");
    }

    Double number(String key, double low, double high) {
        Object value = object.get(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number
                && number.doubleValue() >= low
                && number.doubleValue() <= high) {
            return number.doubleValue();
        }
        throw complaint(
                name(key),
                "must be a number from " + low + " to " + high + ", got [" + value + "]");
    }

    /** A string or an array of strings; empty where absent. */
    List<String> strings(String key) {
        List<String> strings = new ArrayList<>();
        for (Object item : items(key)) {
            if (!(item instanceof String text) || text.isEmpty()) {
                throw complaint(name(key), "must be a string or an array of strings, none empty");
            }
            strings.add(WellFormed.text(text));
        }
        return List.copyOf(strings);
    }

    /** A value or the values of an array; empty where absent. */
    List<?> items(String key) {
        Object value = object.get(key);
        if (value == null) {
            return List.of();
        }
        return value instanceof List<?> list ? list : List.of(value);
    }
}
