package org.vlrerank.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Round robin over the healthy endpoints. One that failed is left out for a second, doubling with
 * each further failure up to half a minute; a success makes it healthy at once. Thread safe.
 */
final class Endpoints {
    static final long FIRST_PAUSE_MILLIS = 1_000;
    static final long LONGEST_PAUSE_MILLIS = 30_000;

    private static final class State {
        final Endpoint endpoint;
        long pauseMillis;
        long outUntilNanos;
        boolean out;

        State(Endpoint endpoint) {
            this.endpoint = endpoint;
        }
    }

    private final LongSupplier nanoClock;
    private final List<State> states = new ArrayList<>();
    private int turn;

    Endpoints(List<Endpoint> endpoints, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        endpoints.forEach(endpoint -> states.add(new State(endpoint)));
    }

    List<Endpoint> all() {
        return states.stream().map(state -> state.endpoint).toList();
    }

    /** The next healthy endpoint that is not {@code except} (which may be null), or null. */
    synchronized Endpoint next(Endpoint except) {
        for (int i = 0; i < states.size(); i++) {
            State state = states.get(Math.floorMod(turn + i, states.size()));
            if (!state.endpoint.equals(except) && healthy(state)) {
                turn = Math.floorMod(turn + i + 1, states.size());
                return state.endpoint;
            }
        }
        return null;
    }

    private boolean healthy(State state) {
        if (state.out && nanoClock.getAsLong() - state.outUntilNanos >= 0) {
            state.out = false;
        }
        return !state.out;
    }

    synchronized void succeeded(Endpoint endpoint) {
        for (State state : states) {
            if (state.endpoint.equals(endpoint)) {
                state.out = false;
                state.pauseMillis = 0;
            }
        }
    }

    /** Calls that were under way together count as one failure. */
    synchronized void failed(Endpoint endpoint) {
        for (State state : states) {
            if (state.endpoint.equals(endpoint) && healthy(state)) {
                state.pauseMillis =
                        state.pauseMillis == 0
                                ? FIRST_PAUSE_MILLIS
                                : Math.min(2 * state.pauseMillis, LONGEST_PAUSE_MILLIS);
                state.outUntilNanos =
                        nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(state.pauseMillis);
                state.out = true;
            }
        }
    }
}
