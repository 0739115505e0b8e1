package org.vlrerank.client;

import org.vlrerank.client.RerankException.Reason;
import org.vlrerank.client.RerankParameters.OnError;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One shard's rescoring, on the search thread that called it: reads the window's sources, waits for
 * the scores until the deadline, ranks. Fails only where {@code on_error} says so or the search was
 * cancelled.
 */
public final class ShardRescorer {
    /**
     * Reads a hit's content, as {@link ContentReader} makes it, by its place in the first pass; called for all places of the
     * window, in the order of {@link #rescore}'s readingOrder.
     */
    @FunctionalInterface
    public interface HitReader {
        byte[] read(int place) throws IOException;
    }

    /**
     * @param marker value of the X-Vl-Rerank header. The engines keep one shard's headers out of
     *     many, so with several shards it ends in ";scope=shard"
     */
    public record Outcome(Ranking ranking, String marker) {}

    /** How long a cancelled search may go on waiting. */
    private static final long CANCELLATION_POLL_MILLIS = 20;

    private final RerankNode node;

    public ShardRescorer(RerankNode node) {
        this.node = node;
    }

    /**
     * @param firstPass scores of the hits, best first
     * @param window the first so many hits are reranked
     * @param readingOrder their places, in the order that is cheapest to read
     * @param alone whether no other shard takes part in the search, so that failing may leave the
     *     scores as they are
     * @param checkCancelled throws if the search was cancelled or ran out of its own time
     */
    public Outcome rescore(
            RerankParameters parameters,
            float[] firstPass,
            int window,
            int[] readingOrder,
            HitReader contents,
            boolean alone,
            Runnable checkCancelled)
            throws RerankException {
        Ranking fallback = alone ? Ranking.unchanged(firstPass) : Ranking.allTail(firstPass);
        String scope = alone ? "" : ";scope=shard";
        long timeoutMillis = parameters.timeoutMillis(node.timeoutMillis());
        Deadline deadline = Deadline.after(timeoutMillis);
        try {
            if (!node.beginWait()) {
                throw new RerankException(
                        Reason.BUSY,
                        "a quarter of the search threads waits for the rerank sidecar already");
            }
            double[] scores;
            try {
                List<Integer> places = new ArrayList<>();
                List<byte[]> documents = new ArrayList<>();
                collect(
                        parameters,
                        Math.min(window, firstPass.length),
                        readingOrder,
                        contents,
                        places,
                        documents);
                if (documents.isEmpty()) {
                    return new Outcome(fallback, "skipped;reason=no_content" + scope);
                }
                boolean patient = timeoutMillis >= node.timeoutMillis();
                double[] answer =
                        await(
                                start(parameters, documents, deadline, patient),
                                deadline,
                                checkCancelled);
                scores = new double[firstPass.length];
                Arrays.fill(scores, Double.NaN);
                for (int i = 0; i < answer.length; i++) {
                    scores[places.get(i)] = answer[i];
                }
            } finally {
                node.endWait();
            }
            return new Outcome(
                    Ranking.of(firstPass, scores, parameters.weight()), "applied" + scope);
        } catch (RerankException e) {
            if (parameters.onError() == OnError.FAIL) {
                throw e;
            }
            return new Outcome(fallback, "failed;reason=" + e.reason().token() + scope);
        }
    }

    /** The window's documents in first-pass order, without those that have no content. */
    private static void collect(
            RerankParameters parameters,
            int window,
            int[] readingOrder,
            HitReader contents,
            List<Integer> places,
            List<byte[]> documents)
            throws RerankException {
        List<byte[]> byPlace = new ArrayList<>();
        for (int i = 0; i < window; i++) {
            byPlace.add(ContentReader.NONE);
        }
        try {
            for (int place : readingOrder) {
                byPlace.set(place, contents.read(place));
            }
        } catch (IOException | RuntimeException e) {
            throw new RerankException(Reason.INTERNAL, "the _source of a hit could not be read", e);
        }
        for (int place = 0; place < window; place++) {
            if (byPlace.get(place).length > 0) {
                places.add(place);
                documents.add(byPlace.get(place));
            }
        }
    }

    private CompletableFuture<double[]> start(
            RerankParameters parameters,
            List<byte[]> documents,
            Deadline deadline,
            boolean patient)
            throws RerankException {
        try {
            return node.client().rerank(parameters, documents, deadline, patient);
        } catch (RuntimeException e) {
            throw new RerankException(Reason.INTERNAL, "the rerank call could not be started", e);
        }
    }

    private static double[] await(
            CompletableFuture<double[]> call, Deadline deadline, Runnable checkCancelled)
            throws RerankException {
        try {
            while (!deadline.passed()) {
                checkCancelled.run();
                try {
                    long pollNanos = TimeUnit.MILLISECONDS.toNanos(CANCELLATION_POLL_MILLIS);
                    return call.get(
                            Math.min(deadline.remainingNanos(), pollNanos), TimeUnit.NANOSECONDS);
                } catch (TimeoutException poll) {
                    continue;
                }
            }
            throw new RerankException(Reason.TIMEOUT, "the rerank sidecar did not answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RerankException(Reason.INTERNAL, "the search thread was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RerankException failure) {
                throw failure;
            }
            throw new RerankException(Reason.INTERNAL, "the rerank call broke down", e.getCause());
        } finally {
            call.cancel(true);
        }
    }
}
