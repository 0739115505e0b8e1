package org.vlrerank.opensearch;

import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.search.rescore.RescoreContext;
import org.opensearch.search.rescore.RescorerBuilder;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** {@code rescore: {window_size, vl_rerank: {…}}} of a search request. */
public final class VlRerankRescorerBuilder extends RescorerBuilder<VlRerankRescorerBuilder> {
    static final String NAME = "vl_rerank";

    private final RerankParameters parameters;
    private final RerankService service;
    private RerankParameters filled;

    /** As written by a user; the window may also stand inside. */
    VlRerankRescorerBuilder(Map<String, Object> source, RerankService service) {
        this.parameters = RerankParameters.parse(source);
        this.service = service;
        this.filled = parameters;
        windowSize(
                parameters.windowSize() == null
                        ? RerankParameters.DEFAULT_WINDOW_SIZE
                        : parameters.windowSize());
    }

    VlRerankRescorerBuilder(StreamInput in, RerankService service) throws IOException {
        super(in);
        this.parameters = RerankParameters.parse(in.readMap());
        this.service = service;
        this.filled = parameters;
    }

    /** On the coordinating node: takes the query from the search where the user gave none. */
    void fillQuery(Supplier<String> text) {
        if (!parameters.hasQuery()) {
            filled = parameters.withQueryText(text.get());
        }
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        out.writeMap(filled.source());
    }

    @Override
    public VlRerankRescorerBuilder windowSize(int newWindowSize) {
        service.node().checkWindowSize(newWindowSize);
        return super.windowSize(newWindowSize);
    }

    @Override
    protected void doXContent(XContentBuilder builder, Params params) throws IOException {
        builder.field(NAME, parameters.source());
    }

    @Override
    protected RescoreContext innerBuildContext(int window, QueryShardContext context) {
        filled.requireQuery();
        return new VlRerankContext(
                window, new VlRerankRescorer(service), filled);
    }

    @Override
    public VlRerankRescorerBuilder rewrite(QueryRewriteContext context) {
        return this;
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && parameters.equals(((VlRerankRescorerBuilder) other).parameters);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), parameters);
    }
}
