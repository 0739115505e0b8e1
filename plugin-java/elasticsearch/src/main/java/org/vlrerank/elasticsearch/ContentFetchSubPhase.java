package org.vlrerank.elasticsearch;

import org.apache.lucene.index.LeafReaderContext;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchHits;
import org.elasticsearch.search.aggregations.Aggregation;
import org.elasticsearch.search.aggregations.bucket.MultiBucketsAggregation;
import org.elasticsearch.search.aggregations.bucket.SingleBucketAggregation;
import org.elasticsearch.search.aggregations.metrics.TopHits;
import org.elasticsearch.search.fetch.FetchContext;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.elasticsearch.search.fetch.FetchSubPhaseProcessor;
import org.elasticsearch.search.fetch.StoredFieldsSpec;
import org.elasticsearch.search.suggest.completion.CompletionSuggestion;
import org.vlrerank.client.ContentReader;
import org.vlrerank.client.RerankParameters;

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
        ContentReader reader = new ContentReader(new XContentCodec(), parameters);
        return new FetchSubPhaseProcessor() {
            @Override
            public void setNextReader(LeafReaderContext leaf) {}

            @Override
            public void process(HitContext hit) {
                if (hit.hit().getNestedIdentity() == null) {
                    byte[] content = SourceContent.of(hit.source(), reader);
                    Versioned.setField(hit.hit(), new DocumentField(FIELD, List.of(content)));
                }
            }

            @Override
            public StoredFieldsSpec storedFieldsSpec() {
                return StoredFieldsSpec.NEEDS_SOURCE;
            }
        };
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
        // A hit that came over the network without fields has a map that refuses to remove.
        if (!hit.getDocumentFields().containsKey(FIELD)) {
            return ContentReader.NONE;
        }
        return (byte[]) hit.removeDocumentField(FIELD).getValues().get(0);
    }
}
