package org.vlrerank.elasticsearch;

import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.vlrerank.client.WarmParameters;
import org.vlrerank.client.Warmer;

import java.util.Map;
import java.util.function.Supplier;

/** The ingest processor {@code vl_rerank_warm}: names a document's media to the sidecars. */
final class WarmProcessor extends AbstractProcessor {
    static final String TYPE = "vl_rerank_warm";

    private final WarmParameters parameters;
    private final Supplier<Warmer> warmer;

    private WarmProcessor(
            String tag, String description, WarmParameters parameters, Supplier<Warmer> warmer) {
        super(tag, description);
        this.parameters = parameters;
        this.warmer = warmer;
    }

    /** Takes its own keys out of the configuration, so that the engine can complain of the rest. */
    static WarmProcessor create(
            String tag,
            String description,
            Map<String, Object> configuration,
            Supplier<Warmer> warmer) {
        try {
            return new WarmProcessor(
                    tag, description, WarmParameters.take(configuration), warmer);
        } catch (IllegalArgumentException e) {
            throw ConfigurationUtils.newConfigurationException(TYPE, tag, null, e.getMessage());
        }
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
        warmer.get().warm(parameters, document.getSource());
        return document;
    }

    @Override
    public String getType() {
        return TYPE;
    }
}
