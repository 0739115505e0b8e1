#!/usr/bin/env python3
"""What the plugin costs a search beside the sidecar's own time, in a real node with an imposter that answers at once.

  overhead.py --engine elasticsearch --version 9.5.3 --plugin ZIP [--rounds N] [--profile DIR]

Window and page 50, sources of 4 KB which all go to the imposter. Each round runs the plain search and each way in once, in an
order that rotates, over one kept connection; so a busy machine is unfair to none. Prints a Markdown table: percentiles of the
time until the answer's last byte is here, without the imposter's part of that search, their ratio to the plain search's, the time of
processor that the node spends on a search, which holds on a busy machine too, and the heap that a search allocates beyond the plain one,
which bounds what it holds. The imposter does not parse what it gets; its part is from having a request's head to having its body.

With --profile it records each way with the JDK's flight recorder instead and leaves DIR/WAY.jfr, to be read with
`jfr view hot-methods` and `jfr view allocation-by-site`.
"""

import argparse
import http.client
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "integration-tests/search"
sys.path[:0] = [str(HERE), str(ROOT / "bench/common")]
from node_client import Node
from processes import processor_seconds

WINDOW = 50
SOURCE_BYTES = 4096
DOCUMENTS = 500
WARMING_ROUNDS = 200
HEAP_ROUNDS = 8
HEAP_SEARCHES = 30
PROFILED_SEARCHES = 3000
# The engines answer with figures up to a second old.
STATS_AGE_SECONDS = 1.1
RESULTS = [{"index": i, "relevance_score": round(0.99 - i / 100, 2)} for i in reversed(range(WINDOW))]
BODY = json.dumps({"id": "rr-1", "model": "imposter", "results": RESULTS}).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


class Instant:
    """Answers every request with the same scores as soon as its last byte is here."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.server.getsockname()[1]
        self.took, self.received = [], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        buffer = bytearray()
        while True:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                data = connection.recv(1 << 20)
                if not data:
                    return
                buffer += data
                continue
            start = time.perf_counter()
            head = bytes(buffer[:end]).lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(buffer) < end + 4 + length:
                buffer += connection.recv(1 << 20)
            self.took.append(time.perf_counter() - start)
            self.received = length
            buffer.clear()
            connection.sendall(REPLY)


def searches(engine):
    query = {"function_score": {"query": {"match": {"text": "word"}}, "field_value_factor": {"field": "rank"}}}
    plain = {"query": query, "size": WINDOW}
    parameters = {"query": "which part", "fields": {"text": "text"}, "window_size": WINDOW}
    ways = {
        "plain search": ("plain", plain),
        "rescorer": ("plain", {**plain, "rescore": {"window_size": WINDOW, "vl_rerank": parameters}}),
        "index setting": ("set", plain),
    }
    if engine == "opensearch":
        pipeline = {
            "request_processors": [{"vl_rerank": parameters}],
            "response_processors": [{"vl_rerank": {}}],
        }
        ways["search pipeline"] = ("plain", {**plain, "search_pipeline": pipeline})
    else:
        retriever = {"retriever": {"standard": {"query": query}}, "rank_window_size": WINDOW, **parameters}
        retriever.pop("window_size")
        ways["retriever"] = ("plain", {"retriever": {"vl_rerank": retriever}, "size": WINDOW})
    return {name: (f"/{index}/_search", json.dumps(body).encode()) for name, (index, body) in ways.items()}


def make_indices(node):
    text = "word and some more of it " * (SOURCE_BYTES // 25)
    documents = {f"d{i}": {"rank": 1 + i, "text": f"{i} {text}"} for i in range(DOCUMENTS)}
    mappings = {"properties": {"rank": {"type": "float"}, "text": {"type": "text"}}}
    enabled = {"vl_rerank": {"enabled": True, "fields.text": ["text"], "window_size": WINDOW}}
    for name, settings in (("plain", {}), ("set", enabled)):
        node.make_index(name, documents, mappings=mappings, settings=settings)
        node.must("POST", f"/{name}/_forcemerge?max_num_segments=1")


class Client:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def search(self, path, body, wants_marker):
        start = time.perf_counter()
        self.connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        response.read()
        took = time.perf_counter() - start
        marker = response.headers.get("X-Vl-Rerank", "")
        if response.status != 200 or marker.startswith("applied") != wants_marker:
            raise SystemExit(f"{path}: {response.status}, marker [{marker}]")
        return took


def heap(node):
    time.sleep(STATS_AGE_SECONDS)
    stats = node.must("GET", "/_nodes/_local/stats/jvm").body["nodes"]
    jvm = next(iter(stats.values()))["jvm"]
    collections = sum(c["collection_count"] for c in jvm["gc"]["collectors"].values())
    return jvm["mem"]["heap_used_in_bytes"], collections


def base_of(node):
    return pathlib.Path(node.directory, "node.base").read_text().strip()


def pid_of(node):
    return pathlib.Path(base_of(node), "node.pid").read_text().strip()


def processor_ms(node):
    """All the time that the node's threads have run."""
    return 1000 * processor_seconds([pid_of(node)])


