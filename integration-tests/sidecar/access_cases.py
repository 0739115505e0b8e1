"""Who may ask: keys, roles, limits, TLS with and without client certificates, other origins, and reloading of them."""

import concurrent.futures
import http.client
import json
import signal
import socket
import ssl
import subprocess
import time

from sidecar_process import TINY_MODEL, Sidecar, run, until
from tls_files import Authority

REQUEST = json.dumps({"query": "q", "documents": ["d"]})
LONG = json.dumps({"query": "q", "documents": ["a long document to read " * 100] * 60})
JSON = {"Content-Type": "application/json"}


def bearer(key):
    return {**JSON, "Authorization": f"Bearer {key}"}


class AccessCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.folder.mkdir()
        self.score_key, self.score_hash = self.make_key()
        self.admin_key, self.admin_hash = self.make_key()

    def make_key(self):
        code, out, complaint = run(self.program, "hash-key", "--generate")
        assert code == 0, complaint
        made = json.loads(out)
        return made["key"], made["hash"]

    def keys(self, *more, score=""):
        score = f"{{name: search, role: score, hash: '{self.score_hash}'{score}}}"
        admin = f"{{name: boss, role: admin, hash: '{self.admin_hash}'}}"
        return "[" + ", ".join([score, admin, *more]) + "]"

    def case_hash_key(self):
        code, out, _ = run(self.program, "hash-key", text=self.score_key + "\n")
        assert code == 0 and json.loads(out) == {"hash": self.score_hash}, out
        code, out, complaint = run(self.program, "hash-key", text="short\n")
        assert code == 2 and out == "" and "24" in complaint, complaint

    def case_keys_and_roles(self):
        with Sidecar(self.program, TINY_MODEL, [f"server.auth.keys={self.keys()}"]) as sidecar:
            for headers in (JSON, bearer("wrong"), {**JSON, "Authorization": "Basic abc"}, bearer(self.score_hash)):
                answer = sidecar.ask("POST", "/v1/rerank", REQUEST, headers)
                assert answer.status == 401 and answer.error()["code"] == "unauthorized", answer.text
                assert answer.headers["WWW-Authenticate"].startswith("Bearer"), answer.headers
                assert self.score_key not in answer.text and self.score_hash not in answer.text
            for key in (self.score_key, self.admin_key):
                assert sidecar.ask("POST", "/v1/rerank", REQUEST, bearer(key)).status == 200
                assert sidecar.ask("GET", "/v1/status", headers=bearer(key)).status == 200
            for path in ("/health/live", "/health/ready", "/health"):
                assert sidecar.get(path).status == 200, path
            for path in ("/metrics", "/v1/status", "/v1/models", "/nothing"):
                assert sidecar.get(path).status == 401, path
            answer = sidecar.ask("POST", "/tei/rerank", REQUEST, JSON)
            assert answer.status == 401 and isinstance(answer.json()["error"], str), answer.text
            sidecar.stop()
            log = "".join(sidecar.log)
            assert self.score_key not in log and self.admin_key not in log

    def case_a_refusal_comes_before_the_body(self):
        with Sidecar(self.program, TINY_MODEL, [f"server.auth.keys={self.keys()}"]) as sidecar:
            with socket.create_connection(("127.0.0.1", sidecar.port), timeout=30) as client:
                client.sendall(b"POST /v1/rerank HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
                assert b" 401 " in client.recv(4096)
            # A client that sends all of its body first reads the answer too, instead of a reset.
            body = b"x" * 1_000_000
            answer = sidecar.ask("POST", "/v1/rerank", body, JSON)
            assert answer.status == 401, answer.status

    def case_a_keys_rate_is_limited(self):
        keys = self.keys(score=", requests_per_s: 3")
        with Sidecar(self.program, TINY_MODEL, [f"server.auth.keys={keys}"]) as sidecar:
            answers = [sidecar.ask("GET", "/v1/models", headers=bearer(self.score_key)) for _ in range(60)]
            refused = [answer for answer in answers if answer.status == 429]
            assert {answer.status for answer in answers} == {200, 429}, answers
            assert all(answer.headers["Retry-After"] == "1" for answer in refused)
            assert refused[0].error()["code"] == "overloaded", refused[0].text
            assert sidecar.ask("GET", "/v1/models", headers=bearer(self.admin_key)).status == 200
            time.sleep(1.1)
            assert sidecar.ask("GET", "/v1/models", headers=bearer(self.score_key)).status == 200

    def case_a_keys_requests_at_once_are_limited(self):
        keys = self.keys(score=", max_concurrent: 1")
        with Sidecar(self.program, TINY_MODEL, [f"server.auth.keys={keys}"]) as sidecar:
            def ask():
                return sidecar.ask("POST", "/v1/rerank", LONG, bearer(self.score_key)).status

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                statuses = [answer.result() for answer in [pool.submit(ask) for _ in range(8)]]
            assert statuses.count(200) >= 1 and statuses.count(429) >= 1 and len(set(statuses)) == 2, statuses
            assert ask() == 200, "the place was not given back"

    def case_another_listener_for_metrics_and_health(self):
        settings = [f"server.auth.keys={self.keys()}", "server.operations.host=127.0.0.1", "server.operations.port=0"]
        with Sidecar(self.program, TINY_MODEL, settings) as sidecar:
            port = int(sidecar.wait_for_log(r"operations on \S+:(\d+)").group(1))
            for path, status in (("/metrics", 200), ("/health/live", 200), ("/health/ready", 200), ("/v1/rerank", 404)):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", path)
                assert connection.getresponse().status == status, path
                connection.close()
            assert sidecar.ask("GET", "/metrics", headers=bearer(self.admin_key)).status == 404

    def case_other_origins(self):
        page = {**JSON, "Origin": "https://app.example"}
        ask = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
        with Sidecar(self.program, TINY_MODEL) as sidecar:
            assert sidecar.ask("POST", "/v1/rerank", REQUEST, page).status == 403
            answer = sidecar.ask("OPTIONS", "/v1/rerank", headers=ask)
            assert answer.status == 403 and "Access-Control-Allow-Origin" not in answer.headers
            own = {**JSON, "Origin": f"http://127.0.0.1:{sidecar.port}"}
            assert sidecar.ask("POST", "/v1/rerank", REQUEST, own).status == 200
        settings = ["server.cors.allowed_origins=[https://app.example]", f"server.auth.keys={self.keys()}"]
        with Sidecar(self.program, TINY_MODEL, settings) as sidecar:
            answer = sidecar.ask("OPTIONS", "/v1/rerank", headers=ask)
            assert answer.status == 204 and answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
            answer = sidecar.ask("POST", "/v1/rerank", REQUEST, {**page, **bearer(self.score_key)})
            assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
            assert sidecar.ask("POST", "/v1/rerank", REQUEST, page).status == 401
            other = {**ask, "Origin": "https://other.example"}
            assert sidecar.ask("OPTIONS", "/v1/rerank", headers=other).status == 403

    def tls_settings(self, certificate, key, *more):
        return [f"server.tls.certificate_file={certificate}", f"server.tls.key_file={key}", *more]

    def case_tls(self):
        authority = Authority(self.folder / "tls", "authority")
        stranger = Authority(self.folder / "tls", "stranger")
        settings = self.tls_settings(*authority.issue("server"))
        with Sidecar(self.program, TINY_MODEL, settings, tls=ssl.create_default_context(cafile=authority.certificate)) as sidecar:
            plain = sidecar.rerank(REQUEST)
            assert plain.status == 200, plain.text
            # A body of many records, several requests on one connection, and a client that leaves.
            connection = sidecar.connect()
            for _ in range(3):
                connection.request("POST", "/v1/rerank", LONG, JSON)
                response = connection.getresponse()
                assert response.status == 200 and len(json.loads(response.read())["results"]) == 60
            connection.close()
            before = sidecar.metric('vl_rerank_http_requests_total{route="/v1/rerank",status="499"}') or 0
            connection = sidecar.connect()
            connection.request("POST", "/v1/rerank", json.dumps({"query": "q", "documents": [f"{i} " + "long " * 2000 for i in range(200)]}), JSON)
            time.sleep(0.3)
            connection.sock.unwrap()  # sends close_notify
            connection.close()
            until(
                lambda: (sidecar.metric('vl_rerank_http_requests_total{route="/v1/rerank",status="499"}') or 0) > before,
                "the client that left is not noticed")
            sidecar.tls = ssl.create_default_context(cafile=stranger.certificate)
            try:
                sidecar.get("/health/live")
                raise AssertionError("a certificate of a stranger was believed")
            except ssl.SSLCertVerificationError:
                pass
            # What is not TLS gets no answer and does not hold the listener up.
            with socket.create_connection(("127.0.0.1", sidecar.port), timeout=30) as client:
                client.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b"HTTP/1.1" not in client.recv(100)
            old = ssl.create_default_context(cafile=authority.certificate)
            sidecar.tls = old
            assert sidecar.get("/health/live").status == 200
            assert sidecar.stop() == 0

    def case_tls_silent_clients_are_closed(self):
        authority = Authority(self.folder / "silent", "authority")
        settings = self.tls_settings(*authority.issue("server"), "server.header_timeout_ms=300")
        with Sidecar(self.program, TINY_MODEL, settings, tls=ssl.create_default_context(cafile=authority.certificate)) as sidecar:
            with socket.create_connection(("127.0.0.1", sidecar.port), timeout=30) as client:
                assert client.recv(100) == b""
            context = sidecar.tls
            with socket.create_connection(("127.0.0.1", sidecar.port), timeout=30) as client:
                with context.wrap_socket(client, server_hostname="127.0.0.1") as secure:
                    secure.sendall(b"GET /health/live HT")
                    assert b" 408 " in secure.recv(1000)

    def case_tls_with_client_certificates(self):
        authority = Authority(self.folder / "mtls", "authority")
        stranger = Authority(self.folder / "mtls", "stranger")
        known, unknown = authority.issue("client"), stranger.issue("unknown")
        context = ssl.create_default_context(cafile=authority.certificate)
        context.load_cert_chain(*known)
        settings = self.tls_settings(*authority.issue("server"), f"server.tls.client_ca_file={authority.certificate}")
        with Sidecar(self.program, TINY_MODEL, settings, tls=context) as sidecar:
            assert sidecar.rerank(REQUEST).status == 200
            for certificate in (None, unknown):
                sidecar.tls = ssl.create_default_context(cafile=authority.certificate)
                if certificate:
                    sidecar.tls.load_cert_chain(*certificate)
                try:
                    answer = sidecar.get("/v1/status")
                    raise AssertionError(f"let in: {answer.status}")
                except (ssl.SSLError, ConnectionError, http.client.BadStatusLine):
                    pass
            sidecar.tls = context
            assert sidecar.get("/v1/status").status == 200

    def case_tls_min_version(self):
        authority = Authority(self.folder / "version", "authority")
        settings = self.tls_settings(*authority.issue("server"), "server.tls.min_version=1.3")
        context = ssl.create_default_context(cafile=authority.certificate)
        with Sidecar(self.program, TINY_MODEL, settings, tls=context) as sidecar:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            try:
                sidecar.get("/health/live")
                raise AssertionError("TLS 1.2 was spoken")
            except (ssl.SSLError, ConnectionError):
                pass

    def case_tls_files_that_are_wrong_are_named(self):
        authority = Authority(self.folder / "wrong", "authority")
        certificate, key = authority.issue("server")
        _, other_key = authority.issue("other")
        _, protected = authority.issue("protected", passphrase="secret")
        for pair, name in (((self.folder / "missing.pem", key), "server.tls.certificate_file"), ((key, key), "server.tls.certificate_file"),
                           ((certificate, other_key), "server.tls.key_file"), ((certificate, protected), "server.tls.key_file"),
                           ((certificate, "/nonexistent"), "server.tls.key_file")):
            settings = [part for setting in self.tls_settings(*pair) for part in ("--set", setting)]
            code, _, complaint = run(self.program, "serve", "--set", f"model.path={TINY_MODEL}", "--set", "server.port=0", *settings)
            assert code == 2 and name in complaint, f"{pair}: {code} {complaint}"

    def case_reload_of_keys_certificates_and_level(self):
        one, other = (Authority(self.folder / "reload", name) for name in ("one", "other"))
        certificate, key = one.issue("server")
        config = self.folder / "reload.yaml"

        def write(keys, level="info", certificate_file=certificate, port=0):
            config.write_text(
                f"server: {{port: {port}, tls: {{certificate_file: {certificate_file}, key_file: {key}}}, auth: {{keys: {keys}}}}}\n"
                f"model: {{path: {TINY_MODEL}}}\nlog: {{level: {level}}}\n", encoding="utf-8")

        write(self.keys())
        trust_one, trust_other = (ssl.create_default_context(cafile=authority.certificate) for authority in (one, other))
        with Sidecar(self.program, None, config=config, tls=trust_one) as sidecar:
            held = sidecar.connect()
            held.request("GET", "/v1/models", headers=bearer(self.score_key))
            assert held.getresponse().read()
            new_key, new_hash = self.make_key()
            new_certificate, new_private = other.issue("server2")
            certificate.write_bytes(new_certificate.read_bytes())
            key.write_bytes(new_private.read_bytes())
            write(f"[{{name: next, role: score, hash: '{new_hash}'}}]", port=1)
            sidecar.process.send_signal(signal.SIGHUP)
            sidecar.tls = trust_other

            def reloaded():
                try:
                    return sidecar.ask("GET", "/v1/models", headers=bearer(new_key)).status == 200
                except ssl.SSLCertVerificationError:
                    return False

            until(reloaded, "the new key and certificate do not count")
            assert sidecar.ask("GET", "/v1/models", headers=bearer(self.score_key)).status == 401
            # The connection from before lives on, under the new keys.
            held.request("GET", "/v1/models", headers=bearer(new_key))
            assert held.getresponse().status == 200
            # Wrong settings change nothing.
            for refused, bad in enumerate(("keys: 3", None), 1):
                if bad:
                    config.write_text(f"server: {{auth: {{{bad}}}}}\n", encoding="utf-8")
                else:
                    write(self.keys(), certificate_file=self.folder / "missing.pem")
                sidecar.process.send_signal(signal.SIGHUP)
                sidecar.wait_for_log("reload refused", refused)
                assert sidecar.ask("GET", "/v1/models", headers=bearer(new_key)).status == 200
                assert sidecar.ask("GET", "/v1/models", headers=bearer(self.admin_key)).status == 401
            sidecar.stop()
            log = "".join(sidecar.log)
            assert "server.port has changed and takes effect after a restart" in log, log
            assert log.count("reload refused") == 2 and "server.auth.keys" in log and "server.tls.certificate_file" in log, log

    def case_sighup_while_loading_is_survived(self):
        process = subprocess.Popen(
            [str(self.program), "serve", "--set", "server.port=0", "--set", f"model.path={TINY_MODEL}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            next(line for line in process.stdout if "loading" in line)
            process.send_signal(signal.SIGHUP)
            assert any("listening" in line for line in process.stdout)
        finally:
            process.kill()
            process.communicate()
