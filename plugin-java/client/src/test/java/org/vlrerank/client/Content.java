package org.vlrerank.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Documents as {@link ContentReader} makes them, for tests. */
final class Content {
    private static final JacksonCodec JSON = new JacksonCodec();

    private Content() {}

    static byte[] of(Map<String, Object> content) {
        try {
            return content.isEmpty() ? ContentReader.NONE : JSON.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] text(String text) {
        return of(Map.of("text", List.of(text)));
    }

    static List<byte[]> ofAll(List<Map<String, Object>> contents) {
        List<byte[]> all = new ArrayList<>();
        contents.forEach(content -> all.add(of(content)));
        return all;
    }
}