def spent(node, client, path, body, wants_marker):
    """A search's bytes on the heap, median of the rounds that no collection fell into, and its milliseconds of processor."""
    figures, milliseconds = [], 0
    for _ in range(HEAP_ROUNDS):
        before, collections = heap(node)
        start = processor_ms(node)
        for _ in range(HEAP_SEARCHES):
            client.search(path, body, wants_marker)
        milliseconds += processor_ms(node) - start
        after, collected = heap(node)
        if collected == collections:
            figures.append((after - before) / HEAP_SEARCHES)
    allocated = statistics.median(figures) if figures else float("nan")
    return allocated, milliseconds / (HEAP_ROUNDS * HEAP_SEARCHES)


def profile(node, client, ways, folder):
    command = [HERE / "node", "java", "--engine", node.engine, "--version", node.version]
    java = pathlib.Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
    jcmd = [java / "bin/jcmd", pid_of(node)]
    for number, (name, way) in enumerate(ways.items()):
        # The node writes it, in a folder of its own.
        recording = pathlib.Path(base_of(node), "logs", name.replace(" ", "-") + ".jfr")
        subprocess.run([*jcmd, "JFR.start", "name=way", "settings=profile"], check=True, stdout=subprocess.DEVNULL)
        for _ in range(PROFILED_SEARCHES):
            client.search(*way, number > 0)
        subprocess.run([*jcmd, "JFR.stop", "name=way", f"filename={recording}"], check=True, stdout=subprocess.DEVNULL)
        (folder / recording.name).write_bytes(recording.read_bytes())


def percentile(figures, part):
    return sorted(figures)[min(len(figures) - 1, int(part * len(figures)))]


def main():
    parser = argparse.ArgumentParser()
    for name in ("engine", "version", "plugin"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--profile", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()
    imposter = Instant()
    node = Node(
        arguments.engine,
        arguments.version,
        arguments.plugin,
        settings=["thread_pool.search.size=16", f'vl_rerank.endpoints=["{imposter.url}"]'],
    )
    try:
        make_indices(node)
        client, ways = Client(node.url), searches(arguments.engine)
        names = list(ways)
        took = {name: [] for name in names}
        for number in range(WARMING_ROUNDS + arguments.rounds):
            if number == WARMING_ROUNDS:
                imposter.took.clear()
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                seconds = client.search(*ways[name], name != names[0])
                if name != names[0]:
                    seconds -= imposter.took[-1]
                if number >= WARMING_ROUNDS:
                    took[name].append(1000 * seconds)
        if arguments.profile:
            arguments.profile.mkdir(parents=True, exist_ok=True)
            profile(node, client, ways, arguments.profile)
            return
        own = [1000 * seconds for seconds in imposter.took]
        costs = {name: spent(node, client, *ways[name], name != names[0]) for name in names}
    finally:
        node.stop()
    print(f"{arguments.engine} {arguments.version}, {arguments.rounds} rounds, a request of {imposter.received / 1024:.0f} KiB\n")
    print("| | p50 ms | p99 ms | p50 ratio | p99 ratio | processor ms | ratio | heap allocated beyond, KiB |")
    print("|---|---|---|---|---|---|---|---|")
    plain = took[names[0]]
    for name in names:
        p50, p99 = percentile(took[name], 0.5), percentile(took[name], 0.99)
        ratios = f"{p50 / percentile(plain, 0.5):.2f} | {p99 / percentile(plain, 0.99):.2f}"
        (allocated, milliseconds), (base, base_milliseconds) = costs[name], costs[names[0]]
        processor = f"{milliseconds:.2f} | {milliseconds / base_milliseconds:.2f}"
        print(f"| {name} | {p50:.2f} | {p99:.2f} | {ratios} | {processor} | {(allocated - base) / 1024:.0f} |")
    print(f"| imposter's own part | {percentile(own, 0.5):.2f} | {percentile(own, 0.99):.2f} | | | | | |")


if __name__ == "__main__":
    main()
