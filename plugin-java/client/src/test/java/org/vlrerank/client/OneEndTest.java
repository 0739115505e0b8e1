package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.CoordinatorRerank.Outcome;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** However a call ends, its listener hears of it once, and nothing is under way any more. */
class OneEndTest {
    private static final float[] FIRST_PASS = {9, 7};
    private static final WindowPlan PLAN = WindowPlan.of(0, 10, 50, false, 10_000);
    private static final List<byte[]> CONTENTS = List.of(Content.text("a"), Content.text("b"));
    private static final long PLENTY_SECONDS = 30;

    /** Counts what it hears. */
    private static final class Listener {
        final AtomicInteger heard = new AtomicInteger();
        final CountDownLatch first = new CountDownLatch(1);
        volatile String end;

        void hear(Outcome outcome, Throwable error) {
            heard.incrementAndGet();
            end =
                    outcome != null
                            ? outcome.marker().text().replaceFirst(";window.*", "")
                            : error instanceof CancellationException ? "cancelled" : "error";
            first.countDown();
        }
    }

    private final CountDownLatch testOver = new CountDownLatch(1);
    private RerankNode node;

    private void start(Endpoint endpoint) {
        node =
                new RerankNode(
                        new JacksonCodec(),
                        Privileges.NONE,
                        new AllowedEndpoints(List.of(), List.of()),
                        List.of("http://127.0.0.1:" + endpoint.port()),
                        Access.NONE,
                        TimeUnit.SECONDS.toMillis(PLENTY_SECONDS),
                        100,
                        8,
                        4);
    }

    @AfterEach
    void close() {
        testOver.countDown();
        if (node != null) {
            node.close();
        }
    }

    private CompletableFuture<Outcome> call(Listener listener, Object... keysAndValues) {
        Map<String, Object> source = new HashMap<>(Map.of("query", "q"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            source.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        CompletableFuture<Outcome> outcome =
                new CoordinatorRerank(node)
                        .rerank(
                                RerankParameters.parseCoordinator(source),
                                PLAN,
                                FIRST_PASS,
                                CONTENTS);
        outcome.whenComplete(listener::hear);
        return outcome;
    }

    private void once(Listener listener, String end) throws InterruptedException {
        assertTrue(listener.first.await(PLENTY_SECONDS, TimeUnit.SECONDS), "heard nothing");
        assertEquals(end, listener.end);
        assertEquals(0, node.client().running());
        assertEquals(1, listener.heard.get());
    }

    private void ends(Imposter.Behaviour behaviour, String end, Object... parameters) throws Exception {
        try (Imposter imposter = new Imposter(behaviour)) {
            start(imposter.endpoint());
            Listener listener = new Listener();
            call(listener, parameters);
            once(listener, end);
            node.close();
            once(listener, end);
        }
    }

    @Test
    void answersAndFaults() throws Exception {
        ends(Imposter::replyWell, "applied");
        ends(Imposter.replying(500, "{}"), "failed;reason=server_error");
        ends(Imposter.replying(503, "{}"), "failed;reason=overloaded");
        ends(Imposter.replying(422, "{}"), "failed;reason=refused");
        ends(Imposter.replying(200, "garbage"), "failed;reason=bad_answer");
        ends(Imposter.replying(200, "[".repeat(100_000)), "failed;reason=bad_answer");
        ends(Imposter.replying(200, " ".repeat(5 << 20)), "failed;reason=bad_answer");
        ends((exchange, request) -> exchange.close(), "failed;reason=unreachable");
        ends((exchange, request) -> testOver.await(), "failed;reason=timeout", "timeout", "100ms");
        ends(Imposter.replying(500, "{}"), "error", "on_error", "fail");
        try (ServerSocket nobody = new ServerSocket(0)) {
            start(Endpoint.parse("http://127.0.0.1:" + nobody.getLocalPort()));
        }
        Listener listener = new Listener();
        call(listener);
        once(listener, "failed;reason=unreachable");
    }

    /** The answer is due when time runs out, or the search is cancelled: who comes first is open. */
    @Test
    void answersThatRaceWithTheDeadlineAndWithCancelling() throws Exception {
        Random random = new Random(3);
        Imposter.Behaviour late =
                (exchange, request) -> {
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(12));
                    Imposter.replyWell(exchange, request);
                };
        try (Imposter imposter = new Imposter(late)) {
            start(imposter.endpoint());
            List<Listener> listeners = new ArrayList<>();
            Set<String> ends = new HashSet<>();
            for (int i = 0; i < 300; i++) {
                Listener listener = new Listener();
                listeners.add(listener);
                boolean cancelled = i % 3 == 0;
                CompletableFuture<Outcome> outcome =
                        call(listener, "timeout", cancelled ? "10s" : 1 + random.nextInt(12) + "ms");
                if (cancelled) {
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(12));
                    outcome.cancel(true);
                }
                assertTrue(listener.first.await(PLENTY_SECONDS, TimeUnit.SECONDS), "heard nothing");
                assertEquals(0, node.client().running(), "after " + listener.end);
                ends.add(listener.end);
            }
            node.close();
            for (Listener listener : listeners) {
                assertEquals(1, listener.heard.get(), listener.end);
            }
            Set<String> possible = Set.of("applied", "failed;reason=timeout", "cancelled");
            assertTrue(possible.containsAll(ends), ends.toString());
        }
    }

