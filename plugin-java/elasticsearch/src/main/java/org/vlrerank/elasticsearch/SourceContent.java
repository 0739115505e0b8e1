package org.vlrerank.elasticsearch;

import org.apache.lucene.util.BytesRef;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.search.lookup.Source;
import org.elasticsearch.xcontent.XContentType;
import org.vlrerank.client.ContentReader;

/** What the model shall see of a {@code _source}, without parsing it where it is JSON already. */
final class SourceContent {
    private SourceContent() {}

    static byte[] of(Source source, ContentReader reader) {
        BytesReference stored =
                source.sourceContentType() == XContentType.JSON ? source.internalSourceRef() : null;
        if (stored == null) {
            return reader.read(source.source());
        }
        BytesRef bytes = stored.toBytesRef();
        return reader.read(bytes.bytes, bytes.offset, bytes.length, source::source);
    }
}
