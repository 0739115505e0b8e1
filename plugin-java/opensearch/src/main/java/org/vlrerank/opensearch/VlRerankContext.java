package org.vlrerank.opensearch;

import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.search.rescore.RescoreContext;
import org.vlrerank.client.RerankParameters;

import java.util.function.BooleanSupplier;

/** One shard's rescoring of one search; used by one thread at a time. */
final class VlRerankContext extends RescoreContext {
    private final RerankParameters parameters;
    private boolean alone;
    private BooleanSupplier cancelled = () -> false;

    VlRerankContext(
            int windowSize,
            VlRerankRescorer rescorer,
            RerankParameters parameters) {
        super(windowSize, rescorer);
        this.parameters = parameters;
    }

    RerankParameters parameters() {
        return parameters;
    }

    /** Whether no other shard takes part in the search; false until it is known. */
    boolean alone() {
        return alone;
    }

    /** Throws where the search was cancelled. */
    void checkCancellation() {
        if (cancelled.getAsBoolean()) {
            throw new TaskCancelledException(
                    "the search was cancelled while it waited for the rerank sidecar");
        }
    }

    void setSearch(boolean newAlone, BooleanSupplier newCancelled) {
        alone = newAlone;
        cancelled = newCancelled;
    }
}
