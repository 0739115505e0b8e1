package org.vlrerank.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds values in the bytes of a JSON object that the engine has parsed before, so it checks no more
 * than that it stays inside. Places are indices of the first byte of a value. For one thread at a
 * time.
 */
final class JsonCursor {
    private static final int INITIAL_MEMBERS = 32;
    private static final int MAX_CHARACTER_BYTES = 4;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long EACH = 0x0101010101010101L;
    private static final long TOP_BITS = 0x80 * EACH;

    /** What follows the backslash of an escape that may be a space. */
    private static final String SPACE_ESCAPES = "ntrfu";

    private final RuntimeException refusal;
    private byte[] bytes;
    private int to;
    private int root;

    /** Of the root object: where a key's text begins and ends and its value begins. */
    private int[] members = new int[3 * INITIAL_MEMBERS];

    private int memberEnd;

    /**
     * @param refusal thrown where the bytes are no JSON object, or written in a way that this class
     *     does not know
     */
    JsonCursor(RuntimeException refusal) {
        this.refusal = refusal;
    }

    void reset(byte[] json, int offset, int length) {
        bytes = json;
        to = offset + length;
        root = afterSpace(offset);
        if (at(root) != '{') {
            throw refusal;
        }
        memberEnd = 0;
        for (int key = firstItem(root); key >= 0; ) {
            int keyEnd = endOfKey(key);
            int value = valueAfter(keyEnd);
            if (memberEnd == members.length) {
                members = Arrays.copyOf(members, 2 * members.length);
            }
            members[memberEnd++] = key + 1;
            members[memberEnd++] = keyEnd;
            members[memberEnd++] = value;
            key = nextItem(value);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int root() {
        return root;
    }

    byte at(int place) {
        if (place >= to) {
            throw refusal;
        }
        return bytes[place];
    }

    /** The value of the key that path[from..end) is; the last where it is there twice; -1 for none. */
    int member(int object, byte[] path, int from, int end) {
        if (object == root) {
            for (int i = memberEnd - 3; i >= 0; i -= 3) {
                if (Arrays.equals(bytes, members[i], members[i + 1], path, from, end)) {
                    return members[i + 2];
                }
            }
            return -1;
        }
        int found = -1;
        for (int key = firstItem(object); key >= 0; ) {
            int keyEnd = endOfKey(key);
            int value = valueAfter(keyEnd);
            if (Arrays.equals(bytes, key + 1, keyEnd, path, from, end)) {
                found = value;
            }
            key = nextItem(value);
        }
        return found;
    }

    /** Of an array its first value, of an object its first key; -1 for none. */
    int firstItem(int container) {
        int place = afterSpace(container + 1);
        return at(place) == ']' || at(place) == '}' ? -1 : place;
    }

    /** What follows a value in its array or object; -1 for nothing. */
    int nextItem(int value) {
        int place = afterSpace(skip(value));
        return at(place) == ',' ? afterSpace(place + 1) : -1;
    }

    /** The place behind a value. */
    int skip(int value) {
        byte first = at(value);
        if (first == '"') {
            return endOfString(value) + 1;
        }
        int place = value;
        if (first != '{' && first != '[') {
            while (place < to && !endsLiteral(bytes[place])) {
                place++;
            }
            return place;
        }
        int depth = 0;
        do {
            byte each = at(place);
            if (each == '"') {
                place = endOfString(place);
            } else if (each == '{' || each == '[') {
                depth++;
            } else if (each == '}' || each == ']') {
                depth--;
            }
            place++;
        } while (depth > 0);
        return place;
    }

    private static boolean endsLiteral(byte each) {
        return each == ',' || each == '}' || each == ']' || isSpace(each);
    }

    private static boolean isSpace(byte each) {
        return each == ' ' || each == '\n' || each == '\r' || each == '\t';
    }

    private int afterSpace(int from) {
        int place = from;
        while (isSpace(at(place))) {
            place++;
        }
        return place;
    }

    /** The top bit of each byte that is zero; perhaps of one above such a byte, too. */
    private static long zeros(long eight) {
        return (eight - EACH) & ~eight & TOP_BITS;
    }

    /** The first place from here on that is not eight bytes without quote and backslash. */
    private int afterWholes(int from) {
        int place = from;
        while (place <= to - Long.BYTES) {
            long eight = (long) EIGHT_BYTES.get(bytes, place);
            if ((zeros(eight ^ '"' * EACH) | zeros(eight ^ '\\' * EACH)) != 0) {
                break;
            }
            place += Long.BYTES;
        }
        return place;
    }

    /** The same, and the eight bytes are printable ASCII. */
    private int afterPlainWholes(int from) {
        int place = from;
        while (place <= to - Long.BYTES) {
            long eight = (long) EIGHT_BYTES.get(bytes, place);
            long controls = (eight - ' ' * EACH) & ~eight;
            long others = zeros(eight ^ '"' * EACH) | zeros(eight ^ '\\' * EACH);
            if (((eight | controls | others) & TOP_BITS) != 0) {
                break;
            }
            place += Long.BYTES;
        }
        return place;
    }

    /** Where the closing quote stands. */
    private int endOfString(int quote) {
        int place = quote + 1;
        while (true) {
            place = afterWholes(place);
            byte each = at(place);
            if (each == '"') {
                return place;
            }
            place += each == '\\' ? 2 : 1;
        }
    }

    /** Keys with escapes are left to others: they would have to be unescaped to be compared. */
    private int endOfKey(int quote) {
        int end = endOfString(quote);
        for (int i = quote + 1; i < end; i++) {
            if (bytes[i] == '\\') {
                throw refusal;
            }
        }
        return end;
    }

    private int valueAfter(int endOfKey) {
        int colon = afterSpace(endOfKey + 1);
        if (at(colon) != ':') {
            throw refusal;
        }
        return afterSpace(colon + 1);
    }

    /**
     * Where the closing quote stands of a string that may be copied: it is UTF-8 and spells no
     * surrogates by escapes, as a whole pair or half.
     */
    int checkedEndOfString(int quote) {
        int place = quote + 1;
        while (true) {
            place = afterPlainWholes(place);
            byte each = at(place);
            if (each == '"') {
                return place;
            }
            if (each == '\\') {
                boolean surrogate =
                        at(place + 1) == 'u'
                                && (at(place + 2) | 0x20) == 'd'
                                && at(place + 3) >= '8';
                if (surrogate) {
                    throw refusal;
                }
                place += 2;
            } else if (each < 0) {
                place += lengthOfCharacter(place);
            } else if (each < ' ') {
                throw refusal;
            } else {
                place++;
            }
        }
    }

    /** In bytes, of a character beyond ASCII. */
    private int lengthOfCharacter(int place) {
        int first = bytes[place] & 0xff;
        int second = at(place + 1) & 0xff;
        if (first >= 0xc2 && first <= 0xdf) {
            return continued(place, 2);
        }
        if (first >= 0xe0 && first <= 0xef) {
            boolean overlong = first == 0xe0 && second < 0xa0;
            boolean surrogate = first == 0xed && second >= 0xa0;
            if (!overlong && !surrogate) {
                return continued(place, 3);
            }
        }
        if (first >= 0xf0 && first <= 0xf4) {
            boolean overlong = first == 0xf0 && second < 0x90;
            boolean beyond = first == 0xf4 && second >= 0x90;
            if (!overlong && !beyond) {
                return continued(place, 4);
            }
        }
        throw refusal;
    }

    private int continued(int place, int length) {
        for (int i = 1; i < length; i++) {
            if ((at(place + i) & 0xc0) != 0x80) {
                throw refusal;
            }
        }
        return length;
    }

    /** As {@link String#isBlank}, of a string's inside. */
    boolean isBlank(int from, int end) {
        int place = from;
        while (place < end && bytes[place] == ' ') {
            place++;
        }
        if (place == end) {
            return true;
        }
        boolean space;
        if (bytes[place] == '\\') {
            space = SPACE_ESCAPES.indexOf(bytes[place + 1]) >= 0;
        } else {
            space = bytes[place] < 0 && Character.isWhitespace(characterAt(place, end));
        }
        if (space) { // rare: others may see what follows
            throw refusal;
        }
        return false;
    }

    private int characterAt(int place, int end) {
        int length = Math.min(MAX_CHARACTER_BYTES, end - place);
        return new String(bytes, place, length, StandardCharsets.UTF_8).codePointAt(0);
    }
}
