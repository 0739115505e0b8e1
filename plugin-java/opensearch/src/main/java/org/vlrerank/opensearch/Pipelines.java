package org.vlrerank.opensearch;

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
    static boolean rerank(SearchOrigin search, String indexDefault, ClusterState state) {
        return reranks(of(search, indexDefault, state));
    }

    /**
     * Whether nothing would cut the page out of what our request processor fetched.
     *
     * @param search null where it is not known; then its pipeline is trusted, as one that cannot be
     *     found is
     * @param indexDefault as above
     */
    static boolean lackTheOtherOfThePair(
            SearchOrigin search, String indexDefault, ClusterState state) {
        Map<String, Object> pipeline =
                search == null ? Map.of() : of(search, indexDefault, state);
        return !pipeline.isEmpty() && !reranks(pipeline);
    }

    /** Empty where there is none. */
    private static Map<String, Object> of(
            SearchOrigin search, String indexDefault, ClusterState state) {
        if (search.pipelineSource() != null) {
            return search.pipelineSource();
        }
        String name = search.pipeline() == null ? indexDefault : search.pipeline();
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
