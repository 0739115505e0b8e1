package org.vlrerank.client;

import org.vlrerank.client.RerankException.Reason;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import javax.net.ssl.SSLException;

/**
 * Asks a sidecar for scores: never blocks, ends every call by its deadline, retries once. Thread
 * safe.
 *
 * <p>A connection that fails, a 429 and a 503 are tried once more on another endpoint. A connection
 * that broke after it was made is tried once more on any endpoint, and on the same where it was an
 * idle one that the sidecar had closed: scoring twice does no harm.
 */
public final class RerankClient implements AutoCloseable {
    private static final String RERANK_PATH = "/v1/rerank";
    private static final int OK = 200;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;
    private static final int GATEWAY_TIMEOUT = 504;

    private final JsonCodec json;
    private final HttpTransport transport;
    private final ScheduledThreadPoolExecutor timer;
    private final LongSupplier nanoClock;
    private final AtomicInteger running = new AtomicInteger();
    private volatile Endpoints endpoints;
    private volatile int maxConcurrentRequests;

    public RerankClient(
            JsonCodec json,
            Privileges privileges,
            Access access,
            List<Endpoint> endpoints,
            int maxConcurrentRequests) {
        this(json, privileges, access, endpoints, maxConcurrentRequests, System::nanoTime);
    }

    RerankClient(
            JsonCodec json,
            Privileges privileges,
            Access access,
            List<Endpoint> endpoints,
            int maxConcurrentRequests,
            LongSupplier nanoClock) {
        this.json = json;
        this.nanoClock = nanoClock;
        this.timer = privileges.run(RerankClient::newTimer);
        this.transport = new HttpTransport(privileges, access, timer);
        setEndpoints(endpoints);
        this.maxConcurrentRequests = maxConcurrentRequests;
    }

