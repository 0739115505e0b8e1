package org.vlrerank.elasticsearch;

import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;
import org.vlrerank.client.Warmer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What differs in Elasticsearch 9: how REST handlers and ingest processors are made. */
abstract class VersionedPlugin extends Plugin implements ActionPlugin {
    abstract Map<String, Object> stats();

    @Override
    public Collection<RestHandler> getRestHandlers(
            RestHandlersServices services,
            Supplier<DiscoveryNodes> nodes,
            Predicate<NodeFeature> features) {
        return List.of(new StatsHandler(this::stats));
    }

    static Processor.Factory warmProcessors(Supplier<Warmer> warmer) {
        return (factories, tag, description, configuration, project) ->
                WarmProcessor.create(tag, description, configuration, warmer);
    }
}
