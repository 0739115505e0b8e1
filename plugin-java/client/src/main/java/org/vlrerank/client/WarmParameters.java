package org.vlrerank.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a user writes under {@code vl_rerank_warm} in an ingest pipeline. Immutable; complaints are
 * IllegalArgumentExceptions.
 *
 * @param fields paths of images and videos in a document
 * @param mediaBase put before object keys without a scheme; null for none
 * @param image how searches will want images resized; null for the sidecar's default
 */
public record WarmParameters(Fields fields, String mediaBase, Map<String, Object> image) {
    /** All the keys there are. */
    public static final Set<String> KEYS = Set.of("fields", "media_base", "image");

    @SuppressWarnings("unchecked")
    public static WarmParameters parse(Map<String, Object> source) {
        ParameterReader reader = new ParameterReader("", source);
        reader.refuseOthers(KEYS);
        Fields fields = Fields.parse(reader.value("fields"));
        if (!fields.text().isEmpty()) {
            throw ParameterReader.complaint(
                    "fields.text", "is not possible here: only images and videos are warmed");
        }
        Object image = reader.value("image");
        if (image != null) {
            ParameterReader.of("image", image).refuseOthers(RerankParameters.IMAGE_KEYS);
        }
        return new WarmParameters(
                fields, reader.string("media_base"), (Map<String, Object>) image);
    }

    /** Takes the keys of {@link #KEYS} out of a configuration and parses them. */
    public static WarmParameters take(Map<String, Object> configuration) {
        Map<String, Object> own = new LinkedHashMap<>();
        for (String key : KEYS) {
            if (configuration.containsKey(key)) {
                own.put(key, configuration.remove(key));
            }
        }
        return parse(own);
    }

    /** The references to images and videos in a document, as the sidecar takes them. */
    List<Object> media(Map<String, Object> source) {
        List<Object> media = new ArrayList<>();
        for (Object value : Documents.content(source, fields, mediaBase).values()) {
            if (value instanceof List<?> list) {
                media.addAll(list);
            } else {
                media.add(value);
            }
        }
        return media;
    }
}
