package org.vlrerank.opensearch;

import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** {@code GET /_vl_rerank/stats}: counters of the node that is asked. */
abstract class StatsHandler implements RestHandler {
    private final Supplier<Map<String, Object>> stats;

    StatsHandler(Supplier<Map<String, Object>> stats) {
        this.stats = stats;
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_vl_rerank/stats"));
    }

    void answer(RestChannel channel) throws IOException {
        try (XContentBuilder body = channel.newBuilder()) {
            channel.sendResponse(new BytesRestResponse(RestStatus.OK, body.map(stats.get())));
        }
    }
}
