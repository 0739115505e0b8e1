package org.vlrerank.opensearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.junit.jupiter.api.Test;

class SearchTextTest {
    private static String of(org.opensearch.index.query.QueryBuilder query) {
        return SearchText.of(new SearchSourceBuilder().query(query));
    }

    @Test
    void ofQueriesAsTheEngineWritesThem() {
        assertEquals("clean fan", of(QueryBuilders.matchQuery("body", "clean fan").boost(2)));
        assertEquals("clean fan", of(QueryBuilders.matchPhraseQuery("body", "clean fan")));
        assertEquals("clean fan", of(QueryBuilders.multiMatchQuery("clean fan", "a", "b")));
        assertEquals("clean fan", of(QueryBuilders.queryStringQuery("clean fan")));
        assertEquals("clean fan", of(QueryBuilders.simpleQueryStringQuery("clean fan")));
        assertEquals(
                "clean fan",
                of(
                        QueryBuilders.boolQuery()
                                .must(QueryBuilders.matchQuery("body", "clean"))
                                .should(
                                        QueryBuilders.functionScoreQuery(
                                                QueryBuilders.matchQuery("body", "fan")))
                                .filter(QueryBuilders.matchQuery("body", "filtered"))
                                .mustNot(QueryBuilders.matchQuery("body", "excluded"))));
    }

    @Test
    void ofNone() {
        assertNull(SearchText.of(new SearchSourceBuilder()));
        assertNull(of(QueryBuilders.matchAllQuery()));
        assertNull(
                of(QueryBuilders.constantScoreQuery(QueryBuilders.matchQuery("body", "fan"))));
    }
}
