"""An imposter of the sidecar: answers POST /v1/rerank and /v1/warm as told and keeps what it was asked."""

import json
import pathlib
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TLS_DIRECTORY = (
    pathlib.Path(__file__).resolve().parents[2] / "plugin-java/client/src/test/resources/tls"
)
ROUTES = ("/v1/rerank", "/v1/warm")
SCORE = re.compile(r"score=([0-9.]+)")


class Reply:
    """One answer: a status, headers and a body, or a function that writes to the connection itself."""

    def __init__(self, status=200, body=b"", headers=None, write=None):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}
        self.write = write


def score_of(document):
    """A document says in its own content what it shall get: score=0.75."""
    found = SCORE.search(json.dumps(document))
    return float(found.group(1)) if found else 0.5


def results(request):
    scored = [{"index": i, "relevance_score": score_of(d)} for i, d in enumerate(request["documents"])]
    return sorted(scored, key=lambda r: (-r["relevance_score"], r["index"]))


def answer(scored):
    return Reply(body={"id": "rr-1", "model": "imposter", "results": scored, "usage": {"total_tokens": 1}})


def well(request):
    if "media" in request:
        return Reply(202, {"accepted": len(request["media"]), "already_cached": 0, "refused": []})
    return answer(results(request))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Searches side by side connect at once; the library's five would drop some.
    request_queue_size = 128


class Imposter:
    """`behave` is called with (request, n-th request since reset) and gives a Reply.

    identity: a name in TLS_DIRECTORY; with one it speaks TLS and wants a certificate of the test authority of its client."""

    def __init__(self, identity=None):
        self.release = threading.Event()
        self.lock = threading.Lock()
        self.reset()
        self.server = Server(("127.0.0.1", 0), self._handler())
        if identity:
            self._secure(identity)
        self.url = "%s://127.0.0.1:%d" % ("https" if identity else "http", self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self, behave=None):
        """Ends what hangs and starts over; without behave it answers well."""
        self.release.set()
        with self.lock:
            self.release = threading.Event()
            self.requests = []
            self.headers = []
            self.behave = behave or (lambda request, n: well(request))

    def _secure(self, identity):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS_DIRECTORY / f"{identity}.crt", TLS_DIRECTORY / f"{identity}.key")
        context.load_verify_locations(TLS_DIRECTORY / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        # The handshake belongs to the connection's own thread: it may hang or fail.
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.server.handle_error = lambda *_: None

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        imposter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with imposter.lock:
                    imposter.requests.append(request)
                    imposter.headers.append(dict(self.headers))
                    behave, n = imposter.behave, len(imposter.requests)
                reply = behave(request, n) if self.path in ROUTES else Reply(404)
                try:
                    if reply.write:
                        reply.write(self)
                        self.close_connection = True
                        return
                    self.send_response(reply.status)
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self.wfile.write(reply.body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

        return Handler
