package org.vlrerank.client;

import java.io.IOException;
import java.util.Map;

/**
 * JSON as the engine reads and writes it, so that the plugin brings no JSON library of its own.
 * Thread safe.
 */
public interface JsonCodec {
    /** Nothing stands before or behind the object. */
    byte[] write(Map<String, ?> object) throws IOException;

    /** Reads one object; throws an IOException or a RuntimeException on anything else. */
    Map<String, Object> read(byte[] bytes) throws IOException;
}
