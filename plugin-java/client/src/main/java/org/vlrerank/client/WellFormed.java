package org.vlrerank.client;

import java.nio.charset.StandardCharsets;

/**
 * JSON may hold half a surrogate pair; UTF-8 cannot. One such document must not keep the others
 * from being sent.
 */
final class WellFormed {
    private WellFormed() {}

    /** The text, with '?' for each half of a surrogate pair that stands alone. */
    static String text(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) { // rare: let the encoder judge the pairs
                return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            }
        }
        return text;
    }
}
