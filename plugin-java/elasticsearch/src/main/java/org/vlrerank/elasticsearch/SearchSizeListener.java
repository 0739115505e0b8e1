package org.vlrerank.elasticsearch;

import org.elasticsearch.index.shard.SearchOperationListener;
import org.elasticsearch.search.internal.SearchContext;
import org.elasticsearch.search.rescore.RescoreContext;

/**
 * Tells our rescore contexts what only the search context knows: how many shards take part in the
 * search.
 */
final class SearchSizeListener implements SearchOperationListener {
    @Override
    public void onPreQueryPhase(SearchContext search) {
        for (RescoreContext rescore : search.rescore()) {
            if (rescore instanceof VlRerankContext context) {
                context.setAlone(search.numberOfShards() == 1);
            }
        }
    }
}
