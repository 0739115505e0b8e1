package org.vlrerank.elasticsearch;

import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.vlrerank.client.RerankNode;

/** What a rescorer needs of its node. */
record RerankService(RerankNode node, ThreadContext threadContext) {}
