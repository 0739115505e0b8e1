package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Flow;

class RequestBodyTest {
    /** Asks for so many pieces at a time, from within onNext. */
    private static class Reader implements Flow.Subscriber<ByteBuffer> {
        final ByteArrayOutputStream read = new ByteArrayOutputStream();
        final long step;
        Flow.Subscription subscription;
        int pieces;
        int completed;

        Reader(long step) {
            this.step = step;
        }

        @Override
        public void onSubscribe(Flow.Subscription newSubscription) {
            subscription = newSubscription;
            subscription.request(step);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            read.writeBytes(bytes);
            pieces++;
            if (step != Long.MAX_VALUE && pieces % step == 0) {
                subscription.request(step);
            }
        }

        @Override
        public void onError(Throwable error) {
            throw new AssertionError(error);
        }

        @Override
        public void onComplete() {
            completed++;
        }
    }

    @Test
    void arrivesWholeAndAgain() {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        RequestBody body = new RequestBody(bytes);
        assertEquals(bytes.length, body.contentLength());
        for (long step : new long[] {1, 2, Long.MAX_VALUE}) {
            Reader reader = new Reader(step);
            body.subscribe(reader);
            assertArrayEquals(bytes, reader.read.toByteArray());
            assertEquals(3, reader.pieces);
            assertEquals(1, reader.completed);
            reader.subscription.request(1);
            assertEquals(1, reader.completed, "nothing comes after the end");
        }
    }

    @Test
    void cancelledItStops() {
        Reader reader =
                new Reader(1) {
                    @Override
                    public void onNext(ByteBuffer piece) {
                        subscription.cancel();
                        super.onNext(piece);
                    }
                };
        new RequestBody(new byte[300_000]).subscribe(reader);
        assertEquals(1, reader.pieces);
        assertEquals(0, reader.completed);
        assertThrows(IllegalArgumentException.class, () -> reader.subscription.request(0));
    }

    @Test
    void putsDocumentsBesideTheRest() {
        byte[] rest = "{\"timeout_ms\":5}".getBytes(StandardCharsets.US_ASCII);
        List<byte[]> documents = List.of(Content.text("a"), Content.text("b"));
        Reader reader = new Reader(1);
        RequestBody body = RequestBody.of(rest, documents);
        body.subscribe(reader);
        assertEquals(
                "{\"timeout_ms\":5,\"documents\":[{\"text\":[\"a\"]},{\"text\":[\"b\"]}]}",
                reader.read.toString(StandardCharsets.US_ASCII));
        assertEquals(reader.read.size(), body.contentLength());
    }
}
