"""Sidecars behind TLS with a private authority, and endpoints that the node may not have."""

import socket
import threading

from imposter import Imposter
from rescorer_failure_cases import original
from rescorer_fixture import equal, true

PASSPHRASE = "open-sesame"


def private_authority_and_client_certificate(t):
    t.five()
    secure = Imposter("server")
    try:
        t.use(secure.url)
        for _ in range(3):
            equal(t.reranked("five").ids, ["c", "e", "a", "d", "b"], "order")
        equal(len(secure.requests), 3, "requests over TLS")
        equal(secure.headers[0]["Authorization"], f"Bearer {t.api_key}", "API key")
    finally:
        secure.close()


def certificate_of(identity):
    """A sidecar that shows a certificate which is not to be trusted: nothing may reach it."""

    def case(t):
        t.five()
        stranger = Imposter(identity)
        try:
            t.use(stranger.url)
            original(t, "tls")
            equal(len(stranger.requests), 0, "requests told to a stranger")
            t.use(stranger.url, t.spare.url)
            equal(t.reranked("five").ids, ["c", "e", "a", "d", "b"], "order with another endpoint")
        finally:
            stranger.close()

    return case


def no_tls_behind_https(t):
    """Whatever it is that answers there, it is no TLS."""

    def answer():
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.recv(1)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            return

    t.five()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        t.use("https://127.0.0.1:%d" % server.getsockname()[1])
        original(t, "tls")


def endpoints_that_are_refused(t):
    refused = {
        "http://192.0.2.1:7860": "allowed_endpoints",
        "https://rerank.example:443": "allowed_endpoints",
        "http://127.0.0.1.example:7860": "allowed_endpoints",
        "http://user:secret@127.0.0.1:7860": "no user",
        "ftp://127.0.0.1:7860": "http",
        "127.0.0.1:7860": "http",
    }
    for url, word in refused.items():
        got = t.node.call(
            "PUT", "/_cluster/settings", {"transient": {"vl_rerank.endpoints": [t.imposter.url, url]}}
        )
        equal(got.status, 400, f"status for {url} ({got.body})")
        true(word in str(got.body), f"the complaint about {url} does not say [{word}]: {got.body}")
    t.five()
    equal(t.reranked("five").ids, ["c", "e", "a", "d", "b"], "the old endpoints are still there")


def settings_that_are_refused(t):
    refused = {
        "vl_rerank.timeout": "0ms",
        "vl_rerank.max_window_size": 0,
        "vl_rerank.max_concurrent_requests": "many",
        "vl_rerank.api_key": "in the cluster state",
        "vl_rerank.allowed_endpoints": ["*:*"],
        "vl_rerank.ssl.verification_mode": "none",
        "vl_rerank.ssl.secure_key_passphrase": "x",
        "vl_rerank.no_such_setting": 1,
    }
    for name, value in refused.items():
        got = t.node.call("PUT", "/_cluster/settings", {"transient": {name: value}})
        equal(got.status, 400, f"status for {name} ({got.body})")
        true(name in str(got.body), f"the complaint does not name {name}: {got.body}")


def cases(engine):
    for case in (
        private_authority_and_client_certificate,
        no_tls_behind_https,
        endpoints_that_are_refused,
        settings_that_are_refused,
    ):
        yield case.__name__.replace("_", " "), case
    yield "certificate of another host", certificate_of("elsewhere")
    yield "certificate of another authority", certificate_of("stranger")
