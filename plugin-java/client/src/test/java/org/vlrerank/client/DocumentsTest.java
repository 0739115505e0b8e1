package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class DocumentsTest {
    private static Map<String, Object> content(Map<String, Object> source, Fields fields) {
        return Documents.content(source, fields, "s3://kb/");
    }

    private static Fields fields(List<String> text, List<String> image, List<String> video) {
        return new Fields(text, image, video);
    }

    @Test
    void walksObjectsDotsAndArrays() {
        Map<String, Object> source =
                Map.of(
                        "a",
                        List.of(
                                Map.of("b", Map.of("c", 1)),
                                Map.of("b.c", List.of(2, List.of(3))),
                                "x"),
                        "a.b",
                        Map.of("c", 4),
                        "a.b.c",
                        5);
        assertEquals(List.of(1, 2, 3, 4, 5), Documents.values(source, "a.b.c"));
        assertEquals(List.of(), Documents.values(source, "a.z"));
        assertEquals(List.of(), Documents.values(source, "z.b.c"));
    }

    @Test
    void joinsTheValuesOfAField() {
        Map<String, Object> source =
                Map.of("t", List.of("one", 2, true, " ", Map.of("no", "object")), "u", "three");
        assertEquals(
                Map.of("text", List.of("one\n2\ntrue", "three")),
                content(source, fields(List.of("t", "u", "v"), List.of(), List.of())));
    }

    @Test
    void nothingGivesNothing() {
        Map<String, Object> source = new HashMap<>();
        source.put("t", null);
        source.put("i", Arrays.asList(null, "", 5, Map.of("uri", "x")));
        assertEquals(
                Map.of(), content(source, fields(List.of("t"), List.of("i"), List.of("missing"))));
    }

    @Test
    void mediaGetTheBase() {
        Map<String, Object> source =
                Map.of(
                        "i",
                                List.of(
                                        "a.jpg",
                                        "/b.jpg",
                                        "https://h/c.jpg",
                                        "DATA:image/png;base64,AA",
                                        "odd:name.jpg"),
                        "v",
                                Map.of(
                                        "frames",
                                        List.of("1.jpg", "2.jpg"),
                                        "fps",
                                        2,
                                        "codec",
                                        "h264"));
        assertEquals(
                Map.of(
                        "image",
                                List.of(
                                        "s3://kb/a.jpg",
                                        "s3://kb/b.jpg",
                                        "https://h/c.jpg",
                                        "DATA:image/png;base64,AA",
                                        "s3://kb/odd:name.jpg"),
                        "video",
                                Map.of(
                                        "frames",
                                        List.of("s3://kb/1.jpg", "s3://kb/2.jpg"),
                                        "fps",
                                        2)),
                content(source, fields(List.of(), List.of("i"), List.of("v"))));
        assertEquals("s3://kb/sub/a.jpg", Media.absolute("a.jpg", "s3://kb/sub"));
        assertEquals("a.jpg", Media.absolute("a.jpg", null));
    }

    @Test
    void halfASurrogatePairIsReplaced() {
        assertEquals(
                Map.of("text", List.of("a?b\uD83C\uDF00")),
                content(
                        Map.of("t", "a\uD83Db\uD83C\uDF00"),
                        fields(List.of("t"), List.of(), List.of())));
    }
}
