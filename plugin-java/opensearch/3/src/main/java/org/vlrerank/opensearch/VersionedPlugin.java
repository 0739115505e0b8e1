package org.vlrerank.opensearch;

import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.node.NodeClient;
import org.opensearch.watcher.ResourceWatcherService;
import org.vlrerank.client.Privileges;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What differs in OpenSearch 3: the client's package and the sandbox. */
abstract class VersionedPlugin extends Plugin {
    /** The agent looks at the calling classes; the rights of plugin-security.policy are enough. */
    static final Privileges PRIVILEGES = Privileges.NONE;

    /** The folder of opensearch.yml. */
    static Path configuration(Environment environment) {
        return environment.configDir();
    }

    static RestHandler statsHandler(Supplier<Map<String, Object>> stats) {
        return new StatsHandler(stats) {
            @Override
            public void handleRequest(RestRequest request, RestChannel channel, NodeClient client)
                    throws IOException {
                answer(channel);
            }
        };
    }

    abstract void start(
            ClusterService cluster,
            ThreadPool threads,
            Environment environment,
            IndexNameExpressionResolver names,
            NamedWriteableRegistry writeables);

    @Override
    public Collection<Object> createComponents(
            Client client,
            ClusterService cluster,
            ThreadPool threads,
            ResourceWatcherService watcher,
            ScriptService scripts,
            NamedXContentRegistry xContent,
            Environment environment,
            NodeEnvironment nodeEnvironment,
            NamedWriteableRegistry writeables,
            IndexNameExpressionResolver names,
            Supplier<RepositoriesService> repositories) {
        start(cluster, threads, environment, names, writeables);
        return List.of();
    }
}
