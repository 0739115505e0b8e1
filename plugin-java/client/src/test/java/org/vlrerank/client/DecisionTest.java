package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

class DecisionTest {
    private static final SearchShape PLAIN = new SearchShape(0, 10, false, true, false, true, false);
    private static final Map<String, Object> ON =
            Map.of("enabled", true, "fields", Map.of("text", "t"));
    private static final Map<String, Object> OFF = Map.of("enabled", false);
    private static final Supplier<String> TEXT = () -> "fan";
    private static final Supplier<String> NO_TEXT = () -> null;
    private static final Supplier<String> NEVER_ASKED =
            () -> {
                throw new AssertionError("the search's text is not needed");
            };
    private static final int MAX_WINDOW = 100;

    private static Decision decide(List<Map<String, Object>> indices, Map<String, Object> request) {
        return Decision.forIndices(indices, request, false, PLAIN, TEXT, MAX_WINDOW);
    }

    @Test
    void nobodyAsked() {
        Decision decision =
                Decision.forIndices(List.of(OFF), null, false, PLAIN, NEVER_ASKED, MAX_WINDOW);
        assertFalse(decision.rerank());
        assertFalse(decision.skipped());
        assertFalse(decide(List.of(), null).skipped(), "no index");
        assertFalse(decide(List.of(OFF), Map.of("window_size", 5)).skipped());
    }

    @Test
    void theIndexAsks() {
        Decision decision = decide(List.of(ON, ON), null);
        assertTrue(decision.rerank());
        assertEquals(
                Map.of("text", "fan"),
                decision.parameters().requestBody(1).get("query"));
    }

    @Test
    void theRequestOverrules() {
        assertEquals("disabled", decide(List.of(ON), Map.of("enabled", false)).reason());
        assertEquals(5, decide(List.of(ON), Map.of("window_size", 5)).parameters().windowSize());
        assertTrue(
                decide(List.of(OFF), Map.of("enabled", true, "fields", Map.of("text", "t")))
                        .rerank());
        Decision ownQuery =
                Decision.forIndices(
                        List.of(ON), Map.of("query", "pump"), false, PLAIN, NEVER_ASKED, MAX_WINDOW);
        assertEquals(
                Map.of("text", "pump"),
                ownQuery.parameters().requestBody(1).get("query"));
    }

    @Test
    void oneRerankASearch() {
        Decision decision =
                Decision.forIndices(List.of(ON), null, true, PLAIN, NEVER_ASKED, MAX_WINDOW);
        assertFalse(decision.rerank());
        assertFalse(decision.skipped(), "the other way speaks in the marker");
    }

    @Test
    void reasonsToPassOn() {
        assertEquals("mixed_settings", decide(List.of(ON, OFF), null).reason());
        assertEquals("no_fields", decide(List.of(Map.of("enabled", true)), null).reason());
        assertEquals(
                "no_query",
                Decision.forIndices(List.of(ON), null, false, PLAIN, NO_TEXT, MAX_WINDOW).reason());
        assertTrue(
                Decision.forIndices(
                                List.of(ON),
                                Map.of("query", Map.of("image", "x.jpg")),
                                false,
                                PLAIN,
                                NO_TEXT,
                                MAX_WINDOW)
                        .rerank(),
                "an image is a query");
        assertEquals("scroll", reason(new SearchShape(0, 10, true, true, false, true, false)));
        assertEquals("size_0", reason(new SearchShape(0, 0, false, true, false, true, false)));
        assertEquals("sort", reason(new SearchShape(0, 10, false, false, false, true, false)));
        assertEquals(
                "search_after", reason(new SearchShape(0, 10, false, false, true, true, false)));
        assertEquals("collapse", reason(new SearchShape(0, 10, false, true, false, false, false)));
        assertEquals("remote", reason(new SearchShape(0, 10, false, true, false, true, true)));
    }

    private static String reason(SearchShape shape) {
        Decision decision =
                Decision.forIndices(List.of(ON), null, false, shape, NEVER_ASKED, MAX_WINDOW);
        assertTrue(decision.skipped());
        return decision.reason();
    }

    @Test
    void windowsOverTheNodesLimit() {
        assertThrows(
                IllegalArgumentException.class,
                () -> decide(List.of(ON), Map.of("window_size", MAX_WINDOW + 1)));
        Decision set =
                decide(
                        List.of(
                                Map.of(
                                        "enabled", true,
                                        "fields", Map.of("text", "t"),
                                        "window_size", MAX_WINDOW + 1)),
                        null);
        assertEquals(MAX_WINDOW, set.parameters().windowSizeWithin(MAX_WINDOW));
    }

    @Test
    void markersAsPromised() {
        assertEquals("applied;window=50;took=132ms", Marker.applied(50, 132).text());
        assertEquals("skipped;reason=no_query", Marker.skipped("no_query").text());
        Marker failed = Marker.failed(RerankException.Reason.TIMEOUT);
        assertEquals("failed;reason=timeout", failed.text());
        assertTrue(failed.warning().startsWith("299 vl-rerank \""), failed.warning());
        assertEquals(Map.of("marker", "failed;reason=timeout"), failed.body());
    }
}
