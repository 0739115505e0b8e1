package org.vlrerank.opensearch;

import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.rescore.RescoreContext;

/**
 * Tells our rescore contexts what only the search context knows: how many shards take part, and
 * whether it was cancelled.
 */
final class SearchSizeListener implements SearchOperationListener {
    @Override
    public void onPreQueryPhase(SearchContext search) {
        for (RescoreContext rescore : search.rescore()) {
            if (rescore instanceof VlRerankContext context) {
                context.setSearch(search.numberOfShards() == 1, search::isCancelled);
            }
        }
    }
}
