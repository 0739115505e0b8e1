package org.vlrerank.opensearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.io.stream.StreamInput;
import org.vlrerank.client.Access;
import org.vlrerank.client.AllowedEndpoints;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class VlRerankRescorerBuilderTest {
    private static final int MAX_WINDOW_SIZE = 200;
    private static final Map<String, Object> SOURCE =
            Map.of("query", "q", "fields", Map.of("image", List.of("i")), "weight", 0.5);

    private final RerankNode node =
            new RerankNode(
                    new XContentCodec(),
                    Privileges.NONE,
                    new AllowedEndpoints(List.of(), List.of()),
                    List.of(),
                    Access.NONE,
                    1_000,
                    MAX_WINDOW_SIZE,
                    1,
                    4);
    private final RerankService service =
            new RerankService(node, null, new ThreadContext(Settings.EMPTY));

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void travelsBetweenNodes() throws Exception {
        VlRerankRescorerBuilder builder =
                new VlRerankRescorerBuilder(SOURCE, service).windowSize(20);
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            builder.writeTo(out);
            try (StreamInput in = out.bytes().streamInput()) {
                VlRerankRescorerBuilder read = new VlRerankRescorerBuilder(in, service);
                assertEquals(builder, read);
                assertEquals(builder.hashCode(), read.hashCode());
                assertEquals(20, read.windowSize());
                assertEquals(-1, in.read(), "everything was read");
            }
        }
    }

    @Test
    void isShownAsItWasWritten() throws Exception {
        String shown = new VlRerankRescorerBuilder(SOURCE, service).toString();
        Map<String, Object> read = new XContentCodec().read(shown.getBytes(StandardCharsets.UTF_8));
        assertEquals(Map.of("window_size", 50, "vl_rerank", SOURCE), read);
    }

    @Test
    void equalityIsThatOfTheParametersAndTheWindow() {
        VlRerankRescorerBuilder builder = new VlRerankRescorerBuilder(SOURCE, service);
        assertNotEquals(builder, new VlRerankRescorerBuilder(SOURCE, service).windowSize(51));
        assertNotEquals(
                builder,
                new VlRerankRescorerBuilder(
                        Map.of("query", "other", "fields", Map.of("text", "t")), service));
        assertEquals(builder, builder.rewrite(null));
    }

    @Test
    void theNodeBoundsTheWindow() {
        VlRerankRescorerBuilder builder = new VlRerankRescorerBuilder(SOURCE, service);
        builder.windowSize(MAX_WINDOW_SIZE);
        String complaint =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> builder.windowSize(MAX_WINDOW_SIZE + 1))
                        .getMessage();
        assertTrue(complaint.contains("vl_rerank.max_window_size"), complaint);
    }
}
