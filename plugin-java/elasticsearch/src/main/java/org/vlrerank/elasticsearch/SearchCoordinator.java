package org.vlrerank.elasticsearch;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchService;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.rescore.RescorerBuilder;
import org.elasticsearch.search.retriever.CompoundRetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.sort.ScoreSortBuilder;
import org.elasticsearch.search.sort.SortOrder;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
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
    private final ThreadContext threadContext;
    private final HitReranker hits;
    private final EnabledIndices enabled = new EnabledIndices();

    SearchCoordinator(
            RerankNode node,
            ClusterService cluster,
            IndexNameExpressionResolver names,
            ThreadPool threads) {
        this.node = node;
        this.cluster = cluster;
        this.names = names;
        this.threadContext = threads.getThreadContext();
        this.hits = new HitReranker(new CoordinatorRerank(node), threads);
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
        if (ext != null && ext.call() != null) {
            return childOfRetriever(request, task, ext.call(), listener);
        }
        boolean rescored = fillRescorers(source);
        if (inside) {
            return new Handling(request, listener);
        }
        List<RetrieverCall> calls = new ArrayList<>();
        collectCalls(source.retriever(), calls);
        if (!calls.isEmpty()) {
            Handling flat = flattened(request, source, task, listener);
            return flat == null ? new Handling(request, shownBy(source.retriever(), calls, listener)) : flat;
        }
        if (ext == null && !enabled.any(cluster.state().metadata())) {
            return new Handling(request, listener);
        }
        TargetIndices indices = indices(request, task);
        Decision decision =
                Decision.forIndices(
                        indices.defaults(),
                        ext == null ? null : ext.source(),
                        rescored,
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
                        Math.min(indices.maxResultWindow(), rankWindow(source)));
        return reranked(request, source.shallowCopy(), task, parameters, plan, listener);
    }

    /**
     * @param source becomes the search's
     */
    private Handling reranked(
            SearchRequest request,
            SearchSourceBuilder source,
            Task task,
            RerankParameters parameters,
            WindowPlan plan,
            ActionListener<SearchResponse> listener) {
        List<SearchExtBuilder> exts = new ArrayList<>(source.ext());
        exts.removeIf(VlRerankExtBuilder.class::isInstance);
        exts.add(VlRerankExtBuilder.collecting(parameters));
        return new Handling(
                RerankFilter.withSource(request, source.from(0).size(plan.fetch()).ext(exts)),
                listener.delegateFailure(
                        (next, response) ->
                                hits.rerank(
                                        response,
                                        new HitReranker.Job(parameters, plan, task, null),
                                        next)));
    }

    /**
     * The outermost retriever's answer from one search, where a plain one gives its child's hits:
     * the engine's way for retrievers fetches them twice. Null where it must be the engine's.
     */
    private Handling flattened(
            SearchRequest request,
            SearchSourceBuilder source,
            Task task,
            ActionListener<SearchResponse> listener) {
        if (!(source.retriever() instanceof VlRerankRetrieverBuilder own)
                || !own.call().parameters().hasQuery()
                || !own.childIsPlainQuery()
                || source.collapse() != null
                || source.postFilter() != null
                || source.minScore() != null
                || indices(request, task).remote()) {
            return null;
        }
        int window = own.rankWindowSize();
        int size = source.size() < 0 ? window : source.size(); // as the engine has it for retrievers
        return reranked(
                request,
                source.shallowCopy().retriever(own.child()),
                task,
                own.call().parameters(),
                new WindowPlan(Math.max(0, source.from()), size, window, window),
                listener);
    }

    private Handling childOfRetriever(
            SearchRequest request,
            Task task,
            RetrieverCall call,
            ActionListener<SearchResponse> listener) {
        if (!call.parameters().hasQuery()) {
            call.finish(Marker.skipped("no_query"));
            return new Handling(request, listener);
        }
        int size = request.source().size();
        WindowPlan plan = new WindowPlan(0, size, size, size);
        return new Handling(
                request,
                listener.delegateFailure(
                        (next, response) ->
                                hits.rerank(
                                        response,
                                        new HitReranker.Job(call.parameters(), plan, task, call),
                                        next)));
    }

    /** Shows in the whole search's answer what its retrievers have to say. */
    private ActionListener<SearchResponse> shownBy(
            RetrieverBuilder outermost,
            List<RetrieverCall> calls,
            ActionListener<SearchResponse> listener) {
        return listener.delegateFailure(
                (next, response) -> {
                    for (RetrieverCall call : calls) {
                        if (call.marker() != null) {
                            HitReranker.mark(threadContext, call.marker());
                        }
                    }
                    try {
                        if (outermost instanceof VlRerankRetrieverBuilder own) {
                            show(response, own.call());
                        }
                    } catch (RuntimeException e) { // or the search would never end
                        next.onFailure(e);
                        return;
                    }
                    next.onResponse(response);
                });
    }

    private static void show(SearchResponse response, RetrieverCall call) {
        for (SearchHit hit : response.getHits().getHits()) {
            ScoreDetails details = call.details(hit);
            if (details != null) {
                try {
                    details.show(hit, call.parameters());
                } catch (UnsupportedOperationException e) {
                    continue; // it came over the network without fields, and takes none
                }
            }
        }
    }

    private ActionListener<SearchResponse> marked(
            Marker marker, ActionListener<SearchResponse> listener) {
        return listener.delegateFailure(
                (next, response) -> {
                    HitReranker.mark(threadContext, marker);
                    next.onResponse(response);
                });
    }

    private TargetIndices indices(SearchRequest request, Task task) {
        ClusterState state = cluster.state();
        try {
            return TargetIndices.of(request, task, state, names);
        } catch (IndexNotFoundException | IllegalArgumentException e) {
            // The search itself will complain.
            return new TargetIndices(List.<Map<String, Object>>of(), Integer.MAX_VALUE, false);
        }
    }

    private static VlRerankExtBuilder ext(SearchSourceBuilder source) {
        for (SearchExtBuilder ext : source.ext()) {
            if (ext instanceof VlRerankExtBuilder own) {
                return own;
            }
        }
        return null;
    }

    /** Whether there is a rescorer of ours. */
    private static boolean fillRescorers(SearchSourceBuilder source) {
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

    private static void collectCalls(RetrieverBuilder retriever, List<RetrieverCall> calls) {
        if (retriever instanceof VlRerankRetrieverBuilder own) {
            calls.add(own.call());
        }
        if (retriever instanceof CompoundRetrieverBuilder<?> compound) {
            compound.innerRetrievers().forEach(inner -> collectCalls(inner.retriever(), calls));
        }
    }

    private static SearchShape shape(
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

    /** More hits than this the search's own ranking refuses to give. */
    private static int rankWindow(SearchSourceBuilder source) {
        if (source.retriever() instanceof CompoundRetrieverBuilder<?> compound) {
            return compound.rankWindowSize();
        }
        return source.rankBuilder() == null
                ? Integer.MAX_VALUE
                : source.rankBuilder().rankWindowSize();
    }
}
