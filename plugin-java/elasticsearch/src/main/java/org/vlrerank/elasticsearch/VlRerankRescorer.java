package org.vlrerank.elasticsearch;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.rescore.RescoreContext;
import org.elasticsearch.search.rescore.Rescorer;
import org.vlrerank.client.ContentReader;
import org.vlrerank.client.RerankException;
import org.vlrerank.client.ShardRescorer;
import org.vlrerank.client.ShardRescorer.Outcome;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Carries Lucene's hits to {@link ShardRescorer} and back. */
final class VlRerankRescorer implements Rescorer {
    private static final String MARKER = "X-Vl-Rerank";

    private final RerankService service;

    VlRerankRescorer(RerankService service) {
        this.service = service;
    }

    @Override
    public TopDocs rescore(TopDocs topDocs, IndexSearcher searcher, RescoreContext rescoreContext) {
        VlRerankContext context = (VlRerankContext) rescoreContext;
        ScoreDoc[] hits = topDocs.scoreDocs;
        if (hits.length == 0) {
            return topDocs;
        }
        int window = Math.min(context.getWindowSize(), hits.length);
        float[] firstPass = new float[hits.length];
        for (int i = 0; i < hits.length; i++) {
            firstPass[i] = hits[i].score;
        }
        int[] byDocument =
                IntStream.range(0, window)
                        .boxed()
                        .sorted((left, right) -> Integer.compare(hits[left].doc, hits[right].doc))
                        .mapToInt(Integer::intValue)
                        .toArray();
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        ContentReader reader = new ContentReader(new XContentCodec(), context.parameters());
        ShardRescorer.HitReader contents =
                place -> {
                    LeafReaderContext leaf =
                            leaves.get(ReaderUtil.subIndex(hits[place].doc, leaves));
                    return SourceContent.of(
                            context.sources().getSource(leaf, hits[place].doc - leaf.docBase),
                            reader);
                };
        Outcome outcome;
        try {
            outcome =
                    new ShardRescorer(service.node())
                            .rescore(
                                    context.parameters(),
                                    firstPass,
                                    window,
                                    byDocument,
                                    contents,
                                    context.alone(),
                                    context::checkCancellation);
        } catch (RerankException e) {
            throw new ElasticsearchStatusException(
                    "[vl_rerank] {}", RestStatus.fromCode(e.reason().status()), e, e.getMessage());
        }
        service.threadContext().addResponseHeader(MARKER, outcome.marker());
        context.setRescoredDocs(rescored(hits, window));
        return new TopDocs(topDocs.totalHits, reordered(hits, outcome));
    }

    private static Set<Integer> rescored(ScoreDoc[] hits, int window) {
        return IntStream.range(0, window)
                .mapToObj(place -> hits[place].doc)
                .collect(Collectors.toSet());
    }

    private static ScoreDoc[] reordered(ScoreDoc[] hits, Outcome outcome) {
        ScoreDoc[] reordered = new ScoreDoc[hits.length];
        for (int i = 0; i < hits.length; i++) {
            ScoreDoc hit = hits[outcome.ranking().order()[i]];
            float score = outcome.ranking().scores()[i];
            reordered[i] =
                    hit instanceof FieldDoc sorted
                            ? new FieldDoc(hit.doc, score, sorted.fields, hit.shardIndex)
                            : new ScoreDoc(hit.doc, score, hit.shardIndex);
        }
        return reordered;
    }

    /**
     * The model is not asked again for one document: only where the hit's place came from is said.
     */
    @Override
    public Explanation explain(
            int document, IndexSearcher searcher, RescoreContext context, Explanation firstPass) {
        return Explanation.match(
                firstPass.getValue(),
                "score of the first pass; vl_rerank replaced it by the model's, which stands in the"
                    + " hit",
                firstPass);
    }
}
