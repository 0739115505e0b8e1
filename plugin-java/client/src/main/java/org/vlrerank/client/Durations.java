package org.vlrerank.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as both engines write them: a whole number and ms, s or m. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m)");

    private Durations() {}

    /** Milliseconds; throws IllegalArgumentException naming the parameter. */
    static long parseMillis(String name, Object value) {
        Matcher matcher = value instanceof String text ? FORM.matcher(text) : null;
        if (matcher == null || !matcher.matches()) {
            throw new IllegalArgumentException(
                    "[vl_rerank] "
                            + name
                            + " must be a duration such as \"500ms\" or \"5s\", got ["
                            + value
                            + "]");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> number;
            case "s" -> number * 1_000;
            default -> number * 60_000;
        };
    }
}
