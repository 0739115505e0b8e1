package org.vlrerank.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Certificates and private keys as RFC 7468 writes them. */
final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private record Block(String label, byte[] der) {}

    private Pem() {}

    private static List<Block> blocks(String text) throws GeneralSecurityException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            try {
                byte[] der = Base64.getMimeDecoder().decode(matcher.group(2).trim());
                blocks.add(new Block(matcher.group(1), der));
            } catch (IllegalArgumentException e) {
                throw new GeneralSecurityException("holds a block that is not base64", e);
            }
        }
        return blocks;
    }

    /** All certificates of a file, in its order; at least one. */
    static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(text)) {
            if (block.label.equals("CERTIFICATE")) {
                certificates.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(block.der)));
            }
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("holds no PEM certificate");
        }
        return certificates;
    }

    /**
     * The one PKCS#8 key of a file.
     *
     * @param passphrase of an encrypted key; null where it is not
     */
    static PrivateKey privateKey(String text, char[] passphrase) throws GeneralSecurityException {
        for (Block block : blocks(text)) {
            switch (block.label) {
                case "PRIVATE KEY" -> {
                    return decode(new PKCS8EncodedKeySpec(block.der));
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    if (passphrase == null) {
                        throw new GeneralSecurityException(
                                "is encrypted and vl_rerank.ssl.secure_key_passphrase is not in the"
                                        + " keystore");
                    }
                    return decode(decrypt(block.der, passphrase));
                }
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                        throw new GeneralSecurityException(
                                "is not PKCS#8; openssl pkcs8 -topk8 converts it");
                default -> {}
            }
        }
        throw new GeneralSecurityException("holds no PEM private key");
    }

    private static PKCS8EncodedKeySpec decrypt(byte[] der, char[] passphrase)
            throws GeneralSecurityException {
        try {
            EncryptedPrivateKeyInfo encrypted = new EncryptedPrivateKeyInfo(der);
            // PBES2 is named only by its parameters.
            String algorithm =
                    encrypted.getAlgParameters() == null
                            ? encrypted.getAlgName()
                            : encrypted.getAlgParameters().toString();
            Key key =
                    SecretKeyFactory.getInstance(algorithm)
                            .generateSecret(new PBEKeySpec(passphrase));
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, key, encrypted.getAlgParameters());
            return encrypted.getKeySpec(cipher);
        } catch (IOException e) {
            throw new GeneralSecurityException("is no PKCS#8 key", e);
        }
    }

    private static PrivateKey decode(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException otherKind) {
                continue;
            }
        }
        throw new GeneralSecurityException("is a key of none of the kinds " + KEY_ALGORITHMS);
    }
}
