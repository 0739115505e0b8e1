package org.vlrerank.client;

import java.util.List;
import java.util.Set;

/** The paths in {@code _source} that a document's content is taken from. */
public record Fields(List<String> text, List<String> image, List<String> video) {
    static Fields parse(Object value) {
        if (value == null) {
            throw ParameterReader.complaint(
                    "fields",
                    "is required: name at least one of fields.text, fields.image, fields.video");
        }
        ParameterReader reader = ParameterReader.of("fields", value);
        reader.refuseOthers(Set.of("text", "image", "video"));
        Fields fields =
                new Fields(
                        reader.strings("text"), reader.strings("image"), reader.strings("video"));
        if (fields.text.isEmpty() && fields.image.isEmpty() && fields.video.isEmpty()) {
            throw ParameterReader.complaint("fields", "must name at least one field");
        }
        return fields;
    }
}
