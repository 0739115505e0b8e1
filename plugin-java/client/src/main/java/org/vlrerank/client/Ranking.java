package org.vlrerank.client;

import java.util.Arrays;
import java.util.Comparator;

/**
 * A new order of first-pass hits: {@code order[i]} is the old place of the hit that now stands at
 * i, {@code scores[i]} its score. Scores are non-negative and non-increasing.
 *
 * <p>Scored hits stand at {@link #FLOOR} or above. All others, the tail, stand below it, at a score
 * that depends on nothing but the first-pass score, so that tails of several shards and pages fit
 * together.
 */
public record Ranking(int[] order, float[] scores) {
    public static final float FLOOR = 1e-6f;

    /** A power of two, so that {@link #tail} loses nothing and its inverse is exact. */
    private static final float TAIL_SCALE = 0x1p-70f;

    private static final float TAIL_MAX_FIRST_PASS = 0x1p50f;

    /**
     * Strictly monotone for first-pass scores from 2^-56 to 2^50, monotone everywhere; below FLOOR;
     * 0 for what is not positive.
     */
    public static float tail(float firstPass) {
        return firstPass > 0 ? Math.min(firstPass, TAIL_MAX_FIRST_PASS) * TAIL_SCALE : 0;
    }

    /** weight·model + (1-weight)·s/(1+s) of the first-pass score s, floored. */
    static float blended(double model, float firstPass, double weight) {
        double score = weight == 1 ? model : weight * model + (1 - weight) * squashed(firstPass);
        return Math.max((float) score, FLOOR);
    }

    private static double squashed(float firstPass) {
        double s = Math.max(firstPass, 0);
        return Double.isInfinite(s) ? 1 : s / (1 + s);
    }

    /**
     * @param modelScores by old place, NaN for the tail; may be shorter than firstPass, the rest is
     *     tail then
     */
    public static Ranking of(float[] firstPass, double[] modelScores, double weight) {
        float[] scores = new float[firstPass.length];
        for (int i = 0; i < scores.length; i++) {
            boolean scored = i < modelScores.length && !Double.isNaN(modelScores[i]);
            scores[i] = scored ? blended(modelScores[i], firstPass[i], weight) : tail(firstPass[i]);
        }
        return sorted(scores);
    }

    /**
     * Everything in the tail: what a shard answers whose call failed while others' may have
     * succeeded.
     */
    public static Ranking allTail(float[] firstPass) {
        return of(firstPass, new double[0], 1);
    }

    /** Nothing changed. */
    public static Ranking unchanged(float[] firstPass) {
        int[] order = new int[firstPass.length];
        Arrays.setAll(order, i -> i);
        return new Ranking(order, firstPass.clone());
    }

    private static Ranking sorted(float[] scores) {
        Integer[] places = new Integer[scores.length];
        Arrays.setAll(places, i -> i);
        Arrays.sort(places, Comparator.comparing((Integer place) -> scores[place]).reversed());
        int[] order = new int[scores.length];
        float[] sorted = new float[scores.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = places[i];
            sorted[i] = scores[order[i]];
        }
        return new Ranking(order, sorted);
    }
}
