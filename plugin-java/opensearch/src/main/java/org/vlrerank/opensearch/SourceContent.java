package org.vlrerank.opensearch;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.util.BytesRef;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.index.fieldvisitor.FieldsVisitor;
import org.opensearch.search.lookup.SourceLookup;
import org.vlrerank.client.ContentReader;

import java.io.IOException;
import java.util.Map;

/**
 * What the model shall see of hits' {@code _source}, without parsing it where it is JSON already.
 * For one thread at a time.
 */
final class SourceContent {
    private final ContentReader reader;
    private LeafReaderContext leaf;
    private StoredFields stored;

    SourceContent(ContentReader reader) {
        this.reader = reader;
    }

    /** Of a document of an index, cheapest when asked for in their order. */
    byte[] of(LeafReaderContext segment, int document) throws IOException {
        if (segment != leaf) {
            leaf = segment;
            stored = segment.reader().storedFields();
        }
        FieldsVisitor source = new FieldsVisitor(true);
        stored.document(document, source);
        return of(source.source());
    }

    /**
     * @param source null for none
     */
    byte[] of(BytesReference source) {
        if (source == null) {
            return reader.read(Map.of());
        }
        BytesRef bytes = source.toBytesRef();
        return reader.read(
                bytes.bytes, bytes.offset, bytes.length, () -> SourceLookup.sourceAsMap(source));
    }
}
