package org.vlrerank.client;

import org.vlrerank.client.WarmCounters.Count;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Tells every sidecar of media that searches will meet, so that it encodes them before. Callers
 * never wait and never hear of a failure: what does not fit into the queue is dropped and counted.
 * One thread of its own sends batches. Thread safe.
 */
public final class Warmer implements AutoCloseable {
    /** References to media of one request; the sidecar's limits are higher. */
    static final int BATCH = 128;

    /** Characters of one reference; the queue's memory is bounded by this times its size. */
    static final int MAX_REFERENCE = 4096;

    /** A batch that no sidecar takes is offered so often, a pause between. */
    static final int ATTEMPTS = 6;

    static final long PAUSE_MILLIS = 1_000;

    /** So long a batch is waited for to fill. */
    private static final long LINGER_MILLIS = 50;
    private static final long ANSWER_SECONDS = 30;
    private static final String WARM_PATH = "/v1/warm";
    private static final int ACCEPTED = 202;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int CLOSE_SECONDS = 5;

    private record Item(Object media, Map<String, Object> image) {}

    /** What a sidecar did with a batch. */
    private enum Taken {
        YES,
        /** And never will. */
        NO,
        LATER
    }

    private final JsonCodec json;
    private final Privileges privileges;
    private final Supplier<List<Endpoint>> endpoints;
    private final HttpTransport transport;
    private final BlockingQueue<Item> queue;
    private final WarmCounters counters = new WarmCounters();
    private final Thread thread;
    private volatile boolean closed;

    Warmer(
            JsonCodec json,
            Privileges privileges,
            Supplier<List<Endpoint>> endpoints,
            HttpTransport transport,
            int queueSize) {
        this.json = json;
        this.privileges = privileges;
        this.endpoints = endpoints;
        this.transport = transport;
        this.queue = new LinkedBlockingQueue<>(queueSize);
        this.thread =
                privileges.run(
                        () -> {
                            Thread sender = new Thread(this::run, "vl-rerank-warm");
                            sender.setDaemon(true);
                            sender.start();
                            return sender;
                        });
    }

    /** Names the media of a document that is being indexed; returns at once and never throws. */
    public void warm(WarmParameters parameters, Map<String, Object> source) {
        try {
            for (Object media : parameters.media(source)) {
                if (length(media) > MAX_REFERENCE) {
                    counters.add(Count.TOO_LONG, 1);
                } else if (queue.offer(new Item(media, parameters.image()))) {
                    counters.add(Count.QUEUED, 1);
                } else {
                    counters.add(Count.DROPPED, 1);
                }
            }
        } catch (RuntimeException e) { // indexing must not hear of it
            counters.add(Count.UNREADABLE, 1);
        }
    }

    private static long length(Object media) {
        if (media instanceof Map<?, ?> map) {
            return map.values().stream().mapToLong(Warmer::length).sum();
        }
        if (media instanceof List<?> list) {
            return list.stream().mapToLong(Warmer::length).sum();
        }
        return media.toString().length();
    }

    /** The counters, and how many references wait. */
    public Map<String, Object> stats() {
        Map<String, Object> stats = counters.values();
        stats.put("waiting", queue.size());
        return stats;
    }

    private void run() {
        Item next = null;
        while (!closed) {
            try {
                List<Object> media = new ArrayList<>();
                Item first = next == null ? queue.take() : next;
                next = first;
                if (queue.size() < BATCH) {
                    Thread.sleep(LINGER_MILLIS);
                }
                while (next != null
                        && media.size() < BATCH
                        && Objects.equals(next.image, first.image)) {
                    media.add(next.media);
                    next = queue.poll();
                }
                deliver(media, first.image);
            } catch (InterruptedException e) {
                return; // closed
            } catch (RuntimeException e) { // the thread must live
                counters.add(Count.UNREADABLE, 1);
            }
        }
    }

    /** To every endpoint that takes it; again after a pause where none did yet. */
    private void deliver(List<Object> media, Map<String, Object> image)
            throws InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("media", media);
        if (image != null) {
            body.put("image", image);
        }
        byte[] bytes;
        try {
            bytes = json.write(body);
        } catch (IOException e) {
            counters.add(Count.UNREADABLE, media.size());
            return;
        }
        for (int attempt = 1; ; attempt++) {
            List<Endpoint> targets = endpoints.get();
            List<Taken> taken = post(targets, bytes, media.size());
            boolean settled = taken.isEmpty() || taken.stream().anyMatch(one -> one != Taken.LATER);
            if (settled || attempt == ATTEMPTS) {
                long failed = taken.stream().filter(one -> one == Taken.LATER).count();
                counters.add(Count.FAILED, failed * media.size());
                return;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private List<Taken> post(List<Endpoint> targets, byte[] body, int media)
            throws InterruptedException {
        List<CompletableFuture<HttpAnswer>> answers = new ArrayList<>();
        for (Endpoint target : targets) {
            String requestId = "vlw-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
            answers.add(transport.post(target, WARM_PATH, RequestBody.of(body), requestId));
        }
        List<Taken> taken = new ArrayList<>();
        for (CompletableFuture<HttpAnswer> answer : answers) {
            try {
                taken.add(read(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS), media));
            } catch (ExecutionException | TimeoutException e) {
                answer.cancel(true);
                taken.add(Taken.LATER);
            }
        }
        return taken;
    }

    private Taken read(HttpAnswer response, int media) {
        int status = response.status();
        if (status == ACCEPTED) {
            try {
                Map<String, Object> answer = json.read(response.body());
                counters.add(Count.ACCEPTED, number(answer.get("accepted")));
                counters.add(Count.ALREADY_CACHED, number(answer.get("already_cached")));
                Object refused = answer.get("refused");
                counters.add(Count.REFUSED, refused instanceof List<?> list ? list.size() : 0);
            } catch (IOException | RuntimeException e) { // it took them, whatever it says
                counters.add(Count.ACCEPTED, media);
            }
            return Taken.YES;
        }
        if (status >= 400 && status < 500 && status != TOO_MANY_REQUESTS) {
            counters.add(Count.REFUSED, media);
            return Taken.NO;
        }
        return Taken.LATER;
    }

    private static long number(Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    /** What waits is lost. */
    @Override
    public void close() {
        closed = true;
        privileges.run(
                () -> {
                    thread.interrupt();
                    return null;
                });
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
