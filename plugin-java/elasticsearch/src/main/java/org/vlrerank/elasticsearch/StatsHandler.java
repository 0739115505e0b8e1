package org.vlrerank.elasticsearch;

import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** {@code GET /_vl_rerank/stats}: counters of the node that is asked. */
final class StatsHandler extends BaseRestHandler {
    private final Supplier<Map<String, Object>> stats;

    StatsHandler(Supplier<Map<String, Object>> stats) {
        this.stats = stats;
    }

    @Override
    public String getName() {
        return "vl_rerank_stats";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_vl_rerank/stats"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel -> {
            try (XContentBuilder body = channel.newBuilder()) {
                channel.sendResponse(new RestResponse(RestStatus.OK, body.map(stats.get())));
            }
        };
    }
}
