package org.vlrerank.elasticsearch;

import org.elasticsearch.common.settings.SecureSetting;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.vlrerank.client.TlsSettings;
import org.vlrerank.client.TlsSettings.Verification;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

import javax.net.ssl.SSLContext;

/** The settings {@code vl_rerank.ssl.*} of elasticsearch.yml and the keystore. */
final class SslSettings {
    private static final Setting<List<String>> CERTIFICATE_AUTHORITIES =
            Setting.listSetting(
                    TlsSettings.PREFIX + "certificate_authorities",
                    List.of(),
                    Function.identity(),
                    Property.NodeScope);
    private static final Setting<String> CERTIFICATE =
            Setting.simpleString(TlsSettings.PREFIX + "certificate", Property.NodeScope);
    private static final Setting<String> KEY =
            Setting.simpleString(TlsSettings.PREFIX + "key", Property.NodeScope);
    private static final Setting<SecureString> KEY_PASSPHRASE =
            SecureSetting.secureString(TlsSettings.PREFIX + "secure_key_passphrase", null);
    private static final Setting<Verification> VERIFICATION_MODE =
            new Setting<>(
                    TlsSettings.PREFIX + "verification_mode",
                    Verification.FULL.toString(),
                    Verification::parse,
                    Property.NodeScope);

    private SslSettings() {}

    static List<Setting<?>> all() {
        return List.of(
                CERTIFICATE_AUTHORITIES, CERTIFICATE, KEY, KEY_PASSPHRASE, VERIFICATION_MODE);
    }

    /** Null for the JDK's own. Reads the files once: the node takes others when it is restarted. */
    static SSLContext context(Settings settings, Path configuration) {
        try (SecureString passphrase = KEY_PASSPHRASE.get(settings)) {
            return new TlsSettings(
                            CERTIFICATE_AUTHORITIES.get(settings),
                            CERTIFICATE.get(settings),
                            KEY.get(settings),
                            passphrase.length() == 0 ? null : passphrase.getChars(),
                            VERIFICATION_MODE.get(settings))
                    .context(configuration);
        }
    }
}
