package org.vlrerank.client;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What became of media named to a {@link Warmer}, since the node started. Thread safe. */
final class WarmCounters {
    enum Count {
        /** Put into the queue. */
        QUEUED,
        /** Left out because the queue was full. */
        DROPPED,
        /** Left out because the reference is longer than is kept, as data: URLs are. */
        TOO_LONG,
        /** Documents whose media could not be read. */
        UNREADABLE,
        /** Taken by a sidecar, which will encode it; counted for each sidecar, as are the next three. */
        ACCEPTED,
        /** A sidecar had it. */
        ALREADY_CACHED,
        /** A sidecar wants none of it: forbidden, malformed. */
        REFUSED,
        /** Never came to a sidecar: it was down or overloaded for too long. */
        FAILED
    }

    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);

    WarmCounters() {
        for (Count count : Count.values()) {
            counts.put(count, new LongAdder());
        }
    }

    void add(Count count, long number) {
        counts.get(count).add(number);
    }

    Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        counts.forEach((count, sum) -> values.put(count.name().toLowerCase(Locale.ROOT), sum.sum()));
        return values;
    }
}
