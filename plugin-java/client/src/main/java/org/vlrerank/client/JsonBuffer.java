package org.vlrerank.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON being written, in UTF-8; what it holds is thrown away and its memory used again. */
final class JsonBuffer {
    private static final int INITIAL_BYTES = 1024;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int size;

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    void add(char ascii) {
        reserve(1);
        bytes[size++] = (byte) ascii;
    }

    void add(byte[] more) {
        add(more, 0, more.length);
    }

    void add(byte[] more, int from, int to) {
        reserve(to - from);
        System.arraycopy(more, from, bytes, size, to - from);
        size += to - from;
    }

    /** With quotes and escapes. */
    void addString(String text) {
        add('"');
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (each >= 0 && each < ' ') {
                add("\\u00".getBytes(StandardCharsets.US_ASCII));
                add((char) HEX[each >> 4]);
                add((char) HEX[each & 15]);
                continue;
            }
            if (each == '"' || each == '\\') {
                add('\\');
            }
            reserve(1);
            bytes[size++] = each;
        }
        add('"');
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
        }
    }
}
