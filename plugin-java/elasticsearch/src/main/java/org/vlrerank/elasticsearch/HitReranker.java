package org.vlrerank.elasticsearch;

import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchHits;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.threadpool.ThreadPool;
import org.vlrerank.client.CoordinatorRerank;
import org.vlrerank.client.CoordinatorRerank.Outcome;
import org.vlrerank.client.Marker;
import org.vlrerank.client.Page;
import org.vlrerank.client.RerankException;
import org.vlrerank.client.RerankParameters;
import org.vlrerank.client.WindowPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Reranks the hits of a search's answer without blocking, and answers its listener exactly once. */
final class HitReranker {
    /**
     * @param call null unless the search is one that a retriever makes of its child
     */
    record Job(RerankParameters parameters, WindowPlan plan, Task task, RetrieverCall call) {}

    private final CoordinatorRerank rerank;
    private final ThreadPool threads;
    private final ThreadContext threadContext;

    HitReranker(CoordinatorRerank rerank, ThreadPool threads) {
        this.rerank = rerank;
        this.threads = threads;
        this.threadContext = threads.getThreadContext();
    }

    /** The response is the caller's; the listener's is a new one. */
    void rerank(SearchResponse response, Job job, ActionListener<SearchResponse> listener) {
        SearchHit[] hits = response.getHits().getHits();
        float[] firstPass = new float[hits.length];
        List<byte[]> contents = new ArrayList<>();
        try {
            for (int i = 0; i < hits.length; i++) {
                firstPass[i] = Float.isNaN(hits[i].getScore()) ? 0 : hits[i].getScore();
                contents.add(ContentFetchSubPhase.take(hits[i]));
            }
            ContentFetchSubPhase.clean(response);
        } catch (RuntimeException e) { // or the search would never end
            listener.onFailure(e);
            return;
        }
        CompletableFuture<Outcome> outcome =
                rerank.rerank(job.parameters(), job.plan(), firstPass, contents);
        response.mustIncRef();
        if (outcome.isDone()) {
            outcome.whenComplete(
                    (value, error) -> finish(response, job, firstPass, value, error, listener));
            return;
        }
        Supplier<ThreadContext.StoredContext> context = threadContext.newRestorableContext(true);
        outcome.whenComplete(
                (value, error) -> {
                    Runnable end = () -> finish(response, job, firstPass, value, error, listener);
                    if (outcome.isCancelled()) { // by a thread that has more to do
                        dispatch(context, end);
                    } else {
                        runIn(context, end);
                    }
                });
        if (job.task() instanceof CancellableTask cancellable) {
            cancellable.addListener(() -> outcome.cancel(true));
        }
    }

    private void dispatch(Supplier<ThreadContext.StoredContext> context, Runnable work) {
        try {
            threads.generic().execute(() -> runIn(context, work));
        } catch (RejectedExecutionException e) { // the node shuts down
            runIn(context, work);
        }
    }

    @SuppressWarnings("try")
    private static void runIn(Supplier<ThreadContext.StoredContext> context, Runnable work) {
        try (ThreadContext.StoredContext ignored = context.get()) {
            work.run();
        }
    }

    private void finish(
            SearchResponse response,
            Job job,
            float[] firstPass,
            Outcome outcome,
            Throwable error,
            ActionListener<SearchResponse> listener) {
        SearchResponse changed;
        try {
            if (error != null) {
                throw failure(error);
            }
            if (job.call() == null) {
                mark(threadContext, outcome.marker());
            } else {
                job.call().finish(outcome.marker());
            }
            changed = changed(response, job, firstPass, outcome);
        } catch (RuntimeException e) {
            listener.onFailure(e);
            return;
        } finally {
            response.decRef();
        }
        ActionListener.respondAndRelease(listener, changed);
    }

    static void mark(ThreadContext threadContext, Marker marker) {
        threadContext.addResponseHeader(Marker.HEADER, marker.text());
        if (marker.warning() != null) {
            threadContext.addResponseHeader("Warning", marker.warning());
        }
    }

    private static RuntimeException failure(Throwable error) {
        if (error instanceof RerankException failure) {
            return new ElasticsearchStatusException(
                    "[vl_rerank] {}",
                    RestStatus.fromCode(failure.reason().status()),
                    failure,
                    failure.getMessage());
        }
        return new TaskCancelledException(
                "the search was cancelled while it waited for the rerank sidecar");
    }

    private static SearchResponse changed(
            SearchResponse response, Job job, float[] firstPass, Outcome outcome) {
        SearchHits old = response.getHits();
        Page page = outcome.page();
        boolean reranked = outcome.modelScores().length > 0;
        SearchHit[] hits = new SearchHit[page.order().length];
        Object[] collapsed =
                old.getCollapseValues() == null ? null : new Object[page.order().length];
        for (int i = 0; i < hits.length; i++) {
            int place = page.order()[i];
            hits[i] = old.getHits()[place];
            hits[i].mustIncRef();
            hits[i].score(page.scores()[i]);
            if (reranked) {
                double[] model = outcome.modelScores();
                ScoreDetails details =
                        new ScoreDetails(
                                page.scores()[i],
                                firstPass[place],
                                place < model.length ? model[place] : Double.NaN);
                if (job.call() == null) {
                    details.show(hits[i], job.parameters());
                } else {
                    job.call().keep(hits[i], details);
                }
            }
            if (collapsed != null) {
                collapsed[i] = old.getCollapseValues()[place];
            }
        }
        SearchHits changed =
                new SearchHits(
                        hits,
                        Versioned.less(old.getTotalHits(), page.dropped()),
                        page.maxScore(),
                        old.getSortFields(),
                        old.getCollapseField(),
                        collapsed);
        try {
            return Versioned.withHits(response, changed);
        } finally {
            changed.decRef();
        }
    }
}
