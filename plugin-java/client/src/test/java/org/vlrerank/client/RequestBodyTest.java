package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

class RequestBodyTest {
    private static byte[] written(RequestBody body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        body.writeTo(out);
        assertEquals(out.size(), body.length());
        return out.toByteArray();
    }

    @Test
    void isWhatItWasGivenAndMayBeSentAgain() throws IOException {
        byte[] bytes = "{\"media\":[]}".getBytes(StandardCharsets.US_ASCII);
        RequestBody body = RequestBody.of(bytes);
        assertArrayEquals(bytes, written(body));
        assertArrayEquals(bytes, written(body));
    }

    @Test
    void putsDocumentsBesideTheRest() throws IOException {
        byte[] rest = "{\"timeout_ms\":5}".getBytes(StandardCharsets.US_ASCII);
        List<byte[]> documents = List.of(Content.text("a"), Content.text("b"));
        for (int n = 0; n <= 2; n++) {
            assertEquals(
                    "{\"timeout_ms\":5,\"documents\":["
                            + List.of("", "{\"text\":[\"a\"]}", "{\"text\":[\"a\"]},{\"text\":[\"b\"]}")
                                    .get(n)
                            + "]}",
                    new String(
                            written(RequestBody.of(rest, documents.subList(0, n))),
                            StandardCharsets.US_ASCII));
        }
    }
}
