package org.vlrerank.elasticsearch;

import org.apache.lucene.search.Explanation;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.vlrerank.client.RerankParameters;

import java.util.List;

/**
 * Where a reranked hit's score comes from, as {@code keep_first_score} and {@code explain} show it.
 *
 * @param model NaN where the hit was not scored
 */
record ScoreDetails(float score, float firstPass, double model) {
    private static final String FIRST_SCORE_FIELD = "_first_score";

    void show(SearchHit hit, RerankParameters parameters) {
        if (parameters.keepFirstScore()) {
            Versioned.setField(hit, new DocumentField(FIRST_SCORE_FIELD, List.of(firstPass)));
        }
        if (parameters.explain() || hit.getExplanation() != null) {
            hit.explanation(explanation(hit.getExplanation(), parameters.weight()));
        }
    }

    private Explanation explanation(Explanation engines, double weight) {
        Explanation first =
                engines == null ? Explanation.match(firstPass, "score of the first pass") : engines;
        if (Double.isNaN(model)) {
            return Explanation.match(
                    score, "vl_rerank: not scored by the model, below all that were", first);
        }
        return Explanation.match(
                score,
                weight == 1
                        ? "vl_rerank: score of the model"
                        : "vl_rerank: weight * model + (1 - weight) * s / (1 + s), weight = "
                                + weight
                                + ", s the score of the first pass",
                Explanation.match((float) model, "score of the model"),
                first);
    }
}
