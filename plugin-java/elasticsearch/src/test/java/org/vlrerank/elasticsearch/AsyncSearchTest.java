package org.vlrerank.elasticsearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.ShardSearchFailure;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchHits;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskManager;
import org.elasticsearch.telemetry.metric.MeterRegistry;
import org.elasticsearch.threadpool.DefaultBuiltInExecutorBuilders;
import org.elasticsearch.threadpool.ThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.Access;
import org.vlrerank.client.AllowedEndpoints;
import org.vlrerank.client.Privileges;
import org.vlrerank.client.RerankNode;
import org.vlrerank.client.RerankParameters;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Searches of callers that do not wait, through the action filter and a chain that answers on a
 * thread of its own: however they end, their listener hears of it once.
 */
class AsyncSearchTest {
    private static final String SEARCH = "indices:data/read/search";
    private static final long PLENTY_SECONDS = 30;
    private static final String SCORES =
            "{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0,\"relevance_score\":0.2}]}";

    private static final class Listener implements ActionListener<SearchResponse> {
        final AtomicInteger heard = new AtomicInteger();
        final CountDownLatch first = new CountDownLatch(1);
        volatile List<String> ids;
        volatile Exception failure;

        @Override
        public void onResponse(SearchResponse response) {
            ids = Arrays.stream(response.getHits().getHits()).map(SearchHit::getId).toList();
            heard.incrementAndGet();
            first.countDown();
        }

        @Override
        public void onFailure(Exception e) {
            failure = e;
            heard.incrementAndGet();
            first.countDown();
        }
    }

    private final CountDownLatch testOver = new CountDownLatch(1);
    private final ExecutorService shards = Executors.newSingleThreadExecutor();
    private final ExecutorService http = Executors.newCachedThreadPool();
    private ThreadPool threads;
    private TaskManager tasks;
    private HttpServer sidecar;
    private RerankNode node;
    private RerankFilter filter;
    private RetrieverCall call;

    @BeforeAll
    static void giveTheEngineItsLoggers() {
        LogConfigurator.configureESLogging();
    }

    @BeforeEach
    void start() throws IOException {
        threads =
                new ThreadPool(
                        Settings.builder().put("node.name", "test").build(),
                        MeterRegistry.NOOP,
                        new DefaultBuiltInExecutorBuilders());
        tasks = new TaskManager(Settings.EMPTY, threads, Set.of());
        sidecar =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        sidecar.setExecutor(http);
        sidecar.start();
        node =
                new RerankNode(
                        new XContentCodec(),
                        Privileges.NONE,
                        new AllowedEndpoints(List.of(), List.of()),
                        List.of("http://127.0.0.1:" + sidecar.getAddress().getPort()),
                        Access.NONE,
                        TimeUnit.SECONDS.toMillis(PLENTY_SECONDS),
                        100,
                        8,
                        4);
        SearchCoordinator coordinator = new SearchCoordinator(node, null, null, threads);
        filter = new RerankFilter(() -> coordinator);
    }

    @AfterEach
    void stop() {
        testOver.countDown();
        node.close();
        sidecar.stop(0);
        http.shutdownNow();
        shards.shutdownNow();
        ThreadPool.terminate(threads, PLENTY_SECONDS, TimeUnit.SECONDS);
    }

    private void behave(HttpHandler handler) {
        sidecar.createContext("/", handler);
    }

