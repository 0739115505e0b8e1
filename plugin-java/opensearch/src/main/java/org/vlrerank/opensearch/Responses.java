package org.vlrerank.opensearch;

import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchResponseSections;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHits;
import org.opensearch.search.aggregations.InternalAggregations;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.profile.SearchProfileShardResults;
import org.vlrerank.client.Marker;

import java.util.ArrayList;
import java.util.List;

/** Answers of searches with what we have to say of them. */
final class Responses {
    private Responses() {}

    /** The answer with the marker in the response headers and in {@code ext}. */
    static SearchResponse marked(
            ThreadContext threadContext, SearchResponse response, SearchHits hits, Marker marker) {
        threadContext.addResponseHeader(Marker.HEADER, marker.text());
        if (marker.warning() != null) {
            threadContext.addResponseHeader("Warning", marker.warning());
        }
        SearchResponseSections sections = response.getInternalResponse();
        List<SearchExtBuilder> exts = new ArrayList<>(sections.getSearchExtBuilders());
        exts.add(VlRerankExtBuilder.marker(marker));
        return new SearchResponse(
                new InternalSearchResponse(
                        hits,
                        (InternalAggregations) sections.aggregations(),
                        sections.suggest(),
                        sections.profile().isEmpty()
                                ? null
                                : new SearchProfileShardResults(sections.profile()),
                        sections.timedOut(),
                        sections.terminatedEarly(),
                        sections.getNumReducePhases(),
                        exts,
                        sections.getProcessorResult()),
                response.getScrollId(),
                response.getTotalShards(),
                response.getSuccessfulShards(),
                response.getSkippedShards(),
                response.getTook().millis(),
                response.getPhaseTook(),
                response.getShardFailures(),
                response.getClusters(),
                response.pointInTimeId());
    }
}
