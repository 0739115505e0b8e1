package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

class PageTest {
    private static final int MAX_FETCH = 10_000;
    private static final float[] FIRST_PASS = {9, 7, 5, 3, 1};
    private static final double[] MODEL = {0.5, 0.1, 0.9};

    private static RerankParameters parameters(Double minScore, double weight) {
        Map<String, Object> source = new HashMap<>(Map.of("weight", weight));
        source.put("min_score", minScore);
        return RerankParameters.parseCoordinator(source);
    }

    @Test
    void plans() {
        assertEquals(new WindowPlan(0, 10, 50, 50), WindowPlan.of(0, 10, 50, false, MAX_FETCH));
        assertEquals(new WindowPlan(45, 10, 50, 55), WindowPlan.of(45, 10, 50, false, MAX_FETCH));
        assertEquals(new WindowPlan(0, 10, 50, 60), WindowPlan.of(0, 10, 50, true, MAX_FETCH));
        assertEquals(new WindowPlan(0, 3, 20, 20), WindowPlan.of(0, 3, 50, false, 20));
        assertEquals(
                new WindowPlan(0, 30, 30, 30),
                WindowPlan.of(0, 30, 50, true, 20),
                "the engine refuses this page, not we");
        assertEquals(
                Integer.MAX_VALUE,
                WindowPlan.of(Integer.MAX_VALUE, 10, 50, false, MAX_FETCH).fetch());
    }

    @Test
    void firstPage() {
        Page page =
                Page.of(WindowPlan.of(0, 4, 3, false, MAX_FETCH), FIRST_PASS, MODEL, parameters(null, 1));
        assertArrayEquals(new int[] {2, 0, 1, 3}, page.order());
        assertArrayEquals(new float[] {0.9f, 0.5f, 0.1f, Ranking.tail(3)}, page.scores());
        assertEquals(0.9f, page.maxScore());
        assertEquals(0, page.dropped());
    }

    @Test
    void emptyPage() {
        Page page =
                Page.of(WindowPlan.of(9, 4, 3, false, MAX_FETCH), FIRST_PASS, MODEL, parameters(null, 1));
        assertEquals(0, page.order().length);
        assertTrue(Float.isNaN(page.maxScore()));
    }

    @Test
    void minimumTakesRerankedHitsOnly() {
        Page page =
                Page.of(WindowPlan.of(0, 10, 3, true, MAX_FETCH), FIRST_PASS, MODEL, parameters(0.5, 1));
        assertArrayEquals(new int[] {2, 0, 3, 4}, page.order());
        assertEquals(1, page.dropped());
    }

    @Test
    void unchanged() {
        Page page = Page.unchanged(WindowPlan.of(1, 2, 50, false, MAX_FETCH), FIRST_PASS);
        assertArrayEquals(new int[] {1, 2}, page.order());
        assertArrayEquals(new float[] {7, 5}, page.scores());
    }

    /** Whatever the sizes: the pages of a walk are the one order, cut; scores never rise over them. */
    @Test
    void walksLoseAndRepeatNothing() {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            int hits = random.nextInt(60);
            int window = 1 + random.nextInt(30);
            int size = 1 + random.nextInt(12);
            float[] all = new float[hits];
            for (int i = 0; i < hits; i++) {
                all[i] = 100 - i / 3; // with ties
            }
            double[] model = new double[Math.min(window, hits)];
            Arrays.setAll(
                    model, i -> random.nextInt(5) == 0 ? Double.NaN : random.nextInt(8) / 8.0);
            Double minimum = random.nextBoolean() ? null : random.nextDouble();
            double weight = random.nextBoolean() ? 1 : random.nextDouble();
            walk(all, model, window, size, parameters(minimum, weight));
        }
    }

    private static void walk(
            float[] all, double[] model, int window, int size, RerankParameters parameters) {
        boolean drops = parameters.minScore() != null;
        int[] seen = new int[0];
        float last = Float.MAX_VALUE;
        int dropped = 0;
        for (int from = 0; from <= all.length; from += size) {
            WindowPlan plan = WindowPlan.of(from, size, window, drops, MAX_FETCH);
            float[] fetched = Arrays.copyOf(all, Math.min(plan.fetch(), all.length));
            double[] scores = plan.beyondWindow(drops) ? new double[0] : model;
            Page page = Page.of(plan, fetched, scores, parameters);
            for (float score : page.scores()) {
                assertTrue(score <= last, "scores fall over pages");
                last = score;
            }
            dropped = page.dropped();
            int before = seen.length;
            seen = Arrays.copyOf(seen, before + page.order().length);
            System.arraycopy(page.order(), 0, seen, before, page.order().length);
        }
        int kept = all.length - dropped;
        assertEquals(kept, seen.length, "every hit once");
        assertEquals(kept, IntStream.of(seen).distinct().count(), "no hit twice");
    }
}
