package org.vlrerank.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes the sidecar's documents out of hits' {@code _source}, as JSON ready to be sent; what they
 * hold is {@link Documents#content}. For one thread at a time.
 */
public final class ContentReader {
    /** Of a hit without content. */
    public static final byte[] NONE = {};

    private final JsonCodec json;
    private final Fields fields;
    private final String mediaBase;
    private final ContentScanner scanner;

    /**
     * @param parameters have fields
     */
    public ContentReader(JsonCodec json, RerankParameters parameters) {
        this.json = json;
        this.fields = parameters.fields();
        this.mediaBase = parameters.mediaBase();
        this.scanner = new ContentScanner(fields, mediaBase);
    }

    /**
     * @param source as it is stored, in any format; not changed, not kept
     * @param parsed the same, asked for only where it is needed
     */
    public byte[] read(
            byte[] source, int offset, int length, Supplier<Map<String, Object>> parsed) {
        byte[] document = length == 0 ? null : scanner.scan(source, offset, length);
        return document == null ? read(parsed.get()) : document;
    }

    public byte[] read(Map<String, Object> source) {
        Map<String, Object> content = Documents.content(source, fields, mediaBase);
        if (content.isEmpty()) {
            return NONE;
        }
        try {
            return json.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
