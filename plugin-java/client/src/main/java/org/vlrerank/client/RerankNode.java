package org.vlrerank.client;

import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * What one search node keeps for all its searches: the client, the limits, the defaults. Thread
 * safe.
 */
public final class RerankNode implements AutoCloseable {
    public static final String DEFAULT_ENDPOINT = "http://127.0.0.1:7860";
    public static final long DEFAULT_TIMEOUT_MILLIS = 5_000;
    public static final int DEFAULT_MAX_WINDOW_SIZE = 1_000;
    public static final int DEFAULT_MAX_CONCURRENT_REQUESTS = 64;
    public static final int DEFAULT_WARM_QUEUE_SIZE = 10_000;
    public static final int MAX_WARM_QUEUE_SIZE = 100_000;

    /** The part of the search threads that may wait for a sidecar. */
    private static final int SEARCH_THREADS_PER_WAITER = 4;

    private final JsonCodec json;
    private final Privileges privileges;
    private final RerankClient client;
    private final AllowedEndpoints allowed;
    private final Semaphore waiters;
    private volatile long timeoutMillis;
    private volatile int maxWindowSize;

    /**
     * @param searchThreads size of the pool that rescorers run on
     */
    public RerankNode(
            JsonCodec json,
            Privileges privileges,
            AllowedEndpoints allowed,
            List<String> endpoints,
            Access access,
            long timeoutMillis,
            int maxWindowSize,
            int maxConcurrentRequests,
            int searchThreads) {
        this.json = json;
        this.privileges = privileges;
        this.allowed = allowed;
        this.client =
                new RerankClient(
                        json,
                        privileges,
                        access,
                        allowed.parseAll(endpoints),
                        maxConcurrentRequests);
        this.waiters = new Semaphore(Math.max(1, searchThreads / SEARCH_THREADS_PER_WAITER));
        this.timeoutMillis = timeoutMillis;
        this.maxWindowSize = maxWindowSize;
    }

    public RerankClient client() {
        return client;
    }

    /** Warms the endpoints that searches ask; ends with {@link Warmer#close}, before this node. */
    public Warmer newWarmer(int queueSize) {
        return new Warmer(json, privileges, client::endpoints, client.transport(), queueSize);
    }

    /** Throws IllegalArgumentException where one is malformed or not allowed. */
    public void checkEndpoints(List<String> urls) {
        allowed.parseAll(urls);
    }

    public void setEndpoints(List<String> urls) {
        client.setEndpoints(allowed.parseAll(urls));
    }

    public long timeoutMillis() {
        return timeoutMillis;
    }

    public void setTimeoutMillis(long newTimeoutMillis) {
        timeoutMillis = newTimeoutMillis;
    }

    public void setMaxWindowSize(int newMaxWindowSize) {
        maxWindowSize = newMaxWindowSize;
    }

    /** Throws IllegalArgumentException where a search asks for more than the node allows. */
    public void checkWindowSize(int windowSize) {
        Decision.checkWindowSize(windowSize, maxWindowSize);
    }

    public int maxWindowSize() {
        return maxWindowSize;
    }

    /** Whether this search thread may wait; then {@link #endWait} must follow. */
    boolean beginWait() {
        return waiters.tryAcquire();
    }

    void endWait() {
        waiters.release();
    }

    @Override
    public void close() {
        client.close();
    }
}
