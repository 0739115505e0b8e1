"""Clients that leave: whatever stage their request is in, its work ends. And the queue that refuses."""

import base64
import concurrent.futures
import contextlib
import json
import socket
import threading
import time

from sidecar_process import ROOT, TINY_MEDIA, TINY_MODEL, Sidecar, until

FAULTY_DECODER = ROOT / "build/release/sidecar/vl-rerank-decode-faulty"


class SilentStore:
    """Takes connections and requests and never answers; knows how many are open."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open, self.asked, self.lock = 0, 0, threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._hold, args=(connection,), daemon=True).start()

    def _hold(self, connection):
        with self.lock:
            self.open += 1
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                with self.lock:
                    self.asked += data.count(b"GET ")
        with self.lock:
            self.open -= 1


class Client:
    """A request over a socket of its own, which can be dropped."""

    def __init__(self, sidecar, request, path="/v1/rerank"):
        body = json.dumps(request).encode()
        self.socket = socket.create_connection(("127.0.0.1", sidecar.port))
        self.socket.sendall(
            b"POST " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body)

    def leave(self):
        self.socket.close()


def fault(kind):
    return "data:image/png;base64," + base64.b64encode(f"FAULT:{kind}".encode()).decode()


class LeavingCases:
    def __init__(self, program):
        self.program = program

    def idle(self, sidecar):
        until(lambda: sidecar.metric("vl_rerank_admitted_requests") == 0, "the request is still held")

    def case_while_media_are_fetched(self):
        store = SilentStore()
        with Sidecar(self.program, TINY_MODEL, [f"storage.allow_hosts=[127.0.0.1:{store.port}]"]) as sidecar:
            request = {"query": "q", "documents": [{"image": f"http://127.0.0.1:{store.port}/{i}.png"} for i in range(3)]}
            first, second = Client(sidecar, request), Client(sidecar, request)
            until(lambda: store.open == 3, "nothing is fetched")
            until(lambda: sidecar.metric("vl_rerank_admitted_requests") == 2, "only one has come")
            time.sleep(2)  # from admission to its share in the fetches, which nothing tells
            first.leave()
            time.sleep(0.3)
            assert store.open == 3, "the other client still waits for them"
            assert store.asked == 3, f"{store.asked} requests for three objects"
            second.leave()
            until(lambda: store.open == 0, "the fetches go on")
            self.idle(sidecar)

    def case_while_a_picture_is_decoded(self):
        with Sidecar(self.program, TINY_MODEL, [f"media.decoder={FAULTY_DECODER}", "media.workers=1"]) as sidecar:
            before = sidecar.metric("vl_rerank_decode_calls_total")
            client = Client(sidecar, {"query": "q", "documents": [{"image": fault("loop")}]})
            until(lambda: sidecar.metric("vl_rerank_decode_calls_total") > before, "nothing is decoded")
            client.leave()
            self.idle(sidecar)
            # The only decoder would turn for its 60 s of processor time.
            picture = base64.b64encode((TINY_MEDIA / "a.png").read_bytes()).decode()
            answer = sidecar.rerank({"query": "q", "documents": [{"image": "data:image/png;base64," + picture}], "timeout_ms": 30000})
            assert answer.status == 200 and "warnings" not in answer.json()["results"][0], answer.text
            assert sidecar.metric("vl_rerank_decode_failed_total") == 0

    def case_while_a_long_video_is_searched(self):
        with Sidecar(self.program, TINY_MODEL, [f"media.decoder={FAULTY_DECODER}", "media.workers=1"]) as sidecar:
            before = sidecar.metric("vl_rerank_decode_calls_total")
            client = Client(sidecar, {"query": "q", "video": fault("loop")}, "/v1/locate")
            until(lambda: sidecar.metric("vl_rerank_decode_calls_total") > before, "nothing is decoded")
            assert sidecar.metric("vl_rerank_admitted_requests") >= 1, "it is not admitted"
            client.leave()
            self.idle(sidecar)
            video = base64.b64encode((TINY_MEDIA / "v1.mp4").read_bytes()).decode()
            documents = sidecar.metric("vl_rerank_documents_total")
            answer = sidecar.ask(
                "POST", "/v1/locate", json.dumps({"query": "q", "video": "data:video/mp4;base64," + video, "window_s": 2, "fps": 4}),
                {"Content-Type": "application/json"})
            assert answer.status == 200, answer.text
            assert sidecar.metric("vl_rerank_documents_total") - documents >= answer.json()["windows"] > 0, answer.text[:300]

    def case_while_it_waits_for_the_model_or_runs(self):
        with Sidecar(self.program, TINY_MODEL, ["scheduler.batch_tokens=2000"]) as sidecar:
            documents = [f"a long document to read {i} " * 200 for i in range(300)]
            before = sidecar.metric("vl_rerank_batch_items_total")
            client = Client(sidecar, {"query": "q", "documents": documents})
            until(lambda: sidecar.metric("vl_rerank_batch_items_total") > before, "the model does nothing")
            client.leave()
            self.idle(sidecar)
            assert sidecar.metric("vl_rerank_queue_tokens") == 0
            seen = sidecar.metric("vl_rerank_batch_items_total")
            assert seen - before < 300, "all of it was scored"
            assert sidecar.metric("vl_rerank_queue_abandoned_total") == 1
            time.sleep(0.5)
            # The probe scores a pair now and then.
            assert sidecar.metric("vl_rerank_batch_items_total") - seen <= 2, "the model goes on"

    def case_a_full_queue_says_when_to_come_back(self):
        with Sidecar(self.program, TINY_MODEL, ["scheduler.max_queued_requests=1"]) as sidecar:
            client = Client(sidecar, {"query": "q", "documents": [f"a long document {i} " * 300 for i in range(300)]})
            until(lambda: sidecar.metric("vl_rerank_queue_requests") == 1, "nothing waits")
            answer = sidecar.rerank({"query": "q", "documents": ["d"]})
            assert answer.status == 429 and answer.error()["code"] == "overloaded", answer.text
            assert 1 <= int(answer.headers["Retry-After"]) <= 600, answer.headers
            client.leave()
            self.idle(sidecar)
            assert sidecar.rerank({"query": "q", "documents": ["d"]}).status == 200

    def case_equal_pairs_under_way_are_scored_once(self):
        with Sidecar(self.program, TINY_MODEL) as sidecar:
            request = {"query": "q", "documents": [f"a long document {i} " * 100 for i in range(100)]}
            expected = sidecar.rerank(request).json()["results"]
            before = sidecar.metric("vl_rerank_batch_items_total")
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: sidecar.rerank(request), range(4)))
            for answer in answers:
                assert [result["index"] for result in answer.json()["results"]] == [result["index"] for result in expected]
            items = sidecar.metric("vl_rerank_batch_items_total") - before
            assert items < 400 and sidecar.metric("vl_rerank_batch_items_shared_total") > 0, f"{items} documents were scored"
