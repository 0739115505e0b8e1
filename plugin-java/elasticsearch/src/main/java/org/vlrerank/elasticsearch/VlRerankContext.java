package org.vlrerank.elasticsearch;

import org.elasticsearch.search.lookup.SourceProvider;
import org.elasticsearch.search.rescore.RescoreContext;
import org.vlrerank.client.RerankParameters;

/** One shard's rescoring of one search; used by one thread at a time. */
final class VlRerankContext extends RescoreContext {
    private final RerankParameters parameters;
    private final SourceProvider sources;
    private boolean alone;

    VlRerankContext(
            int windowSize,
            VlRerankRescorer rescorer,
            RerankParameters parameters,
            SourceProvider sources) {
        super(windowSize, rescorer);
        this.parameters = parameters;
        this.sources = sources;
    }

    RerankParameters parameters() {
        return parameters;
    }

    SourceProvider sources() {
        return sources;
    }

    /** Whether no other shard takes part in the search; false until it is known. */
    boolean alone() {
        return alone;
    }

    void setAlone(boolean newAlone) {
        alone = newAlone;
    }
}
