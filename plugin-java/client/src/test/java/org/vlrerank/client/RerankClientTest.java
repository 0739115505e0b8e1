package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vlrerank.client.RerankException.Reason;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

class RerankClientTest {
    private static final long PLENTY_MILLIS = 30_000;
    private static final long LITTLE_MILLIS = 200;
    private static final RerankParameters PARAMETERS =
            RerankParameters.parse(Map.of("query", "q", "fields", Map.of("text", "t")));
    private static final List<Map<String, Object>> TWO =
            List.of(Map.of("text", "a"), Map.of("text", "b"));

    private final CountDownLatch testOver = new CountDownLatch(1);
    private RerankClient client;

    private RerankClient client(int maxConcurrent, Endpoint... endpoints) {
        client =
                new RerankClient(
                        new JacksonCodec(),
                        Privileges.NONE,
                        new Access("secret", null),
                        List.of(endpoints),
                        maxConcurrent);
        return client;
    }

    @AfterEach
    void close() {
        testOver.countDown();
        client.close();
    }

    private CompletableFuture<double[]> call(long millis) {
        return client.rerank(PARAMETERS, Content.ofAll(TWO), Deadline.after(millis), true);
    }

    private Reason failure(long millis) {
        return failure(call(millis));
    }

    private static Reason failure(CompletableFuture<double[]> call) {
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> call.get(PLENTY_MILLIS, TimeUnit.MILLISECONDS));
        return ((RerankException) e.getCause()).reason();
    }

    private static Endpoint nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return Endpoint.parse("http://127.0.0.1:" + socket.getLocalPort());
        }
    }

    @Test
    void bringsScoresInTheOrderOfTheDocuments() throws Exception {
        try (Imposter imposter = new Imposter(Imposter::replyWell)) {
            client(4, imposter.endpoint());
            assertArrayEquals(new double[] {0.9, 0.8}, call(PLENTY_MILLIS).get(), 1e-9);
            assertEquals(TWO, imposter.requests.get(0).get("documents"));
            int given = (Integer) imposter.requests.get(0).get("timeout_ms");
            assertTrue(given > 0 && given <= PLENTY_MILLIS);
            assertEquals(List.of("Bearer secret"), imposter.headers.get(0).get("Authorization"));
            assertEquals(0, client.running());
        }
    }

    @Test
    void anErrorBesideAScoreMeansNotScored() throws Exception {
        String body =
                "{\"results\":[{\"index\":1,\"relevance_score\":0.5},{\"index\":0,\"relevance_score\":0.0,\"error\":{\"code\":\"x\"}}]}";
        try (Imposter imposter = new Imposter(Imposter.replying(200, body))) {
            client(4, imposter.endpoint());
            assertArrayEquals(new double[] {Double.NaN, 0.5}, call(PLENTY_MILLIS).get());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "<html>",
                "{\"results\":null}",
                "{\"results\":{}}",
                "{\"results\":[1,2]}",
                "{\"results\":[]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":0,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":2,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":-1,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1.0,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":4294967297,\"relevance_score\":0.5}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":\"0.5\"}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":1.0000001}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":-0.1}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":1e999}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":NaN}]}"
            })
    void refusesNonsense(String body) throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, body))) {
            client(4, imposter.endpoint());
            assertEquals(Reason.BAD_ANSWER, failure(PLENTY_MILLIS));
            assertEquals(
                    Reason.NO_ENDPOINT,
                    failure(PLENTY_MILLIS),
                    "the endpoint is left out for a while");
        }
    }

    @Test
    void stopsReadingALongAnswer() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(200, " ".repeat(10 << 20)))) {
            client(4, imposter.endpoint());
            assertEquals(Reason.BAD_ANSWER, failure(PLENTY_MILLIS));
        }
    }

    @Test
    void endsAtTheDeadlineWhateverTheSidecarDoes() throws Exception {
        List<Imposter.Behaviour> slow =
                List.of(
                        (exchange, request) -> testOver.await(),
                        (exchange, request) -> {
                            exchange.sendResponseHeaders(200, 100);
                            exchange.getResponseBody().write('{');
                            exchange.getResponseBody().flush();
                            testOver.await();
                        },
                        (exchange, request) -> {
                            exchange.sendResponseHeaders(200, 0);
                            while (!testOver.await(20, TimeUnit.MILLISECONDS)) {
                                exchange.getResponseBody().write(' ');
                                exchange.getResponseBody().flush();
                            }
                        });
        for (Imposter.Behaviour behaviour : slow) {
            try (Imposter imposter = new Imposter(behaviour)) {
                client(4, imposter.endpoint());
                assertEquals(Reason.TIMEOUT, failure(LITTLE_MILLIS));
                assertEquals(0, client.running());
                assertEquals(Reason.NO_ENDPOINT, failure(LITTLE_MILLIS));
                client.close();
            }
        }
    }

    @Test
    void anImpatientCallDoesNotCountAgainstTheEndpoint() throws Exception {
        try (Imposter imposter = new Imposter((exchange, request) -> testOver.await())) {
            client(4, imposter.endpoint());
            assertEquals(
                    Reason.TIMEOUT,
                    failure(client.rerank(PARAMETERS, Content.ofAll(TWO), Deadline.after(LITTLE_MILLIS), false)));
            assertEquals(
                    Reason.TIMEOUT,
                    failure(client.rerank(PARAMETERS, Content.ofAll(TWO), Deadline.after(LITTLE_MILLIS), false)));
        }
    }

    @Test
    void statusesHaveTheirReasons() throws Exception {
        Map<Integer, Reason> reasons =
                Map.of(
                        429,
                        Reason.OVERLOADED,
                        503,
                        Reason.OVERLOADED,
                        500,
                        Reason.SERVER_ERROR,
                        504,
                        Reason.TIMEOUT,
                        400,
                        Reason.REFUSED,
                        302,
                        Reason.SERVER_ERROR);
        for (Map.Entry<Integer, Reason> expected : reasons.entrySet()) {
            try (Imposter imposter =
                    new Imposter(Imposter.replying(expected.getKey(), "{\"message\":\"m\"}"))) {
                client(4, imposter.endpoint());
                assertEquals(
                        expected.getValue(), failure(PLENTY_MILLIS), "status " + expected.getKey());
                assertEquals(1, imposter.requests.size());
                client.close();
            }
        }
    }

    @Test
    void aRefusalCarriesTheSidecarsMessage() throws Exception {
        try (Imposter imposter =
                new Imposter(
                        Imposter.replying(422, "{\"message\":\"query.image[0] is no image\"}"))) {
            client(4, imposter.endpoint());
            ExecutionException e =
                    assertThrows(ExecutionException.class, () -> call(PLENTY_MILLIS).get());
            assertTrue(
                    e.getCause().getMessage().endsWith("422: query.image[0] is no image"),
                    e.getCause().getMessage());
        }
    }

    @Test
    void triesAnotherEndpointOnce() throws Exception {
        try (Imposter good = new Imposter(Imposter::replyWell);
                Imposter busy = new Imposter(Imposter.replying(503, "{}"))) {
            client(4, nobody(), good.endpoint(), busy.endpoint(), good.endpoint());
            for (int i = 0; i < 3; i++) {
                assertEquals(2, call(PLENTY_MILLIS).get().length);
            }
            assertEquals(1, busy.requests.size());
            client.setEndpoints(List.of(nobody(), nobody(), good.endpoint()));
            assertEquals(Reason.UNREACHABLE, failure(PLENTY_MILLIS));
            assertEquals(2, call(PLENTY_MILLIS).get().length);
        }
    }

    @Test
    void aBrokenConnectionIsTriedAgainEvenOnTheOnlyEndpoint() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        Imposter.Behaviour breakOnce =
                (exchange, request) -> {
                    if (first.getCount() > 0) {
                        first.countDown();
                        exchange.close();
                    } else {
                        Imposter.replyWell(exchange, request);
                    }
                };
        try (Imposter imposter = new Imposter(breakOnce)) {
            client(4, imposter.endpoint());
            assertEquals(2, call(PLENTY_MILLIS).get().length);
            assertEquals(2, imposter.requests.size());
        }
    }

    /** One request a connection, though its answers do not say so. */
    private static void serve(ServerSocket server) {
        String body = "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":0.4}]}";
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try {
            while (true) {
                try (Socket connection = server.accept()) {
                    connection.getInputStream().read(new byte[1 << 16]);
                    connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    @Test
    void anEndpointThatClosesIdleConnectionsIsNotLeftOut() throws Exception {
        try (ServerSocket server = new ServerSocket(0);
                Imposter other = new Imposter(Imposter.replying(500, "{}"))) {
            Thread serving = new Thread(() -> serve(server));
            serving.start();
            client(4, Endpoint.parse("http://127.0.0.1:" + server.getLocalPort()));
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(new double[] {0.5, 0.4}, call(PLENTY_MILLIS).get(), 1e-9);
            }
            client.setEndpoints(
                    List.of(
                            Endpoint.parse("http://127.0.0.1:" + server.getLocalPort()),
                            other.endpoint()));
            assertArrayEquals(new double[] {0.5, 0.4}, call(PLENTY_MILLIS).get(), 1e-9);
            assertEquals(0, other.requests.size(), "asked though the first endpoint is well");
        }
    }

    @Test
    void boundsTheCallsUnderWay() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Imposter.Behaviour waiting =
                (exchange, request) -> {
                    release.await();
                    Imposter.replyWell(exchange, request);
                };
        try (Imposter imposter = new Imposter(waiting)) {
            client(1, imposter.endpoint());
            CompletableFuture<double[]> running = call(PLENTY_MILLIS);
            assertEquals(Reason.BUSY, failure(PLENTY_MILLIS));
            assertFalse(running.isDone());
            release.countDown();
            assertEquals(2, running.get().length);
            assertEquals(2, call(PLENTY_MILLIS).get().length);
        }
    }

    @Test
    void cancellingFreesThePlace() throws Exception {
        try (Imposter imposter = new Imposter((exchange, request) -> testOver.await())) {
            client(1, imposter.endpoint());
            call(PLENTY_MILLIS).cancel(true);
            assertEquals(0, client.running());
            assertEquals(Reason.TIMEOUT, failure(LITTLE_MILLIS));
        }
    }

    @Test
    void withoutEndpointsItFailsAtOnce() {
        client(1);
        assertEquals(Reason.NO_ENDPOINT, failure(PLENTY_MILLIS));
        assertEquals(0, client.running());
    }
}
