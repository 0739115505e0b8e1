package org.vlrerank.elasticsearch;

import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.vlrerank.client.RerankNode;
import org.vlrerank.client.Warmer;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What searches and indexing need of their node.
 *
 * @param warmer null where nothing is indexed
 */
record RerankService(RerankNode node, Warmer warmer, ThreadContext threadContext)
        implements AutoCloseable {
    /** What {@code GET /_vl_rerank/stats} shows. */
    Map<String, Object> stats() {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("rerank", Map.of("running", node.client().running()));
        stats.put("warm", warmer.stats());
        return stats;
    }

    @Override
    public void close() {
        if (warmer != null) {
            warmer.close();
        }
        node.close();
    }
}
