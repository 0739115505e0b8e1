#!/usr/bin/env python3
"""Open-loop load on the sidecar with the small model: what it answers when more comes than it can do.

overload.py [--program PATH] [--model DIR] [--seconds N] [--long N] [--output FILE]
The server runs on one core, the clients on another. First the capacity is measured, with as many clients as keep it busy; then
requests arrive at random times, whether or not earlier ones were answered, at 0.5, 1, 2 and 10 times that rate. --long N then sends
N small requests and watches the server's memory. The exit code is 1 when a bound was missed.
"""

import argparse
import asyncio
import datetime
import json
import os
import pathlib
import platform
import random
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench/common"))
from sidecar import Sidecar  # noqa: E402

WORDS = "pump valve fan filter cable port rack sensor motor gauge clean replace check open close inspect torque seal leak noise".split()
FACTORS = (0.5, 1, 2, 10)
GOODPUT_SHARE = 0.9
MEMORY_GROWTH_BYTES = 16 << 20
BUSY_CLIENTS = 4


def server_cores():
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[1 % len(cores)]


def start(program, model, core):
    settings = {"model.path": model, "model.threads": 1, "server.cpu_threads": 1, "media.workers": 1, "server.max_connections": 20000}
    return Sidecar(program, settings, before=("taskset", "-c", core))


def body_of(chooser, documents, words, timeout_ms):
    def text():
        return " ".join(chooser.choice(WORDS) for _ in range(words))

    request = {"query": text()[:60], "documents": [text() for _ in range(documents)], "timeout_ms": timeout_ms}
    body = json.dumps(request).encode()
    return (b"POST /v1/rerank HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body)


class Clients:
    """Connections are kept and taken up again, as a search node does."""

    def __init__(self, port):
        self.port, self.idle = port, []

    async def ask(self, request):
        """-> (status, seconds, Retry-After)"""
        begin = time.monotonic()
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head).group(1)))
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return 0, time.monotonic() - begin, 0
        self.idle.append((reader, writer))
        retry = re.search(rb"(?i)retry-after: (\d+)", head)
        return int(head[9:12]), time.monotonic() - begin, int(retry.group(1)) if retry else 0


async def capacity(clients, make, seconds):
    """Requests answered a second by clients that each wait for their answer."""
    done, end = 0, time.monotonic() + seconds

    async def one():
        nonlocal done
        while time.monotonic() < end:
            status, _, _ = await clients.ask(make())
            done += status == 200

    begin = time.monotonic()
    await asyncio.gather(*(one() for _ in range(BUSY_CLIENTS)))
    return done / (time.monotonic() - begin)


async def open_loop(clients, make, rate, seconds, chooser):
    outcomes, tasks = [], []

    async def one(request):
        outcomes.append(await clients.ask(request))

    begin = time.monotonic()
    at = begin
    while at < begin + seconds:
        at += chooser.expovariate(rate)
        wait = at - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(make())))
    await asyncio.gather(*tasks)
    return outcomes, time.monotonic() - begin


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def summary(factor, rate, outcomes, elapsed):
    good = [seconds for status, seconds, _ in outcomes if status == 200]
    refused = [(seconds, retry) for status, seconds, retry in outcomes if status == 429]
    return {
        "factor": factor, "offered_per_s": round(rate, 2), "requests": len(outcomes), "seconds": round(elapsed, 1),
        "goodput_per_s": round(len(good) / elapsed, 2), "refused": len(refused),
        "late": sum(status == 504 for status, _, _ in outcomes),
        "other": sum(status not in (200, 429, 504) for status, _, _ in outcomes),
        "p50_ms": round(1e3 * percentile(good, 0.5), 1), "p99_ms": round(1e3 * percentile(good, 0.99), 1),
        "refusal_p99_ms": round(1e3 * percentile([seconds for seconds, _ in refused], 0.99), 1),
        "retry_after_max_s": max((retry for _, retry in refused), default=0),
    }


async def watch_memory(clients, server, make, total, rate, chooser):
    """Sends `total` requests in tenths. -> resident bytes after each"""
    resident = []
    for _ in range(10):
        await open_loop(clients, make, rate, total / 10 / rate, chooser)
        resident.append(server.resident_bytes())
    return resident


async def run(options, server):
    chooser = random.Random(1)
    clients = Clients(server.port)

    def make():
        return body_of(chooser, options.documents, 60, options.deadline_ms)

    await capacity(clients, make, 2)
    full = await capacity(clients, make, options.seconds)
    rows = []
    for factor in FACTORS:
        rate = factor * full
        rows.append(summary(factor, rate, *await open_loop(clients, make, rate, options.seconds, chooser)))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    result = {"capacity_per_s": round(full, 2), "deadline_ms": options.deadline_ms, "documents": options.documents, "rows": rows}
    if options.long:
        def small():
            return body_of(chooser, 1, 4, options.deadline_ms)

        rate = await capacity(clients, small, 3)
        result["memory"] = {"requests": options.long, "resident_bytes": await watch_memory(clients, server, small, options.long, rate, chooser)}
    return result


def missed(result):
    """-> the bounds that were missed, in words"""
    rows = result["rows"]
    peak = max(row["goodput_per_s"] for row in rows)
    problems = []
    if rows[-1]["goodput_per_s"] < GOODPUT_SHARE * peak:
        problems.append(f"goodput at 10x is {rows[-1]['goodput_per_s']}/s of {peak}/s")
    for row in rows:
        if row["p99_ms"] > result["deadline_ms"]:
            problems.append(f"p99 at {row['factor']}x is {row['p99_ms']} ms")
        if row["other"]:
            problems.append(f"{row['other']} odd answers at {row['factor']}x")
    memory = result.get("memory")
    if memory and memory["resident_bytes"][-1] - memory["resident_bytes"][1] > MEMORY_GROWTH_BYTES:
        problems.append(f"memory grows: {memory['resident_bytes']}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/sidecar/vl-rerank")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models/vl-rerank-mini")
    parser.add_argument("--seconds", type=float, default=15, help="of each rate")
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--deadline-ms", type=int, default=2000)
    parser.add_argument("--long", type=int, default=0, help="small requests over which memory is watched")
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    core, own_core = server_cores()
    os.sched_setaffinity(0, {own_core})
    server = start(options.program, options.model, core)
    try:
        result = asyncio.run(run(options, server))
    finally:
        server.stop()
    result = {
        "date": datetime.date.today().isoformat(), "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "load_average": os.getloadavg()[0], **result, "missed": missed(result)}
    text = json.dumps(result, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
