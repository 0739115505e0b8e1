package org.vlrerank.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads the answers of HTTP/1.1 off one connection, trusting nothing in them: heads and bodies are
 * bounded, and what two readers could understand differently (two lengths, an unknown coding) is
 * refused. For one thread at a time.
 */
final class AnswerReader {
    /** Of status line, fields, chunk sizes and trailers together. */
    static final int MAX_HEAD_BYTES = 64 << 10;

    private static final int BUFFER_BYTES = 8 << 10;
    private static final int MAX_CHUNK_DIGITS = 7;
    private static final int UNTIL_THE_END = -1;

    private static final int FIRST_FINAL_STATUS = 200;
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final InputStream in;
    private final int maxBodyBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private int headBytes;
    private boolean begun;

    /** What the fields of a head say of the body and the connection. */
    private static final class Fields {
        int length = UNTIL_THE_END;
        boolean chunked;
        boolean close;
    }

    AnswerReader(InputStream in, int maxBodyBytes) {
        this.in = in;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** The next answer is one to a request that is about to be sent. */
    void expect() {
        begun = false;
    }

    /** Whether something has come since {@link #expect}. */
    boolean begun() {
        return begun;
    }

    /** Throws {@link AnswerTooLarge} for a body beyond the limit, another IOException for all else. */
    HttpAnswer read() throws IOException {
        headBytes = 0;
        while (true) {
            String line = line();
            int status = status(line);
            Fields fields = fields();
            if (status >= FIRST_FINAL_STATUS) {
                fields.close |= line.startsWith("HTTP/1.0");
                byte[] body = body(status, fields);
                return new HttpAnswer(status, body, !fields.close);
            }
            if (status == SWITCHING_PROTOCOLS) {
                throw new ProtocolException("the server switches protocols unasked");
            }
        }
    }

    private static int status(String line) throws IOException {
        boolean known =
                line.length() >= 12
                        && (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 "))
                        && (line.length() == 12 || line.charAt(12) == ' ');
        int status = 0;
        for (int i = 9; known && i < 12; i++) {
            int digit = line.charAt(i) - '0';
            known = digit >= 0 && digit <= 9;
            status = 10 * status + digit;
        }
        if (!known || status < 100) {
            throw new ProtocolException("not an answer of HTTP/1.1");
        }
        return status;
    }

    private Fields fields() throws IOException {
        Fields fields = new Fields();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new ProtocolException("a field without a name");
            }
            String value = line.substring(colon + 1).trim();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> {
                    int length = length(value);
                    if (fields.length != UNTIL_THE_END && fields.length != length) {
                        throw new ProtocolException("two lengths");
                    }
                    fields.length = length;
                }
                case "transfer-encoding" -> {
                    if (fields.chunked || !value.equalsIgnoreCase("chunked")) {
                        throw new ProtocolException("an unknown transfer coding");
                    }
                    fields.chunked = true;
                }
                case "connection" -> {
                    for (String option : value.split(",")) {
                        fields.close |= option.trim().equalsIgnoreCase("close");
                    }
                }
                default -> {}
            }
        }
        if (fields.chunked && fields.length != UNTIL_THE_END) {
            throw new ProtocolException("a length beside a transfer coding");
        }
        return fields;
    }

    private int length(String digits) throws IOException {
        long length = digits.isEmpty() ? -1 : 0;
        for (int i = 0; i < digits.length() && length >= 0; i++) {
            int digit = digits.charAt(i) - '0';
            length = digit < 0 || digit > 9 ? -1 : Math.min(10 * length + digit, Integer.MAX_VALUE);
        }
        if (length < 0) {
            throw new ProtocolException("a length that is no number");
        }
        if (length > maxBodyBytes) {
            throw new AnswerTooLarge(maxBodyBytes);
        }
        return (int) length;
    }

    private byte[] body(int status, Fields fields) throws IOException {
        if (status == NO_CONTENT || status == NOT_MODIFIED) {
            return new byte[0];
        }
        if (fields.chunked) {
            return chunks();
        }
        if (fields.length != UNTIL_THE_END) {
            byte[] body = new byte[fields.length];
            for (int read = 0; read < body.length; ) {
                read += some(body, read, body.length - read);
            }
            return body;
        }
        fields.close = true;
        return untilTheEnd();
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int left = chunkLength(line()); left > 0; left = chunkLength(line())) {
            if (left > maxBodyBytes - body.size()) {
                throw new AnswerTooLarge(maxBodyBytes);
            }
            while (left > 0) {
                needSome();
                int part = Math.min(left, to - from);
                body.write(buffer, from, part);
                from += part;
                left -= part;
            }
            if (!line().isEmpty()) {
                throw new ProtocolException("a chunk longer than it says");
            }
        }
        while (!line().isEmpty()) {
            continue; // trailers
        }
        return body.toByteArray();
    }

    private static int chunkLength(String line) throws IOException {
        int end = 0;
        int length = 0;
        while (end < line.length() && Character.digit(line.charAt(end), 16) >= 0) {
            length = 16 * length + Character.digit(line.charAt(end), 16);
            if (++end > MAX_CHUNK_DIGITS) {
                throw new ProtocolException("a chunk's length has too many digits");
            }
        }
        String rest = line.substring(end).trim();
        if (end == 0 || !rest.isEmpty() && rest.charAt(0) != ';') {
            throw new ProtocolException("a chunk without a length");
        }
        return length;
    }

    private byte[] untilTheEnd() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (from < to || fill()) {
            if (to - from > maxBodyBytes - body.size()) {
                throw new AnswerTooLarge(maxBodyBytes);
            }
            body.write(buffer, from, to - from);
            from = to;
        }
        return body.toByteArray();
    }

    /** Without its end. */
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            needSome();
            int start = from;
            while (from < to && buffer[from] != '\n') {
                from++;
            }
            headBytes += from - start + 1;
            if (headBytes > MAX_HEAD_BYTES) {
                throw new ProtocolException("the answer's head is too long");
            }
            line.append(new String(buffer, start, from - start, StandardCharsets.ISO_8859_1));
            if (from < to) {
                from++;
                int end = line.length();
                if (end > 0 && line.charAt(end - 1) == '\r') {
                    line.setLength(end - 1);
                }
                return line.toString();
            }
        }
    }

    private void needSome() throws IOException {
        if (from == to && !fill()) {
            throw new EOFException("the connection ended before the answer did");
        }
    }

    private int some(byte[] target, int offset, int length) throws IOException {
        if (from < to) {
            int part = Math.min(length, to - from);
            System.arraycopy(buffer, from, target, offset, part);
            from += part;
            return part;
        }
        int read = in.read(target, offset, length);
        if (read < 0) {
            throw new EOFException("the connection ended before the answer did");
        }
        return read;
    }

    /** False at the end. */
    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(buffer, 0, buffer.length));
        begun |= to > 0;
        return to > 0;
    }

    /** Whether bytes are here that no answer has asked for. */
    boolean hasMore() {
        return from < to;
    }
}
