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
        return reranks(of(request, indexDefault, state));
    }

    /**
     * Whether nothing would cut the page out of what our request processor fetched. A pipeline in
     * the search's own body is not known any more when its processors run; it is trusted.
     *
     * @param indexDefault as above
     */
    static boolean lackTheOtherOfThePair(
            SearchRequest request, String indexDefault, ClusterState state) {
        Map<String, Object> pipeline = of(request, indexDefault, state);
        return !pipeline.isEmpty() && !reranks(pipeline);
    }

    /** Empty where there is none. */
    private static Map<String, Object> of(
            SearchRequest request, String indexDefault, ClusterState state) {
        if (request.source() != null && request.source().searchPipelineSource() != null) {
            return request.source().searchPipelineSource();
        }
        String name = request.pipeline();
        if (name == null && request.source() != null) {
            name = request.source().pipeline();
        }
        if (name == null) {
            name = indexDefault;
        }
        if (name == null || name.equals(SearchPipelineService.NOOP_PIPELINE_ID)) {
            return Map.of();
        }
        for (PipelineConfiguration pipeline : SearchPipelineService.getPipelines(state, name)) {
            if (pipeline.getId().equals(name)) {
                return pipeline.getConfigAsMap();
            }
        }
        return Map.of();
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
