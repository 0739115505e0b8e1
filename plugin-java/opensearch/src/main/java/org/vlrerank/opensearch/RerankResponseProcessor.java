package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.pipeline.AbstractProcessor;
import org.opensearch.search.pipeline.PipelineProcessingContext;
import org.opensearch.search.pipeline.SearchResponseProcessor;
import org.opensearch.tasks.Task;
import org.vlrerank.client.ContentReader;
import org.vlrerank.client.Decision;
import org.vlrerank.client.Marker;
import org.vlrerank.client.RerankParameters;
import org.vlrerank.client.WindowPlan;
import org.vlrerank.opensearch.HitReranker.Job;
import org.vlrerank.opensearch.RerankRequestProcessor.Plan;

import java.util.Map;

/**
 * After the search: has the window that {@link RerankRequestProcessor} fetched reranked, and cuts
 * the page out of it. Without that one in its pipeline it reranks just the page, and says so.
 */
final class RerankResponseProcessor extends AbstractProcessor implements SearchResponseProcessor {
    private static final String PAGE_ONLY = ";scope=page";

    private final Map<String, Object> configuration;
    private final SearchCoordinator coordinator;

    RerankResponseProcessor(
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
    public SearchResponse processResponse(SearchRequest request, SearchResponse response) {
        throw new UnsupportedOperationException("reranking is asynchronous");
    }

    @Override
    public void processResponseAsync(
            SearchRequest request,
            SearchResponse response,
            PipelineProcessingContext context,
            ActionListener<SearchResponse> listener) {
        Job job = null;
        SearchResponse passedOn = response;
        try {
            Plan plan = (Plan) context.getAttribute(Plan.ATTRIBUTE);
            Decision decision = plan == null ? alone(request) : plan.decision();
            if (decision != null && decision.rerank()) {
                job = job(decision.parameters(), plan, response);
            } else if (decision != null) {
                passedOn =
                        Responses.marked(
                                coordinator.threadContext(),
                                response,
                                response.getHits(),
                                Marker.skipped(decision.reason()));
            }
        } catch (RuntimeException e) {
            listener.onFailure(e);
            return;
        }
        if (job == null) {
            listener.onResponse(passedOn);
        } else {
            coordinator.hits().rerank(response, job, listener);
        }
    }

    private Decision alone(SearchRequest request) {
        SearchSourceBuilder source =
                request.source() == null ? new SearchSourceBuilder() : request.source();
        if (SearchCoordinator.fillRescorers(source)
                || RerankFilter.nested(coordinator.threadContext())) {
            return null;
        }
        return RerankPipelines.decide(
                coordinator,
                configuration,
                request,
                source,
                coordinator.indices(
                        request, RerankFilter.origin(coordinator.threadContext())));
    }

    private Task task() {
        return RerankFilter.task(coordinator.threadContext());
    }

    private Job job(RerankParameters parameters, Plan plan, SearchResponse response) {
        if (plan != null) {
            return new Job(parameters, plan.window(), task());
        }
        int hits = response.getHits().getHits().length;
        int window =
                parameters.windowSize() == null ? hits : Math.min(parameters.windowSize(), hits);
        ContentReader reader = new ContentReader(new XContentCodec(), parameters);
        return new Job(
                parameters,
                new WindowPlan(0, hits, window, hits),
                task(),
                hit -> contentShown(hit, reader),
                marker -> new Marker(marker.text() + PAGE_ONLY, marker.warning()));
    }

    /** Of as much of the hit's source as the answer shows. */
    private static byte[] contentShown(SearchHit hit, ContentReader reader) {
        return hit.hasSource() ? reader.read(hit.getSourceAsMap()) : ContentReader.NONE;
    }

    @Override
    public String getType() {
        return RerankPipelines.TYPE;
    }
}
