package org.vlrerank.elasticsearch;

import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;

/**
 * {@code ext: {vl_rerank: {…}}} of a search. As a user writes it, it holds parameters for the
 * coordinating node; as that sends it on to the shards, it makes them collect the hits' content.
 */
final class VlRerankExtBuilder extends SearchExtBuilder {
    static final String NAME = "vl_rerank";

    private final Map<String, Object> source;
    private final boolean collecting;
    private final RetrieverCall call;

    private VlRerankExtBuilder(Map<String, Object> source, boolean collecting, RetrieverCall call) {
        RerankParameters.parseCoordinator(source);
        this.source = source;
        this.collecting = collecting;
        this.call = call;
    }

    /** As written by a user. */
    VlRerankExtBuilder(Map<String, Object> source) {
        this(source, false, null);
    }

    VlRerankExtBuilder(StreamInput in) throws IOException {
        this(in.readGenericMap(), in.readBoolean(), null);
    }

    /** Makes the shards collect the content that the parameters name. */
    static VlRerankExtBuilder collecting(RerankParameters parameters) {
        return new VlRerankExtBuilder(parameters.contentSource(), true, null);
    }

    /** The same for the search that a retriever makes of its child. */
    static VlRerankExtBuilder forRetriever(RetrieverCall call) {
        return new VlRerankExtBuilder(call.parameters().contentSource(), true, call);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeGenericMap(source);
        out.writeBoolean(collecting);
    }

    Map<String, Object> source() {
        return source;
    }

    boolean collecting() {
        return collecting;
    }

    /** Null unless a retriever of this node made the search; does not travel. */
    RetrieverCall call() {
        return call;
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
                && collecting == ext.collecting
                && Objects.equals(call, ext.call);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, collecting);
    }
}
