package org.vlrerank.client;

import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Flow;

/** A request's body, sent from the one array that holds it; may be sent more than once. */
final class RequestBody implements HttpRequest.BodyPublisher {
    /** The JDK copies each piece into memory of the thread that writes it, and keeps that. */
    private static final int PIECE_BYTES = 128 << 10;

    private static final byte[] DOCUMENTS = ",\"documents\":[".getBytes(StandardCharsets.US_ASCII);

    private final byte[] bytes;

    RequestBody(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * @param rest a JSON object that is not empty
     * @param documents JSON objects, which become its member of this name
     */
    static RequestBody of(byte[] rest, List<byte[]> documents) {
        int length = rest.length + DOCUMENTS.length + documents.size();
        for (byte[] document : documents) {
            length = Math.addExact(length, document.length);
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        body.put(rest, 0, rest.length - 1).put(DOCUMENTS);
        for (int i = 0; i < documents.size(); i++) {
            body.put(documents.get(i)).put((byte) (i + 1 < documents.size() ? ',' : ']'));
        }
        body.put((byte) '}');
        return new RequestBody(body.array());
    }

    @Override
    public long contentLength() {
        return bytes.length;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Pieces(subscriber));
    }

    private final class Pieces implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private long wanted;
        private int sent;
        private boolean sending;
        private boolean over;

        Pieces(Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        /** The subscriber may ask again from within. */
        @Override
        public void request(long more) {
            synchronized (this) {
                if (more <= 0) {
                    throw new IllegalArgumentException("asked for " + more + " pieces");
                }
                wanted = wanted + more < 0 ? Long.MAX_VALUE : wanted + more;
                if (sending) {
                    return;
                }
                sending = true;
            }
            for (ByteBuffer piece = next(); piece != null; piece = next()) {
                subscriber.onNext(piece);
                if (complete()) {
                    subscriber.onComplete();
                }
            }
        }

        private synchronized ByteBuffer next() {
            if (over || wanted == 0) {
                sending = false;
                return null;
            }
            wanted--;
            int length = Math.min(PIECE_BYTES, bytes.length - sent);
            ByteBuffer piece = ByteBuffer.wrap(bytes, sent, length).slice().asReadOnlyBuffer();
            sent += length;
            return piece;
        }

        private synchronized boolean complete() {
            boolean now = !over && sent == bytes.length;
            over |= now;
            return now;
        }

        @Override
        public synchronized void cancel() {
            over = true;
        }
    }
}
