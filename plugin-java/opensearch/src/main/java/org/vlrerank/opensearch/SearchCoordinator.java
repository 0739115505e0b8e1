package org.vlrerank.opensearch;

import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchService;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.RescorerBuilder;
import org.opensearch.search.sort.ScoreSortBuilder;
import org.opensearch.search.sort.SortOrder;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.vlrerank.client.CoordinatorRerank;
import org.vlrerank.client.Decision;
import org.vlrerank.client.Marker;
import org.vlrerank.client.RerankNode;
import org.vlrerank.client.RerankParameters;
import org.vlrerank.client.SearchShape;
import org.vlrerank.client.WindowPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Decides what becomes of a search on the coordinating node. */
final class SearchCoordinator {
    /** How the search goes on, and who gets its answer. */
    record Handling(SearchRequest request, ActionListener<SearchResponse> listener) {}

    private final RerankNode node;
    private final ClusterService cluster;
    private final IndexNameExpressionResolver names;
    private final NamedWriteableRegistry writeables;
    private final ThreadContext threadContext;
    private final HitReranker hits;
    private final EnabledIndices enabled = new EnabledIndices();

    SearchCoordinator(
            RerankNode node,
            ClusterService cluster,
            IndexNameExpressionResolver names,
            NamedWriteableRegistry writeables,
            ThreadPool threads) {
        this.node = node;
        this.cluster = cluster;
        this.names = names;
        this.writeables = writeables;
        this.threadContext = threads.getThreadContext();
        this.hits = new HitReranker(new CoordinatorRerank(node), threads);
    }

    RerankNode node() {
        return node;
    }

    HitReranker hits() {
        return hits;
    }

    ClusterState state() {
        return cluster.state();
    }

    ThreadContext threadContext() {
        return threadContext;
    }

    /**
     * Complaints about the request are IllegalArgumentExceptions.
     *
     * @param inside whether another search makes this one in order to answer itself
     */
    Handling handle(
            SearchRequest request,
            Task task,
            boolean inside,
            ActionListener<SearchResponse> listener) {
        SearchSourceBuilder source =
                request.source() == null ? new SearchSourceBuilder() : request.source();
        VlRerankExtBuilder ext = ext(source);
        boolean rescored = fillRescorers(source);
        if (inside) {
            return new Handling(request, listener);
        }
        if (ext == null && !enabled.any(cluster.state().metadata())) {
            return new Handling(request, listener);
        }
        SearchOrigin origin = SearchOrigin.of(request, task);
        TargetIndices indices = indices(request, origin);
        Decision decision =
                Decision.forIndices(
                        indices.defaults(),
                        ext == null ? null : ext.source(),
                        rescored || Pipelines.rerank(origin, indices.pipeline(), cluster.state()),
                        shape(request, source, indices.remote()),
                        () -> SearchText.of(source),
                        node.maxWindowSize());
        if (decision.skipped()) {
            return new Handling(request, marked(Marker.skipped(decision.reason()), listener));
        }
        return decision.rerank()
                ? reranked(request, source, task, decision.parameters(), indices, listener)
                : new Handling(request, listener);
    }

    private Handling reranked(
            SearchRequest request,
            SearchSourceBuilder source,
            Task task,
            RerankParameters parameters,
            TargetIndices indices,
            ActionListener<SearchResponse> listener) {
        SearchShape shape = shape(request, source, false);
        WindowPlan plan =
                WindowPlan.of(
                        shape.from(),
                        shape.size(),
                        parameters.windowSizeWithin(node.maxWindowSize()),
                        parameters.minScore() != null,
                        indices.maxResultWindow());
        List<SearchExtBuilder> exts = new ArrayList<>(source.ext());
        exts.removeIf(VlRerankExtBuilder.class::isInstance);
        exts.add(VlRerankExtBuilder.collecting(parameters));
        SearchSourceBuilder widened =
                source.shallowCopy().from(0).size(plan.fetch()).ext(exts);
        return new Handling(
                RerankFilter.withSource(request, widened),
                ActionListener.delegateFailure(
                        listener,
                        (next, response) ->
                                hits.rerank(
                                        response,
                                        new HitReranker.Job(parameters, plan, task),
                                        next)));
    }

    private ActionListener<SearchResponse> marked(
            Marker marker, ActionListener<SearchResponse> listener) {
        return ActionListener.delegateFailure(
                listener,
                (next, response) ->
                        next.onResponse(
                                Responses.marked(
                                        threadContext, response, response.getHits(), marker)));
    }

    /** Nothing of them where the search will not find them. */
    TargetIndices indices(SearchRequest request, SearchOrigin origin) {
        ClusterState state = cluster.state();
        try {
            return TargetIndices.of(request, origin, state, names, writeables);
        } catch (IndexNotFoundException | IllegalArgumentException e) {
            // The search itself will complain.
            return new TargetIndices(List.<Map<String, Object>>of(), Integer.MAX_VALUE, null, false);
        }
    }

    static VlRerankExtBuilder ext(SearchSourceBuilder source) {
        for (SearchExtBuilder ext : source.ext()) {
            if (ext instanceof VlRerankExtBuilder own) {
                return own;
            }
        }
        return null;
    }

    /** Whether there is a rescorer of ours. */
    static boolean fillRescorers(SearchSourceBuilder source) {
        boolean found = false;
        if (source.rescores() != null) {
            for (RescorerBuilder<?> rescorer : source.rescores()) {
                if (rescorer instanceof VlRerankRescorerBuilder own) {
                    found = true;
                    own.fillQuery(() -> SearchText.of(source));
                }
            }
        }
        return found;
    }

    static SearchShape shape(
            SearchRequest request, SearchSourceBuilder source, boolean remote) {
        return new SearchShape(
                source.from() < 0 ? 0 : source.from(),
                source.size() < 0 ? SearchService.DEFAULT_SIZE : source.size(),
                request.scroll() != null,
                byScore(source),
                source.searchAfter() != null,
                source.collapse() == null || source.collapse().getInnerHits().isEmpty(),
                remote);
    }

    private static boolean byScore(SearchSourceBuilder source) {
        return source.sorts() == null
                || source.sorts().isEmpty()
                || source.sorts().size() == 1
                        && source.sorts().get(0) instanceof ScoreSortBuilder score
                        && score.order() == SortOrder.DESC;
    }
}
