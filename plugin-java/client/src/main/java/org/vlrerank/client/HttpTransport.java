package org.vlrerank.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLSocketFactory;

/**
 * HTTP/1.1 over kept connections, without proxies or redirects: each exchange on a thread of its
 * own pool, from the first byte sent to the last one read. It sets no deadline but that of
 * connecting: the caller cancels the future. Thread safe.
 */
final class HttpTransport implements AutoCloseable {
    static final int MAX_ANSWER_BYTES = 4 << 20;

    /** More than calls may be under way: a name that is being looked up cannot be interrupted. */
    static final int MAX_THREADS = 1024;

    private static final int KEPT_THREADS = 2;
    private static final long KEEP_THREAD_SECONDS = 10;

    private final Privileges privileges;
    private final SSLSocketFactory tls;
    private final String commonHead;
    private final ThreadPoolExecutor threads;
    private final ScheduledExecutorService timer;
    private final IdleConnections idle = new IdleConnections(System::nanoTime);
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();

    /**
     * @param timer closes connections that are not needed any more
     */
    HttpTransport(Privileges privileges, Access access, ScheduledExecutorService timer) {
        this.privileges = privileges;
        this.timer = timer;
        this.tls =
                access.tls() == null
                        ? privileges.run(() -> (SSLSocketFactory) SSLSocketFactory.getDefault())
                        : access.tls().getSocketFactory();
        this.commonHead =
                "Content-Type: application/json\r\nAccept: application/json\r\n"
                        + (access.apiKey() == null
                                ? ""
                                : "Authorization: Bearer " + access.apiKey() + "\r\n");
        this.threads = privileges.run(HttpTransport::newThreads);
    }

    private static ThreadPoolExecutor newThreads() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        KEPT_THREADS,
                        MAX_THREADS,
                        KEEP_THREAD_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        task -> {
                            Thread thread =
                                    new Thread(task, "vl-rerank-http-" + number.getAndIncrement());
                            thread.setDaemon(true);
                            return thread;
                        });
        pool.prestartAllCoreThreads();
        return pool;
    }

    /**
     * Completes on a thread of this transport; cancelling the future ends the exchange and its
     * connection. Fails with {@link RejectedExecutionException} where there are too many, with
     * {@link HttpConnection.Stale} where the next try gets a new connection.
     *
     * @param path comes after the endpoint's prefix
     */
    CompletableFuture<HttpAnswer> post(
            Endpoint endpoint, String path, RequestBody body, String requestId) {
        Exchange exchange = new Exchange(endpoint, head(endpoint, path, body, requestId), body);
        underWay.add(exchange);
        exchange.answer.whenComplete((answer, error) -> exchange.ended(error));
        try {
            execute(exchange);
        } catch (RejectedExecutionException e) {
            exchange.answer.completeExceptionally(e);
        }
        return exchange.answer;
    }

    /** Runs the task on a thread of this transport; on the caller's where there is none. */
    void run(Runnable task) {
        try {
            execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private void execute(Runnable task) {
        // New threads keep the rights of whoever starts them.
        privileges.run(
                () -> {
                    threads.execute(task);
                    return null;
                });
    }

    private byte[] head(Endpoint endpoint, String path, RequestBody body, String requestId) {
        String head =
                "POST "
                        + endpoint.prefix()
                        + path
                        + " HTTP/1.1\r\nHost: "
                        + endpoint.authority()
                        + "\r\nX-Request-Id: "
                        + requestId
                        + "\r\n"
                        + commonHead
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n";
        return head.getBytes(StandardCharsets.US_ASCII);
    }

    private final class Exchange implements Runnable {
        final CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        private final Endpoint endpoint;
        private final byte[] head;
        private final RequestBody body;
        private boolean cancelled;
        private HttpConnection connection;

        Exchange(Endpoint endpoint, byte[] head, RequestBody body) {
            this.endpoint = endpoint;
            this.head = head;
            this.body = body;
        }

        @Override
        public void run() {
            HttpAnswer read;
            try {
                read = privileged();
            } catch (Throwable e) { // whatever it is, the caller must hear of it
                answer.completeExceptionally(e);
                return;
            }
            answer.complete(read);
        }

        private HttpAnswer privileged() throws IOException {
            Object result =
                    privileges.run(
                            () -> {
                                try {
                                    return exchange();
                                } catch (IOException e) {
                                    return e;
                                }
                            });
            if (result instanceof IOException failure) {
                throw failure;
            }
            return (HttpAnswer) result;
        }

        private HttpAnswer exchange() throws IOException {
            HttpConnection kept = idle.take(endpoint);
            if (kept != null && !kept.quiet()) {
                kept.abort();
                kept = null;
            }
            if (kept != null) {
                try {
                    return over(kept);
                } catch (IOException e) {
                    if (kept.answerBegun()) {
                        throw e;
                    }
                    idle.forget(endpoint); // what closed this one has closed the others
                    throw new HttpConnection.Stale(e);
                }
            }
            HttpConnection fresh = new HttpConnection(endpoint);
            use(fresh);
            try {
                fresh.open(tls);
            } catch (IOException | RuntimeException e) {
                fresh.abort();
                throw e;
            }
            return over(fresh);
        }

        private HttpAnswer over(HttpConnection chosen) throws IOException {
            boolean reusable = false;
            try {
                use(chosen);
                HttpAnswer read = chosen.exchange(head, body);
                reusable = release() && read.reusable();
                return read;
            } finally {
                if (reusable) {
                    idle.put(chosen);
                    sweepLater();
                } else {
                    chosen.abort();
                }
            }
        }

        private synchronized void use(HttpConnection chosen) {
            if (cancelled) {
                chosen.abort();
                throw new CancellationException();
            }
            connection = chosen;
        }

        /** False where it was cancelled: the connection is closed then, or about to be. */
        private synchronized boolean release() {
            connection = null;
            return !cancelled;
        }

        /** Unlike one who cancels, the caller does not know yet. */
        private void shutDown() {
            answer.completeExceptionally(new IOException("the node shuts down"));
        }

        private void ended(Throwable error) {
            underWay.remove(this);
            HttpConnection left;
            synchronized (this) {
                cancelled = error != null;
                left = connection;
            }
            if (error != null && left != null) {
                left.abort();
            }
        }
    }

    private void sweepLater() {
        if (sweeping.compareAndSet(false, true)) {
            try {
                timer.schedule(this::sweep, IdleConnections.KEEP_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) { // the node shuts down
                idle.close();
            }
        }
    }

    private void sweep() {
        sweeping.set(false);
        if (idle.sweep() > 0) {
            sweepLater();
        }
    }

    /** What is under way fails. */
    @Override
    public void close() {
        privileges.run(
                () -> {
                    threads.shutdownNow();
                    underWay.forEach(Exchange::shutDown);
                    idle.close();
                    return null;
                });
    }
}
