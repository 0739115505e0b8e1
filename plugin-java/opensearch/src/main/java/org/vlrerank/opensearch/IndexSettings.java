package org.vlrerank.opensearch;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.vlrerank.client.IndexDefaults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The settings {@code index.vl_rerank.*}. */
final class IndexSettings {
    private IndexSettings() {}

    static List<Setting<?>> all() {
        List<Setting<?>> all = new ArrayList<>();
        all.add(
                Setting.boolSetting(
                        IndexDefaults.ENABLED, false, Property.IndexScope, Property.Dynamic));
        for (String name : IndexDefaults.VALUES) {
            all.add(
                    Setting.simpleString(
                            IndexDefaults.PREFIX + name,
                            text -> IndexDefaults.check(name, text),
                            Property.IndexScope,
                            Property.Dynamic));
        }
        for (String name : IndexDefaults.LISTS) {
            all.add(
                    Setting.listSetting(
                            IndexDefaults.PREFIX + name,
                            List.of(),
                            Function.identity(),
                            Property.IndexScope,
                            Property.Dynamic));
        }
        return all;
    }

    static Map<String, Object> read(Settings settings) {
        return IndexDefaults.read(settings::get, settings::getAsList);
    }
}
