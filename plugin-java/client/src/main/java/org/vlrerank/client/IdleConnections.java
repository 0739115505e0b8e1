package org.vlrerank.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Connections kept for the next request, the one used last first. Thread safe. */
final class IdleConnections {
    static final int MAX_KEPT = 64;

    /** Shorter than servers and what stands between are wont to keep theirs. */
    static final long KEEP_MILLIS = 20_000;

    private record Kept(HttpConnection connection, long sinceNanos) {}

    private final LongSupplier nanoClock;
    private final Deque<Kept> newestFirst = new ArrayDeque<>();
    private boolean closed;

    IdleConnections(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Null where there is none. */
    HttpConnection take(Endpoint endpoint) {
        sweep();
        synchronized (this) {
            for (Iterator<Kept> kept = newestFirst.iterator(); kept.hasNext(); ) {
                HttpConnection connection = kept.next().connection();
                if (connection.endpoint().equals(endpoint)) {
                    kept.remove();
                    return connection;
                }
            }
        }
        return null;
    }

    void put(HttpConnection connection) {
        HttpConnection surplus = null;
        synchronized (this) {
            if (closed) {
                surplus = connection;
            } else {
                newestFirst.addFirst(new Kept(connection, nanoClock.getAsLong()));
                if (newestFirst.size() > MAX_KEPT) {
                    surplus = newestFirst.removeLast().connection();
                }
            }
        }
        if (surplus != null) {
            surplus.abort();
        }
    }

    /** Closes those that were kept too long; gives how many are left. */
    int sweep() {
        List<HttpConnection> old = new ArrayList<>();
        int left;
        synchronized (this) {
            long limit = TimeUnit.MILLISECONDS.toNanos(KEEP_MILLIS);
            while (!newestFirst.isEmpty()
                    && nanoClock.getAsLong() - newestFirst.peekLast().sinceNanos() >= limit) {
                old.add(newestFirst.removeLast().connection());
            }
            left = newestFirst.size();
        }
        old.forEach(HttpConnection::abort);
        return left;
    }

    /** Closes all of the endpoint. */
    void forget(Endpoint endpoint) {
        for (HttpConnection kept = take(endpoint); kept != null; kept = take(endpoint)) {
            kept.abort();
        }
    }

    /** Closes all, and whatever comes later. */
    void close() {
        List<Kept> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(newestFirst);
            newestFirst.clear();
        }
        all.forEach(kept -> kept.connection().abort());
    }
}
