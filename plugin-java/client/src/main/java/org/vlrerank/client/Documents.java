package org.vlrerank.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the sidecar's documents out of {@code _source} objects. */
public final class Documents {
    private Documents() {}

    /**
     * {text: [the values of a field joined by newlines, …], image: URL or [URL, …], video:
     * likewise}; a key without values is left out, so a document without any content is an empty
     * map.
     */
    public static Map<String, Object> content(
            Map<String, Object> source, Fields fields, String mediaBase) {
        Map<String, Object> content = new LinkedHashMap<>();
        List<String> texts = new ArrayList<>();
        for (String field : fields.text()) {
            List<String> parts = new ArrayList<>();
            for (Object value : values(source, field)) {
                if (value instanceof Number
                        || value instanceof Boolean
                        || value instanceof String text && !text.isBlank()) {
                    parts.add(WellFormed.text(value.toString()));
                }
            }
            if (!parts.isEmpty()) {
                texts.add(parts.size() == 1 ? parts.get(0) : String.join("\n", parts));
            }
        }
        if (!texts.isEmpty()) {
            content.put("text", texts);
        }
        putMedia(content, "image", source, fields.image(), mediaBase);
        putMedia(content, "video", source, fields.video(), mediaBase);
        return content;
    }

    private static void putMedia(
            Map<String, Object> content,
            String kind,
            Map<String, Object> source,
            List<String> fields,
            String mediaBase) {
        List<Object> media = new ArrayList<>();
        for (String field : fields) {
            for (Object value : values(source, field)) {
                Object resolved = Media.resolve(value, mediaBase);
                if (resolved != null) {
                    media.add(resolved);
                }
            }
        }
        if (!media.isEmpty()) {
            content.put(kind, media.size() == 1 ? media.get(0) : media);
        }
    }

    /**
     * All values at a dotted path, in document order. Each dot may be a step into an object or a
     * part of a key ({"a": {"b": 1}}, {"a.b": 1}); arrays of objects and arrays in arrays are
     * walked through; nulls are left out.
     */
    static List<Object> values(Map<String, Object> source, String path) {
        List<Object> values = new ArrayList<>();
        collect(source, path, values);
        return values;
    }

    private static void collect(Object node, String path, List<Object> values) {
        if (node instanceof List<?> list) {
            for (Object item : list) {
                collect(item, path, values);
            }
        } else if (path.isEmpty()) {
            if (node != null) {
                values.add(node);
            }
        } else if (node instanceof Map<?, ?> map) {
            for (int end = path.indexOf('.'); end >= 0; end = path.indexOf('.', end + 1)) {
                collect(map.get(path.substring(0, end)), path.substring(end + 1), values);
            }
            collect(map.get(path), "", values);
        }
    }
}
