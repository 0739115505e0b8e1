package org.vlrerank.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * A local HTTP server in place of the sidecar; answers each request by its behaviour and keeps the
 * bodies.
 */
final class Imposter implements AutoCloseable {
    static { // or each answer on a kept connection waits 40 ms for a delayed acknowledgement
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    interface Behaviour {
        void answer(HttpExchange exchange, Map<String, Object> request)
                throws IOException, InterruptedException;
    }

    final List<Map<String, Object>> requests = new CopyOnWriteArrayList<>();
    final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
    final CountDownLatch closing = new CountDownLatch(1);
    private final HttpServer server;
    private final String scheme;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Imposter(Behaviour behaviour) throws IOException {
        this(HttpServer.create(anyPort(), 0), "http", behaviour);
    }

    /** One that speaks TLS and wants a certificate of its client's. */
    Imposter(SSLContext tls, Behaviour behaviour) throws IOException {
        this(secure(tls), "https", behaviour);
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static HttpServer secure(SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(anyPort(), 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(tls) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters wanted = tls.getDefaultSSLParameters();
                        wanted.setNeedClientAuth(true);
                        parameters.setSSLParameters(wanted);
                    }
                });
        return server;
    }

    private Imposter(HttpServer server, String scheme, Behaviour behaviour) {
        this.server = server;
        this.scheme = scheme;
        server.setExecutor(threads);
        server.createContext(
                "/v1/",
                exchange -> {
                    Map<String, Object> request =
                            new JacksonCodec().read(exchange.getRequestBody().readAllBytes());
                    requests.add(request);
                    headers.add(Map.copyOf(exchange.getRequestHeaders()));
                    try {
                        behaviour.answer(exchange, request);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        exchange.close();
                    }
                });
        server.start();
    }

    Endpoint endpoint() {
        return Endpoint.parse(scheme + "://127.0.0.1:" + server.getAddress().getPort());
    }

    static Behaviour replying(int status, String body) {
        return (exchange, request) -> reply(exchange, status, body);
    }

    static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Scores 0.9, 0.8, … in the order of the documents. */
    static void replyWell(HttpExchange exchange, Map<String, Object> request) throws IOException {
        int documents = ((List<?>) request.get("documents")).size();
        StringBuilder results = new StringBuilder();
        for (int i = documents - 1; i >= 0; i--) {
            results.append(results.isEmpty() ? "" : ",").append("{\"index\":").append(i);
            results.append(",\"relevance_score\":").append(0.9 - 0.1 * i).append('}');
        }
        reply(exchange, 200, "{\"results\":[" + results + "]}");
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
