#!/usr/bin/env python3
"""The server's own cost of a request of 50 documents of 1 KB, beside nginx that answers the same bytes from a constant.

server_cost.py [--seconds N] [--rounds N] [--output FILE]
Needs nginx and wrk (Debian: nginx-light, wrk). Both servers run on one core and take turns, the client runs on another. A rate is
given by the clock and, since a busy machine does not spoil that, by the server's processor time. The exit code is 1 below 0.3.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import shutil
import socket
import statistics
import string
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench/common"))
from processes import children, processor_seconds  # noqa: E402

PROGRAM = ROOT / "build/release/bench/load/vl-rerank-server-cost"
DECODER = ROOT / "build/release/sidecar/vl-rerank-decode"
DOCUMENTS, DOCUMENT_BYTES, CONNECTIONS = 50, 1024, 16
WANTED_RATIO = 0.3
START_SECONDS = 30


def request_body():
    chooser = random.Random(1)
    letters = string.ascii_lowercase + " " * 5
    documents = ["".join(chooser.choices(letters, k=DOCUMENT_BYTES)) for _ in range(DOCUMENTS)]
    return json.dumps({"query": "how to clean the fan", "documents": documents})


def nginx_config(folder, port, answer):
    quoted = answer.replace("\\", "\\\\").replace("'", "\\'").replace("$", "${dollar}")
    return f"""
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; client_max_body_size 16m; client_body_buffer_size 256k;
    location / {{ return 200 '{quoted}'; }} }}
}}
"""


class Subject:
    def __init__(self, name, process, port, pids):
        self.name, self.process, self.port, self.pids, self.by_clock, self.by_processor = name, process, port, pids, [], []

    def measure(self, client_core, script, seconds):
        before = processor_seconds(self.pids())
        done = subprocess.run(
            ["taskset", "-c", str(client_core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
             f"http://127.0.0.1:{self.port}/v1/rerank"], capture_output=True, text=True, check=False)
        output = done.stdout + done.stderr
        used = processor_seconds(self.pids()) - before
        if done.returncode or "Non-2xx" in output or "Socket errors" in output:
            raise SystemExit(f"{self.name}: {output}")
        requests = int(re.search(r"(\d+) requests in", output).group(1))
        self.by_clock.append(float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)))
        self.by_processor.append(requests / used)


def start_ours(core):
    process = subprocess.Popen(["taskset", "-c", str(core), str(PROGRAM), str(DECODER)], stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    return Subject("vl-rerank", process, port, lambda: [process.pid])


def start_nginx(core, folder, answer):
    with socket.create_server(("127.0.0.1", 0)) as finder:
        port = finder.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(nginx_config(folder, port, answer), encoding="utf-8")
    process = subprocess.Popen(["taskset", "-c", str(core), "nginx", "-p", str(folder), "-c", str(config)])
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError as problem:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("nginx does not start") from problem
            time.sleep(0.1)
    return Subject("nginx", process, port, lambda: [process.pid, *children(process.pid)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is not installed")
    cores = sorted(os.sched_getaffinity(0))
    core, client_core = cores[0], cores[1 % len(cores)]
    body = request_body()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        script = folder / "post.lua"
        script.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n', encoding="utf-8")
        ours = start_ours(core)
        request = urllib.request.Request(f"http://127.0.0.1:{ours.port}/v1/rerank", body.encode(), {"Content-Type": "application/json"})
        answer = urllib.request.urlopen(request, timeout=30).read().decode()
        subjects = [ours, start_nginx(core, folder, answer)]
        try:
            for _ in range(options.rounds):
                for subject in subjects:
                    subject.measure(client_core, script, options.seconds)
        finally:
            for subject in subjects:
                subject.process.terminate()
                subject.process.wait()
    result = {"date": datetime.date.today().isoformat(), "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
              "load_average": os.getloadavg()[0], "request_bytes": len(body), "answer_bytes": len(answer)}
    for subject in subjects:
        result[subject.name] = {"requests_per_s": round(statistics.median(subject.by_clock)),
                                "requests_per_processor_s": round(statistics.median(subject.by_processor))}
    for measure in ("requests_per_s", "requests_per_processor_s"):
        result[f"ratio_{measure}"] = round(result["vl-rerank"][measure] / result["nginx"][measure], 3)
    text = json.dumps(result, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 1 if result["ratio_requests_per_processor_s"] < WANTED_RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
