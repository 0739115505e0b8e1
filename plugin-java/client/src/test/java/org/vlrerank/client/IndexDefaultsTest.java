package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class IndexDefaultsTest {
    private static Map<String, Object> read(
            Map<String, String> values, Map<String, List<String>> lists) {
        return IndexDefaults.read(values::get, lists::get);
    }

    @Test
    void nothingSet() {
        assertEquals(Map.of("enabled", false), read(Map.of(), Map.of()));
    }

    @Test
    void everythingSetIsWhatARequestWouldGive() {
        Map<String, Object> defaults =
                read(
                        Map.of(
                                "index.vl_rerank.enabled", "true",
                                "index.vl_rerank.window_size", "20",
                                "index.vl_rerank.min_score", "0.25",
                                "index.vl_rerank.instruction", "find",
                                "index.vl_rerank.media_base", "s3://b/",
                                "index.vl_rerank.on_error", "fail",
                                "index.vl_rerank.timeout", "2s"),
                        Map.of(
                                "index.vl_rerank.fields.text", List.of("title", "body"),
                                "index.vl_rerank.fields.image", List.of("photo")));
        assertEquals(
                Map.of(
                        "enabled", true,
                        "window_size", 20,
                        "min_score", 0.25,
                        "instruction", "find",
                        "media_base", "s3://b/",
                        "on_error", "fail",
                        "timeout", "2s",
                        "fields",
                                Map.of("text", List.of("title", "body"), "image", List.of("photo"))),
                defaults);
        RerankParameters parameters = RerankParameters.parseCoordinator(defaults);
        assertEquals(2_000, parameters.timeoutMillis(1));
        assertEquals(0.25, parameters.minScore());
    }

    @Test
    void theRequestWins() {
        Map<String, Object> request = new HashMap<>();
        request.put("window_size", 5);
        request.put("min_score", null);
        request.put("query", "q");
        assertEquals(
                Map.of("enabled", true, "window_size", 5, "query", "q", "timeout", "1s"),
                IndexDefaults.merge(
                        Map.of("enabled", true, "window_size", 50, "min_score", 0.5, "timeout", "1s"),
                        request));
    }

    @ParameterizedTest
    @CsvSource({
        "window_size,0",
        "window_size,ten",
        "min_score,2",
        "min_score,high",
        "on_error,maybe",
        "timeout,5",
        "timeout,2m"
    })
    void valuesAreCheckedWhenSet(String name, String value) {
        String complaint =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> IndexDefaults.check(name, value))
                        .getMessage();
        assertTrue(complaint.contains(name), complaint);
        IndexDefaults.check(name, "");
    }
}