    /** Cancelled in the moment in which the answer ends the call: who is second sees it ended. */
    @Test
    void noCallIsUnderWayOnceItsCancellationReturns() throws Exception {
        AtomicBoolean answered = new AtomicBoolean();
        JsonCodec signalling =
                new JacksonCodec() {
                    @Override
                    public Map<String, Object> read(byte[] bytes) throws IOException {
                        answered.set(true);
                        return super.read(bytes);
                    }
                };
        RerankParameters parameters = RerankParameters.parseCoordinator(Map.of("query", "q"));
        Random random = new Random(4);
        try (Imposter imposter = new Imposter(Imposter::replyWell);
                RerankClient client =
                        new RerankClient(
                                signalling,
                                Privileges.NONE,
                                Access.NONE,
                                List.of(imposter.endpoint()),
                                1)) {
            int moment = 0; // of both ends, as spins after the answer
            for (int i = 0; i < 5_000; i++) {
                answered.set(false);
                CompletableFuture<double[]> scores =
                        client.rerank(parameters, CONTENTS, Deadline.after(10_000), false);
                while (!answered.get() && !scores.isDone()) {
                    Thread.onSpinWait();
                }
                for (int spins = moment - random.nextInt(60); spins > 0; spins--) {
                    Thread.onSpinWait();
                }
                moment = Math.max(0, moment + (scores.cancel(true) ? 1 : -1));
                assertEquals(0, client.running(), "round " + i);
            }
        }
    }

    @Test
    void aListenerThatThrowsIsNotCalledAgain() throws Exception {
        try (Imposter imposter = new Imposter(Imposter::replyWell)) {
            start(imposter.endpoint());
            Listener listener = new Listener();
            call(new Listener())
                    .whenComplete(
                            (outcome, error) -> {
                                listener.hear(outcome, error);
                                throw new IllegalStateException("the listener's own fault");
                            });
            once(listener, "applied");
            Listener next = new Listener();
            call(next);
            once(next, "applied");
            assertEquals(1, listener.heard.get());
        }
    }

    @Test
    void theNodeShutsDown() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        Imposter.Behaviour hanging =
                (exchange, request) -> {
                    asked.countDown();
                    testOver.await();
                };
        try (Imposter imposter = new Imposter(hanging)) {
            start(imposter.endpoint());
            Listener listener = new Listener();
            call(listener);
            assertTrue(asked.await(PLENTY_SECONDS, TimeUnit.SECONDS));
            node.close();
            once(listener, "failed;reason=busy");
        }
    }

    @Test
    void refusedBecauseTooManyAreUnderWay() throws IOException, InterruptedException {
        try (Imposter imposter = new Imposter((exchange, request) -> testOver.await())) {
            start(imposter.endpoint());
            node.client().setMaxConcurrentRequests(1);
            Listener first = new Listener();
            CompletableFuture<Outcome> running = call(first);
            Listener second = new Listener();
            call(second);
            assertTrue(second.first.await(PLENTY_SECONDS, TimeUnit.SECONDS));
            assertEquals("failed;reason=busy", second.end);
            assertEquals(1, node.client().running());
            running.cancel(true);
            once(first, "cancelled");
            assertEquals(1, second.heard.get());
        }
    }
}
