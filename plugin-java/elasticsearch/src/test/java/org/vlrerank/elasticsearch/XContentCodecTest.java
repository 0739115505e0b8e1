package org.vlrerank.elasticsearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class XContentCodecTest {
    private final XContentCodec codec = new XContentCodec();

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Map<String, Object> object =
                Map.of(
                        "text",
                        "风扇 \"quoted\" \u0000 \uD83C\uDF00",
                        "list",
                        List.of(1, 0.5, true, List.of()),
                        "object",
                        Map.of("a.b", "c"));
        assertEquals(object, codec.read(codec.write(object)));
    }

    @Test
    void nothingStandsBeforeOrBehindTheObject() throws IOException {
        assertEquals(
                "{\"a\":1}", new String(codec.write(Map.of("a", 1)), StandardCharsets.UTF_8));
    }

    @Test
    void numbersKeepTheTypeThatTheAnswerIsCheckedFor() throws IOException {
        Map<String, Object> read =
                codec.read("{\"index\": 1, \"score\": 1.0}".getBytes(StandardCharsets.UTF_8));
        assertEquals(Map.of("index", 1, "score", 1.0), read);
    }

    @Test
    void refusesWhatIsCutOff() {
        assertThrows(
                Exception.class,
                () -> codec.read("{\"results\": [".getBytes(StandardCharsets.UTF_8)));
    }
}
