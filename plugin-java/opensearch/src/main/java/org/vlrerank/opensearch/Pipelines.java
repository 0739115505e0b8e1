package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.search.pipeline.PipelineConfiguration;
import org.opensearch.search.pipeline.SearchPipelineService;

import java.util.List;
import java.util.Map;

/** Whether a search goes through a search pipeline that reranks it. */
final class Pipelines {
    private static final String RESPONSE_PROCESSORS = "response_processors";

    private Pipelines() {}

    /**
     * @param indexDefault the default pipeline of the indices searched; null for none
     */
    static boolean rerank(SearchRequest request, String indexDefault, ClusterState state) {
        if (request.source() != null && request.source().searchPipelineSource() != null) {
            return reranks(request.source().searchPipelineSource());
        }
        String name = request.pipeline();
        if (name == null && request.source() != null) {
            name = request.source().pipeline();
        }
        if (name == null) {
            name = indexDefault;
        }
        if (name == null || name.equals(SearchPipelineService.NOOP_PIPELINE_ID)) {
            return false;
        }
        for (PipelineConfiguration pipeline : SearchPipelineService.getPipelines(state, name)) {
            if (pipeline.getId().equals(name)) {
                return reranks(pipeline.getConfigAsMap());
            }
        }
        return false;
    }

    private static boolean reranks(Map<String, Object> pipeline) {
        return pipeline.get(RESPONSE_PROCESSORS) instanceof List<?> processors
                && processors.stream()
                        .anyMatch(
                                processor ->
                                        processor instanceof Map<?, ?> map
                                                && map.containsKey(VlRerankExtBuilder.NAME));
    }
}
