package org.vlrerank.client;

/**
 * An answer with its whole body.
 *
 * @param reusable whether the connection may carry another request
 */
record HttpAnswer(int status, byte[] body, boolean reusable) {}
