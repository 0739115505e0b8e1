package org.vlrerank.opensearch;

import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.env.Environment;
import org.opensearch.index.IndexModule;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.SearchPipelinePlugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.search.pipeline.SearchRequestProcessor;
import org.opensearch.search.pipeline.SearchResponseProcessor;
import org.opensearch.threadpool.ThreadPool;
import org.vlrerank.client.RerankNode;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Brings {@code vl_rerank}: rescorer, pair of search processors, and the index setting with {@code
 * ext} in the search; and the ingest processor {@code vl_rerank_warm}.
 */
public final class VlRerankPlugin extends VersionedPlugin
        implements SearchPlugin, SearchPipelinePlugin, IngestPlugin, ActionPlugin {
    private volatile RerankService service;
    private volatile SearchCoordinator coordinator;

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
        return Map.of(
                WarmProcessor.TYPE,
                (factories, tag, description, configuration) ->
                        WarmProcessor.create(
                                tag, description, configuration, () -> service.warmer()));
    }

    @Override
    public List<RestHandler> getRestHandlers(
            Settings settings,
            RestController controller,
            ClusterSettings clusterSettings,
            IndexScopedSettings indexSettings,
            SettingsFilter filter,
            IndexNameExpressionResolver names,
            Supplier<DiscoveryNodes> nodes) {
        return List.of(statsHandler(() -> service.stats()));
    }

    @Override
    public List<SearchExtSpec<?>> getSearchExts() {
        return List.of(
                new SearchExtSpec<>(
                        VlRerankExtBuilder.NAME,
                        VlRerankExtBuilder::new,
                        parser -> new VlRerankExtBuilder(parser.map())));
    }

    @Override
    public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
        return List.of(new ContentFetchSubPhase());
    }

    @Override
    public Map<
                    String,
                    org.opensearch.search.pipeline.Processor.Factory<SearchRequestProcessor>>
            getRequestProcessors(SearchPipelinePlugin.Parameters parameters) {
        return Map.of(RerankPipelines.TYPE, RerankPipelines.requestProcessors(() -> coordinator));
    }

    @Override
    public Map<
                    String,
                    org.opensearch.search.pipeline.Processor.Factory<SearchResponseProcessor>>
            getResponseProcessors(SearchPipelinePlugin.Parameters parameters) {
        return Map.of(RerankPipelines.TYPE, RerankPipelines.responseProcessors(() -> coordinator));
    }

    @Override
    public List<ActionFilter> getActionFilters() {
        return List.of(new RerankFilter(() -> coordinator));
    }

    @Override
    public List<Setting<?>> getSettings() {
        return Stream.of(NodeSettings.all(), IndexSettings.all()).flatMap(List::stream).toList();
    }

    @Override
    void start(
            ClusterService cluster,
            ThreadPool threads,
            Environment environment,
            IndexNameExpressionResolver names,
            NamedWriteableRegistry writeables) {
        RerankNode node =
                NodeSettings.start(
                        environment.settings(),
                        configuration(environment),
                        cluster,
                        threads,
                        PRIVILEGES);
        service =
                new RerankService(
                        node,
                        node.newWarmer(NodeSettings.WARM_QUEUE_SIZE.get(environment.settings())),
                        threads.getThreadContext());
        coordinator = new SearchCoordinator(node, cluster, names, writeables, threads);
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
