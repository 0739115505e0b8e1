package org.vlrerank.opensearch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class IndexSettingsTest {
    private static final Settings SET =
            Settings.builder()
                    .put("index.vl_rerank.enabled", true)
                    .put("index.vl_rerank.window_size", 20)
                    .putList("index.vl_rerank.fields.text", "title", "body")
                    .build();

    @Test
    void readAsARequestWouldGiveThem() {
        assertEquals(
                Map.of(
                        "enabled", true,
                        "window_size", 20,
                        "fields", Map.of("text", List.of("title", "body"))),
                IndexSettings.read(SET));
        assertEquals(Map.of("enabled", false), IndexSettings.read(Settings.EMPTY));
    }

    @Test
    void allAreIndexSettingsThatMayChangeAndHaveADefault() {
        for (Setting<?> setting : IndexSettings.all()) {
            assertTrue(setting.hasIndexScope(), setting.getKey());
            assertTrue(setting.isDynamic(), setting.getKey());
            setting.get(Settings.EMPTY);
            setting.get(SET);
        }
    }

    @Test
    void wrongValuesAreRefused() {
        Settings wrong = Settings.builder().put("index.vl_rerank.timeout", "soon").build();
        assertThrows(
                IllegalArgumentException.class,
                () -> IndexSettings.all().forEach(setting -> setting.get(wrong)));
    }
}
