package org.vlrerank.client;

/**
 * Which hits a search fetches, reranks and shows, so that all pages of it are cut out of one order:
 * the reranked window and behind it the tail.
 *
 * @param from the first place of the page
 * @param size places of the page
 * @param window so many first hits are reranked
 * @param fetch so many hits are fetched, from the first on
 */
public record WindowPlan(int from, int size, int window, int fetch) {
    /**
     * @param dropsHits whether a minimum score may drop hits of the window, so that the page may
     *     reach further into the tail
     * @param maxFetch more hits than this the engine refuses to fetch; a page beyond is fetched all
     *     the same, for the engine to refuse
     */
    public static WindowPlan of(
            int from, int size, int windowSize, boolean dropsHits, int maxFetch) {
        int end = (int) Math.min((long) from + size, Integer.MAX_VALUE);
        long wanted = dropsHits ? (long) end + windowSize : Math.max(end, windowSize);
        int fetch = (int) Math.max(end, Math.min(wanted, maxFetch));
        return new WindowPlan(from, size, Math.min(windowSize, fetch), fetch);
    }

    /** What stands on the page does not depend on the order within the window. */
    boolean beyondWindow(boolean dropsHits) {
        return from >= window && !dropsHits;
    }
}
