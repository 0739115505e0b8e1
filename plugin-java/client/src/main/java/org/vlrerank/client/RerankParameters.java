package org.vlrerank.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a user writes under {@code vl_rerank}: in a rescorer, or for a coordinator way (retriever,
 * pipeline, index setting, {@code ext}), which knows a few more and may get query and fields from
 * elsewhere. Immutable; the checked source object is kept, so that it travels between nodes and is
 * shown again as it was written. Complaints are IllegalArgumentExceptions, which the engines answer
 * as 400.
 */
public final class RerankParameters {
    public static final int DEFAULT_WINDOW_SIZE = 50;
    public static final int MAX_WINDOW_SIZE = 10_000;

    /** A rescorer holds a search thread while it waits. */
    public static final long MAX_TIMEOUT_MILLIS = 60_000;

    static final int MAX_FRAMES = 100_000;
    static final double MAX_FPS = 1_000;

    /** What becomes of a search whose rerank call fails. */
    public enum OnError {
        KEEP_ORDER,
        FAIL
    }

    private static final Set<String> KEYS =
            Set.of(
                    "query",
                    "fields",
                    "instruction",
                    "window_size",
                    "timeout",
                    "on_error",
                    "media_base",
                    "fps",
                    "max_frames",
                    "image",
                    "weight");
    private static final Map<String, String> REFUSED =
            Map.of(
                    "keep_first_score",
                            "a rescorer has no place in the hits to keep the first score",
                    "explain", "a rescorer has no place in the answer for explanations",
                    "min_score",
                            "a rescorer cannot drop hits: the engine has counted them already");
    private static final Set<String> COORDINATOR_KEYS =
            Stream.concat(
                            KEYS.stream(),
                            Stream.of("enabled", "min_score", "keep_first_score", "explain"))
                    .collect(Collectors.toUnmodifiableSet());
    static final Set<String> IMAGE_KEYS =
            Set.of("resize", "width", "height", "blur_sigma", "quality_threshold", "profile");

    private final boolean rescorer;
    private final Map<String, Object> source;
    private final Map<String, Object> query;
    private final Fields fields;
    private final Integer windowSize;
    private final Long timeoutMillis;
    private final OnError onError;
    private final String mediaBase;
    private final double weight;
    private final Double minScore;
    private final boolean keepFirstScore;
    private final boolean explain;

    private RerankParameters(Map<String, Object> source, boolean rescorer) {
        ParameterReader reader = new ParameterReader("", source);
        if (rescorer) {
            refuseInRescorer(source);
        }
        reader.refuseOthers(rescorer ? KEYS : COORDINATOR_KEYS);
        this.rescorer = rescorer;
        this.source = source;
        this.mediaBase = reader.string("media_base");
        this.query =
                reader.value("query") == null
                        ? Map.of()
                        : parseQuery(reader.value("query"), mediaBase);
        this.fields =
                !rescorer && reader.value("fields") == null
                        ? null
                        : Fields.parse(reader.value("fields"));
        this.windowSize = reader.integer("window_size", 1, MAX_WINDOW_SIZE);
        this.timeoutMillis =
                reader.value("timeout") == null ? null : parseTimeout(reader.value("timeout"));
        this.onError = parseOnError(reader.string("on_error"));
        Double weight = reader.number("weight", 0, 1);
        this.weight = weight == null ? 1 : weight;
        this.minScore = reader.number("min_score", 0, 1);
        this.keepFirstScore = reader.flag("keep_first_score");
        this.explain = reader.flag("explain");
        reader.flag("enabled");
        reader.string("instruction");
        reader.number("fps", Double.MIN_VALUE, MAX_FPS);
        reader.integer("max_frames", 1, MAX_FRAMES);
        if (reader.value("image") != null) {
            ParameterReader.of("image", reader.value("image")).refuseOthers(IMAGE_KEYS);
        }
    }

    private static void refuseInRescorer(Map<String, Object> source) {
        for (Map.Entry<String, String> refused : REFUSED.entrySet()) {
            if (source.containsKey(refused.getKey())) {
                throw ParameterReader.complaint(
                        "[" + refused.getKey() + "]",
                        "is not possible in a rescorer: " + refused.getValue());
            }
        }
    }

    /** Of a rescorer; without a query, {@link #requireQuery} complains before it is used. */
    public static RerankParameters parse(Map<String, Object> source) {
        return new RerankParameters(source, true);
    }

    /** Of a coordinator way; query and fields may be absent. */
    public static RerankParameters parseCoordinator(Map<String, Object> source) {
        return new RerankParameters(source, false);
    }

    /** Takes the keys of a coordinator way out of a configuration and checks them. */
    public static Map<String, Object> takeCoordinator(Map<String, Object> configuration) {
        Map<String, Object> own = new LinkedHashMap<>();
        for (String key : COORDINATOR_KEYS) {
            if (configuration.containsKey(key)) {
                own.put(key, configuration.remove(key));
            }
        }
        parseCoordinator(own);
        return own;
    }

