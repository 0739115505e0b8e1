package org.vlrerank.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The settings {@code vl_rerank.ssl.*}. Complaints are IllegalArgumentExceptions that name the
 * setting and the file.
 *
 * @param certificateAuthorities PEM files, relative to the engine's configuration folder; empty for
 *     the JDK's own authorities
 * @param certificate PEM file of the client's chain, leaf first; "" for none
 * @param key PEM file (PKCS#8) of its key; "" for none
 * @param keyPassphrase null where the key is not encrypted
 */
public record TlsSettings(
        List<String> certificateAuthorities,
        String certificate,
        String key,
        char[] keyPassphrase,
        Verification verification) {
    public static final String PREFIX = "vl_rerank.ssl.";

    /** What of a sidecar's certificate is checked. */
    public enum Verification {
        /** Its chain and that it names the host. */
        FULL,
        /** Its chain. */
        CERTIFICATE,
        /** Nothing. */
        NONE;

        public static Verification parse(String text) {
            for (Verification value : values()) {
                if (value.toString().equals(text)) {
                    return value;
                }
            }
            throw new IllegalArgumentException(
                    "["
                            + PREFIX
                            + "verification_mode] must be full, certificate or none, got ["
                            + text
                            + "]");
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final char[] IN_MEMORY = "in memory".toCharArray();

    /** Null where nothing is set: the JDK's own context does. */
    public SSLContext context(Path configuration) {
        if (certificate.isEmpty() != key.isEmpty()) {
            throw new IllegalArgumentException(
                    "[" + PREFIX + "certificate] and [" + PREFIX + "key] must be set together");
        }
        if (certificate.isEmpty()
                && certificateAuthorities.isEmpty()
                && verification == Verification.FULL) {
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(configuration), trustManagers(configuration), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "[" + PREFIX + "*] cannot be used: " + e.getMessage(), e);
        }
    }

    private KeyManager[] keyManagers(Path configuration)
            throws GeneralSecurityException, IOException {
        if (certificate.isEmpty()) {
            return null;
        }
        Certificate[] chain =
                read(configuration, "certificate", certificate, Pem::certificates)
                        .toArray(new Certificate[0]);
        PrivateKey privateKey =
                read(configuration, "key", key, text -> Pem.privateKey(text, keyPassphrase));
        KeyStore store = emptyStore();
        store.setKeyEntry("client", privateKey, IN_MEMORY, chain);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, IN_MEMORY);
        return factory.getKeyManagers();
    }

    private TrustManager[] trustManagers(Path configuration)
            throws GeneralSecurityException, IOException {
        KeyStore store = null; // the JDK's own
        if (!certificateAuthorities.isEmpty()) {
            store = emptyStore();
            for (String file : certificateAuthorities) {
                for (X509Certificate authority :
                        read(
                                configuration,
                                "certificate_authorities",
                                file,
                                Pem::certificates)) {
                    store.setCertificateEntry("authority-" + store.size(), authority);
                }
            }
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        TrustManager[] managers = factory.getTrustManagers();
        if (verification == Verification.FULL) {
            return managers;
        }
        X509TrustManager chains =
                verification == Verification.NONE ? null : (X509TrustManager) managers[0];
        return new TrustManager[] {new AnyHostTrustManager(chains)};
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, IN_MEMORY);
        return store;
    }

    private interface Parser<T> {
        T parse(String text) throws GeneralSecurityException;
    }

    private static <T> T read(Path configuration, String setting, String file, Parser<T> parser) {
        String place = "[" + PREFIX + setting + "] the file [" + file + "] ";
        try {
            return parser.parse(
                    Files.readString(
                            configuration.resolve(file), StandardCharsets.ISO_8859_1));
        } catch (IOException | SecurityException e) {
            throw new IllegalArgumentException(
                    place + "cannot be read: " + e.getClass().getSimpleName(), e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(place + e.getMessage(), e);
        }
    }
}
