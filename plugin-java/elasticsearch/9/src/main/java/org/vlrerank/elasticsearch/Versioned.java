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
import org.elasticsearch.search.aggregations.InternalAggregations;
import org.elasticsearch.search.retriever.RetrieverParserContext;

import java.util.ArrayList;
import java.util.List;

/** What differs in Elasticsearch 9. */
final class Versioned {
    private Versioned() {}

    /**
     * The response with other hits; it holds references of its own, also to the hits that
     * aggregations and suggestions carry. The caller keeps its reference to the hits.
     */
    static SearchResponse withHits(SearchResponse response, SearchHits hits) {
        List<SearchHits> topHits = new ArrayList<>();
        if (response.getAggregations() != null) {
            InternalAggregations.addTopHitsToReleaseList(
                    response.getAggregations(), topHits, true);
        }
        List<SearchHit> suggested =
                response.getSuggest() == null
                        ? List.of()
                        : response.getSuggest().collectCompletionOptionHits(true);
        SearchResponse changed =
                new SearchResponse(
                        hits,
                        response.getAggregations(),
                        response.getSuggest(),
                        response.isTimedOut(),
                        response.isTerminatedEarly(),
                        response.getSearchProfileResults(),
                        response.getNumReducePhases(),
                        response.getScrollId(),
                        response.getTotalShards(),
                        response.getSuccessfulShards(),
                        response.getSkippedShards(),
                        response.getTook().millis(),
                        response.getShardFailures(),
                        response.getClusters(),
                        response.pointInTimeId(),
                        topHits,
                        suggested);
        changed.setDirectoryMetrics(response.getDirectoryMetrics());
        return changed;
    }

    /** Null where the total is. */
    static TotalHits less(TotalHits total, int dropped) {
        return total == null
                ? null
                : new TotalHits(Math.max(0, total.value() - dropped), total.relation());
    }

    static void setField(SearchHit hit, DocumentField field) {
        hit.setDocumentField(field);
    }

    /** Null where there is no such index. */
    static IndexMetadata index(ClusterState state, Index index) {
        return state.metadata().indexMetadata(index);
    }

    static Iterable<IndexMetadata> indices(Metadata metadata) {
        return metadata.indicesAllProjects();
    }

    static void trackUsage(RetrieverParserContext context, VlRerankRetrieverBuilder retriever) {
        context.trackRetrieverUsage(retriever);
    }
}
