package org.vlrerank.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The JDK's HTTP client with pooled connections, without proxies or redirects. It sets no deadline
 * but that of connecting: the caller cancels the future. Thread safe.
 */
final class HttpTransport implements AutoCloseable {
    static final int MAX_ANSWER_BYTES = 4 << 20;

    /** A host that does not answer leaves time for another endpoint. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    /** With the handshake, which a busy node may take a second for. */
    private static final Duration SECURE_CONNECT_TIMEOUT = Duration.ofSeconds(4);

    /**
     * They only pass bytes on; fixed and started early, because they keep the rights of whoever
     * starts them.
     */
    private static final int THREADS = 2;

    private final Privileges privileges;
    private final String apiKey;
    private final ExecutorService executor;
    private final HttpClient plainClient;
    private final HttpClient secureClient;

    HttpTransport(Privileges privileges, Access access) {
        this.privileges = privileges;
        this.apiKey = access.apiKey();
        this.executor = privileges.run(HttpTransport::newExecutor);
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .executor(executor);
        if (access.tls() != null) {
            builder.sslContext(access.tls());
        }
        this.plainClient = privileges.run(builder.connectTimeout(CONNECT_TIMEOUT)::build);
        this.secureClient = privileges.run(builder.connectTimeout(SECURE_CONNECT_TIMEOUT)::build);
    }

    private static ExecutorService newExecutor() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread thread =
                                    new Thread(task, "vl-rerank-http-" + number.getAndIncrement());
                            thread.setDaemon(true);
                            return thread;
                        });
        pool.prestartAllCoreThreads();
        return pool;
    }

    /** Cancelling the future ends the exchange and its connection. */
    CompletableFuture<HttpResponse<byte[]>> post(
            URI uri, HttpRequest.BodyPublisher body, String requestId) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json")
                        .header("X-Request-Id", requestId)
                        .POST(body);
        if (apiKey != null) {
            request.header("Authorization", "Bearer " + apiKey);
        }
        HttpClient client = uri.getScheme().equals("https") ? secureClient : plainClient;
        return privileges.run(
                () -> client.sendAsync(request.build(), info -> new BoundedBody(MAX_ANSWER_BYTES)));
    }

    @Override
    public void close() {
        privileges.run(executor::shutdownNow);
    }
}
