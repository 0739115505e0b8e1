package org.vlrerank.elasticsearch;

import org.elasticsearch.common.Strings;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.builder.SubSearchSourceBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.vectors.KnnSearchBuilder;
import org.elasticsearch.xcontent.ToXContent;
import org.vlrerank.client.QueryText;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The text that a search looks for. */
final class SearchText {
    private SearchText() {}

    /** Null where there is none. */
    static String of(SearchSourceBuilder source) {
        List<Map<String, Object>> queries = new ArrayList<>();
        for (SubSearchSourceBuilder query : source.subSearches()) {
            queries.add(json(query.getQueryBuilder()));
        }
        for (KnnSearchBuilder knn : source.knnSearch()) {
            queries.add(Map.of("knn", json(knn)));
        }
        if (source.retriever() != null) {
            queries.add(json(source.retriever()));
        }
        return QueryText.of(queries);
    }

    /** Null where there is none. */
    static String of(RetrieverBuilder retriever) {
        return QueryText.of(json(retriever));
    }

    private static Map<String, Object> json(ToXContent object) {
        try {
            return new XContentCodec()
                    .read(Strings.toString(object).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException("[vl_rerank] the query cannot be read", e);
        }
    }
}
