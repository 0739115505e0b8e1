"""Ten thousand searches whose reranking fails, in every way: threads, sockets and file descriptors of the node come back to what they were."""

import argparse
import os
import pathlib
import signal
import sys
import threading
import time

import fault_cases
from imposter import Imposter
from node_client import Node
from proxy import Proxy
from rescorer_fixture import Fixture, equal, true
from rescorer_test import API_KEY, SEARCH_THREADS, WARM_QUEUE_SIZE

SEARCHES = int(os.environ.get("VL_RERANK_SOAK_SEARCHES", "10000"))
SIDE_BY_SIDE = 8
TIMEOUT_SECONDS = 0.1
SETTLE_SECONDS = 120
# The node's own pools grow and shrink beside ours.
SPARE_THREADS = 16
SPARE_SOCKETS = 8
SPARE_DESCRIPTORS = 32
MODES = (
    "closing_at_once",
    "swallowing",
    "deaf",
    "cutting_the_request",
    "cutting_the_answer",
    "half_closing",
    "dripping",
    "delaying",
)


def process_of(node):
    base = pathlib.Path(node.directory, "node.base").read_text().strip()
    return int(pathlib.Path(base, "node.pid").read_text())


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def sockets_and_descriptors_of(pid):
    sockets, numbers = 0, os.listdir(f"/proc/{pid}/fd")
    for number in numbers:
        try:
            sockets += os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
        except FileNotFoundError:
            pass  # closed meanwhile
    return sockets, len(numbers)


class Soak:
    def __init__(self, t):
        self.t = t
        self.lock = threading.Lock()
        self.markers, self.errors, self.slowest = {}, [], 0

    def batch(self, way, searches):
        threads = [threading.Thread(target=self.one, args=(way,)) for _ in range(searches)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def one(self, way):
        index, body = way(self.t, TIMEOUT_SECONDS)
        text = str(body)
        start = time.monotonic()
        try:
            got = self.t.node.call("POST", f"/{index}/_search", body)
            equal((got.status, got.ids), (200, list("abcde")), f"answer to {text}")
            true(len(got.markers) == 1 and got.markers[0].startswith("failed"), f"markers {got.markers}")
        except Exception as error:  # counted: one lost answer must not end the run
            with self.lock:
                self.errors.append(f"{type(error).__name__}: {error}")
            return
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.markers[got.markers[0]] = self.markers.get(got.markers[0], 0) + 1


def measure(t):
    """Threads, sockets, descriptors of any kind."""
    return threads_of(t.pid), *sockets_and_descriptors_of(t.pid)


def run(t):
    t.five()
    ways = fault_cases.ways(t.node.engine)
    for way in ways:  # indices are made, pools are warm
        way(t, TIMEOUT_SECONDS)
    soak = Soak(t)
    baseline, done, proxies = None, 0, []
    while done < SEARCHES:
        batch = done // SIDE_BY_SIDE
        mode = MODES[batch % len(MODES)]
        proxy = Proxy(t.imposter.server.server_address[1])
        proxy.mode = getattr(proxy, mode)
        proxies.append(proxy)
        t.use(proxy.url)
        soak.batch(ways[batch // len(MODES) % len(ways)], SIDE_BY_SIDE)
        done += SIDE_BY_SIDE
        if len(proxies) > len(MODES):
            proxies.pop(0).close()
        if batch == 3 * len(MODES) * len(ways):
            baseline = measure(t)
        if batch % 100 == 0:
            print(f"        {done} searches, threads, sockets, descriptors {measure(t)}", flush=True)
    for proxy in proxies:
        proxy.close()
    baseline = baseline or measure(t)
    t.use(t.imposter.url)
    running = lambda: t.node.must("GET", "/_vl_rerank/stats").body["rerank"]["running"]
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        after = measure(t)
        spare = (SPARE_THREADS, SPARE_SOCKETS, SPARE_DESCRIPTORS)
        settled = running() == 0 and all(now <= then + more for now, then, more in zip(after, baseline, spare))
        if settled or time.monotonic() > deadline:
            break
        time.sleep(1)
    print(f"        markers: {soak.markers}; slowest {soak.slowest:.2f} s")
    print(f"        threads, sockets, descriptors {baseline} early in the run, {after} after")
    equal(soak.errors[:3], [], f"{len(soak.errors)} searches without their answer")
    true(settled, "threads, sockets or descriptors did not come back")
    equal(sum(soak.markers.values()), done, "answers")


def main():
    parser = argparse.ArgumentParser()
    for name in ("engine", "version", "plugin"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    imposter, spare = Imposter(), Imposter()
    node = Node(
        arguments.engine,
        arguments.version,
        os.path.abspath(arguments.plugin),
        settings=[
            f"thread_pool.search.size={4 * SIDE_BY_SIDE}",
            f'vl_rerank.endpoints=["{imposter.url}"]',
        ],
        secrets=[f"vl_rerank.api_key={API_KEY}"],
    )
    failed, start = 0, time.monotonic()
    try:
        t = Fixture(node, imposter, spare, SEARCH_THREADS, API_KEY, WARM_QUEUE_SIZE)
        t.pid = process_of(node)
        run(t)
        print(f"PASSED  {SEARCHES} searches that fail, in {time.monotonic() - start:.0f} s")
    except AssertionError as error:
        print(f"FAILED  {SEARCHES} searches that fail: {error}")
        failed = 1
    finally:
        node.stop()
    print(f"{1 - failed} passed, {failed} failed, 0 skipped")
    return failed


if __name__ == "__main__":
    sys.exit(main())
