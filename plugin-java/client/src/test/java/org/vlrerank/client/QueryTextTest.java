package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class QueryTextTest {
    private static Map<String, Object> json(String text) throws IOException {
        return new JacksonCodec()
                .read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'match': {'body': {'query': 'clean fan', 'boost': 1.0}}} | clean fan",
                "{'match': {'body': 'clean fan'}} | clean fan",
                "{'match_phrase': {'body': {'query': 'clean fan'}}} | clean fan",
                "{'match_phrase_prefix': {'body': {'query': 'clean f'}}} | clean f",
                "{'match_bool_prefix': {'body': {'query': 'clean f'}}} | clean f",
                "{'multi_match': {'query': 'clean fan', 'fields': ['a^1.0']}} | clean fan",
                "{'combined_fields': {'query': 'clean fan', 'fields': ['a']}} | clean fan",
                "{'query_string': {'query': 'clean AND fan', 'fields': []}} | clean AND fan",
                "{'simple_query_string': {'query': '+fan'}} | +fan",
                "{'semantic': {'field': 'f', 'query': 'clean fan'}} | clean fan",
                "{'sparse_vector': {'field': 'f', 'query': 'clean fan'}} | clean fan",
                "{'text_expansion': {'f': {'model_text': 'clean fan'}}} | clean fan",
                "{'neural': {'f': {'query_text': 'clean fan', 'k': 5}}} | clean fan",
                "{'neural_sparse': {'f': {'query_text': 'clean fan'}}} | clean fan",
                "{'dis_max': {'queries': [{'match': {'a': {'query': 'x'}}},"
                        + " {'match': {'b': {'query': 'y'}}}]}} | x y",
                "{'hybrid': {'queries': [{'match': {'a': {'query': 'x'}}},"
                        + " {'neural': {'v': {'query_text': 'x'}}}]}} | x",
                "{'function_score': {'query': {'match': {'a': {'query': 'x'}}},"
                        + " 'functions': [{'filter': {'match': {'a': {'query': 'no'}}}}]}} | x",
                "{'script_score': {'query': {'match': {'a': {'query': 'x'}}}}} | x",
                "{'nested': {'path': 'p', 'query': {'match': {'p.a': {'query': 'x'}}}}} | x",
                "{'has_child': {'type': 'c', 'query': {'match': {'a': {'query': 'x'}}}}} | x",
                "{'boosting': {'positive': {'match': {'a': {'query': 'x'}}},"
                        + " 'negative': {'match': {'a': {'query': 'no'}}}}} | x",
                "{'bool': {'should': [{'match': {'a': {'query': 'y'}}}],"
                        + " 'must': [{'match': {'a': {'query': 'x'}}}],"
                        + " 'filter': [{'match': {'a': {'query': 'no'}}}],"
                        + " 'must_not': [{'match': {'a': {'query': 'no'}}}]}} | x y",
                "{'bool': {'must': {'bool': {'should': {'match': {'a': 'x'}}}}}} | x",
                "{'bool': {'should': [{'match': {'a': {'query': ' x '}}},"
                        + " {'match': {'b': {'query': 'x'}}}]}} | x",
                "{'knn': {'field': 'v', 'query_vector_builder': {'text_embedding':"
                        + " {'model_id': 'm', 'model_text': 'x'}}}} | x",
                "{'standard': {'query': {'match': {'a': {'query': 'x'}}}}} | x",
                "{'rrf': {'retrievers': [{'retriever': {'standard': {'query': {'match': {'a':"
                        + " {'query': 'x'}}}}}}, {'knn': {'field': 'v'}}]}} | x",
                "{'linear': {'query': 'x', 'fields': ['a']}} | x",
                "{'text_similarity_reranker': {'retriever': {'standard': {'query':"
                        + " {'match': {'a': {'query': 'y'}}}}}, 'inference_text': 'x'}} | x y",
                "{'vl_rerank': {'retriever': {'standard': {'query': {'match':"
                        + " {'a': {'query': 'x'}}}}}}} | x",
            })
    void isFoundIn(String query, String text) throws IOException {
        assertEquals(text, QueryText.of(json(query)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'match_all': {}}",
                "{'term': {'a': {'value': 'x'}}}",
                "{'constant_score': {'filter': {'match': {'a': {'query': 'x'}}}}}",
                "{'bool': {'filter': [{'match': {'a': {'query': 'x'}}}]}}",
                "{'query_string': {'query': '*:*'}}",
                "{'query_string': {'query': '*'}}",
                "{'match': {'year': {'query': 2026}}}",
                "{'match': {'a': {'query': '  '}}}",
                "{'knn': {'field': 'v', 'query_vector': [1, 2]}}",
                "{'dis_max': {'queries': 'x'}}",
                "{'bool': 5}",
            })
    void isNotIn(String query) throws IOException {
        assertNull(QueryText.of(json(query)));
    }

    @Test
    void ofSeveralQueries() throws IOException {
        assertEquals(
                "x y",
                QueryText.of(
                        List.of(
                                json("{'match': {'a': 'x'}}"),
                                json("{'match_all': {}}"),
                                json("{'semantic': {'field': 'f', 'query': 'y'}}"))));
    }

    @Test
    void deepQueriesEnd() {
        Map<String, Object> query = Map.of("match", Map.of("a", "x"));
        for (int depth = 0; depth < 10_000; depth++) {
            query = Map.of("bool", Map.of("must", query));
        }
        assertNull(QueryText.of(query));
    }
}
