package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Against a server whose every byte the test writes itself. */
class HttpTransportTest {
    private static final long PLENTY_SECONDS = 30;
    private static final String WELL = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final RequestBody BODY =
            RequestBody.of("{\"a\":1}".getBytes(StandardCharsets.US_ASCII));

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final ServerSocket server;
    private final HttpTransport transport =
            new HttpTransport(Privileges.NONE, new Access("key", null), timer);

    HttpTransportTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PLENTY_SECONDS));
    }

    @AfterEach
    void close() throws IOException {
        transport.close();
        timer.shutdownNow();
        server.close();
    }

    private CompletableFuture<HttpAnswer> post(RequestBody body) {
        Endpoint endpoint = Endpoint.parse("http://127.0.0.1:" + server.getLocalPort() + "/base");
        return transport.post(endpoint, "/v1/rerank", body, "id-1");
    }

    private Socket accept() throws IOException {
        Socket connection = server.accept();
        connection.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PLENTY_SECONDS));
        return connection;
    }

    /** The next request's head and body. */
    private static String request(Socket connection) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = connection.getInputStream();
        while (text.indexOf("\r\n\r\n") < 0) {
            text.append((char) in.read());
        }
        int length =
                Integer.parseInt(
                        text.toString().replaceFirst("(?s).*Content-Length: (\\d+).*", "$1"));
        return text + new String(in.readNBytes(length), StandardCharsets.US_ASCII);
    }

    private static void say(Socket connection, String answer) throws IOException {
        connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }

    private static HttpAnswer got(CompletableFuture<HttpAnswer> answer) throws Exception {
        return answer.get(PLENTY_SECONDS, TimeUnit.SECONDS);
    }

    private void servesOnce(Socket connection) throws Exception {
        CompletableFuture<HttpAnswer> answer = post(BODY);
        request(connection);
        say(connection, WELL);
        assertEquals(200, got(answer).status());
    }

    @Test
    void asksOverOneConnection() throws Exception {
        CompletableFuture<HttpAnswer> first = post(BODY);
        try (Socket connection = accept()) {
            assertEquals(
                    "POST /base/v1/rerank HTTP/1.1\r\nHost: 127.0.0.1:"
                            + server.getLocalPort()
                            + "\r\nX-Request-Id: id-1\r\nContent-Type: application/json\r\n"
                            + "Accept: application/json\r\nAuthorization: Bearer key\r\n"
                            + "Content-Length: 7\r\n\r\n{\"a\":1}",
                    request(connection));
            say(connection, WELL);
            assertEquals("ok", new String(got(first).body(), StandardCharsets.US_ASCII));
            servesOnce(connection);
        }
    }

    @Test
    void saysThatKeptConnectionsWereClosedAndForgetsThem() throws Exception {
        CompletableFuture<HttpAnswer> first = post(BODY);
        CompletableFuture<HttpAnswer> beside = post(BODY);
        try (Socket one = accept();
                Socket two = accept()) {
            request(one);
            request(two);
            say(one, WELL);
            say(two, WELL);
            got(first);
            got(beside);
        }
        ExecutionException e = assertThrows(ExecutionException.class, () -> got(post(BODY)));
        assertInstanceOf(HttpConnection.Stale.class, e.getCause());
        CompletableFuture<HttpAnswer> next = post(BODY);
        try (Socket connection = accept()) {
            request(connection);
            say(connection, WELL);
            assertEquals(200, got(next).status());
        }
    }

    @Test
    void doesNotTakeForAnAnswerWhatCameUnasked() throws Exception {
        CompletableFuture<HttpAnswer> first = post(BODY);
        try (Socket connection = accept()) {
            request(connection);
            say(connection, WELL + "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
            got(first);
            CompletableFuture<HttpAnswer> second = post(BODY);
            try (Socket another = accept()) {
                request(another);
                say(another, WELL);
                assertEquals(200, got(second).status());
            }
        }
    }

    @Test
    void doesNotAskAgainOnceAnAnswerHasBegun() throws Exception {
        CompletableFuture<HttpAnswer> first = post(BODY);
        Socket connection = accept();
        request(connection);
        say(connection, WELL);
        got(first);
        CompletableFuture<HttpAnswer> second = post(BODY);
        request(connection);
        say(connection, "HTTP/1.1 200 OK\r\nContent-Le");
        connection.close();
        ExecutionException e = assertThrows(ExecutionException.class, () -> got(second));
        assertInstanceOf(IOException.class, e.getCause());
    }

    @Test
    void aConnectionThatTheServerWillCloseIsNotKept() throws Exception {
        CompletableFuture<HttpAnswer> first = post(BODY);
        try (Socket connection = accept()) {
            request(connection);
            say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            assertFalse(got(first).reusable());
            assertEquals(-1, connection.getInputStream().read(), "the client has closed it");
        }
    }

    @Test
    void cancellingClosesTheConnection() throws Exception {
        CompletableFuture<HttpAnswer> answer = post(BODY);
        try (Socket connection = accept()) {
            request(connection);
            answer.cancel(true);
            assertEquals(-1, connection.getInputStream().read());
        }
    }

    /** The server does not read: the client waits in the middle of writing. */
    @Test
    void cancellingEndsAWriteThatHangs() throws Exception {
        byte[] more = new byte[64 << 20]; // than any socket's buffers hold
        CompletableFuture<HttpAnswer> answer = post(RequestBody.of(more));
        try (Socket connection = accept()) {
            assertTrue(connection.getInputStream().read() >= 0);
            answer.cancel(true);
            assertTrue(connection.getInputStream().readAllBytes().length < more.length);
        }
    }

    @Test
    void closingEndsWhatIsUnderWay() throws Exception {
        CompletableFuture<HttpAnswer> answer = post(BODY);
        try (Socket connection = accept()) {
            request(connection);
            transport.close();
            assertThrows(ExecutionException.class, () -> got(answer));
            assertEquals(-1, connection.getInputStream().read());
        }
        assertThrows(ExecutionException.class, () -> got(post(BODY)));
    }

    @Test
    void saysThatNobodyIsThere() throws Exception {
        server.close();
        ExecutionException e = assertThrows(ExecutionException.class, () -> got(post(BODY)));
        assertInstanceOf(HttpConnection.NotConnected.class, e.getCause());
    }
}
