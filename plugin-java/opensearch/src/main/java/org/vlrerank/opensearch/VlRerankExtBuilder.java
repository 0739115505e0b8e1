package org.vlrerank.opensearch;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.core.xcontent.XContentBuilder;
import org.vlrerank.client.Marker;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;

/**
 * {@code ext: {vl_rerank: {…}}} of a search. As a user writes it, it holds parameters for the
 * coordinating node; as that sends it on to the shards, it makes them collect the hits' content. In
 * an answer it holds the marker.
 */
final class VlRerankExtBuilder extends SearchExtBuilder {
    static final String NAME = "vl_rerank";

    private enum Use {
        PARAMETERS,
        COLLECTING,
        MARKER
    }

    private final Map<String, Object> source;
    private final Use use;

    private VlRerankExtBuilder(Map<String, Object> source, Use use) {
        this.source = source;
        this.use = use;
    }

    /** As written by a user. */
    VlRerankExtBuilder(Map<String, Object> source) {
        this(source, Use.PARAMETERS);
        RerankParameters.parseCoordinator(source);
    }

    VlRerankExtBuilder(StreamInput in) throws IOException {
        this(in.readMap(), in.readEnum(Use.class));
    }

    /** Makes the shards collect the content that the parameters name. */
    static VlRerankExtBuilder collecting(RerankParameters parameters) {
        return new VlRerankExtBuilder(parameters.contentSource(), Use.COLLECTING);
    }

    /** Of an answer. */
    static VlRerankExtBuilder marker(Marker marker) {
        return new VlRerankExtBuilder(marker.body(), Use.MARKER);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeMap(source);
        out.writeEnum(use);
    }

    Map<String, Object> source() {
        return source;
    }

    boolean collecting() {
        return use == Use.COLLECTING;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.field(NAME, source);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VlRerankExtBuilder ext
                && source.equals(ext.source)
                && use == ext.use;
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, use);
    }
}
