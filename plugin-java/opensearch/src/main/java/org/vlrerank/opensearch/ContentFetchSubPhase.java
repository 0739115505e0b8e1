package org.vlrerank.opensearch;

import org.apache.lucene.index.LeafReaderContext;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.aggregations.Aggregation;
import org.opensearch.search.aggregations.bucket.MultiBucketsAggregation;
import org.opensearch.search.aggregations.bucket.SingleBucketAggregation;
import org.opensearch.search.aggregations.metrics.TopHits;
import org.opensearch.search.fetch.FetchContext;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.fetch.FetchSubPhaseProcessor;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.search.suggest.completion.CompletionSuggestion;
import org.vlrerank.client.ContentReader;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.util.List;

/**
 * On the shards: takes what the reranker needs out of each hit's {@code _source}, whatever of it
 * the answer shows, and hangs it on the hit for the coordinating node, which takes it off again.
 */
final class ContentFetchSubPhase implements FetchSubPhase {
    static final String FIELD = "_vl_rerank_content";

    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
        if (!(context.getSearchExt(VlRerankExtBuilder.NAME) instanceof VlRerankExtBuilder ext)
                || !ext.collecting()) {
            return null;
        }
        RerankParameters parameters = RerankParameters.parseCoordinator(ext.source());
        SourceContent contents =
                new SourceContent(new ContentReader(new XContentCodec(), parameters));
        return new FetchSubPhaseProcessor() {
            @Override
            public void setNextReader(LeafReaderContext leaf) {}

            @Override
            public void process(HitContext hit) throws IOException {
                if (hit.hit().getNestedIdentity() == null) {
                    byte[] content = content(context, hit, contents);
                    hit.hit().setDocumentField(FIELD, new DocumentField(FIELD, List.of(content)));
                }
            }
        };
    }

    /** Of the whole source, though what the fetch phase has loaded may be cut down to what the answer shows. */
    private static byte[] content(FetchContext context, HitContext hit, SourceContent contents)
            throws IOException {
        FetchSourceContext shown = context.fetchSourceContext();
        if (shown != null
                && shown.fetchSource()
                && shown.includes().length == 0
                && shown.excludes().length == 0) {
            BytesReference loaded = hit.sourceLookup().internalSourceRef();
            if (loaded != null) {
                return contents.of(loaded);
            }
        }
        return contents.of(hit.readerContext(), hit.docId());
    }

    /**
     * Takes the content off all hits of the answer but its own: those that aggregations and
     * suggestions hold went through the fetch phase, too.
     */
    static void clean(SearchResponse response) {
        if (response.getAggregations() != null) {
            clean(response.getAggregations());
        }
        if (response.getSuggest() != null) {
            for (CompletionSuggestion suggestion :
                    response.getSuggest().filter(CompletionSuggestion.class)) {
                for (CompletionSuggestion.Entry.Option option : suggestion.getOptions()) {
                    if (option.getHit() != null) {
                        take(option.getHit());
                    }
                }
            }
        }
    }

    private static void clean(Iterable<? extends Aggregation> aggregations) {
        for (Aggregation aggregation : aggregations) {
            if (aggregation instanceof TopHits top) {
                top.getHits().forEach(ContentFetchSubPhase::take);
            } else if (aggregation instanceof SingleBucketAggregation bucket) {
                clean(bucket.getAggregations());
            } else if (aggregation instanceof MultiBucketsAggregation buckets) {
                buckets.getBuckets().forEach(bucket -> clean(bucket.getAggregations()));
            }
        }
    }

    /** Takes the content off the hit, and off its inner hits; nothing where there is none. */
    static byte[] take(SearchHit hit) {
        if (hit.getInnerHits() != null) {
            for (SearchHits inner : hit.getInnerHits().values()) {
                inner.forEach(ContentFetchSubPhase::take);
            }
        }
        DocumentField field = hit.removeDocumentField(FIELD);
        return field == null ? ContentReader.NONE : (byte[]) field.getValues().get(0);
    }
}
