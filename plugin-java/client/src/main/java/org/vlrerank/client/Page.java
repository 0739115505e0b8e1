package org.vlrerank.client;

import java.util.Arrays;

/**
 * The hits that a search shows: {@code order[i]} is the place among the fetched hits of the one
 * that stands at i of the page, {@code scores[i]} its score.
 *
 * @param dropped hits of the window that a minimum score took out
 */
public record Page(int[] order, float[] scores, int dropped) {
    /**
     * @param modelScores by place among the fetched hits, NaN for hits that were not scored; may be
     *     shorter than firstPass
     */
    static Page of(
            WindowPlan plan, float[] firstPass, double[] modelScores, RerankParameters parameters) {
        Ranking ranking = Ranking.of(firstPass, modelScores, parameters.weight());
        if (parameters.minScore() == null) {
            return cut(plan, ranking, 0);
        }
        // Scored hits stand first and fall, so those below the minimum are one stretch before the tail.
        float[] scores = ranking.scores();
        int scored = 0;
        while (scored < scores.length && scores[scored] >= Ranking.FLOOR) {
            scored++;
        }
        int kept = 0;
        while (kept < scored && scores[kept] >= parameters.minScore().floatValue()) {
            kept++;
        }
        int dropped = scored - kept;
        int[] order = new int[scores.length - dropped];
        float[] remaining = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            int place = i < kept ? i : i + dropped;
            order[i] = ranking.order()[place];
            remaining[i] = scores[place];
        }
        return cut(plan, new Ranking(order, remaining), dropped);
    }

    /** The first pass as it was. */
    static Page unchanged(WindowPlan plan, float[] firstPass) {
        return cut(plan, Ranking.unchanged(firstPass), 0);
    }

    private static Page cut(WindowPlan plan, Ranking ranking, int dropped) {
        int from = Math.min(plan.from(), ranking.order().length);
        int to = (int) Math.min((long) from + plan.size(), ranking.order().length);
        return new Page(
                Arrays.copyOfRange(ranking.order(), from, to),
                Arrays.copyOfRange(ranking.scores(), from, to),
                dropped);
    }

    /** The first hit's score; NaN for an empty page. */
    public float maxScore() {
        return scores.length == 0 ? Float.NaN : scores[0];
    }
}
