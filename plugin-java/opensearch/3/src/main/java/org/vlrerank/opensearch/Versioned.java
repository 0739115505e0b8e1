package org.vlrerank.opensearch;

import org.apache.lucene.search.TotalHits;

/** What differs in OpenSearch 3 besides the plugin's start: Lucene. */
final class Versioned {
    private Versioned() {}

    /** Null where the total is. */
    static TotalHits less(TotalHits total, int dropped) {
        return total == null
                ? null
                : new TotalHits(Math.max(0, total.value() - dropped), total.relation());
    }
}
