"""The program under test: started, asked, stopped."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

PATIENCE_SECONDS = 60


def until(condition, what):
    """Waits for it; `what` is the complaint if it never comes to be true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.text)

    def error(self):
        return self.json()["error"]


class Sidecar:
    """`vl-rerank serve` on a free port; `settings` are --set arguments, in place of them a `config` file. `tls` is the
    ssl.SSLContext to connect with; with `ready` false it may be used before it can score. `log` grows line by line."""

    def __init__(self, program, model, settings=(), environment=None, config=None, tls=None, ready=True):
        command = [str(program), "serve"]
        if config:
            command += ["--config", str(config)]
        else:
            settings = ["server.port=0", f"model.path={model}", *settings]
        for setting in settings:
            command += ["--set", setting]
        self.log, self.tls = [], tls
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})}
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = int(self.wait_for_log(r"listening on \S+:(\d+)").group(1))
        if ready:
            until(lambda: self.get("/health/ready").status == 200, "the sidecar does not get ready")

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line)

    def wait_for_log(self, pattern, times=1):
        """Until so many lines of the log have it. -> the last one's match"""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            more = self.reader.is_alive() and time.monotonic() < deadline
            matches = [match for line in list(self.log) if (match := re.search(pattern, line))]
            if len(matches) >= times:
                return matches[times - 1]
            assert more, f"no {pattern} in the log: {''.join(self.log)}"
            time.sleep(0.02)

    def connect(self, timeout=120):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, timeout=120):
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def status(self):
        """-> what Linux tells of the process, by name ("VmRSS": "… kB")"""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return {name: value.strip() for name, value in (line.split(":", 1) for line in text.splitlines())}

    def memory(self, name="VmRSS"):
        """-> bytes; VmHWM: at the peak"""
        return int(self.status()[name].split()[0]) << 10

    def rerank(self, request, path="/v1/rerank", timeout=120):
        body = request if isinstance(request, (bytes, str)) else json.dumps(request, ensure_ascii=False)
        body = body.encode("utf-8") if isinstance(body, str) else body
        return self.ask("POST", path, body, {"Content-Type": "application/json"}, timeout)

    def metric(self, name):
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name + " ") or line.startswith(name + "{"):
                return float(line.rsplit(" ", 1)[1])
        return None

    def stop(self):
        """-> exit code"""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        """Until it ends by itself. -> exit code"""
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self.reader.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.wait()
        self.process.stdout.close()


def run(program, *arguments, text=None):
    """A command of the program. -> (exit code, standard output, standard error)"""
    done = subprocess.run(
        [str(program), *map(str, arguments)], input=text, capture_output=True, text=True, timeout=600, check=False
    )
    return done.returncode, done.stdout, done.stderr


ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "integration-tests/data"
TINY_MODEL = DATA / "golden-a/model"
TINY_MEDIA = DATA / "golden-a/media"
