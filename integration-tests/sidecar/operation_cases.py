"""What operators rely on: logs, metrics, the service manager's notifications, readiness while the model hangs."""

import concurrent.futures
import json
import os
import pathlib
import select
import signal
import socket
import time

from sidecar_process import TINY_MODEL, Sidecar, until
from thread_stop import StoppedThread

JSON = {"Content-Type": "application/json"}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
RED_SECONDS = 5
SCHEDULER = "vlr-scheduler"
WAIT_SECONDS = 60


class Manager:
    """The socket that systemd listens on."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.path = path

    def next(self, seconds=WAIT_SECONDS):
        """-> the next message; None when there is none for that long"""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        return self.socket.recv(4096).decode() if ready else None

    def wait_for(self, wanted):
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            message = self.next(1)
            if message and message.startswith(wanted):
                return message
        raise AssertionError(f"no {wanted}")


def status_of(sidecar, path, wanted, seconds):
    deadline = time.monotonic() + seconds
    while sidecar.get(path).status != wanted:
        assert time.monotonic() < deadline, f"{path} does not get {wanted}"
        time.sleep(0.05)


class OperationCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.folder.mkdir()

    def logged(self, settings, requests):
        with Sidecar(self.program, TINY_MODEL, settings) as sidecar:
            for headers, body in requests:
                sidecar.ask("POST", "/v1/rerank", json.dumps(body), headers)
            assert sidecar.stop() == 0
            return [line for part in sidecar.log for line in part.splitlines()]

    def case_json_logs(self):
        nasty = {"query": "q", "documents": ["d"], "to\"p": 1}
        lines = self.logged(["log.format=json", "log.slow_ms=1"], [
            ({**JSON, "X-Request-Id": "one", "traceparent": TRACE}, {"query": "secret words", "documents": ["d " * 3000] * 20}),
            ({**JSON, "X-Request-Id": "two", "traceparent": "nonsense\"}"}, nasty)])
        events = [json.loads(line) for line in lines]
        assert all({"time", "level", "message"} <= set(event) for event in events), events
        by_id = {event["request_id"]: event for event in events if "request_id" in event}
        one, two = by_id["one"], by_id["two"]
        assert one["traceparent"] == TRACE and one["status"] == 200 and one["path"] == "/v1/rerank", one
        assert one["message"] == "slow request" and one["level"] == "warning", one
        stages = [one[f"{stage}_ms"] for stage in ("queue", "fetch", "decode", "model")]
        assert all(stage >= 0 for stage in stages) and 0 < stages[3] <= one["ms"], one
        assert two["status"] == 400 and two["code"] == "invalid_request" and "traceparent" not in two, two
        assert "secret words" not in "".join(lines)

    def case_text_logs(self):
        request = ({**JSON, "X-Request-Id": "one", "traceparent": TRACE}, {"query": "q", "documents": ["d"]})
        quick = [line for line in self.logged([], [request]) if "id=one" in line]
        assert len(quick) == 1 and f"traceparent={TRACE}" in quick[0] and " info request " in quick[0], quick
        request[1]["documents"] = ["d " * 3000] * 20
        slow = [line for line in self.logged(["log.slow_ms=1"], [request]) if "id=one" in line]
        assert len(slow) == 1 and " warning slow request " in slow[0] and "model_ms=" in slow[0], slow

    def case_metrics_of_everything(self):
        with Sidecar(self.program, TINY_MODEL, ["log.slow_ms=1"]) as sidecar:
            sidecar.rerank({"query": "q", "documents": ["a " * 4000, {"image": "data:image/png;base64,AAAA"}]})
            sidecar.rerank({"query": "q"})
            sidecar.rerank({"query": "q", "documents": ["d " * 5000] * 50, "timeout_ms": 1})
            expected = {
                'vl_rerank_refusals_total{code="invalid_request"}': 1, 'vl_rerank_refusals_total{code="deadline_exceeded"}': 1,
                'vl_rerank_refusals_total{code="overloaded"}': 0, "vl_rerank_ready": 1, "vl_rerank_model_loaded": 1,
                'vl_rerank_http_requests_total{route="/v1/rerank",status="200"}': 1, "vl_rerank_documents_total": 2,
                'vl_rerank_stage_duration_seconds_count{stage="model"}': 1, "vl_rerank_decode_crashed_total": 0,
                'vl_rerank_config_reloads_total{result="refused"}': 0,
            }
            page = sidecar.get("/metrics").text
            values = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
            for name, value in expected.items():
                assert float(values[name]) == value, f"{name}: {values.get(name)}"
            assert sum(float(v) for k, v in values.items() if k.startswith("vl_rerank_document_faults_total")) == 2, page
            batches = {k: float(v) for k, v in values.items() if k.startswith("vl_rerank_batch_tokens")}
            assert batches['vl_rerank_batch_tokens_bucket{model="model",le="+Inf"}'] == batches['vl_rerank_batch_tokens_count{model="model"}'] > 0, batches
            assert batches['vl_rerank_batch_tokens_sum{model="model"}'] > 4000, batches
            resident = int(pathlib.Path(f"/proc/{sidecar.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
            assert 0.5 < float(values["process_resident_memory_bytes"]) / resident < 2
            assert float(values["vl_rerank_slow_requests_total"]) >= 1

    def case_service_manager_is_told(self):
        manager = Manager(str(self.folder / "notify"))
        abstract = Manager("\0vl-rerank-test-%d" % os.getpid())
        with Sidecar(self.program, TINY_MODEL, environment={"NOTIFY_SOCKET": abstract.path.replace("\0", "@")}):
            assert abstract.next() == "READY=1"
        environment = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "300000"}
        with Sidecar(self.program, TINY_MODEL, environment=environment) as sidecar:
            assert manager.next() == "READY=1"
            for _ in range(3):
                manager.wait_for("WATCHDOG=1")
            sidecar.process.send_signal(signal.SIGHUP)
            assert "MONOTONIC_USEC=" in manager.wait_for("RELOADING=1")
            manager.wait_for("READY=1")
            assert sidecar.stop() == 0
            manager.wait_for("STOPPING=1")
        environment["WATCHDOG_PID"] = "1"
        with Sidecar(self.program, TINY_MODEL, environment=environment):
            assert manager.next() == "READY=1" and manager.next(1) is None, "a watchdog for another process"

    def case_a_hung_model_turns_readiness_red(self):
        manager = Manager(str(self.folder / "hang"))
        environment = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000"}
        with Sidecar(self.program, TINY_MODEL, environment=environment) as sidecar:
            manager.wait_for("WATCHDOG=1")
            with StoppedThread(sidecar.process.pid, SCHEDULER):
                # The promise, and what a busy machine adds to it.
                status_of(sidecar, "/health/ready", 503, RED_SECONDS + 5)
                answer = sidecar.get("/health/ready")
                assert answer.headers["Retry-After"] and answer.error()["code"] == "model_not_loaded", answer.text
                assert sidecar.get("/health/live").status == 200
                assert sidecar.metric("vl_rerank_ready") == 0
                answer = sidecar.rerank({"query": "q", "documents": ["d"], "timeout_ms": 300})
                assert answer.status == 504, answer.text
                while manager.next(0) is not None:
                    pass
                assert manager.next(3) is None, "the watchdog is fed while the model hangs"
            status_of(sidecar, "/health/ready", 200, WAIT_SECONDS)
            manager.wait_for("WATCHDOG=1")
            assert sidecar.rerank({"query": "q", "documents": ["d"]}).status == 200
            assert sidecar.stop() == 0

    def case_a_hang_inside_a_batch_turns_readiness_red_too(self):
        with Sidecar(self.program, TINY_MODEL) as sidecar:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                before = sidecar.metric("vl_rerank_batch_items_total")
                documents = [f"{i} " * 2000 for i in range(12)]
                busy = pool.submit(sidecar.rerank, {"query": "q", "documents": documents, "timeout_ms": 300000})
                while sidecar.metric("vl_rerank_batch_items_total") < before + 3:
                    time.sleep(0.01)
                with StoppedThread(sidecar.process.pid, SCHEDULER):
                    status_of(sidecar, "/health/ready", 503, RED_SECONDS + 5)
                assert busy.result().status == 200, busy.result().text
            status_of(sidecar, "/health/ready", 200, WAIT_SECONDS)

    def case_a_slow_batch_is_no_hang(self):
        with Sidecar(self.program, TINY_MODEL, ["model.threads=1", "scheduler.batch_tokens=100000000"]) as sidecar:
            documents, seconds = 2, 0.0
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                # Until one batch takes longer than an idle model may be silent.
                while seconds < 1.5 * RED_SECONDS:
                    documents *= 2
                    body = {"query": "q", "documents": [f"{i} " * 1000 for i in range(documents)], "timeout_ms": 600000}
                    busy = pool.submit(sidecar.rerank, body)
                    while not busy.done():
                        answer = sidecar.get("/health/ready")
                        assert answer.status == 200, answer.text
                        time.sleep(0.1)
                    assert busy.result().status == 200, busy.result().text
                    seconds = busy.result().json()["timing_ms"]["model"] / 1000

    def case_sigterm_answers_what_is_being_sent(self):
        with Sidecar(self.program, TINY_MODEL) as sidecar:
            body = json.dumps({"query": "q", "documents": ["d"]}).encode()
            with socket.create_connection(("127.0.0.1", sidecar.port), timeout=60) as client:
                client.sendall(b"POST /v1/rerank HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                               + str(len(body)).encode() + b"\r\n\r\n" + body[:5])
                until(lambda: sidecar.metric("vl_rerank_open_connections") == 2, "the client is not connected")
                sidecar.process.send_signal(signal.SIGTERM)
                sidecar.wait_for_log("draining")
                time.sleep(0.1)
                client.sendall(body[5:])
                answer = client.recv(65536)
                assert answer.startswith(b"HTTP/1.1 503 ") and b"draining" in answer and b"Connection: close" in answer, answer
            assert sidecar.wait() == 0
