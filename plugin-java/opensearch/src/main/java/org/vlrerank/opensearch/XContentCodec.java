package org.vlrerank.opensearch;

import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.vlrerank.client.JsonCodec;

import java.io.IOException;
import java.util.Map;

/** JSON by the engine's own x-content. */
final class XContentCodec implements JsonCodec {
    @Override
    public byte[] write(Map<String, ?> object) throws IOException {
        try (XContentBuilder builder = XContentBuilder.builder(JsonXContent.jsonXContent)) {
            return BytesReference.toBytes(BytesReference.bytes(builder.map(object)));
        }
    }

    @Override
    public Map<String, Object> read(byte[] bytes) throws IOException {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(
                        NamedXContentRegistry.EMPTY,
                        DeprecationHandler.IGNORE_DEPRECATIONS,
                        bytes)) {
            return parser.map();
        }
    }
}
