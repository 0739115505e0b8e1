package org.vlrerank.elasticsearch;

import org.apache.lucene.search.ScoreDoc;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.fetch.StoredFieldsContext;
import org.elasticsearch.search.internal.SearchContext;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.retriever.CompoundRetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverParserContext;
import org.elasticsearch.search.retriever.StandardRetrieverBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.vlrerank.client.RerankNode;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code retriever: {vl_rerank: {retriever, rank_window_size, …}}}: the hits of another retriever,
 * reranked. The compound retriever's machinery searches for the child's hits; {@link RerankFilter}
 * sees that search and reranks its answer.
 */
public final class VlRerankRetrieverBuilder
        extends CompoundRetrieverBuilder<VlRerankRetrieverBuilder> {
    static final String NAME = "vl_rerank";

    private final Map<String, Object> source;
    private final RetrieverCall call;

    private VlRerankRetrieverBuilder(
            List<RetrieverSource> children,
            int rankWindowSize,
            Map<String, Object> source,
            RetrieverCall call) {
        super(children, rankWindowSize);
        this.source = source;
        this.call = call;
    }

    static VlRerankRetrieverBuilder parse(
            XContentParser parser, RetrieverParserContext context, RerankNode node)
            throws IOException {
        RetrieverBuilder child = null;
        List<QueryBuilder> filters = new ArrayList<>();
        String name = null;
        Map<String, Object> source = new LinkedHashMap<>();
        while (parser.nextToken() != XContentParser.Token.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "retriever" -> child = parseInnerRetrieverBuilder(parser, context);
                case "_name" -> name = parser.text();
                case "filter" -> {
                    if (parser.currentToken() == XContentParser.Token.START_ARRAY) {
                        while (parser.nextToken() != XContentParser.Token.END_ARRAY) {
                            filters.add(AbstractQueryBuilder.parseTopLevelQuery(parser));
                        }
                    } else {
                        filters.add(AbstractQueryBuilder.parseTopLevelQuery(parser));
                    }
                }
                default -> source.put(key, value(parser));
            }
        }
        VlRerankRetrieverBuilder retriever = of(child, source, node);
        retriever.retrieverName(name);
        retriever.preFilterQueryBuilders.addAll(filters);
        Versioned.trackUsage(context, retriever);
        return retriever;
    }

    private static Object value(XContentParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> parser.map();
            case START_ARRAY -> parser.list();
            default -> parser.objectText();
        };
    }

    private static VlRerankRetrieverBuilder of(
            RetrieverBuilder child, Map<String, Object> source, RerankNode node) {
        if (child == null) {
            throw new IllegalArgumentException("[vl_rerank] retriever is required");
        }
        Map<String, Object> given = new LinkedHashMap<>(source);
        Object window = given.remove("rank_window_size");
        for (String refused : List.of("window_size", "enabled")) {
            if (given.containsKey(refused)) {
                throw new IllegalArgumentException(
                        "[vl_rerank] unknown parameter ["
                                + refused
                                + "] of a retriever, which has [rank_window_size]");
            }
        }
        if (window != null) {
            given.put("window_size", window);
        }
        RerankParameters parameters = RerankParameters.parseCoordinator(given);
        if (parameters.fields() == null) {
            throw new IllegalArgumentException(
                    "[vl_rerank] fields is required: name at least one of fields.text,"
                            + " fields.image, fields.video");
        }
        if (parameters.windowSize() != null) {
            node.checkWindowSize(parameters.windowSize());
        }
        if (!parameters.hasQueryText()) {
            parameters = parameters.withQueryText(SearchText.of(child));
        }
        List<RetrieverSource> children = new ArrayList<>();
        children.add(new RetrieverSource(child, null));
        return new VlRerankRetrieverBuilder(
                children,
                parameters.windowSizeWithin(node.maxWindowSize()),
                source,
                new RetrieverCall(parameters));
    }

    RetrieverCall call() {
        return call;
    }

    RetrieverBuilder child() {
        return innerRetrievers.get(0).retriever();
    }

    /** Whether all there is to this retriever and its child is a query whose hits stand by score. */
    boolean childIsPlainQuery() {
        if (retrieverName != null
                || !preFilterQueryBuilders.isEmpty()
                || !(child() instanceof StandardRetrieverBuilder)) {
            return false;
        }
        SearchSourceBuilder extracted = new SearchSourceBuilder();
        try {
            child().extractToSearchSourceBuilder(extracted, true);
        } catch (IllegalArgumentException e) { // the engine will complain
            return false;
        }
        return (extracted.sorts() == null || extracted.sorts().isEmpty())
                && extracted.collapse() == null
                && extracted.searchAfter() == null
                && extracted.terminateAfter() == SearchContext.DEFAULT_TERMINATE_AFTER;
    }

    @Override
    protected VlRerankRetrieverBuilder clone(
            List<RetrieverSource> children, List<QueryBuilder> preFilters) {
        VlRerankRetrieverBuilder clone =
                new VlRerankRetrieverBuilder(children, rankWindowSize, source, call);
        clone.preFilterQueryBuilders = preFilters;
        clone.retrieverName = retrieverName;
        return clone;
    }

    @Override
    protected SearchSourceBuilder finalizeSourceBuilder(SearchSourceBuilder child) {
        if (call.needsIds()) {
            child.storedFields(StoredFieldsContext.fromList(List.of()));
        }
        return child.ext(List.of(VlRerankExtBuilder.forRetriever(call)));
    }

    @Override
    protected RankDoc[] combineInnerRetrieverResults(
            List<ScoreDoc[]> results, boolean explained) {
        ScoreDoc[] child = results.get(0);
        RankDoc[] ranked = new RankDoc[child.length];
        for (int i = 0; i < ranked.length; i++) {
            ranked[i] = new RankDoc(child[i].doc, child[i].score, child[i].shardIndex);
            ranked[i].rank = i + 1;
        }
        return ranked;
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    protected void doToXContent(XContentBuilder builder, Params params) throws IOException {
        builder.field("retriever", child());
        for (Map.Entry<String, Object> entry : source.entrySet()) {
            builder.field(entry.getKey(), entry.getValue());
        }
    }

    @Override
    public boolean doEquals(Object other) {
        return super.doEquals(other) && source.equals(((VlRerankRetrieverBuilder) other).source);
    }

    @Override
    public int doHashCode() {
        return Objects.hash(super.doHashCode(), source);
    }
}
