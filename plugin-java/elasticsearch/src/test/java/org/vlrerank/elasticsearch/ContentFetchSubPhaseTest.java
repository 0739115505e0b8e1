package org.vlrerank.elasticsearch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.document.DocumentField;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

class ContentFetchSubPhaseTest {
    /** As it does from the shard's node to the coordinating one. */
    @Test
    void contentTravels() throws IOException {
        byte[] content = {'{', '}'};
        BytesStreamOutput out = new BytesStreamOutput();
        new DocumentField(ContentFetchSubPhase.FIELD, List.of(content)).writeTo(out);
        DocumentField arrived = new DocumentField(out.bytes().streamInput());
        assertArrayEquals(content, (byte[]) arrived.getValues().get(0));
    }
}
