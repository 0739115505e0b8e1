package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class IdleConnectionsTest {
    private static final Endpoint A = Endpoint.parse("http://127.0.0.1:1");
    private static final Endpoint B = Endpoint.parse("http://127.0.0.1:2");

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final IdleConnections idle = new IdleConnections(now::get);

    private HttpConnection put(Endpoint endpoint) {
        HttpConnection connection = new HttpConnection(endpoint);
        idle.put(connection);
        return connection;
    }

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void givesTheOneUsedLastOfTheEndpoint() {
        HttpConnection first = put(A);
        HttpConnection second = put(A);
        put(B);
        assertSame(second, idle.take(A));
        assertSame(first, idle.take(A));
        assertNull(idle.take(A));
        assertEquals(1, idle.sweep());
    }

    @Test
    void forgetsWhatWasKeptTooLong() {
        put(A);
        pass(IdleConnections.KEEP_MILLIS - 1);
        HttpConnection young = put(A);
        assertEquals(2, idle.sweep());
        pass(1);
        assertEquals(1, idle.sweep());
        assertSame(young, idle.take(A));
    }

    @Test
    void forgetsAnEndpoint() {
        put(A);
        put(A);
        put(B);
        idle.forget(A);
        assertNull(idle.take(A));
        assertEquals(1, idle.sweep());
    }

    @Test
    void isBounded() {
        put(B);
        for (int i = 0; i < IdleConnections.MAX_KEPT; i++) {
            put(A);
        }
        assertEquals(IdleConnections.MAX_KEPT, idle.sweep());
        assertNull(idle.take(B), "the oldest had to go");
    }

    @Test
    void keepsNothingOnceClosed() {
        put(A);
        idle.close();
        put(A);
        assertNull(idle.take(A));
    }
}
