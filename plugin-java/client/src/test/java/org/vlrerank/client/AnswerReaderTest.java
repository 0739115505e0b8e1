package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;

class AnswerReaderTest {
    private static final int LIMIT = 20_000;

    /** Gives at most so many bytes at a time. */
    private static InputStream stream(String text, int step) {
        byte[] bytes = text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(step, length));
            }
        };
    }

    private static AnswerReader reader(String text) {
        return new AnswerReader(stream(text, Integer.MAX_VALUE), LIMIT);
    }

    private static void answers(
            HttpAnswer answer, int status, String body, boolean reusable) {
        assertEquals(status, answer.status());
        assertEquals(body, new String(answer.body(), StandardCharsets.ISO_8859_1));
        assertEquals(reusable, answer.reusable());
    }

    @Test
    void oneAfterAnother() throws IOException {
        String text =
                "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"
                        + "HTTP/1.1 100 Continue\n\nHTTP/1.1 503\ncontent-length:0\nX: y\n\n"
                        + "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0a;x=y\n0123456789\n0\nTrailer: z\n\n"
                        + "HTTP/1.1 204 No Content\n\n"
                        + "HTTP/1.1 400 Bad\nConnection: x, Close\nContent-Length: 1\n\n?"
                        + "HTTP/1.0 200 OK\nContent-Length: 1\n\n!"
                        + "HTTP/1.1 200 OK\n\nall the rest";
        for (int step : new int[] {1, 2, 7, Integer.MAX_VALUE}) {
            AnswerReader reader = new AnswerReader(stream(text, step), LIMIT);
            answers(reader.read(), 200, "abc", true);
            answers(reader.read(), 503, "", true);
            answers(reader.read(), 200, "abc0123456789", true);
            answers(reader.read(), 204, "", true);
            answers(reader.read(), 400, "?", false);
            answers(reader.read(), 200, "!", false);
            answers(reader.read(), 200, "all the rest", false);
            assertThrows(EOFException.class, reader::read);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\n",
                "HTTP/2 200 OK\n\n",
                "HTTP/1.1 2000 OK\n\n",
                "HTTP/1.1 20 OK\n\n",
                "HTTP/1.1 +20 OK\n\n",
                "HTTP/1.1 099 OK\n\n",
                "HTTP/1.1 101 Switching\n\n",
                "HTTP/1.1 200 OK\nno colon\n\n",
                "HTTP/1.1 200 OK\n: no name\n\n",
                "HTTP/1.1 200 OK\nContent-Length: -1\n\n",
                "HTTP/1.1 200 OK\nContent-Length:\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1x\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1, 1\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\nab",
                "HTTP/1.1 200 OK\nContent-Length: 1\nTransfer-Encoding: chunked\n\n0\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nx\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n-1\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n00000000\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1 2\na\n0\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nabc\n0\n\n"
            })
    void refusesNonsense(String text) {
        assertThrows(ProtocolException.class, () -> reader(text).read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\nContent-Le",
                "HTTP/1.1 200 OK\nContent-Length: 3\n\nab",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nab",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n"
            })
    void saysWhereItEndsTooEarly(String text) {
        assertThrows(EOFException.class, () -> reader(text).read());
    }

    @Test
    void boundsBodies() {
        String fits = "x".repeat(LIMIT);
        String more = fits + "x";
        String head = "HTTP/1.1 200 OK\n";
        for (String framing :
                new String[] {
                    "Content-Length: %d\n\n%s", "Transfer-Encoding: chunked\n\n%x\n%s\n0\n\n", "\n%2$s"
                }) {
            HttpAnswer answer =
                    assertDoesNotThrowIo(
                            () -> reader(head + framing.formatted(LIMIT, fits)).read());
            assertEquals(LIMIT, answer.body().length);
            assertThrows(
                    AnswerTooLarge.class,
                    () -> reader(head + framing.formatted(LIMIT + 1, more)).read());
        }
        assertThrows(
                AnswerTooLarge.class,
                () -> reader(head + "Content-Length: 99999999999999999999\n\n").read());
    }

    private interface Reading {
        HttpAnswer read() throws IOException;
    }

    private static HttpAnswer assertDoesNotThrowIo(Reading reading) {
        try {
            return reading.read();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void boundsHeads() {
        String long1 = "X: " + "y".repeat(AnswerReader.MAX_HEAD_BYTES) + "\n";
        assertThrows(
                ProtocolException.class, () -> reader("HTTP/1.1 200 OK\n" + long1 + "\n").read());
        String endless = "HTTP/1.1 100 Continue\n\n".repeat(AnswerReader.MAX_HEAD_BYTES / 20);
        assertThrows(ProtocolException.class, () -> reader(endless).read());
        String trailers = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n";
        assertThrows(ProtocolException.class, () -> reader(trailers + long1 + "\n").read());
    }

    @Test
    void knowsWhetherAnAnswerHasBegun() throws IOException {
        AnswerReader reader = reader("HTTP/1.1 204 No\n\nleft over");
        assertFalse(reader.begun());
        reader.read();
        assertTrue(reader.begun());
        assertTrue(reader.hasMore());
        reader.expect();
        assertFalse(reader.begun());
    }
}
