package org.vlrerank.client;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * A connection to one sidecar, plain or with TLS, for one exchange at a time. It blocks; {@link
 * #abort} ends that from another thread.
 */
final class HttpConnection {
    /** No connection came about. */
    static final class NotConnected extends IOException {
        NotConnected(IOException cause) {
            super(cause);
        }
    }

    /** A kept connection had ended before an answer began: most likely the server has closed it. */
    static final class Stale extends IOException {
        Stale(IOException cause) {
            super(cause);
        }
    }

    /**
     * A host that does not answer leaves time for another endpoint; a lost first packet is sent again
     * after a second.
     */
    private static final int CONNECT_MILLIS = 1_500;

    /** Of one read in the handshake, which a busy node may take a second for. */
    private static final int HANDSHAKE_MILLIS = 4_000;

    /** The JDK copies what is written into memory of the writing thread, and keeps that. */
    private static final int OUTPUT_BYTES = 64 << 10;

    private final Endpoint endpoint;

    /** Below TLS: closing it ends whatever waits above, and waits for nothing itself. */
    private final Socket socket = new Socket();

    private OutputStream out;
    private AnswerReader in;

    HttpConnection(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /**
     * @param tls for https endpoints
     */
    void open(SSLSocketFactory tls) throws IOException {
        try {
            InetAddress address = InetAddress.getByName(endpoint.host());
            socket.connect(new InetSocketAddress(address, endpoint.port()), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new NotConnected(e);
        }
        Socket top = endpoint.secure() ? secured(tls) : socket;
        out = new BufferedOutputStream(top.getOutputStream(), OUTPUT_BYTES);
        in = new AnswerReader(top.getInputStream(), HttpTransport.MAX_ANSWER_BYTES);
    }

    private Socket secured(SSLSocketFactory tls) throws IOException {
        SSLSocket secure =
                (SSLSocket) tls.createSocket(socket, endpoint.host(), endpoint.port(), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        socket.setSoTimeout(HANDSHAKE_MILLIS);
        try {
            secure.startHandshake();
        } catch (SocketTimeoutException e) {
            throw new NotConnected(e);
        }
        socket.setSoTimeout(0);
        return secure;
    }

    HttpAnswer exchange(byte[] head, RequestBody body) throws IOException {
        in.expect();
        out.write(head);
        body.writeTo(out);
        out.flush();
        return in.read();
    }

    /** Whether the server had begun to answer the exchange that failed. */
    boolean answerBegun() {
        return in != null && in.begun();
    }

    /** Whether nothing has come between two exchanges: what has is no answer, or the end of TLS. */
    boolean quiet() {
        try {
            return !in.hasMore() && socket.getInputStream().available() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends the exchange under way; from any thread, and more than once. */
    void abort() {
        try {
            socket.close();
        } catch (IOException e) { // it is gone, then
            return;
        }
    }
}
