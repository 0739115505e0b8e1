package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class EndpointsTest {
    private final Endpoint a = Endpoint.parse("http://a:1");
    private final Endpoint b = Endpoint.parse("http://b:1");
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000);

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void takesTurns() {
        Endpoints endpoints = new Endpoints(List.of(a, b), now::get);
        assertEquals(
                List.of(a, b, a),
                List.of(endpoints.next(null), endpoints.next(null), endpoints.next(null)));
        assertEquals(a, endpoints.next(b));
        assertEquals(a, endpoints.next(b));
    }

    @Test
    void leavesOutAFailedOneForLongerEachTime() {
        Endpoints endpoints = new Endpoints(List.of(a), now::get);
        for (long pause : new long[] {1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000}) {
            endpoints.failed(a);
            endpoints.failed(a);
            pass(pause - 1);
            assertNull(endpoints.next(null), "after " + pause);
            pass(1);
            assertEquals(a, endpoints.next(null), "after " + pause);
        }
        endpoints.succeeded(a);
        endpoints.failed(a);
        pass(1_000);
        assertEquals(a, endpoints.next(null));
    }

    @Test
    void theOthersGoOn() {
        Endpoints endpoints = new Endpoints(List.of(a, b), now::get);
        endpoints.failed(a);
        assertEquals(List.of(b, b), List.of(endpoints.next(null), endpoints.next(null)));
        assertNull(endpoints.next(b));
        endpoints.succeeded(a);
        assertEquals(a, endpoints.next(b));
    }

    @Test
    void addresses() {
        assertEquals(new Endpoint("http://h:7860", "h", 7860), Endpoint.parse("http://H:7860/"));
        Endpoint endpoint = Endpoint.parse("https://[::1]/7860/base");
        assertEquals("[::1]:443", endpoint.authority());
        assertEquals("/7860/base", endpoint.prefix());
        assertTrue(endpoint.secure());
        assertEquals("", Endpoint.parse("http://http/").prefix());
        for (String wrong :
                List.of(
                        "h:7860",
                        "ftp://h",
                        "http://",
                        "http://u:p@h",
                        "http://h?x",
                        "http://h#x",
                        "http://a b",
                        "")) {
            assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(wrong), wrong);
        }
    }

    @Test
    void allowedAddresses() {
        AllowedEndpoints configured =
                new AllowedEndpoints(List.of(), List.of("http://sidecar:7860"));
        assertEquals(
                2,
                configured.parseAll(List.of("http://sidecar:7860", "http://127.0.0.1:9")).size());
        assertThrows(
                IllegalArgumentException.class,
                () -> configured.parseAll(List.of("http://sidecar:7861")));
        AllowedEndpoints listed =
                new AllowedEndpoints(
                        List.of("gpu:7860", "*.ml.example:*"), List.of("http://sidecar:7860"));
        assertEquals(
                2, listed.parseAll(List.of("https://GPU:7860", "http://a.ml.example:1")).size());
        for (String refused :
                List.of(
                        "http://sidecar:7860",
                        "http://127.0.0.1:7860",
                        "http://ml.example:1",
                        "http://evilml.example:1")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> listed.parseAll(List.of(refused)),
                    refused);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new AllowedEndpoints(List.of("gpu"), List.of()));
    }
}
