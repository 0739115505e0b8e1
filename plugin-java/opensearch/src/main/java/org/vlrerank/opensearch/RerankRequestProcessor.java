package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.pipeline.AbstractProcessor;
import org.opensearch.search.pipeline.PipelineProcessingContext;
import org.opensearch.search.pipeline.SearchRequestProcessor;
import org.vlrerank.client.Decision;
import org.vlrerank.client.RerankParameters;
import org.vlrerank.client.SearchShape;
import org.vlrerank.client.WindowPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Before the search: decides whether it is reranked, and makes it fetch the whole window with the
 * content that the model shall see. {@link RerankResponseProcessor} does the rest.
 */
final class RerankRequestProcessor extends AbstractProcessor implements SearchRequestProcessor {
    /** What this processor tells the other of the pair. */
    record Plan(Decision decision, WindowPlan window) {
        static final String ATTRIBUTE = "vl_rerank";

        /** For searches that something else reranks, or whose page nobody would cut. */
        static final Plan NONE = new Plan(null, null);
    }

    private final Map<String, Object> configuration;
    private final SearchCoordinator coordinator;

    RerankRequestProcessor(
            String tag,
            String description,
            boolean ignoreFailure,
            Map<String, Object> configuration,
            SearchCoordinator coordinator) {
        super(tag, description, ignoreFailure);
        this.configuration = configuration;
        this.coordinator = coordinator;
    }

    @Override
    public SearchRequest processRequest(SearchRequest request) {
        throw new UnsupportedOperationException("a pipeline gives its context along");
    }

    @Override
    public SearchRequest processRequest(SearchRequest request, PipelineProcessingContext context) {
        if (request.source() == null) {
            request.source(new SearchSourceBuilder());
        }
        SearchSourceBuilder source = request.source();
        TargetIndices indices =
                coordinator.indices(request, RerankFilter.origin(coordinator.threadContext()));
        VlRerankExtBuilder ext = SearchCoordinator.ext(source);
        if (SearchCoordinator.fillRescorers(source)
                || RerankFilter.nested(coordinator.threadContext())
                || ext != null && ext.collecting()
                || Pipelines.lackTheOtherOfThePair(
                        RerankFilter.origin(coordinator.threadContext()),
                        indices.pipeline(),
                        coordinator.state())) {
            context.setAttribute(Plan.ATTRIBUTE, Plan.NONE);
            return request;
        }
        Decision decision =
                RerankPipelines.decide(coordinator, configuration, request, source, indices);
        WindowPlan plan = null;
        if (decision.rerank()) {
            plan = widen(request, source, decision.parameters(), indices.maxResultWindow());
        }
        context.setAttribute(Plan.ATTRIBUTE, new Plan(decision, plan));
        return request;
    }

    private WindowPlan widen(
            SearchRequest request,
            SearchSourceBuilder source,
            RerankParameters parameters,
            int maxResultWindow) {
        SearchShape shape = SearchCoordinator.shape(request, source, false);
        WindowPlan plan =
                WindowPlan.of(
                        shape.from(),
                        shape.size(),
                        parameters.windowSizeWithin(coordinator.node().maxWindowSize()),
                        parameters.minScore() != null,
                        maxResultWindow);
        List<SearchExtBuilder> exts = new ArrayList<>(source.ext());
        exts.removeIf(VlRerankExtBuilder.class::isInstance);
        exts.add(VlRerankExtBuilder.collecting(parameters));
        source.from(0).size(plan.fetch()).ext(exts);
        return plan;
    }

    @Override
    public String getType() {
        return RerankPipelines.TYPE;
    }
}
