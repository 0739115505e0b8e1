package org.vlrerank.opensearch;

import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.vlrerank.client.QueryText;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The text that a search looks for. */
final class SearchText {
    private SearchText() {}

    /** Null where there is none. */
    static String of(SearchSourceBuilder source) {
        if (source.query() == null) {
            return null;
        }
        try {
            return QueryText.of(
                    new XContentCodec()
                            .read(
                                    Strings.toString(MediaTypeRegistry.JSON, source.query())
                                            .getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new IllegalArgumentException("[vl_rerank] the query cannot be read", e);
        }
    }
}
