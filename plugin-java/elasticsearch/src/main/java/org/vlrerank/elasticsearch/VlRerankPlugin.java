package org.vlrerank.elasticsearch;

import org.elasticsearch.action.support.ActionFilter;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Brings {@code vl_rerank}: rescorer, retriever, and the index setting with {@code ext} in the
 * search; and the ingest processor {@code vl_rerank_warm}.
 */
public final class VlRerankPlugin extends VersionedPlugin implements SearchPlugin, IngestPlugin {
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
        return Map.of(WarmProcessor.TYPE, warmProcessors(() -> service.warmer()));
    }

    @Override
    Map<String, Object> stats() {
        return service.stats();
    }

    @Override
    public List<RetrieverSpec<?>> getRetrievers() {
        return List.of(
                new RetrieverSpec<>(
                        VlRerankRetrieverBuilder.NAME,
                        (parser, context) ->
                                VlRerankRetrieverBuilder.parse(parser, context, service.node())));
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
    public List<ActionFilter> getActionFilters() {
        return List.of(new RerankFilter(() -> coordinator));
    }

    @Override
    public List<Setting<?>> getSettings() {
        return Stream.of(NodeSettings.all(), IndexSettings.all()).flatMap(List::stream).toList();
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
        coordinator =
                new SearchCoordinator(
                        node,
                        services.clusterService(),
                        services.indexNameExpressionResolver(),
                        services.threadPool());
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
