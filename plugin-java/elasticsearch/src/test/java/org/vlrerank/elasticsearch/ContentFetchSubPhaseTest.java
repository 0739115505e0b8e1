package org.vlrerank.elasticsearch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.junit.jupiter.api.Test;
import org.vlrerank.client.ContentReader;

import java.io.IOException;
import java.lang.reflect.Method;
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

    /** Elasticsearch 8 and 9 differ in what it is told. */
    private static SearchHit read(StreamInput in) throws ReflectiveOperationException {
        for (Method method : SearchHit.class.getMethods()) {
            if (method.getName().equals("readFrom")) {
                return (SearchHit)
                        (method.getParameterCount() == 1
                                ? method.invoke(null, in)
                                : method.invoke(null, in, false));
            }
        }
        throw new AssertionError("no way to read a hit");
    }

    /** Without any field its map of them is one that cannot be changed. */
    @Test
    void isTakenOffHitsThatTravelled() throws IOException, ReflectiveOperationException {
        byte[] content = {'{', '}'};
        for (boolean collected : new boolean[] {false, true}) {
            SearchHit hit = SearchHit.unpooled(1, "a");
            if (collected) {
                Versioned.setField(hit, new DocumentField(ContentFetchSubPhase.FIELD, List.of(content)));
            }
            BytesStreamOutput out = new BytesStreamOutput();
            hit.writeTo(out);
            SearchHit arrived = read(out.bytes().streamInput());
            assertArrayEquals(
                    collected ? content : ContentReader.NONE, ContentFetchSubPhase.take(arrived));
            if (collected) {
                Versioned.setField(arrived, new DocumentField("another", List.of(1f)));
            }
        }
    }
}
