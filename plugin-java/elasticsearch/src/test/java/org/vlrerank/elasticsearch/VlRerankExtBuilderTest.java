package org.vlrerank.elasticsearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.StreamInput;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.RerankParameters;

import java.util.List;
import java.util.Map;

class VlRerankExtBuilderTest {
    private static final Map<String, Object> SOURCE =
            Map.of("window_size", 5, "fields", Map.of("text", List.of("t")), "media_base", "s3://b");

    private static VlRerankExtBuilder travelled(VlRerankExtBuilder builder) throws Exception {
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            builder.writeTo(out);
            try (StreamInput in = out.bytes().streamInput()) {
                VlRerankExtBuilder read = new VlRerankExtBuilder(in);
                assertEquals(-1, in.read(), "everything was read");
                return read;
            }
        }
    }

    @Test
    void travelsBetweenNodes() throws Exception {
        VlRerankExtBuilder users = new VlRerankExtBuilder(SOURCE);
        VlRerankExtBuilder collecting =
                VlRerankExtBuilder.collecting(RerankParameters.parseCoordinator(SOURCE));
        assertEquals(users, travelled(users));
        assertEquals(users.hashCode(), travelled(users).hashCode());
        assertEquals(collecting, travelled(collecting));
        assertNotEquals(users, collecting);
    }

    @Test
    void aUserCannotMakeTheShardsCollect() throws Exception {
        assertFalse(travelled(new VlRerankExtBuilder(SOURCE)).collecting());
    }

    @Test
    void onlyWhatTheContentNeedsGoesToTheShards() throws Exception {
        VlRerankExtBuilder collecting =
                travelled(
                        VlRerankExtBuilder.collecting(RerankParameters.parseCoordinator(SOURCE)));
        assertTrue(collecting.collecting());
        assertEquals(
                Map.of("fields", Map.of("text", List.of("t")), "media_base", "s3://b"),
                collecting.source());
    }

    @Test
    void refusesWhatIsUnknown() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new VlRerankExtBuilder(Map.of("windw", 1)));
    }
}
