package org.vlrerank.elasticsearch;

import org.apache.lucene.search.TotalHits;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.index.Index;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchHits;
import org.elasticsearch.search.profile.SearchProfileResults;
import org.elasticsearch.search.retriever.RetrieverParserContext;

import java.util.Map;

/** What differs in Elasticsearch 8. */
final class Versioned {
    private Versioned() {}

    /**
     * The response with other hits; it holds references of its own. The caller keeps its reference
     * to the hits.
     */
    static SearchResponse withHits(SearchResponse response, SearchHits hits) {
        Map<String, ?> profile = response.getProfileResults();
        return new SearchResponse(
                hits,
                response.getAggregations(),
                response.getSuggest(),
                response.isTimedOut(),
                response.isTerminatedEarly(),
                profile.isEmpty() ? null : new SearchProfileResults(response.getProfileResults()),
                response.getNumReducePhases(),
                response.getScrollId(),
                response.getTotalShards(),
                response.getSuccessfulShards(),
                response.getSkippedShards(),
                response.getTook().millis(),
                response.getShardFailures(),
                response.getClusters(),
                response.pointInTimeId());
    }

    /** Null where the total is. */
    static TotalHits less(TotalHits total, int dropped) {
        return total == null
                ? null
                : new TotalHits(Math.max(0, total.value - dropped), total.relation);
    }

    static void setField(SearchHit hit, DocumentField field) {
        hit.setDocumentField(field.getName(), field);
    }

    /** Null where there is no such index. */
    static IndexMetadata index(ClusterState state, Index index) {
        return state.metadata().index(index);
    }

    static Iterable<IndexMetadata> indices(Metadata metadata) {
        return metadata;
    }

    static void trackUsage(RetrieverParserContext context, VlRerankRetrieverBuilder retriever) {
        context.trackRetrieverUsage(retriever.getName());
    }
}
