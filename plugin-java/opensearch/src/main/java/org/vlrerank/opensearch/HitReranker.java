package org.vlrerank.opensearch;

import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.threadpool.Scheduler.Cancellable;
import org.opensearch.threadpool.ThreadPool;
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
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Reranks the hits of a search's answer without blocking, and answers its listener exactly once. */
final class HitReranker {
    /** How often a search is asked whether it was cancelled: OpenSearch tells nobody of it. */
    private static final TimeValue CANCELLATION_POLL = TimeValue.timeValueMillis(50);

    /**
     * @param task is asked whether the search was cancelled; null where nobody knows it
     * @param content gives what of a hit the model shall see, and leaves the hit as the user may see
     *     it
     * @param remark what else there is to say in the marker
     */
    record Job(
            RerankParameters parameters,
            WindowPlan plan,
            Task task,
            Function<SearchHit, byte[]> content,
            UnaryOperator<Marker> remark) {
        /** With the content that the shards collected. */
        Job(RerankParameters parameters, WindowPlan plan, Task task) {
            this(parameters, plan, task, ContentFetchSubPhase::take, UnaryOperator.identity());
        }
    }

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
                contents.add(job.content().apply(hits[i]));
            }
            ContentFetchSubPhase.clean(response);
        } catch (RuntimeException e) { // or the search would never end
            listener.onFailure(e);
            return;
        }
        CompletableFuture<Outcome> outcome =
                rerank.rerank(job.parameters(), job.plan(), firstPass, contents);
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
        if (job.task() instanceof CancellableTask task) {
            Cancellable poll =
                    threads.scheduleWithFixedDelay(
                            () -> {
                                if (task.isCancelled()) {
                                    outcome.cancel(true);
                                }
                            },
                            CANCELLATION_POLL,
                            ThreadPool.Names.SAME);
            outcome.whenComplete((value, error) -> poll.cancel());
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
            changed =
                    Responses.marked(
                            threadContext,
                            response,
                            changed(response.getHits(), job, firstPass, outcome),
                            job.remark().apply(outcome.marker()));
        } catch (RuntimeException e) {
            listener.onFailure(e);
            return;
        }
        listener.onResponse(changed);
    }

    private static RuntimeException failure(Throwable error) {
        if (error instanceof RerankException failure) {
            return new OpenSearchStatusException(
                    "[vl_rerank] {}",
                    RestStatus.fromCode(failure.reason().status()),
                    failure,
                    failure.getMessage());
        }
        return new TaskCancelledException(
                "the search was cancelled while it waited for the rerank sidecar");
    }

    private static SearchHits changed(
            SearchHits old, Job job, float[] firstPass, Outcome outcome) {
        Page page = outcome.page();
        boolean reranked = outcome.modelScores().length > 0;
        SearchHit[] hits = new SearchHit[page.order().length];
        Object[] collapsed =
                old.getCollapseValues() == null ? null : new Object[page.order().length];
        for (int i = 0; i < hits.length; i++) {
            int place = page.order()[i];
            hits[i] = old.getHits()[place];
            hits[i].score(page.scores()[i]);
            if (reranked) {
                double[] model = outcome.modelScores();
                new ScoreDetails(
                                page.scores()[i],
                                firstPass[place],
                                place < model.length ? model[place] : Double.NaN)
                        .show(hits[i], job.parameters());
            }
            if (collapsed != null) {
                collapsed[i] = old.getCollapseValues()[place];
            }
        }
        return new SearchHits(
                hits,
                Versioned.less(old.getTotalHits(), page.dropped()),
                page.maxScore(),
                old.getSortFields(),
                old.getCollapseField(),
                collapsed);
    }
}
