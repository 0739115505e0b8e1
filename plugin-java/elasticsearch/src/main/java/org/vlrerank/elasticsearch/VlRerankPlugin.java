package org.vlrerank.elasticsearch;

import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Brings the rescorer {@code vl_rerank} and the ingest processor {@code vl_rerank_warm}. */
public final class VlRerankPlugin extends VersionedPlugin implements SearchPlugin, IngestPlugin {
    private volatile RerankService service;

    @Override
    public List<RescorerSpec<?>> getRescorers() {
        return List.of(
                new RescorerSpec<>(
                        VlRerankRescorerBuilder.NAME,
                        in -> new VlRerankRescorerBuilder(in, service),
                        parser -> new VlRerankRescorerBuilder(parser.map(), service)));
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        return Map.of(WarmProcessor.TYPE, warmProcessors(() -> service.warmer()));
    }

    @Override
    Map<String, Object> stats() {
        return service.stats();
    }

    @Override
    public List<Setting<?>> getSettings() {
        return NodeSettings.all();
    }

    @Override
    public Collection<?> createComponents(PluginServices services) {
        RerankNode node =
                NodeSettings.start(
                        services.environment().settings(),
                        services.environment().configDir(),
                        services.clusterService(),
                        services.threadPool(),
                        Privileges.NONE);
        service =
                new RerankService(
                        node,
                        node.newWarmer(
                                NodeSettings.WARM_QUEUE_SIZE.get(
                                        services.environment().settings())),
                        services.threadPool().getThreadContext());
        return List.of();
    }

    @Override
    public void onIndexModule(IndexModule indexModule) {
        indexModule.addSearchOperationListener(new SearchSizeListener());
    }

    @Override
    public void close() {
        if (service != null) {
            service.close();
        }
    }
}
