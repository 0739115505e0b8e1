package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.ingest.ConfigurationUtils;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.pipeline.Processor;
import org.opensearch.search.pipeline.SearchRequestProcessor;
import org.opensearch.search.pipeline.SearchResponseProcessor;
import org.vlrerank.client.Decision;
import org.vlrerank.client.IndexDefaults;
import org.vlrerank.client.RerankParameters;

import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Search pipelines with the processors {@code vl_rerank}: makes them, and decides for both of a pair. */
final class RerankPipelines {
    static final String TYPE = "vl_rerank";

    private RerankPipelines() {}

    /**
     * What becomes of a search whose pipeline has reranking in it. The request's own parameters come
     * before the processor's, and these before the settings of the indices, as far as those agree.
     */
    static Decision decide(
            SearchCoordinator coordinator,
            Map<String, Object> configuration,
            SearchRequest request,
            SearchSourceBuilder source,
            TargetIndices indices) {
        VlRerankExtBuilder ext = SearchCoordinator.ext(source);
        Set<Map<String, Object>> different = Set.copyOf(indices.defaults());
        Map<String, Object> ofIndices =
                different.size() == 1 ? different.iterator().next() : Map.of();
        return Decision.of(
                IndexDefaults.merge(ofIndices, configuration),
                ext == null ? null : ext.source(),
                SearchCoordinator.shape(request, source, indices.remote()),
                () -> SearchText.of(source),
                coordinator.node().maxWindowSize());
    }

    static Processor.Factory<SearchRequestProcessor> requestProcessors(
            Supplier<SearchCoordinator> coordinator) {
        return (factories, tag, description, ignoreFailure, configuration, context) ->
                new RerankRequestProcessor(
                        tag,
                        description,
                        ignoreFailure,
                        take(tag, configuration),
                        coordinator.get());
    }

    static Processor.Factory<SearchResponseProcessor> responseProcessors(
            Supplier<SearchCoordinator> coordinator) {
        return (factories, tag, description, ignoreFailure, configuration, context) ->
                new RerankResponseProcessor(
                        tag,
                        description,
                        ignoreFailure,
                        take(tag, configuration),
                        coordinator.get());
    }

    private static Map<String, Object> take(String tag, Map<String, Object> configuration) {
        try {
            return RerankParameters.takeCoordinator(configuration);
        } catch (IllegalArgumentException e) {
            throw ConfigurationUtils.newConfigurationException(TYPE, tag, null, e.getMessage());
        }
    }
}
