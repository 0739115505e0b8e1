package org.vlrerank.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The text that a search looks for, out of the JSON of its query (or retriever, on Elasticsearch).
 * What only filters or excludes says nothing of what is looked for and is left out.
 */
public final class QueryText {
    /** Deeper queries than engines take. */
    private static final int MAX_DEPTH = 100;

    /** {name: {field: "text" or {query: "text"}}} */
    private static final Set<String> TEXT_OF_FIELD =
            Set.of("match", "match_phrase", "match_phrase_prefix", "match_bool_prefix");

    /** {name: {key: "text"}} */
    private static final Map<String, String> TEXT =
            Map.of(
                    "multi_match", "query",
                    "query_string", "query",
                    "simple_query_string", "query",
                    "combined_fields", "query",
                    "semantic", "query",
                    "sparse_vector", "query",
                    "text_similarity_reranker", "inference_text");

    /** {name: {field: {key: "text"}}} */
    private static final Map<String, String> MODEL_TEXT_OF_FIELD =
            Map.of(
                    "neural", "query_text",
                    "neural_sparse", "query_text",
                    "text_expansion", "model_text");

    /** {name: {key: query, [query, …] or [{retriever: …}, …]}}, in the order of weight. */
    private static final Map<String, List<String>> CHILDREN =
            Map.ofEntries(
                    Map.entry("bool", List.of("must", "should")),
                    Map.entry("dis_max", List.of("queries")),
                    Map.entry("hybrid", List.of("queries")),
                    Map.entry("function_score", List.of("query")),
                    Map.entry("script_score", List.of("query")),
                    Map.entry("nested", List.of("query")),
                    Map.entry("has_child", List.of("query")),
                    Map.entry("has_parent", List.of("query")),
                    Map.entry("boosting", List.of("positive")),
                    Map.entry("pinned", List.of("organic", "retriever")),
                    Map.entry("rule", List.of("organic", "retriever")),
                    Map.entry("standard", List.of("query")),
                    Map.entry("rrf", List.of("retrievers")),
                    Map.entry("linear", List.of("retrievers")),
                    Map.entry("rescorer", List.of("retriever")),
                    Map.entry("text_similarity_reranker", List.of("retriever")),
                    Map.entry("vl_rerank", List.of("retriever")));

    private static final Set<String> SIMPLIFIED_RETRIEVERS = Set.of("rrf", "linear");

    /** Query strings that match everything. */
    private static final Pattern NO_WORDS = Pattern.compile("[\\s*:?]*");

    private final Set<String> texts = new LinkedHashSet<>();

    private QueryText() {}

    /** The different texts in their order, joined by a space; null where there is none. */
    public static String of(Map<String, Object> query) {
        return of(List.of(query));
    }

    /** Of several queries of one search, such as a query and a knn clause. */
    public static String of(List<Map<String, Object>> queries) {
        QueryText found = new QueryText();
        queries.forEach(query -> found.walk(query, 0));
        return found.texts.isEmpty() ? null : String.join(" ", found.texts);
    }

    private void walk(Object node, int depth) {
        if (depth > MAX_DEPTH) {
            return;
        }
        if (node instanceof List<?> list) {
            list.forEach(item -> walk(item, depth + 1));
        } else if (node instanceof Map<?, ?> map) {
            map.forEach((name, body) -> clause(String.valueOf(name), body, depth));
        }
    }

    private void clause(String name, Object body, int depth) {
        if (name.equals("retriever")) { // an element of rrf's or linear's retrievers
            walk(body, depth + 1);
            return;
        }
        if (!(body instanceof Map<?, ?> map)) {
            return;
        }
        if (TEXT_OF_FIELD.contains(name)) {
            map.values().forEach(value -> add(value instanceof Map<?, ?> m ? m.get("query") : value));
        } else if (MODEL_TEXT_OF_FIELD.containsKey(name)) {
            for (Object value : map.values()) {
                if (value instanceof Map<?, ?> field) {
                    add(field.get(MODEL_TEXT_OF_FIELD.get(name)));
                }
            }
        } else if (name.equals("knn")) {
            embedded(map);
        }
        if (TEXT.containsKey(name)) {
            add(map.get(TEXT.get(name)));
        }
        if (SIMPLIFIED_RETRIEVERS.contains(name)) {
            add(map.get("query"));
        }
        for (String key : CHILDREN.getOrDefault(name, List.of())) {
            walk(map.get(key), depth + 1);
        }
    }

    /** {query_vector_builder: {text_embedding: {model_text}}} */
    private void embedded(Map<?, ?> knn) {
        if (knn.get("query_vector_builder") instanceof Map<?, ?> builder
                && builder.get("text_embedding") instanceof Map<?, ?> embedding) {
            add(embedding.get("model_text"));
        }
    }

    private void add(Object value) {
        if (value instanceof String text && !NO_WORDS.matcher(text).matches()) {
            texts.add(WellFormed.text(text.strip()));
        }
    }
}
