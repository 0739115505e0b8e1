package org.vlrerank.elasticsearch;

import org.elasticsearch.search.SearchHit;
import org.vlrerank.client.Marker;
import org.vlrerank.client.RerankParameters;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One retriever of one search, from its parsing to the answer: shared by the copies that rewriting
 * makes of it, and by the search that it makes of its child, all of which stay on this node.
 */
final class RetrieverCall {
    private record Document(String index, String id) {
        static Document of(SearchHit hit) {
            return new Document(hit.getIndex(), hit.getId());
        }
    }

    private final RerankParameters parameters;
    private final Map<Document, ScoreDetails> details = new ConcurrentHashMap<>();
    private volatile Marker marker;

    RetrieverCall(RerankParameters parameters) {
        this.parameters = parameters;
    }

    RerankParameters parameters() {
        return parameters;
    }

    /** Whether the hits that the user gets must be told from one another in the child's search. */
    boolean needsIds() {
        return parameters.keepFirstScore() || parameters.explain();
    }

    void keep(SearchHit hit, ScoreDetails scores) {
        if (needsIds() && hit.getId() != null) {
            details.put(Document.of(hit), scores);
        }
    }

    /** Null where nothing is known of the hit. */
    ScoreDetails details(SearchHit hit) {
        return details.get(Document.of(hit));
    }

    /** Null until the child's search has been answered. */
    Marker marker() {
        return marker;
    }

    void finish(Marker newMarker) {
        marker = newMarker;
    }
}
