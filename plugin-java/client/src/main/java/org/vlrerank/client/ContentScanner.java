package org.vlrerank.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * {@link Documents#content} from the JSON of a {@code _source} to the JSON of the document, without
 * an object in between: texts are copied as they are written. What it is not made for it leaves to
 * the plain way. For one thread at a time.
 */
final class ContentScanner {
    /** Longer numbers, and those with a fraction, are printed as the parser prints them. */
    private static final int MAX_DIGITS = 18;

    private static final class NotMadeForIt extends RuntimeException {
        NotMadeForIt() {
            super(null, null, false, false);
        }
    }

    private static final NotMadeForIt NOT_MADE_FOR_IT = new NotMadeForIt();
    private static final byte[] TEXT = ascii("\"text\":[");
    private static final byte[] NEWLINE = ascii("\\n");

    private final byte[][] texts;
    private final byte[][] images;
    private final byte[][] videos;
    private final String mediaBase;
    private final IntConsumer textSink = this::addText;
    private final IntConsumer mediaSink = this::addMedia;
    private final JsonBuffer out = new JsonBuffer();
    private final JsonCursor source = new JsonCursor(NOT_MADE_FOR_IT);

    private int textFields;
    private int textParts;
    private final List<String> media = new ArrayList<>();

    ContentScanner(Fields fields, String mediaBase) {
        this.texts = paths(fields.text());
        this.images = paths(fields.image());
        this.videos = paths(fields.video());
        this.mediaBase = mediaBase;
    }

    private static byte[][] paths(List<String> fields) {
        return fields.stream()
                .map(field -> field.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The document; empty for one without content; null where the plain way must be taken. */
    byte[] scan(byte[] json, int offset, int length) {
        try {
            source.reset(json, offset, length);
            out.clear();
            out.add('{');
            textFields = 0;
            for (byte[] path : texts) {
                textParts = 0;
                collect(source.root(), path, 0, textSink);
                if (textParts > 0) {
                    out.add('"');
                    textFields++;
                }
            }
            if (textFields > 0) {
                out.add(']');
            }
            putMedia("image", images);
            putMedia("video", videos);
            if (out.size() == 1) {
                return ContentReader.NONE;
            }
            out.add('}');
            return out.toBytes();
        } catch (NotMadeForIt e) {
            return null;
        }
    }

    /** As {@link Documents#values}, in the same order. */
    private void collect(int value, byte[] path, int start, IntConsumer sink) {
        byte first = source.at(value);
        if (first == '[') {
            for (int item = source.firstItem(value); item >= 0; item = source.nextItem(item)) {
                collect(item, path, start, sink);
            }
        } else if (start >= path.length) {
            sink.accept(value);
        } else if (first == '{') {
            for (int end = dot(path, start); end < path.length; end = dot(path, end + 1)) {
                descend(value, path, start, end, sink);
            }
            descend(value, path, start, path.length, sink);
        }
    }

    private void descend(int object, byte[] path, int start, int end, IntConsumer sink) {
        int value = source.member(object, path, start, end);
        if (value >= 0) {
            collect(value, path, Math.min(end + 1, path.length), sink);
        }
    }

    private static int dot(byte[] path, int from) {
        int place = from;
        while (place < path.length && path[place] != '.') {
            place++;
        }
        return place;
    }

    private void addText(int value) {
        byte first = source.at(value);
        if (first == '"') {
            int end = source.checkedEndOfString(value);
            if (!source.isBlank(value + 1, end)) {
                addPart(value + 1, end);
            }
        } else if (first == 't' || first == 'f') {
            addPart(value, source.skip(value));
        } else if (first != '{' && first != 'n') {
            int end = source.skip(value);
            checkWhole(value, end);
            addPart(value, end);
        }
    }

    private void addPart(int from, int to) {
        if (textParts > 0) {
            out.add(NEWLINE);
        } else if (textFields > 0) {
            out.add(',');
            out.add('"');
        } else {
            out.add(TEXT);
            out.add('"');
        }
        textParts++;
        out.add(source.bytes(), from, to);
    }

    /** Whole numbers print as they are written, but for -0. */
    private void checkWhole(int from, int to) {
        int digits = source.at(from) == '-' ? from + 1 : from;
        if (to - digits > MAX_DIGITS || digits > from && source.at(digits) == '0') {
            throw NOT_MADE_FOR_IT;
        }
        for (int i = digits; i < to; i++) {
            if (source.at(i) < '0' || source.at(i) > '9') {
                throw NOT_MADE_FOR_IT;
            }
        }
    }

    private void addMedia(int value) {
        byte first = source.at(value);
        if (first == '{') {
            throw NOT_MADE_FOR_IT;
        }
        if (first == '"') {
            int end = source.checkedEndOfString(value);
            for (int i = value + 1; i < end; i++) {
                if (source.at(i) == '\\') {
                    throw NOT_MADE_FOR_IT;
                }
            }
            String reference =
                    new String(source.bytes(), value + 1, end - value - 1, StandardCharsets.UTF_8);
            if (Media.resolve(reference, mediaBase) instanceof String url) {
                media.add(url);
            }
        }
    }

    private void putMedia(String kind, byte[][] paths) {
        media.clear();
        for (byte[] path : paths) {
            collect(source.root(), path, 0, mediaSink);
        }
        if (media.isEmpty()) {
            return;
        }
        if (out.size() > 1) {
            out.add(',');
        }
        out.addString(kind);
        out.add(':');
        if (media.size() > 1) {
            out.add('[');
        }
        for (int i = 0; i < media.size(); i++) {
            if (i > 0) {
                out.add(',');
            }
            out.addString(media.get(i));
        }
        if (media.size() > 1) {
            out.add(']');
        }
    }
}