    private static HttpHandler replying(int status, String body) {
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        };
    }

    /** The search that a retriever makes of its child: the filter needs no cluster for it. */
    private SearchRequest request(Map<String, Object> more) {
        Map<String, Object> parameters = new HashMap<>(more);
        parameters.put("query", "q");
        parameters.put("fields", Map.of("text", "t"));
        call = new RetrieverCall(RerankParameters.parseCoordinator(parameters));
        return new SearchRequest("index")
                .source(
                        new SearchSourceBuilder()
                                .size(2)
                                .ext(List.of(VlRerankExtBuilder.forRetriever(call))));
    }

    private static SearchResponse twoHits() {
        List<SearchHit> hits = new ArrayList<>();
        for (String id : List.of("a", "b")) {
            SearchHit hit = new SearchHit(hits.size(), id);
            hit.score(2 - hits.size());
            byte[] content = ("{\"text\":[\"" + id + "\"]}").getBytes(StandardCharsets.US_ASCII);
            Versioned.setField(
                    hit, new DocumentField(ContentFetchSubPhase.FIELD, List.of(content)));
            hits.add(hit);
        }
        SearchHits all = new SearchHits(hits.toArray(SearchHit[]::new), null, 2);
        try {
            return response(all);
        } finally {
            all.decRef();
        }
    }

    private static SearchResponse response(SearchHits hits) {
        return new SearchResponse(
                hits,
                null,
                null,
                false,
                null,
                null,
                1,
                null,
                1,
                1,
                0,
                1,
                ShardSearchFailure.EMPTY_ARRAY,
                SearchResponse.Clusters.EMPTY);
    }

    /** Does not wait; the chain answers from another thread. */
    private Task search(SearchRequest request, ActionListener<SearchResponse> listener) {
        Task task = tasks.register("transport", SEARCH, request);
        ActionFilterChain<SearchRequest, SearchResponse> chain =
                (chainTask, action, chained, next) ->
                        shards.execute(() -> ActionListener.respondAndRelease(next, twoHits()));
        filter.apply(task, SEARCH, request, listener, chain);
        return task;
    }

    private void once(Listener listener) throws InterruptedException {
        assertTrue(listener.first.await(PLENTY_SECONDS, TimeUnit.SECONDS), "heard nothing");
        // A cancelled search is told before its call to the sidecar is taken down.
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PLENTY_SECONDS);
        while (node.client().running() > 0 && System.nanoTime() < patience) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertEquals(0, node.client().running());
        node.close();
        assertEquals(1, listener.heard.get());
    }

    private Listener asked(Map<String, Object> parameters) {
        Listener listener = new Listener();
        search(request(parameters), listener);
        return listener;
    }

    @Test
    void reranked() throws InterruptedException {
        behave(replying(200, SCORES));
        Listener listener = asked(Map.of());
        once(listener);
        assertNull(listener.failure);
        assertEquals(List.of("b", "a"), listener.ids);
        assertTrue(call.marker().text().startsWith("applied"), call.marker().text());
    }

    @Test
    void failedOpen() throws InterruptedException {
        behave(replying(500, "{}"));
        Listener listener = asked(Map.of());
        once(listener);
        assertEquals(List.of("a", "b"), listener.ids);
        assertEquals("failed;reason=server_error", call.marker().text());
    }

    @Test
    void failed() throws InterruptedException {
        behave(replying(500, "{}"));
        Listener listener = asked(Map.of("on_error", "fail"));
        once(listener);
        assertTrue(listener.failure.getMessage().contains("vl_rerank"), listener.failure.toString());
    }

    @Test
    void outOfTime() throws InterruptedException {
        behave(exchange -> hang());
        Listener listener = asked(Map.of("timeout", "50ms"));
        once(listener);
        assertEquals(List.of("a", "b"), listener.ids);
        assertEquals("failed;reason=timeout", call.marker().text());
    }

    private void hang() {
        try {
            testOver.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void cancelledWhileTheSidecarWorks() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        behave(
                exchange -> {
                    asked.countDown();
                    hang();
                });
        Listener listener = new Listener();
        Task task = search(request(Map.of()), listener);
        assertTrue(asked.await(PLENTY_SECONDS, TimeUnit.SECONDS));
        assertEquals(0, listener.heard.get());
        tasks.cancel((CancellableTask) task, "by the user", () -> {});
        once(listener);
        assertTrue(
                listener.failure instanceof TaskCancelledException, listener.failure.toString());
    }

    @Test
    void theListenersOwnFaultIsNotToldToIt() throws InterruptedException {
        behave(replying(200, SCORES));
        Listener listener = new Listener();
        search(
                request(Map.of()),
                new ActionListener<>() {
                    @Override
                    public void onResponse(SearchResponse response) {
                        listener.onResponse(response);
                        throw new IllegalStateException("the listener's own fault");
                    }

                    @Override
                    public void onFailure(Exception e) {
                        listener.onFailure(e);
                    }
                });
        once(listener);
        assertNull(listener.failure);
    }

    @Test
    void failuresOfTheSearchItselfPassOnce() throws InterruptedException {
        Listener listener = new Listener();
        SearchRequest request = request(Map.of());
        ActionFilterChain<SearchRequest, SearchResponse> chain =
                (task, action, chained, next) ->
                        shards.execute(() -> next.onFailure(new IOException("shards")));
        filter.apply(tasks.register("transport", SEARCH, request), SEARCH, request, listener, chain);
        once(listener);
        assertEquals("shards", listener.failure.getMessage());
    }
}
