package org.vlrerank.client;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.util.Map;

/** The engines bring their own; the tests of this module use Jackson. */
class JacksonCodec implements JsonCodec {
    private final ObjectMapper mapper = new ObjectMapper();

    @Override
    public byte[] write(Map<String, ?> object) throws IOException {
        return mapper.writeValueAsBytes(object);
    }

    @Override
    public Map<String, Object> read(byte[] bytes) throws IOException {
        return mapper.readValue(bytes, new TypeReference<>() {});
    }
}