    private static Map<String, Object> parseQuery(Object value, String mediaBase) {
        Object content = value instanceof String ? Map.of("text", value) : value;
        ParameterReader reader = ParameterReader.of("query", content);
        reader.refuseOthers(Set.of("text", "image", "video"));
        Map<String, Object> query = new LinkedHashMap<>();
        List<String> text = reader.strings("text");
        if (!text.isEmpty()) {
            query.put("text", single(text));
        }
        for (String kind : List.of("image", "video")) {
            List<Object> media = new ArrayList<>();
            for (Object item : reader.items(kind)) {
                Media.check("query." + kind, item);
                media.add(Media.resolve(item, mediaBase));
            }
            if (!media.isEmpty()) {
                query.put(kind, single(media));
            }
        }
        if (query.isEmpty()) {
            throw ParameterReader.complaint(
                    "query", "must have at least one of text, image, video");
        }
        return query;
    }

    private static Object single(List<?> list) {
        return list.size() == 1 ? list.get(0) : list;
    }

    private static long parseTimeout(Object value) {
        long millis = Durations.parseMillis("timeout", value);
        if (millis < 1 || millis > MAX_TIMEOUT_MILLIS) {
            throw ParameterReader.complaint(
                    "timeout", "must be from 1ms to " + MAX_TIMEOUT_MILLIS / 1_000 + "s");
        }
        return millis;
    }

    private static OnError parseOnError(String value) {
        if (value == null || value.equals("keep_order")) {
            return OnError.KEEP_ORDER;
        }
        if (value.equals("fail")) {
            return OnError.FAIL;
        }
        throw ParameterReader.complaint(
                "on_error", "must be keep_order or fail, got [" + value + "]");
    }

    /** The object that was parsed. */
    public Map<String, Object> source() {
        return source;
    }

    /** What {@link Documents#content} needs of the source object, for the way to the shards. */
    public Map<String, Object> contentSource() {
        Map<String, Object> content = new LinkedHashMap<>();
        for (String key : List.of("fields", "media_base")) {
            if (source.get(key) != null) {
                content.put(key, source.get(key));
            }
        }
        return content;
    }

    /** Null where not given to a coordinator way. */
    public Fields fields() {
        return fields;
    }

    public boolean hasQuery() {
        return !query.isEmpty();
    }

    public boolean hasQueryText() {
        return query.containsKey("text");
    }

    /** These parameters with the text in the query, beside its images and videos; null for none. */
    public RerankParameters withQueryText(String text) {
        if (text == null) {
            return this;
        }
        Map<String, Object> filledQuery = new LinkedHashMap<>();
        filledQuery.put("text", text);
        if (source.get("query") instanceof Map<?, ?> given) {
            for (String kind : List.of("image", "video")) {
                if (given.get(kind) != null) {
                    filledQuery.put(kind, given.get(kind));
                }
            }
        }
        Map<String, Object> filled = new LinkedHashMap<>(source);
        filled.put("query", filledQuery);
        return new RerankParameters(filled, rescorer);
    }

    public void requireQuery() {
        if (!hasQuery()) {
            throw ParameterReader.complaint(
                    "query",
                    "is required: the search's own query has no text that it could be taken from");
        }
    }

    /** Null where not given. */
    public Integer windowSize() {
        return windowSize;
    }

    /** The window as given or by default, as far as the node allows. */
    public int windowSizeWithin(int maxWindowSize) {
        return Math.min(windowSize == null ? DEFAULT_WINDOW_SIZE : windowSize, maxWindowSize);
    }

    public long timeoutMillis(long otherwise) {
        return timeoutMillis == null ? otherwise : timeoutMillis;
    }

    public OnError onError() {
        return onError;
    }

    /** Null where not given. */
    public String mediaBase() {
        return mediaBase;
    }

    /** Share of the model's score in the final one, 0…1. */
    public double weight() {
        return weight;
    }

    /** Reranked hits below it are dropped; null where not given. */
    public Double minScore() {
        return minScore;
    }

    /** Whether each hit shows its first-pass score in the field {@code _first_score}. */
    public boolean keepFirstScore() {
        return keepFirstScore;
    }

    /** Whether each hit explains its score. */
    public boolean explain() {
        return explain;
    }

    /** The sidecar's native request, but for its documents. */
    Map<String, Object> requestBody(long timeoutMillis) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("query", query);
        for (String key : List.of("instruction", "fps", "max_frames", "image")) {
            if (source.get(key) != null) {
                body.put(key, source.get(key));
            }
        }
        body.put("timeout_ms", timeoutMillis);
        return body;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RerankParameters parameters && source.equals(parameters.source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source);
    }
}
