package org.vlrerank.client;

import org.vlrerank.client.RerankException.Reason;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads the sidecar's native answer, trusting nothing in it. */
final class Answer {
    private Answer() {}

    /**
     * The documents' scores by their place in the request, 0…1; NaN for a document that the model
     * refused. Throws BAD_ANSWER unless there is exactly one finite score in 0…1 for every
     * document.
     */
    static double[] scores(Map<String, Object> answer, int documents) throws RerankException {
        if (!(answer.get("results") instanceof List<?> results)) {
            throw bad("has no array [results]");
        }
        if (results.size() != documents) {
            throw bad("has " + results.size() + " results for " + documents + " documents");
        }
        double[] scores = new double[documents];
        boolean[] seen = new boolean[documents];
        Arrays.fill(scores, Double.NaN);
        for (Object item : results) {
            if (!(item instanceof Map<?, ?> result)) {
                throw bad("has a result that is no object");
            }
            if (!(result.get("index") instanceof Integer index)
                    || index < 0
                    || index >= documents
                    || seen[index]) {
                throw bad("has a missing, repeated or unknown index");
            }
            seen[index] = true;
            if (!(result.get("relevance_score") instanceof Number number)) {
                throw bad("has a result without a relevance_score");
            }
            double score = number.doubleValue();
            if (!(score >= 0 && score <= 1)) {
                throw bad("has a score outside 0 to 1");
            }
            if (result.get("error") == null) {
                scores[index] = score;
            }
        }
        return scores;
    }

    private static RerankException bad(String what) {
        return new RerankException(Reason.BAD_ANSWER, "the rerank sidecar's answer " + what);
    }
}
