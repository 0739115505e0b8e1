package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.stream.IntStream;

class RankingTest {
    private static final int ROUNDS = 2_000;

    private static float[] descending(Random random, int hits) {
        float[] scores = new float[hits];
        for (int i = 0; i < hits; i++) {
            scores[i] = (float) Math.exp(random.nextGaussian() * 6);
        }
        java.util.Arrays.sort(scores);
        for (int i = 0; i < hits / 2; i++) {
            float swapped = scores[i];
            scores[i] = scores[hits - 1 - i];
            scores[hits - 1 - i] = swapped;
        }
        return scores;
    }

    @Test
    void holdsItsPromisesForAnyScores() {
        Random random = new Random(7);
        for (int round = 0; round < ROUNDS; round++) {
            int hits = 1 + random.nextInt(40);
            float[] firstPass = descending(random, hits);
            double[] model = new double[random.nextInt(hits + 1)];
            for (int i = 0; i < model.length; i++) {
                model[i] =
                        random.nextInt(4) == 0
                                ? Double.NaN
                                : random.nextInt(5) == 0 ? 0 : random.nextDouble();
            }
            double weight = random.nextBoolean() ? 1 : random.nextDouble();
            Ranking ranking = Ranking.of(firstPass, model, weight);

            assertArrayEquals(
                    IntStream.range(0, hits).toArray(),
                    IntStream.of(ranking.order()).sorted().toArray(),
                    "a permutation");
            for (int i = 0; i < hits; i++) {
                int place = ranking.order()[i];
                boolean scored = place < model.length && !Double.isNaN(model[place]);
                float score = ranking.scores()[i];
                assertEquals(
                        scored,
                        score >= Ranking.FLOOR,
                        "scored hits, and they alone, stand at the floor or above");
                assertTrue(score >= 0 && score <= 1);
                assertTrue(i == 0 || score <= ranking.scores()[i - 1], "non-increasing");
                if (!scored) {
                    assertEquals(
                            Ranking.tail(firstPass[place]),
                            score,
                            "the tail depends on the first pass alone");
                }
            }
        }
    }

    @Test
    void tailIsStrictlyMonotoneFromTinyToHugeScores() {
        for (float score = 0x1p-56f; score < 0x1p50f; score *= 1.7f) {
            assertTrue(Ranking.tail(score) < Ranking.tail(Math.nextUp(score)), "at " + score);
        }
        assertTrue(Ranking.tail(Float.MAX_VALUE) < Ranking.FLOOR);
        assertTrue(Ranking.tail(Float.POSITIVE_INFINITY) < Ranking.FLOOR);
        assertEquals(0, Ranking.tail(0));
        assertEquals(0, Ranking.tail(-3));
        assertEquals(12.5f, Ranking.tail(12.5f) * 0x1p70f, "nothing is lost");
    }

    @Test
    void equalScoresKeepTheirOrder() {
        Ranking ranking =
                Ranking.of(new float[] {4, 3, 2, 1}, new double[] {0.5, 0.5, 0.7, 0.5}, 1);
        assertArrayEquals(new int[] {2, 0, 1, 3}, ranking.order());
    }

    @Test
    void shardsThatFailedStandBelowThoseThatDidNot() {
        Ranking good = Ranking.of(new float[] {2, 1}, new double[] {0, 0}, 1);
        Ranking failed = Ranking.allTail(new float[] {12_000, 3});
        assertTrue(good.scores()[1] > failed.scores()[0]);
        assertTrue(failed.scores()[0] > failed.scores()[1]);
    }

    @Test
    void unchangedKeepsScores() {
        float[] firstPass = {9, 7, 7};
        Ranking ranking = Ranking.unchanged(firstPass);
        assertArrayEquals(new int[] {0, 1, 2}, ranking.order());
        assertArrayEquals(firstPass, ranking.scores());
    }

    @Test
    void weightBlendsWithTheFirstPass() {
        assertEquals(0.25f * 0.8f + 0.75f * 0.75f, Ranking.blended(0.8, 3, 0.25), 1e-6);
        assertEquals(1, Ranking.blended(1, Float.POSITIVE_INFINITY, 0.5));
    }
}
