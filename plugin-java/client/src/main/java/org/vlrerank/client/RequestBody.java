package org.vlrerank.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A request's body in pieces that are not copied; may be sent more than once. */
final class RequestBody {
    private static final byte[] DOCUMENTS = ",\"documents\":[".getBytes(StandardCharsets.US_ASCII);

    private final byte[] rest;
    private final List<byte[]> documents;

    private RequestBody(byte[] rest, List<byte[]> documents) {
        this.rest = rest;
        this.documents = documents;
    }

    /** The bytes as they are. */
    static RequestBody of(byte[] bytes) {
        return new RequestBody(bytes, null);
    }

    /**
     * @param rest a JSON object that is not empty
     * @param documents JSON objects, which become its member of this name
     */
    static RequestBody of(byte[] rest, List<byte[]> documents) {
        return new RequestBody(rest, documents);
    }

    long length() {
        if (documents == null) {
            return rest.length;
        }
        long length = (long) rest.length + DOCUMENTS.length + 1 + Math.max(0, documents.size() - 1);
        for (byte[] document : documents) {
            length += document.length;
        }
        return length;
    }

    void writeTo(OutputStream out) throws IOException {
        if (documents == null) {
            out.write(rest);
            return;
        }
        out.write(rest, 0, rest.length - 1);
        out.write(DOCUMENTS);
        for (int i = 0; i < documents.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            out.write(documents.get(i));
        }
        out.write(']');
        out.write('}');
    }
}
