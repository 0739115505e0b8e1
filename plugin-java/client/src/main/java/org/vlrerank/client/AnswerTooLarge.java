package org.vlrerank.client;

import java.io.IOException;

/** An answer's body is longer than the client reads. */
final class AnswerTooLarge extends IOException {
    AnswerTooLarge(int limit) {
        super("the answer is longer than " + limit + " bytes");
    }
}
