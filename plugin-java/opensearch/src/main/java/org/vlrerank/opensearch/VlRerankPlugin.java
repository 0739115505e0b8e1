package org.vlrerank.opensearch;

import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Setting;
import org.opensearch.env.Environment;
import org.opensearch.index.IndexModule;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.threadpool.ThreadPool;

import java.util.List;

/** Brings the rescorer {@code vl_rerank}. */
public final class VlRerankPlugin extends VersionedPlugin implements SearchPlugin {
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
    void start(ClusterService cluster, ThreadPool threads, Environment environment) {
        service =
                new RerankService(
                        NodeSettings.start(
                                environment.settings(),
                                configuration(environment),
                                cluster,
                                threads,
                                PRIVILEGES),
                        threads.getThreadContext());
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
