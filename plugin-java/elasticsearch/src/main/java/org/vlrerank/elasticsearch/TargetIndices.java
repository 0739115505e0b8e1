package org.vlrerank.elasticsearch;

import org.elasticsearch.action.search.SearchContextId;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.Index;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The indices of a search, as far as they decide on reranking.
 *
 * @param defaults {@code index.vl_rerank.*} of each index of this cluster
 * @param maxResultWindow the smallest of theirs
 * @param remote whether another cluster takes part: its indices are searched, or it made the search
 */
record TargetIndices(List<Map<String, Object>> defaults, int maxResultWindow, boolean remote) {
    static TargetIndices of(
            SearchRequest request,
            Task task,
            ClusterState state,
            IndexNameExpressionResolver names) {
        String[] given =
                request.pointInTimeBuilder() == null
                        ? request.indices()
                        : SearchContextId.decodeIndices(
                                request.pointInTimeBuilder().getEncodedId());
        String[] local =
                Arrays.stream(given)
                        .filter(name -> !isRemote(name))
                        .toArray(String[]::new);
        boolean remote = local.length < given.length || cameFromAnotherCluster(task, state);
        List<Map<String, Object>> defaults = new ArrayList<>();
        int maxResultWindow = Integer.MAX_VALUE;
        if (local.length > 0 || given.length == 0) {
            for (Index index : names.concreteIndices(state, request.indicesOptions(), local)) {
                IndexMetadata metadata = Versioned.index(state, index);
                if (metadata != null) {
                    Settings settings = metadata.getSettings();
                    defaults.add(IndexSettings.read(settings));
                    maxResultWindow =
                            Math.min(
                                    maxResultWindow,
                                    org.elasticsearch.index.IndexSettings.MAX_RESULT_WINDOW_SETTING
                                            .get(settings));
                }
            }
        }
        return new TargetIndices(defaults, maxResultWindow, remote);
    }

    /** {@code cluster:index}; {@code index::selector} is none. */
    private static boolean isRemote(String name) {
        int colon = name.indexOf(':');
        return colon >= 0
                && !name.startsWith("<")
                && !(colon + 1 < name.length() && name.charAt(colon + 1) == ':');
    }

    /** The part of a search that another cluster sends here is a child of a task over there. */
    private static boolean cameFromAnotherCluster(Task task, ClusterState state) {
        TaskId parent = task.getParentTaskId();
        return parent.isSet() && !state.nodes().nodeExists(parent.getNodeId());
    }
}
