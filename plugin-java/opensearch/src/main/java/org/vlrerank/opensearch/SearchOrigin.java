package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;

import java.util.HashMap;
import java.util.Map;

/**
 * A search as it came in: what is not known any more when the processors of its pipeline run.
 *
 * @param remote whether another cluster made it: nobody else sends a search to be coordinated from
 *     node to node
 * @param pipelineSource the search pipeline in its own body; null for none
 * @param pipeline the name of the one that it asks for; null for none
 */
record SearchOrigin(
        Task task, boolean remote, Map<String, Object> pipelineSource, String pipeline) {
    static SearchOrigin of(SearchRequest request, Task task) {
        SearchSourceBuilder source = request.source();
        boolean remote = request.remoteAddress() != null;
        if (source == null) {
            return new SearchOrigin(task, remote, null, request.pipeline());
        }
        return new SearchOrigin(
                task,
                remote,
                copy(source.searchPipelineSource()),
                request.pipeline() == null ? source.pipeline() : request.pipeline());
    }

    /** Whoever makes processors of it takes it apart. */
    private static Map<String, Object> copy(Map<String, Object> pipelineSource) {
        return pipelineSource == null ? null : new HashMap<>(pipelineSource);
    }
}
