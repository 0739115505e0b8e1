package org.vlrerank.opensearch;

import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.SecureSetting;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.settings.SecureString;
import org.opensearch.threadpool.ThreadPool;
import org.vlrerank.client.Access;
import org.vlrerank.client.AllowedEndpoints;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;
import org.vlrerank.client.RerankParameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The plugin's settings in opensearch.yml, the keystore and the cluster state. */
final class NodeSettings {
    static final Setting<List<String>> ENDPOINTS =
            Setting.listSetting(
                    "vl_rerank.endpoints",
                    List.of(RerankNode.DEFAULT_ENDPOINT),
                    Function.identity(),
                    Property.NodeScope,
                    Property.Dynamic);
    static final Setting<List<String>> ALLOWED_ENDPOINTS =
            Setting.listSetting(
                    "vl_rerank.allowed_endpoints",
                    List.of(),
                    Function.identity(),
                    Property.NodeScope);
    static final Setting<TimeValue> TIMEOUT =
            Setting.timeSetting(
                    "vl_rerank.timeout",
                    TimeValue.timeValueMillis(RerankNode.DEFAULT_TIMEOUT_MILLIS),
                    TimeValue.timeValueMillis(1),
                    TimeValue.timeValueMillis(RerankParameters.MAX_TIMEOUT_MILLIS),
                    Property.NodeScope,
                    Property.Dynamic);
    static final Setting<Integer> MAX_WINDOW_SIZE =
            Setting.intSetting(
                    "vl_rerank.max_window_size",
                    RerankNode.DEFAULT_MAX_WINDOW_SIZE,
                    1,
                    RerankParameters.MAX_WINDOW_SIZE,
                    Property.NodeScope,
                    Property.Dynamic);
    static final Setting<Integer> MAX_CONCURRENT_REQUESTS =
            Setting.intSetting(
                    "vl_rerank.max_concurrent_requests",
                    RerankNode.DEFAULT_MAX_CONCURRENT_REQUESTS,
                    1,
                    Property.NodeScope,
                    Property.Dynamic);
    static final Setting<Integer> WARM_QUEUE_SIZE =
            Setting.intSetting(
                    "vl_rerank.warm.queue_size",
                    RerankNode.DEFAULT_WARM_QUEUE_SIZE,
                    1,
                    RerankNode.MAX_WARM_QUEUE_SIZE,
                    Property.NodeScope);
    static final Setting<SecureString> API_KEY =
            SecureSetting.secureString("vl_rerank.api_key", null);

    private NodeSettings() {}

    static List<Setting<?>> all() {
        List<Setting<?>> all =
                new ArrayList<>(
                        List.of(
                                ENDPOINTS,
                                ALLOWED_ENDPOINTS,
                                TIMEOUT,
                                MAX_WINDOW_SIZE,
                                MAX_CONCURRENT_REQUESTS,
                                WARM_QUEUE_SIZE,
                                API_KEY));
        all.addAll(SslSettings.all());
        return all;
    }

    /** The node as its settings say, following those that change while it runs. */
    static RerankNode start(
            Settings settings,
            Path configuration,
            ClusterService cluster,
            ThreadPool threads,
            Privileges privileges) {
        AllowedEndpoints allowed =
                new AllowedEndpoints(ALLOWED_ENDPOINTS.get(settings), ENDPOINTS.get(settings));
        Access access =
                new Access(
                        apiKey(settings),
                        privileges.run(() -> SslSettings.context(settings, configuration)));
        RerankNode node =
                new RerankNode(
                        new XContentCodec(),
                        privileges,
                        allowed,
                        ENDPOINTS.get(settings),
                        access,
                        TIMEOUT.get(settings).millis(),
                        MAX_WINDOW_SIZE.get(settings),
                        MAX_CONCURRENT_REQUESTS.get(settings),
                        threads.info(ThreadPool.Names.SEARCH).getMax());
        ClusterSettings updates = cluster.getClusterSettings();
        updates.addSettingsUpdateConsumer(ENDPOINTS, node::setEndpoints, node::checkEndpoints);
        updates.addSettingsUpdateConsumer(
                TIMEOUT, timeout -> node.setTimeoutMillis(timeout.millis()));
        updates.addSettingsUpdateConsumer(MAX_WINDOW_SIZE, node::setMaxWindowSize);
        updates.addSettingsUpdateConsumer(
                MAX_CONCURRENT_REQUESTS, node.client()::setMaxConcurrentRequests);
        return node;
    }

    private static String apiKey(Settings settings) {
        try (SecureString key = API_KEY.get(settings)) {
            return key.length() == 0 ? null : key.toString();
        }
    }
}
