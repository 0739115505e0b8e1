package org.vlrerank.elasticsearch;

import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.vlrerank.client.JsonCodec;

import java.io.IOException;
import java.util.Map;

/** JSON by the engine's own x-content. */
final class XContentCodec implements JsonCodec {
    @Override
    public byte[] write(Map<String, ?> object) throws IOException {
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            return BytesReference.toBytes(BytesReference.bytes(builder.map(object)));
        }
    }

    @Override
    public Map<String, Object> read(byte[] bytes) throws IOException {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, bytes)) {
            return parser.map();
        }
    }
}
