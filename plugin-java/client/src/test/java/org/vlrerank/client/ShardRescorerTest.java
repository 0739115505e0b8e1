package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.RerankException.Reason;
import org.vlrerank.client.ShardRescorer.Outcome;
import org.vlrerank.client.ShardRescorer.HitReader;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

class ShardRescorerTest {
    private static final float[] FIRST_PASS = {9, 7, 5};
    private static final int[] READING_ORDER = {2, 0, 1};
    private static final HitReader CONTENTS = place -> Content.text("text " + place);
    private static final Runnable NOT_CANCELLED = () -> {};

    private final CountDownLatch testOver = new CountDownLatch(1);
    private RerankNode node;

    private ShardRescorer rescorer(Imposter imposter, int searchThreads) {
        String url = "http://127.0.0.1:" + imposter.endpoint().port();
        node =
                new RerankNode(
                        new JacksonCodec(),
                        Privileges.NONE,
                        new AllowedEndpoints(List.of(), List.of()),
                        List.of(url),
                        Access.NONE,
                        30_000,
                        100,
                        8,
                        searchThreads);
        return new ShardRescorer(node);
    }

    private static RerankParameters parameters(Object... keysAndValues) {
        Map<String, Object> source =
                new HashMap<>(Map.of("query", "q", "fields", Map.of("text", "t")));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            source.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return RerankParameters.parse(source);
    }

    private static String reversed(int documents) {
        StringBuilder results = new StringBuilder();
        for (int i = 0; i < documents; i++) {
            results.append(i == 0 ? "" : ",")
                    .append("{\"index\":")
                    .append(i)
                    .append(",\"relevance_score\":")
                    .append(0.1 * (i + 1))
                    .append('}');
        }
        return "{\"results\":[" + results + "]}";
    }

    @AfterEach
    void close() {
        testOver.countDown();
        node.close();
    }

    @Test
    void ranksByTheModel() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, reversed(3)))) {
            Outcome outcome =
                    rescorer(imposter, 4)
                            .rescore(
                                    parameters(),
                                    FIRST_PASS,
                                    3,
                                    READING_ORDER,
                                    CONTENTS,
                                    true,
                                    NOT_CANCELLED);
            assertArrayEquals(new int[] {2, 1, 0}, outcome.ranking().order());
            assertEquals("applied", outcome.marker());
            assertEquals(
                    List.of(
                            Map.of("text", List.of("text 0")),
                            Map.of("text", List.of("text 1")),
                            Map.of("text", List.of("text 2"))),
                    imposter.requests.get(0).get("documents"));
        }
    }

    @Test
    void leavesOutDocumentsWithoutContent() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, reversed(2)))) {
            HitReader contents =
                    place -> place == 1 ? ContentReader.NONE : Content.text("x");
            Outcome outcome =
                    rescorer(imposter, 4)
                            .rescore(
                                    parameters(),
                                    FIRST_PASS,
                                    3,
                                    READING_ORDER,
                                    contents,
                                    false,
                                    NOT_CANCELLED);
            assertArrayEquals(new int[] {2, 0, 1}, outcome.ranking().order());
            assertEquals("applied;scope=shard", outcome.marker());
        }
    }

    @Test
    void failureKeepsTheOrderAndAloneTheScores() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(500, "{}"))) {
            ShardRescorer rescorer = rescorer(imposter, 4);
            Outcome alone =
                    rescorer.rescore(
                            parameters(),
                            FIRST_PASS,
                            3,
                            READING_ORDER,
                            CONTENTS,
                            true,
                            NOT_CANCELLED);
            assertArrayEquals(FIRST_PASS, alone.ranking().scores());
            assertEquals("failed;reason=server_error", alone.marker());
            Outcome oneOfMany =
                    rescorer.rescore(
                            parameters(),
                            FIRST_PASS,
                            3,
                            READING_ORDER,
                            CONTENTS,
                            false,
                            NOT_CANCELLED);
            assertArrayEquals(new int[] {0, 1, 2}, oneOfMany.ranking().order());
            assertTrue(oneOfMany.ranking().scores()[0] < Ranking.FLOOR);
            RerankParameters fail = parameters("on_error", "fail");
            RerankException e =
                    assertThrows(
                            RerankException.class,
                            () ->
                                    rescorer.rescore(
                                            fail,
                                            FIRST_PASS,
                                            3,
                                            READING_ORDER,
                                            CONTENTS,
                                            true,
                                            NOT_CANCELLED));
            assertEquals(Reason.NO_ENDPOINT, e.reason());
        }
    }

    @Test
    void anUnreadableSourceFailsOpen() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, reversed(3)))) {
            HitReader broken =
                    place -> {
                        throw new IOException("disk");
                    };
            Outcome outcome =
                    rescorer(imposter, 4)
                            .rescore(
                                    parameters(),
                                    FIRST_PASS,
                                    3,
                                    READING_ORDER,
                                    broken,
                                    true,
                                    NOT_CANCELLED);
            assertEquals("failed;reason=internal", outcome.marker());
            assertArrayEquals(FIRST_PASS, outcome.ranking().scores());
        }
    }

    @Test
    void overAQuarterOfTheThreadsItFailsOpenAtOnce() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch arrived = new CountDownLatch(1);
        Imposter.Behaviour waiting =
                (exchange, request) -> {
                    arrived.countDown();
                    release.await();
                    Imposter.reply(exchange, 200, reversed(3));
                };
        try (Imposter imposter = new Imposter(waiting)) {
            ShardRescorer rescorer = rescorer(imposter, 7);
            AtomicReference<String> first = new AtomicReference<>();
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    first.set(
                                            rescorer.rescore(
                                                            parameters(),
                                                            FIRST_PASS,
                                                            3,
                                                            READING_ORDER,
                                                            CONTENTS,
                                                            true,
                                                            NOT_CANCELLED)
                                                    .marker());
                                } catch (RerankException e) {
                                    first.set(e.toString());
                                }
                            });
            thread.start();
            arrived.await();
            Outcome second =
                    rescorer.rescore(
                            parameters(),
                            FIRST_PASS,
                            3,
                            READING_ORDER,
                            CONTENTS,
                            true,
                            NOT_CANCELLED);
            assertEquals("failed;reason=busy", second.marker());
            assertFalse(first.get() != null, "the first still waits");
            release.countDown();
            thread.join();
            assertEquals("applied", first.get());
            assertEquals(
                    "applied",
                    rescorer.rescore(
                                    parameters(),
                                    FIRST_PASS,
                                    3,
                                    READING_ORDER,
                                    CONTENTS,
                                    true,
                                    NOT_CANCELLED)
                            .marker());
        }
    }

    @Test
    void cancellationPassesThroughAndFreesTheThreadsPlace() throws Exception {
        try (Imposter imposter = new Imposter((exchange, request) -> testOver.await())) {
            ShardRescorer rescorer = rescorer(imposter, 4);
            Runnable cancelled =
                    () -> {
                        throw new IllegalStateException("cancelled");
                    };
            for (int i = 0; i < 2; i++) {
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                rescorer.rescore(
                                        parameters(),
                                        FIRST_PASS,
                                        3,
                                        READING_ORDER,
                                        CONTENTS,
                                        true,
                                        cancelled));
            }
            assertEquals(0, node.client().running());
        }
    }
}