    private static ScheduledThreadPoolExecutor newTimer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(
                        1,
                        task -> {
                            Thread thread = new Thread(task, "vl-rerank-timer");
                            thread.setDaemon(true);
                            return thread;
                        });
        timer.setRemoveOnCancelPolicy(true);
        timer.prestartAllCoreThreads();
        return timer;
    }

    /** Forgets what was known of the old ones' health. */
    public void setEndpoints(List<Endpoint> newEndpoints) {
        endpoints = new Endpoints(newEndpoints, nanoClock);
    }

    public void setMaxConcurrentRequests(int newMax) {
        maxConcurrentRequests = newMax;
    }

    /**
     * The scores of the documents in their order, NaN for one that the model refused; fails with a
     * {@link RerankException} only. Cancelling the future cancels the call. It completes on the
     * caller's thread or on one that whoever hears of it may use: nobody else waits for that.
     *
     * @param documents JSON objects; not to be changed afterwards
     * @param patient whether the time given is what the administrator means to be enough: only then
     *     does its passing count against the endpoint
     */
    public CompletableFuture<double[]> rerank(
            RerankParameters parameters,
            List<byte[]> documents,
            Deadline deadline,
            boolean patient) {
        if (running.incrementAndGet() > maxConcurrentRequests) {
            running.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new RerankException(
                            Reason.BUSY, "vl_rerank.max_concurrent_requests calls are under way"));
        }
        Call call = new Call(parameters, documents, deadline, patient);
        call.start();
        return call.scores;
    }

    HttpTransport transport() {
        return transport;
    }

    /** As last set. */
    List<Endpoint> endpoints() {
        return endpoints.all();
    }

    /** Calls under way. */
    public int running() {
        return running.get();
    }

    private final class Call {
        final CompletableFuture<double[]> scores = new CompletableFuture<>();
        private final Endpoints known = endpoints;
        private final String requestId =
                "vlr-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        private final RerankParameters parameters;
        private final List<byte[]> documents;
        private final Deadline deadline;
        private final boolean patient;
        private volatile boolean settled;
        private volatile Future<?> alarm;
        private Endpoint endpoint;
        private Future<?> exchange;

        Call(
                RerankParameters parameters,
                List<byte[]> documents,
                Deadline deadline,
                boolean patient) {
            this.parameters = parameters;
            this.documents = documents;
            this.deadline = deadline;
            this.patient = patient;
        }

        void start() {
            alarm =
                    timer.schedule(
                            () -> transport.run(this::timeOut),
                            deadline.remainingNanos(),
                            TimeUnit.NANOSECONDS);
            scores.whenComplete((value, cancelled) -> settle(cancelled != null));
            Endpoint first = known.next(null);
            if (first == null) {
                fail(Reason.NO_ENDPOINT, "no rerank endpoint is healthy");
            } else {
                send(first, true);
            }
        }

        private void timeOut() {
            fail(Reason.TIMEOUT, "the rerank sidecar did not answer in time");
        }

        private void succeed(double[] value) {
            settle(false);
            scores.complete(value);
        }

        private void fail(Reason reason, String message) {
            fail(new RerankException(reason, message));
        }

        private void fail(RerankException failure) {
            settle(true);
            scores.completeExceptionally(failure);
        }

        /**
         * The books are closed before the caller hears of the end, so that its next call finds them
         * so: who comes second waits until the first has closed them.
         */
        private synchronized void settle(boolean failed) {
            if (settled) {
                return;
            }
            settled = true;
            running.decrementAndGet();
            if (alarm != null) { // null where it rang while being set
                alarm.cancel(false);
            }
            if (exchange != null) {
                exchange.cancel(true);
                if (failed && patient && deadline.passed()) {
                    known.failed(endpoint);
                }
            }
        }

        private void send(Endpoint target, boolean mayRetry) {
            try {
                RequestBody body =
                        RequestBody.of(
                                json.write(
                                        parameters.requestBody(
                                                Math.max(1, deadline.remainingMillis()))),
                                documents);
                CompletableFuture<HttpAnswer> sent;
                synchronized (this) {
                    if (settled) {
                        return;
                    }
                    endpoint = target;
                    sent = transport.post(target, RERANK_PATH, body, requestId);
                    exchange = sent;
                }
                sent.whenComplete(
                        (response, error) -> {
                            try {
                                if (error != null) {
                                    disconnected(target, error, mayRetry);
                                } else {
                                    answered(target, response, mayRetry);
                                }
                            } catch (
                                    Throwable
                                            e) { // nobody else would hear of it, and the search
                                                 // would wait until its deadline
                                fail(
                                        new RerankException(
                                                Reason.INTERNAL, "the rerank call broke down", e));
                            }
                        });
            } catch (IOException | RuntimeException e) {
                fail(
                        new RerankException(
                                Reason.INTERNAL, "the rerank request could not be made", e));
            }
        }

        private void disconnected(Endpoint target, Throwable error, boolean mayRetry) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null
                            ? error.getCause()
                            : error;
            if (settled || cause instanceof CancellationException) {
                return;
            }
            if (cause instanceof RejectedExecutionException) {
                fail(Reason.BUSY, "too many threads wait for rerank sidecars");
                return;
            }
            if (cause instanceof AnswerTooLarge) {
                known.failed(target);
                fail(
                        Reason.BAD_ANSWER,
                        "the rerank sidecar's " + cause.getMessage().replaceFirst("^the ", ""));
                return;
            }
            if (cause instanceof SSLException) { // a second try would be shown the same certificate
                known.failed(target);
                retryElsewhere(
                        target,
                        mayRetry,
                        Reason.TLS,
                        "no secure connection to the rerank sidecar could be made");
                return;
            }
            if (cause instanceof HttpConnection.Stale && mayRetry) {
                send(target, false);
                return;
            }
            if (!(cause instanceof HttpConnection.NotConnected) && mayRetry) {
                Endpoint other = known.next(target);
                if (other != null) {
                    known.failed(target);
                }
                send(other == null ? target : other, false);
                return;
            }
            known.failed(target);
            retryElsewhere(
                    target, mayRetry, Reason.UNREACHABLE, "the rerank sidecar cannot be reached");
        }

        private void answered(Endpoint target, HttpAnswer response, boolean mayRetry) {
            int status = response.status();
            if (status == OK) {
                accept(target, response.body());
            } else if (status == TOO_MANY_REQUESTS || status == UNAVAILABLE) {
                known.failed(target);
                retryElsewhere(
                        target,
                        mayRetry,
                        Reason.OVERLOADED,
                        "the rerank sidecar answered " + status);
            } else if (status == GATEWAY_TIMEOUT) {
                fail(Reason.TIMEOUT, "the rerank sidecar ran out of the time it was given");
            } else if (status >= 400 && status < 500) {
                known.succeeded(target);
                fail(
                        Reason.REFUSED,
                        "the rerank sidecar refused the request with "
                                + status
                                + complaint(response.body()));
            } else {
                known.failed(target);
                fail(Reason.SERVER_ERROR, "the rerank sidecar answered " + status);
            }
        }

        private void accept(Endpoint target, byte[] body) {
            try {
                double[] read = Answer.scores(json.read(body), documents.size());
                known.succeeded(target);
                succeed(read);
            } catch (RerankException e) {
                known.failed(target);
                fail(e);
            } catch (IOException
                    | RuntimeException
                    | StackOverflowError e) { // the last from deep nesting
                known.failed(target);
                fail(
                        new RerankException(
                                Reason.BAD_ANSWER, "the rerank sidecar's answer is not JSON", e));
            }
        }

        private void retryElsewhere(
                Endpoint target, boolean mayRetry, Reason reason, String message) {
            Endpoint other = mayRetry ? known.next(target) : null;
            if (other == null) {
                fail(reason, message);
            } else {
                send(other, false);
            }
        }

        /**
         * The sidecar's own message, which it keeps free of addresses and credentials; empty where
         * there is none.
         */
        private String complaint(byte[] body) {
            try {
                Object message = json.read(body).get("message");
                return message instanceof String text ? ": " + text : "";
            } catch (IOException | RuntimeException | StackOverflowError e) {
                return "";
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        transport.close();
    }
}
