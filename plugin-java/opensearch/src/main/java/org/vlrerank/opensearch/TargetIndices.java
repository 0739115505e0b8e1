package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.index.Index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The indices of a search, as far as they decide on reranking.
 *
 * @param defaults {@code index.vl_rerank.*} of each index of this cluster
 * @param maxResultWindow the smallest of theirs
 * @param pipeline the default search pipeline of them all; null where they have none in common
 * @param remote whether another cluster takes part: its indices are searched, or it made the search
 */
record TargetIndices(
        List<Map<String, Object>> defaults, int maxResultWindow, String pipeline, boolean remote) {
    /**
     * @param origin null where nobody knows it
     */
    static TargetIndices of(
            SearchRequest request,
            SearchOrigin origin,
            ClusterState state,
            IndexNameExpressionResolver names,
            NamedWriteableRegistry writeables) {
        String[] given =
                request.pointInTimeBuilder() == null
                        ? request.indices()
                        : SearchContextId.decode(
                                        writeables, request.pointInTimeBuilder().getId())
                                .getActualIndices();
        String[] local =
                Arrays.stream(given)
                        .filter(name -> !isRemote(name))
                        .toArray(String[]::new);
        boolean remote = local.length < given.length || origin != null && origin.remote();
        List<Map<String, Object>> defaults = new ArrayList<>();
        Set<String> pipelines = new HashSet<>();
        int maxResultWindow = Integer.MAX_VALUE;
        if (local.length > 0 || given.length == 0) {
            for (Index index : names.concreteIndices(state, request.indicesOptions(), local)) {
                IndexMetadata metadata = state.metadata().index(index);
                if (metadata != null) {
                    Settings settings = metadata.getSettings();
                    defaults.add(IndexSettings.read(settings));
                    pipelines.add(
                            org.opensearch.index.IndexSettings.DEFAULT_SEARCH_PIPELINE.get(settings));
                    maxResultWindow =
                            Math.min(
                                    maxResultWindow,
                                    org.opensearch.index.IndexSettings.MAX_RESULT_WINDOW_SETTING
                                            .get(settings));
                }
            }
        }
        String pipeline = pipelines.size() == 1 ? pipelines.iterator().next() : null;
        return new TargetIndices(defaults, maxResultWindow, pipeline, remote);
    }

    /** {@code cluster:index}; {@code index::selector} is none. */
    private static boolean isRemote(String name) {
        int colon = name.indexOf(':');
        return colon >= 0
                && !name.startsWith("<")
                && !(colon + 1 < name.length() && name.charAt(colon + 1) == ':');
    }
}
