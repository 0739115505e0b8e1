package org.vlrerank.client;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A moment on a monotonic clock. Immutable. */
public final class Deadline {
    private final LongSupplier nanoClock;
    private final long endNanos;

    private Deadline(LongSupplier nanoClock, long endNanos) {
        this.nanoClock = nanoClock;
        this.endNanos = endNanos;
    }

    public static Deadline after(long millis) {
        return after(millis, System::nanoTime);
    }

    static Deadline after(long millis, LongSupplier nanoClock) {
        return new Deadline(
                nanoClock, nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Never negative. */
    public long remainingNanos() {
        return Math.max(0, endNanos - nanoClock.getAsLong());
    }

    /** Rounded down; never negative. */
    public long remainingMillis() {
        return TimeUnit.NANOSECONDS.toMillis(remainingNanos());
    }

    public boolean passed() {
        return remainingNanos() == 0;
    }
}
