package org.vlrerank.client;

/**
 * What an engine's adapter tells of a search, as far as it decides whether its hits can be put into
 * another order.
 *
 * @param from 0 where the search gives none
 * @param size the engine's default where the search gives none
 * @param byScore whether the order is that of falling scores alone: no sort, or {@code _score}
 * @param searchAfter whether the search goes on after a hit of another one
 * @param resortable whether the hits are plain documents: false where collapsed groups or suchlike
 *     depend on their order
 * @param remote whether it is part of another cluster's search, or searches other clusters
 */
public record SearchShape(
        int from,
        int size,
        boolean scroll,
        boolean byScore,
        boolean searchAfter,
        boolean resortable,
        boolean remote) {

    /** Why the search must be left alone, as the marker says it; null where it need not be. */
    String obstacle() {
        if (remote) {
            return "remote";
        }
        if (scroll) {
            return "scroll";
        }
        if (size == 0) {
            return "size_0";
        }
        if (searchAfter) {
            return "search_after";
        }
        if (!byScore) {
            return "sort";
        }
        return resortable ? null : "collapse";
    }
}
