package org.vlrerank.elasticsearch;

import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;

import java.util.Collection;
import java.util.List;

/** Brings the rescorer {@code vl_rerank}. */
public final class VlRerankPlugin extends Plugin implements SearchPlugin {
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
        service = new RerankService(node, services.threadPool().getThreadContext());
        return List.of();
    }

    @Override
    public void onIndexModule(IndexModule indexModule) {
        indexModule.addSearchOperationListener(new SearchSizeListener());
    }

    @Override
    public void close() {
        if (service != null) {
            service.node().close();
        }
    }
}
