package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class RerankParametersTest {
    private static Map<String, Object> source(Object... keysAndValues) {
        Map<String, Object> source =
                new HashMap<>(Map.of("query", "q", "fields", Map.of("text", "t")));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            source.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return source;
    }

    @Test
    void defaults() {
        RerankParameters parameters =
                RerankParameters.parse(source("timeout", null, "instruction", null));
        assertEquals(null, parameters.windowSize());
        assertEquals(777, parameters.timeoutMillis(777));
        assertEquals(RerankParameters.OnError.KEEP_ORDER, parameters.onError());
        assertEquals(1, parameters.weight());
        assertEquals(
                Map.of("query", Map.of("text", "q"), "timeout_ms", 5L),
                parameters.requestBody(5));
    }

    @Test
    void everythingGiven() {
        RerankParameters parameters =
                RerankParameters.parse(
                        source(
                                "query",
                                Map.of("text", List.of("a", "b"), "image", "x.jpg"),
                                "fields",
                                Map.of("image", List.of("i")),
                                "instruction",
                                "find",
                                "window_size",
                                20,
                                "timeout",
                                "250ms",
                                "on_error",
                                "fail",
                                "media_base",
                                "s3://b/",
                                "fps",
                                2,
                                "max_frames",
                                16,
                                "weight",
                                0.5,
                                "image",
                                Map.of("resize", "fit")));
        assertEquals(20, parameters.windowSize());
        assertEquals(250, parameters.timeoutMillis(1));
        assertEquals(RerankParameters.OnError.FAIL, parameters.onError());
        assertEquals(new Fields(List.of(), List.of("i"), List.of()), parameters.fields());
        assertEquals(
                Map.of(
                        "query",
                        Map.of("text", List.of("a", "b"), "image", "s3://b/x.jpg"),
                        "instruction",
                        "find",
                        "fps",
                        2,
                        "max_frames",
                        16,
                        "image",
                        Map.of("resize", "fit"),
                        "timeout_ms",
                        9L),
                parameters.requestBody(9));
    }

    @Test
    void travelsAsItsSource() {
        RerankParameters parameters = RerankParameters.parse(source("window_size", 7));
        assertEquals(parameters, RerankParameters.parse(parameters.source()));
    }

    @ParameterizedTest
    @CsvSource({"250ms,250", "5s,5000", "1m,60000"})
    void durations(String text, long millis) {
        assertEquals(millis, Durations.parseMillis("timeout", text));
    }

    @ParameterizedTest
    @CsvSource({
        "timeout,5",
        "timeout,-1s",
        "timeout,0ms",
        "timeout,61s",
        "timeout,99999999999s",
        "on_error,maybe",
        "nonsense,1",
        "keep_first_score,true",
        "explain,true",
        "min_score,0.5",
        "window_size,ten",
        "fps,fast",
        "weight,heavy"
    })
    void refusesAndNamesTheKey(String key, String value) {
        String complaint =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RerankParameters.parse(source(key, value)))
                        .getMessage();
        assertTrue(complaint.contains(key), complaint);
    }

    @Test
    void refusesWrongShapes() {
        for (Map<String, Object> wrong :
                List.of(
                        source("window_size", 0),
                        source("window_size", 10_001),
                        source("window_size", 5.5),
                        source("weight", -0.1),
                        source("weight", Double.NaN),
                        source("fps", 0),
                        source("max_frames", 0),
                        source("instruction", 5),
                        source("media_base", List.of()),
                        source("fields", Map.of("text", List.of(1))),
                        source("fields", Map.of("text", "")),
                        source("fields", Map.of("audio", "x")),
                        source("fields", "t"),
                        source("query", List.of("a")),
                        source("query", Map.of("text", 5)),
                        source("query", Map.of("text", "")),
                        source("query", Map.of("image", Map.of("uri", "x"))),
                        source("query", Map.of("words", "x")),
                        source("image", "big"),
                        source("image", Map.of("colour", "red")))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> RerankParameters.parse(wrong),
                    wrong::toString);
        }
    }

    @Test
    void rescorerMayWaitForItsQueryButNotBeUsedWithoutOne() {
        RerankParameters bare = RerankParameters.parse(Map.of("fields", Map.of("text", "t")));
        assertFalse(bare.hasQuery());
        String complaint =
                assertThrows(IllegalArgumentException.class, bare::requireQuery).getMessage();
        assertTrue(complaint.contains("query"), complaint);
        RerankParameters filled = bare.withQueryText("fan");
        filled.requireQuery();
        assertEquals(filled, RerankParameters.parse(filled.source()), "travels as its source");
        assertThrows(
                IllegalArgumentException.class,
                () -> RerankParameters.parse(Map.of("query", "q")),
                "fields");
    }

    @Test
    void coordinatorWaysKnowMore() {
        RerankParameters parameters =
                RerankParameters.parseCoordinator(
                        Map.of(
                                "min_score", 0.5, "keep_first_score", true, "explain", true,
                                "enabled", true));
        assertEquals(0.5, parameters.minScore());
        assertTrue(parameters.keepFirstScore());
        assertTrue(parameters.explain());
        assertNull(parameters.fields());
        assertFalse(parameters.hasQuery());
        for (Map<String, Object> wrong :
                List.<Map<String, Object>>of(
                        Map.of("min_score", 1.5),
                        Map.of("keep_first_score", "yes"),
                        Map.of("explain", 1),
                        Map.of("enabled", "true"),
                        Map.of("rank_window_size", 5))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> RerankParameters.parseCoordinator(wrong),
                    wrong::toString);
        }
    }

    @Test
    void textOfTheSearchJoinsTheImagesOfTheQuery() {
        RerankParameters parameters =
                RerankParameters.parseCoordinator(
                        Map.of("query", Map.of("image", "x.jpg"), "media_base", "s3://b"));
        assertFalse(parameters.hasQueryText());
        RerankParameters filled = parameters.withQueryText("red fan");
        assertTrue(filled.hasQueryText());
        assertEquals(
                Map.of("text", "red fan", "image", "s3://b/x.jpg"),
                filled.requestBody(1).get("query"));
        assertEquals(parameters, parameters.withQueryText(null));
    }

    @Test
    void windowIsBoundByTheNode() {
        assertEquals(50, RerankParameters.parseCoordinator(Map.of()).windowSizeWithin(1_000));
        assertEquals(
                10,
                RerankParameters.parseCoordinator(Map.of("window_size", 20)).windowSizeWithin(10));
    }
}
