package org.vlrerank.opensearch;

import org.opensearch.core.action.ActionListener;
import org.opensearch.action.ActionRequest;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;

import java.util.function.Supplier;

/**
 * Sees every search on the node that coordinates it. A search over indices that have {@code
 * index.vl_rerank.enabled} is reranked; a rescorer without a query gets it from the search.
 */
final class RerankFilter extends VersionedFilter {
    private static final String SEARCH = "indices:data/read/search";

    /** The search's origin, in the thread context of everything that it does in turn. */
    private static final String INSIDE = "_vl_rerank_inside_search";

    /** In the thread context of a search that another one makes: it must not be reranked. */
    private static final String NESTED = "_vl_rerank_nested_search";

    private final Supplier<SearchCoordinator> coordinator;

    RerankFilter(Supplier<SearchCoordinator> coordinator) {
        this.coordinator = coordinator;
    }

    /** After the filters of security, which decide on the indices. */
    @Override
    public int order() {
        return 0;
    }

    @Override
    @SuppressWarnings({"unchecked", "try"})
    <Request extends ActionRequest, Response extends ActionResponse> void filter(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        if (!action.equals(SEARCH) || !(request instanceof SearchRequest search)) {
            chain.proceed(task, action, request, listener);
            return;
        }
        SearchCoordinator.Handling handling;
        ThreadContext threadContext = coordinator.get().threadContext();
        boolean inside = threadContext.getTransient(INSIDE) != null;
        // Whoever comes next with the caller's thread must not look as if it were inside.
        ActionListener<SearchResponse> outside =
                new ContextPreservingActionListener<>(
                        threadContext.newRestorableContext(true),
                        (ActionListener<SearchResponse>) (ActionListener<?>) listener);
        try {
            handling = coordinator.get().handle(search, task, inside, outside);
        } catch (RuntimeException e) {
            listener.onFailure(e);
            return;
        }
        try (ThreadContext.StoredContext ignored = threadContext.newStoredContext(true)) {
            if (!inside) {
                threadContext.putTransient(INSIDE, SearchOrigin.of(search, task));
            } else if (!nested(threadContext)) {
                threadContext.putTransient(NESTED, true);
            }
            chain.proceed(
                    task,
                    action,
                    (Request) handling.request(),
                    (ActionListener<Response>) (ActionListener<?>) handling.listener());
        }
    }

    /** Of the search that the thread is at work for; null where none came this way. */
    static SearchOrigin origin(ThreadContext threadContext) {
        return threadContext.getTransient(INSIDE);
    }

    /** Of the same search. */
    static Task task(ThreadContext threadContext) {
        SearchOrigin origin = origin(threadContext);
        return origin == null ? null : origin.task();
    }

    /** Whether the search that the thread is at work for is one that another makes. */
    static boolean nested(ThreadContext threadContext) {
        return threadContext.getTransient(NESTED) != null;
    }

    /** A search that is to be sent on with another source. */
    static SearchRequest withSource(SearchRequest request, SearchSourceBuilder source) {
        SearchRequest changed = new SearchRequest(request);
        changed.setParentTask(request.getParentTask());
        return changed.source(source);
    }
}
