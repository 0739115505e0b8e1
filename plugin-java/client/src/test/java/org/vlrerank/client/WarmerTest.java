package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class WarmerTest {
    private static final WarmParameters PARAMETERS =
            WarmParameters.parse(
                    Map.of(
                            "fields",
                            Map.of("image", List.of("photo"), "video", "parts.clip"),
                            "media_base",
                            "s3://kb"));
    private static final String TAKEN =
            "{\"accepted\":2,\"already_cached\":1,\"refused\":[{\"index\":0,\"code\":\"x\"}]}";

    private final CountDownLatch testOver = new CountDownLatch(1);
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final HttpTransport transport = new HttpTransport(Privileges.NONE, Access.NONE, timer);
    private Warmer warmer;

    private Warmer warmer(int queueSize, Endpoint... endpoints) {
        warmer =
                new Warmer(
                        new JacksonCodec(),
                        Privileges.NONE,
                        () -> List.of(endpoints),
                        transport,
                        queueSize);
        return warmer;
    }

    @AfterEach
    void close() {
        testOver.countDown();
        if (warmer != null) {
            warmer.close();
        }
        transport.close();
        timer.shutdownNow();
    }

    private long count(String name) {
        return ((Number) warmer.stats().get(name)).longValue();
    }

    /** Nothing but time can tell; a test that waits for ever is ended by its runner. */
    private void await(String name, long value) throws InterruptedException {
        while (count(name) < value) {
            Thread.sleep(10);
        }
        assertEquals(value, count(name), warmer.stats().toString());
    }

    @Test
    void tellsEverySidecar() throws Exception {
        try (Imposter one = new Imposter(Imposter.replying(202, TAKEN));
                Imposter two = new Imposter(Imposter.replying(202, TAKEN))) {
            warmer(100, one.endpoint(), two.endpoint());
            Map<String, Object> clip = Map.of("url", "c.mp4", "start", 1.5);
            warmer.warm(
                    PARAMETERS,
                    Map.of(
                            "photo",
                            List.of("a.jpg", "https://example.com/b.jpg"),
                            "parts",
                            List.of(Map.of("clip", clip), Map.of("other", 1))));
            while (heard(one).size() < 3 || heard(two).size() < 3) {
                Thread.sleep(10);
            }
            assertEquals(3, count("queued"));
            List<Object> wanted =
                    List.of(
                            "s3://kb/a.jpg",
                            "https://example.com/b.jpg",
                            Map.of("url", "s3://kb/c.mp4", "start", 1.5));
            assertEquals(wanted, heard(one));
            assertEquals(wanted, heard(two));
            int answers = one.requests.size() + two.requests.size();
            await("accepted", 2 * answers);
            await("already_cached", answers);
            await("refused", answers);
        }
    }

    private static List<Object> heard(Imposter imposter) {
        List<Object> media = new ArrayList<>();
        imposter.requests.forEach(request -> media.addAll(media(request)));
        return media;
    }

    @Test
    void mediaOfOneBatchAreResizedTheSameWay() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(202, "{\"accepted\":1}"))) {
            warmer(1_000, imposter.endpoint());
            Map<String, Object> fields = Map.of("image", "i");
            Map<String, Object> fit = Map.of("resize", "fit");
            for (int i = 0; i < 300; i++) {
                Map<String, Object> source = new HashMap<>(Map.of("fields", fields));
                if (i % 100 >= 50) {
                    source.put("image", fit);
                }
                warmer.warm(WarmParameters.parse(source), Map.of("i", "i" + i));
            }
            while (imposter.requests.stream().mapToInt(r -> media(r).size()).sum() < 300) {
                Thread.sleep(10);
            }
            List<Object> all = new ArrayList<>();
            for (Map<String, Object> request : imposter.requests) {
                assertTrue(media(request).size() <= Warmer.BATCH);
                for (Object item : media(request)) {
                    int i = Integer.parseInt(((String) item).substring(1));
                    assertEquals(i % 100 >= 50 ? fit : null, request.get("image"));
                    all.add(item);
                }
            }
            assertEquals(IntStream.range(0, 300).mapToObj(i -> "i" + i).toList(), all);
        }
    }

    private static List<?> media(Map<String, Object> request) {
        return (List<?>) request.get("media");
    }

    @Test
    void whatDoesNotFitIsDroppedAndIndexingGoesOn() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        Imposter.Behaviour hanging =
                (exchange, request) -> {
                    arrived.countDown();
                    testOver.await();
                };
        try (Imposter imposter = new Imposter(hanging)) {
            warmer(4, imposter.endpoint());
            warmer.warm(PARAMETERS, Map.of("photo", "first.jpg"));
            arrived.await();
            for (int i = 0; i < 20; i++) {
                warmer.warm(PARAMETERS, Map.of("photo", i + ".jpg"));
            }
            assertEquals(5, count("queued"));
            assertEquals(16, count("dropped"));
            assertEquals(4, count("waiting"));
            testOver.countDown();
        }
    }

    @Test
    void whatMakesNoSenseDoesNoHarm() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(202, "garbage"))) {
            warmer(100, imposter.endpoint());
            warmer.warm(PARAMETERS, Map.of("photo", "data:" + "x".repeat(1 << 20)));
            warmer.warm(PARAMETERS, Map.of("photo", Map.of("frames", List.of("y".repeat(5_000)))));
            warmer.warm(PARAMETERS, Map.of("photo", List.of(1, true, Map.of("u", "v"), "")));
            warmer.warm(PARAMETERS, Collections.singletonMap("photo", null));
            warmer.warm(PARAMETERS, null);
            Map<String, Object> broken =
                    new HashMap<>() {
                        @Override
                        public Object get(Object key) {
                            throw new IllegalStateException("unreadable");
                        }
                    };
            warmer.warm(PARAMETERS, broken);
            warmer.warm(PARAMETERS, Map.of("photo", "a.jpg"));
            await("accepted", 1);
            assertEquals(2, count("too_long"));
            assertEquals(1, count("unreadable"));
            assertEquals(List.of("s3://kb/a.jpg"), imposter.requests.get(0).get("media"));
        }
    }

    @Test
    void anOverloadedSidecarIsAskedAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Imposter.Behaviour busyOnce =
                (exchange, request) -> {
                    boolean first = calls.getAndIncrement() == 0;
                    Imposter.reply(exchange, first ? 429 : 202, first ? "{}" : "{\"accepted\":1}");
                };
        try (Imposter imposter = new Imposter(busyOnce)) {
            warmer(100, imposter.endpoint());
            warmer.warm(PARAMETERS, Map.of("photo", "a.jpg"));
            await("accepted", 1);
            assertEquals(2, calls.get());
            assertEquals(0, count("failed"));
        }
    }

    @Test
    void aRefusalIsFinal() throws Exception {
        try (Imposter imposter = new Imposter(Imposter.replying(404, "{}"))) {
            warmer(100, imposter.endpoint());
            warmer.warm(PARAMETERS, Map.of("photo", List.of("a.jpg", "b.jpg")));
            await("refused", 2);
            assertEquals(2, heard(imposter).size());
        }
    }

    @Test
    void aDeadSidecarDoesNotKeepTheOthersFromWarming() throws Exception {
        Endpoint dead;
        try (Imposter imposter = new Imposter(Imposter.replying(500, "{}"))) {
            dead = imposter.endpoint();
        }
        try (Imposter imposter = new Imposter(Imposter.replying(202, "{\"accepted\":1}"))) {
            warmer(100, dead, imposter.endpoint());
            warmer.warm(PARAMETERS, Map.of("photo", "a.jpg"));
            await("accepted", 1);
            await("failed", 1);
        }
    }

    @Test
    void parametersAreChecked() {
        Map<String, Object> image = Map.of("image", "i");
        assertNull(WarmParameters.parse(Map.of("fields", image)).mediaBase());
        for (Map<String, Object> wrong :
                List.<Map<String, Object>>of(
                        Map.of(),
                        Map.of("fields", Map.of()),
                        Map.of("fields", Map.of("text", "t", "image", "i")),
                        Map.of("fields", image, "media_base", 1),
                        Map.of("fields", image, "image", Map.of("size", 1)),
                        Map.of("fields", image, "field", "i"))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> WarmParameters.parse(wrong),
                    wrong.toString());
        }
        Map<String, Object> configuration = new HashMap<>(Map.of("fields", image, "unknown", 1));
        WarmParameters.take(configuration);
        assertEquals(Map.of("unknown", 1), configuration, "left for the engine to complain of");
    }
}
