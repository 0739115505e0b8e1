package org.vlrerank.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vlrerank.client.RerankException.Reason;
import org.vlrerank.client.TlsSettings.Verification;

import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import javax.net.ssl.SSLContext;

/** The certificates in resources/tls, against a real server that wants one of its clients. */
class TlsTest {
    private static final long PLENTY_MILLIS = 30_000;
    private static final RerankParameters PARAMETERS =
            RerankParameters.parse(Map.of("query", "q", "fields", Map.of("text", "t")));

    private static Path directory() {
        try {
            return Path.of(TlsTest.class.getResource("/tls/ca.crt").toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(
            String authority, String identity, String key, String passphrase, String verification) {
        return new TlsSettings(
                        authority.isEmpty() ? List.of() : List.of(authority),
                        identity.isEmpty() ? "" : identity + ".crt",
                        key.isEmpty() ? "" : key + ".key",
                        passphrase.isEmpty() ? null : passphrase.toCharArray(),
                        Verification.parse(verification))
                .context(directory());
    }

    private static double[] scores(String serverIdentity, SSLContext clientTls)
            throws ExecutionException, InterruptedException, java.io.IOException {
        SSLContext serverTls = context("ca.crt", serverIdentity, serverIdentity, "", "full");
        try (Imposter imposter = new Imposter(serverTls, Imposter::replyWell);
                RerankClient client =
                        new RerankClient(
                                new JacksonCodec(),
                                Privileges.NONE,
                                new Access("secret", clientTls),
                                List.of(imposter.endpoint()),
                                4)) {
            return client.rerank(
                            PARAMETERS,
                            List.of(Content.text("a")),
                            Deadline.after(PLENTY_MILLIS),
                            true)
                    .get();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // server's certificate, ours, key, passphrase, verification
        "server, client, client, '', full",
        "server, client, client-encrypted, open-sesame, full",
        "elsewhere, client, client, '', certificate",
        "elsewhere, client, client, '', none",
        "stranger, client, client, '', none"
    })
    void trusts(String server, String identity, String key, String passphrase, String verification)
            throws Exception {
        SSLContext tls = context("ca.crt", identity, key, passphrase, verification);
        assertArrayEquals(new double[] {0.9}, scores(server, tls), 1e-9);
    }

    @ParameterizedTest
    @CsvSource({
        // server's certificate, authorities, ours, verification
        "elsewhere, ca.crt, client, full",
        "stranger, ca.crt, client, full",
        "stranger, ca.crt, client, certificate",
        "server, '', client, full",
        "server, stranger.crt, client, full"
    })
    void refuses(String server, String authority, String identity, String verification) {
        SSLContext tls = context(authority, identity, identity, "", verification);
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> scores(server, tls));
        RerankException failure = (RerankException) e.getCause();
        assertEquals(Reason.TLS, failure.reason(), String.valueOf(failure.getCause()));
    }

    /** In TLS 1.3 the client may hear of it only as a connection that breaks. */
    @ParameterizedTest
    @ValueSource(strings = {"", "stranger"})
    void isRefusedWithoutTheCertificateThatTheServerWants(String identity) {
        SSLContext tls = context("ca.crt", identity, identity, "", "full");
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> scores("server", tls));
        Reason reason = ((RerankException) e.getCause()).reason();
        assertTrue(reason == Reason.TLS || reason == Reason.UNREACHABLE, reason.token());
    }

    @Test
    void noTlsAtAllFailsTheHandshake() throws Exception {
        try (ServerSocket plain = new ServerSocket(0);
                RerankClient client =
                        new RerankClient(
                                new JacksonCodec(),
                                Privileges.NONE,
                                Access.NONE,
                                List.of(
                                        Endpoint.parse("https://127.0.0.1:" + plain.getLocalPort())),
                                4)) {
            CompletableFuture<double[]> call =
                    client.rerank(
                            PARAMETERS,
                            List.of(Content.text("a")),
                            Deadline.after(PLENTY_MILLIS),
                            true);
            try (Socket connection = plain.accept()) {
                assertTrue(connection.getInputStream().read() >= 0);
                connection.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
                ExecutionException e = assertThrows(ExecutionException.class, call::get);
                assertEquals(Reason.TLS, ((RerankException) e.getCause()).reason());
            }
        }
    }

    @Test
    void refusesAKeyThatCannotStandInAHeader() {
        for (String key : List.of("two words", "two\r\nlines", "schl\u00fcssel", "\u0000")) {
            assertThrows(IllegalArgumentException.class, () -> new Access(key, null));
        }
    }

    @Test
    void nothingSetIsTheJdksOwn() {
        assertNull(context("", "", "", "", "full"));
    }

    @ParameterizedTest
    @CsvSource({
        // authorities, certificate, key, passphrase, what the complaint says
        "nosuch.crt, '', '', '', certificate_authorities] the file [nosuch.crt] cannot be read",
        "ca.crt, nosuch, client, '', certificate] the file [nosuch.crt] cannot be read",
        "ca.crt, client, nosuch, '', key] the file [nosuch.key] cannot be read",
        "server.key, '', '', '', holds no PEM certificate",
        "ca.crt, client, '', '', must be set together",
        "ca.crt, '', client, '', must be set together",
        "ca.crt, client, client-encrypted, '', secure_key_passphrase is not in the keystore",
        "ca.crt, client, client-encrypted, wrong, client-encrypted.key]",
        "ca.crt, client, client-traditional, '', is not PKCS#8",
        "ca.crt, client, ../tls/make, '', cannot be read"
    })
    void namesWhatIsWrong(
            String authority, String certificate, String key, String passphrase, String complaint) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> context(authority, certificate, key, passphrase, "full"));
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertTrue(e.getMessage().contains("[vl_rerank.ssl."), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "FULL", "strict"})
    void refusesAnUnknownVerification(String text) {
        assertThrows(IllegalArgumentException.class, () -> Verification.parse(text));
    }
}
