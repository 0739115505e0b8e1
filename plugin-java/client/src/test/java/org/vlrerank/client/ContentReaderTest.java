package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What is read from bytes is what is read from the parsed object. */
class ContentReaderTest {
    private static final JacksonCodec JSON = new JacksonCodec();
    private static final List<String> PATHS = List.of("a", "b", "a.b", "a.b.c", "é", "b.", ".a", "x");
    private static final Fields FIELDS =
            new Fields(
                    List.of("a", "a.b", "b", "é"),
                    List.of("a.b.c", "b"),
                    List.of("b.", ".a", "x"));
    private static final String BASE = "s3://kb/\"odd\\";

    private static final RerankParameters PARAMETERS =
            RerankParameters.parse(
                    Map.of("query", "q", "fields", Map.of("text", "t"), "media_base", "s3://kb"));

    private static Map<String, Object> parse(byte[] json) {
        try {
            return JSON.read(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it was read without the parsed object; either way it must be equal. */
    private static boolean equal(ContentScanner scanner, Fields fields, String base, String source) {
        byte[] json = source.getBytes(StandardCharsets.UTF_8);
        byte[] around = ("]}" + source + "\"{").getBytes(StandardCharsets.UTF_8);
        byte[] document = scanner.scan(around, 2, json.length);
        if (document == null) {
            return false;
        }
        Map<String, Object> plain = Documents.content(parse(json), fields, base);
        assertEquals(plain, document.length == 0 ? Map.of() : parse(document), source);
        return true;
    }

    private static boolean equalText(String value) {
        Fields fields = new Fields(List.of("t"), List.of(), List.of());
        return equal(new ContentScanner(fields, null), fields, null, "{\"t\":" + value + "}");
    }

    @Test
    void randomSources() {
        Random random = new Random(7);
        ContentScanner scanner = new ContentScanner(FIELDS, BASE);
        int fast = 0;
        int sources = 20_000;
        for (int i = 0; i < sources; i++) {
            fast += equal(scanner, FIELDS, BASE, object(random, 4)) ? 1 : 0;
        }
        assertTrue(fast > sources / 4, fast + " of " + sources + " without an object in between");
    }

    private static String object(Random random, int depth) {
        StringBuilder object = new StringBuilder(space(random)).append('{');
        int members = random.nextInt(4);
        for (int i = 0; i < members; i++) {
            object.append(i > 0 ? "," : "").append(space(random));
            String key = PATHS.get(random.nextInt(PATHS.size()));
            object.append('"').append(key).append('"').append(space(random)).append(':');
            object.append(value(random, depth - 1));
        }
        return object.append(space(random)).append('}').append(space(random)).toString();
    }

    private static String value(Random random, int depth) {
        String[] leaves = {
            "null", "true", "false", "0", "-1", "123456789012345678", "\"\"", "\" \"", "\"one.jpg\"",
            "\"/två.png\"", "\"https://h/3\"", "\"line\\nbreak\"", "\"\u3000\"", "\"\u3000界 🜁\"",
            "\"{\\\"a\\\": [1, 2]}\"", "\"\\\\\"", "\"\\\"\""
        };
        String[] rare = {"1.5", "-0", "1e3", "\"\\ud83c\\udf00\"", "\"\\ud83c\"", "\"\\u00e9\"", "\"\\n\"",
            "12345678901234567890"};
        int kind = random.nextInt(depth > 0 ? 20 : 12);
        if (kind == 0) {
            return rare[random.nextInt(rare.length)];
        }
        if (kind < 12) {
            return leaves[random.nextInt(leaves.length)] + space(random);
        }
        if (kind < 16) {
            return object(random, depth);
        }
        StringBuilder array = new StringBuilder("[").append(space(random));
        int items = random.nextInt(4);
        for (int i = 0; i < items; i++) {
            array.append(i > 0 ? "," : "").append(space(random)).append(value(random, depth - 1));
        }
        return array.append(space(random)).append(']').append(space(random)).toString();
    }

    private static String space(Random random) {
        String[] spaces = {"", "", "", " ", "\n\t", "\r\n"};
        return spaces[random.nextInt(spaces.length)];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"plain\"", "\"\\\"quoted\\\" first\"", "\"Straße 界\uD83C\uDF00\"", "\"tab\\there\"",
                "\"\\u00e9 escaped later: \\u00e9\"", "[1, [true, \"x\"], null, {\"t\": 1}]", "[]", "\"   \""
            })
    void readsWithoutAnObject(String value) {
        assertEquals(!value.startsWith("\"\\u"), equalText(value));
    }

    /** Texts are read in pieces of eight bytes. */
    @Test
    void whateverStandsAnywhereInALongText() {
        for (String odd :
                List.of(
                        "\\\"", "\\\\", "\\n", "\\u00e9", "\\\"\\\"", "\u00e9", "\u754c", "\uD83C\uDF00", " ", "!", "~",
                        "\u007f", "#", "]", "[")) {
            for (int before = 0; before < 20; before++) {
                for (int after = 0; after < 20; after++) {
                    String text = "x".repeat(before) + odd + "y".repeat(after);
                    boolean perhapsSpace = text.startsWith("\\u") || text.startsWith("\\n");
                    assertEquals(!perhapsSpace, equalText("\"" + text + "\""), text);
                    assertTrue(equalText("[\"a\", \"b" + text + "\", \"c\"]"), text);
                }
            }
        }
    }

    @Test
    void brokenBytesAnywhereInALongText() {
        Fields fields = new Fields(List.of("t"), List.of(), List.of());
        for (int broken : new int[] {0x00, 0x01, 0x1f, '\n', 0x80, 0xff}) {
            for (int place = 0; place < 30; place++) {
                byte[] json = ("{\"t\":\"" + "x".repeat(30) + "\"}").getBytes(StandardCharsets.US_ASCII);
                json[6 + place] = (byte) broken;
                assertNull(new ContentScanner(fields, null).scan(json, 0, json.length));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.50", "-0", "1e2", "\"\\ud800 half\"", "\"whole \\ud83c\\udf00\"", "\"\\n\"", "\"\u2003\""})
    void leavesOddThingsToThePlainWay(String value) {
        assertTrue(!equalText(value), value);
    }

    @Test
    void bytesThatAreNoUtf8AreLeftToThePlainWay() {
        Fields fields = new Fields(List.of("t"), List.of(), List.of());
        int[][] broken = {
            {0x80}, {0xc0, 0xaf}, {0xc1, 0xbf}, {0xc3}, {0xe0, 0x80, 0xaf}, {0xed, 0xa0, 0x80}, {0xe4, 0xb8},
            {0xf0, 0x80, 0x80, 0x80}, {0xf4, 0x90, 0x80, 0x80}, {0xf5, 0x80, 0x80, 0x80}, {0xff}, {0x01}
        };
        for (int[] text : broken) {
            byte[] json = "{\"t\":\"      \"}".getBytes(StandardCharsets.US_ASCII);
            json[6] = 'x';
            for (int i = 0; i < text.length; i++) {
                json[7 + i] = (byte) text[i];
            }
            assertNull(new ContentScanner(fields, null).scan(json, 0, json.length));
        }
    }

    @Test
    void whatIsNoObjectIsLeftToThePlainWay() {
        ContentScanner scanner = new ContentScanner(FIELDS, null);
        for (String text : List.of("", " ", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":\"b", "{\"a\" 1}", ":)\n", "---\na: b")) {
            byte[] json = text.getBytes(StandardCharsets.UTF_8);
            assertNull(scanner.scan(json, 0, json.length), text);
        }
    }

    @Test
    void asksForTheObjectOnlyWhereItMust() {
        ContentReader reader = new ContentReader(JSON, PARAMETERS);
        byte[] simple = "{\"t\":\"x\"}".getBytes(StandardCharsets.US_ASCII);
        byte[] read =
                reader.read(
                        simple,
                        0,
                        simple.length,
                        () -> {
                            throw new AssertionError("not needed");
                        });
        assertEquals(Map.of("text", List.of("x")), parse(read));
        byte[] binary = {1, 2, 3};
        assertArrayEquals(
                reader.read(Map.of("t", 1.5)),
                reader.read(binary, 0, binary.length, () -> Map.of("t", 1.5)));
        assertEquals(0, reader.read(Map.of()).length);
        assertEquals(0, reader.read(binary, 0, 0, Map::of).length);
    }
}
