package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.CoordinatorRerank.Outcome;
import org.vlrerank.client.RerankException.Reason;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

class CoordinatorRerankTest {
    private static final float[] FIRST_PASS = {9, 7, 5};
    private static final WindowPlan PLAN = WindowPlan.of(0, 10, 50, false, 10_000);
    private static final List<Map<String, Object>> CONTENTS =
            List.of(Map.of("text", "a"), Map.of(), Map.of("text", "c"));
    private static final String TWO_SCORES =
            "{\"results\":[{\"index\":1,\"relevance_score\":0.9},"
                    + "{\"index\":0,\"relevance_score\":0.2}]}";

    private RerankNode node;

    private CoordinatorRerank rerank(Imposter imposter) {
        node =
                new RerankNode(
                        new JacksonCodec(),
                        Privileges.NONE,
                        new AllowedEndpoints(List.of(), List.of()),
                        List.of("http://127.0.0.1:" + imposter.endpoint().port()),
                        Access.NONE,
                        30_000,
                        100,
                        8,
                        4);
        return new CoordinatorRerank(node);
    }

    private static RerankParameters parameters(Object... keysAndValues) {
        Map<String, Object> source = new HashMap<>(Map.of("query", "q"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            source.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return RerankParameters.parseCoordinator(source);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void ranksByTheModel() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, TWO_SCORES))) {
            Outcome outcome =
                    rerank(imposter).rerank(parameters(), PLAN, FIRST_PASS, Content.ofAll(CONTENTS)).get();
            assertArrayEquals(new int[] {2, 0, 1}, outcome.page().order());
            assertArrayEquals(
                    new float[] {0.9f, 0.2f, Ranking.tail(7)}, outcome.page().scores());
            assertTrue(
                    outcome.marker().text().matches("applied;window=3;took=\\d+ms"),
                    outcome.marker().text());
            assertArrayEquals(new double[] {0.2, Double.NaN, 0.9}, outcome.modelScores());
            assertEquals(
                    List.of(CONTENTS.get(0), CONTENTS.get(2)),
                    imposter.requests.get(0).get("documents"));
            assertEquals(null, imposter.requests.get(0).get("min_score"), "never sent");
        }
    }

    @Test
    void failuresKeepTheOrderAndSaySo() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(500, "{}"))) {
            Outcome outcome =
                    rerank(imposter)
                            .rerank(
                                    parameters("min_score", 0.9),
                                    PLAN,
                                    FIRST_PASS,
                                    Content.ofAll(CONTENTS))
                            .get();
            assertArrayEquals(new int[] {0, 1, 2}, outcome.page().order());
            assertArrayEquals(FIRST_PASS, outcome.page().scores());
            assertEquals("failed;reason=server_error", outcome.marker().text());
            assertNotNull(outcome.marker().warning());
        }
    }

    @Test
    void failuresFailWhereThatWasAskedFor() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(422, "{\"message\":\"no\"}"))) {
            CompletableFuture<Outcome> outcome =
                    rerank(imposter)
                            .rerank(
                                    parameters("on_error", "fail"),
                                    PLAN,
                                    FIRST_PASS,
                                    Content.ofAll(CONTENTS));
            Throwable cause = assertThrows(ExecutionException.class, outcome::get).getCause();
            assertEquals(Reason.REFUSED, ((RerankException) cause).reason());
        }
    }

    @Test
    void asksNobodyWhereNothingCanBeReranked() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, TWO_SCORES))) {
            CoordinatorRerank rerank = rerank(imposter);
            assertEquals(
                    "skipped;reason=no_hits",
                    rerank.rerank(parameters(), PLAN, new float[0], List.of()).get().marker().text());
            Outcome blank =
                    rerank.rerank(
                                    parameters(),
                                    PLAN,
                                    FIRST_PASS,
                                    Content.ofAll(List.of(Map.of(), Map.of(), Map.of())))
                            .get();
            assertEquals("skipped;reason=no_content", blank.marker().text());
            assertArrayEquals(FIRST_PASS, blank.page().scores());
            Outcome beyond =
                    rerank.rerank(
                                    parameters(),
                                    WindowPlan.of(2, 2, 2, false, 10_000),
                                    FIRST_PASS,
                                    Content.ofAll(CONTENTS))
                            .get();
            assertEquals("skipped;reason=beyond_window", beyond.marker().text());
            assertArrayEquals(new int[] {2}, beyond.page().order());
            assertArrayEquals(new float[] {Ranking.tail(5)}, beyond.page().scores());
            assertTrue(imposter.requests.isEmpty());
        }
    }

    @Test
    void cancellingEndsTheCall() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (Imposter imposter =
                new Imposter(
                        (exchange, request) -> {
                            asked.countDown();
                            new CountDownLatch(1).await();
                        })) {
            CompletableFuture<Outcome> outcome =
                    rerank(imposter).rerank(parameters(), PLAN, FIRST_PASS, Content.ofAll(CONTENTS));
            asked.await();
            assertEquals(1, node.client().running());
            outcome.cancel(true);
            assertEquals(0, node.client().running());
        }
    }
}
