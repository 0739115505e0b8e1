package org.vlrerank.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What becomes of a search on the coordinating node: reranked with these parameters, or passed on.
 *
 * @param parameters complete (query and fields there); null where the search is passed on
 * @param reason why it is passed on, as the marker says it; null where nobody asked for reranking
 *     and no marker is due
 */
public record Decision(RerankParameters parameters, String reason) {
    private static final Decision NOT_ASKED = new Decision(null, null);

    public boolean rerank() {
        return parameters != null;
    }

    /** Whether the answer says in the marker that nothing was reranked. */
    public boolean skipped() {
        return parameters == null && reason != null;
    }

    private static Decision skip(String reason) {
        return new Decision(null, reason);
    }

    /**
     * For the index setting.
     *
     * @param indices {@link IndexDefaults#read} of each index searched
     * @param request the search's {@code ext.vl_rerank}; null where it has none
     * @param otherWay whether a rescorer, a retriever or a pipeline reranks the search: one rerank a
     *     search, and the index setting comes last
     * @param text gives the text of the search's own query, null for none
     * @param maxWindowSize more is refused in a request, and cut in an index setting
     */
    public static Decision forIndices(
            List<Map<String, Object>> indices,
            Map<String, Object> request,
            boolean otherWay,
            SearchShape shape,
            Supplier<String> text,
            int maxWindowSize) {
        boolean anyEnabled =
                indices.stream().anyMatch(index -> Boolean.TRUE.equals(index.get("enabled")));
        boolean asked = request != null && Boolean.TRUE.equals(request.get("enabled"));
        if (otherWay || !(anyEnabled || asked)) {
            return NOT_ASKED;
        }
        Set<Map<String, Object>> different = new LinkedHashSet<>(indices);
        if (different.size() > 1) {
            return skip("mixed_settings");
        }
        Map<String, Object> defaults = different.isEmpty() ? Map.of() : different.iterator().next();
        return of(defaults, request, shape, text, maxWindowSize);
    }

    /**
     * For a way that has reranking switched on.
     *
     * @param defaults its parameters, where the request gives none
     */
    public static Decision of(
            Map<String, Object> defaults,
            Map<String, Object> request,
            SearchShape shape,
            Supplier<String> text,
            int maxWindowSize) {
        if (request != null && Boolean.FALSE.equals(request.get("enabled"))) {
            return skip("disabled");
        }
        String obstacle = shape.obstacle();
        if (obstacle != null) {
            return skip(obstacle);
        }
        RerankParameters parameters =
                RerankParameters.parseCoordinator(
                        request == null ? defaults : IndexDefaults.merge(defaults, request));
        if (parameters.fields() == null) {
            return skip("no_fields");
        }
        if (!parameters.hasQueryText()) {
            parameters = parameters.withQueryText(text.get());
        }
        if (!parameters.hasQuery()) {
            return skip("no_query");
        }
        if (request != null && request.get("window_size") != null) {
            checkWindowSize(parameters.windowSize(), maxWindowSize);
        }
        return new Decision(parameters, null);
    }

    static void checkWindowSize(int windowSize, int maxWindowSize) {
        if (windowSize > maxWindowSize) {
            throw ParameterReader.complaint(
                    "window_size",
                    "is " + windowSize + ", vl_rerank.max_window_size allows " + maxWindowSize);
        }
    }
}
