package org.vlrerank.client;

import org.vlrerank.client.RerankException.Reason;
import org.vlrerank.client.RerankParameters.OnError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Reranks a whole search once, on the coordinating node, without blocking: the first hits' content
 * in, the page in its new order out. Thread safe.
 */
public final class CoordinatorRerank {
    /**
     * @param modelScores by place among the fetched hits, NaN for hits that were not scored; may be
     *     shorter than the fetched hits, and is empty where nothing was reranked
     */
    public record Outcome(Page page, Marker marker, double[] modelScores) {}

    private static final double[] NO_SCORES = {};

    private final RerankNode node;

    public CoordinatorRerank(RerankNode node) {
        this.node = node;
    }

    /**
     * Fails with a {@link RerankException} only, and only where {@code on_error} asks for it.
     * Completes by the deadline; cancelling it cancels the call to the sidecar. Unless it is
     * cancelled, it completes on the caller's thread or on one that whoever hears of it may use.
     *
     * @param firstPass scores of the hits fetched, best first
     * @param contents {@link ContentReader}'s of at least the window's hits, in their order
     */
    public CompletableFuture<Outcome> rerank(
            RerankParameters parameters,
            WindowPlan plan,
            float[] firstPass,
            List<byte[]> contents) {
        if (firstPass.length == 0) {
            return done(Page.unchanged(plan, firstPass), Marker.skipped("no_hits"));
        }
        if (plan.beyondWindow(parameters.minScore() != null)) {
            return done(
                    Page.of(plan, firstPass, NO_SCORES, parameters),
                    Marker.skipped("beyond_window"));
        }
        int window = Math.min(plan.window(), firstPass.length);
        List<Integer> places = new ArrayList<>();
        List<byte[]> documents = new ArrayList<>();
        for (int place = 0; place < window; place++) {
            if (contents.get(place).length > 0) {
                places.add(place);
                documents.add(contents.get(place));
            }
        }
        if (documents.isEmpty()) {
            return done(Page.unchanged(plan, firstPass), Marker.skipped("no_content"));
        }
        return call(parameters, plan, firstPass, window, places, documents);
    }

    private CompletableFuture<Outcome> call(
            RerankParameters parameters,
            WindowPlan plan,
            float[] firstPass,
            int window,
            List<Integer> places,
            List<byte[]> documents) {
        long startNanos = System.nanoTime();
        long timeoutMillis = parameters.timeoutMillis(node.timeoutMillis());
        CompletableFuture<double[]> scores =
                start(
                        parameters,
                        documents,
                        Deadline.after(timeoutMillis),
                        timeoutMillis >= node.timeoutMillis());
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        scores.whenComplete(
                (answer, error) -> {
                    try {
                        if (error != null) {
                            fail(outcome, parameters, plan, firstPass, reasonOf(error));
                            return;
                        }
                        double[] byPlace = new double[window];
                        Arrays.fill(byPlace, Double.NaN);
                        for (int i = 0; i < answer.length; i++) {
                            byPlace[places.get(i)] = answer[i];
                        }
                        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
                        outcome.complete(
                                new Outcome(
                                        Page.of(plan, firstPass, byPlace, parameters),
                                        Marker.applied(window, took),
                                        byPlace));
                    } catch (RuntimeException e) { // or the search would never end
                        fail(
                                outcome,
                                parameters,
                                plan,
                                firstPass,
                                new RerankException(
                                        Reason.INTERNAL, "the hits could not be put in order", e));
                    }
                });
        outcome.whenComplete(
                (value, error) -> {
                    if (outcome.isCancelled()) {
                        scores.cancel(true);
                    }
                });
        return outcome;
    }

    private CompletableFuture<double[]> start(
            RerankParameters parameters,
            List<byte[]> documents,
            Deadline deadline,
            boolean patient) {
        try {
            return node.client().rerank(parameters, documents, deadline, patient);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(
                    new RerankException(
                            Reason.INTERNAL, "the rerank call could not be started", e));
        }
    }

    private static void fail(
            CompletableFuture<Outcome> outcome,
            RerankParameters parameters,
            WindowPlan plan,
            float[] firstPass,
            RerankException failure) {
        if (parameters.onError() == OnError.FAIL) {
            outcome.completeExceptionally(failure);
        } else {
            outcome.complete(
                    new Outcome(
                            Page.unchanged(plan, firstPass),
                            Marker.failed(failure.reason()),
                            NO_SCORES));
        }
    }

    private static RerankException reasonOf(Throwable error) {
        Throwable cause =
                error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause instanceof RerankException failure
                ? failure
                : new RerankException(Reason.INTERNAL, "the rerank call broke down", cause);
    }

    private static CompletableFuture<Outcome> done(Page page, Marker marker) {
        return CompletableFuture.completedFuture(new Outcome(page, marker, NO_SCORES));
    }
}
