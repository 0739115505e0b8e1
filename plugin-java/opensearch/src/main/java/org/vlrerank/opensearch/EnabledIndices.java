package org.vlrerank.opensearch;

import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.vlrerank.client.IndexDefaults;

/**
 * Whether any index asks for reranking: in a cluster without, searches are not looked at. Thread
 * safe.
 */
final class EnabledIndices {
    private record Known(Metadata metadata, boolean any) {}

    private volatile Known known = new Known(null, false);

    boolean any(Metadata metadata) {
        Known current = known;
        if (current.metadata() != metadata) {
            current = new Known(metadata, look(metadata));
            known = current;
        }
        return current.any();
    }

    private static boolean look(Metadata metadata) {
        for (IndexMetadata index : metadata) {
            if (index.getSettings().getAsBoolean(IndexDefaults.ENABLED, false)) {
                return true;
            }
        }
        return false;
    }
}
