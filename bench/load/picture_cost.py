#!/usr/bin/env python3
"""What a request of pictures takes beside the model: fetching, decoding, cutting into patches. The model is a stand-in.

  picture_cost.py [--program PATH] [--decoder PATH] [--workers N] [--documents 50] [--repeat 10] [--tower-ms MS [--ahead]]
Pictures are JPEG of 1024×768 from an HTTP server in processes of its own, new in every request. Prints medians: milliseconds of the request, of
processor time in the server and in its decoders for one picture. Needs Pillow.
"""
import argparse
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / 'bench/common'))
from local_http import Client, Store  # noqa: E402
from material import body_of, picture  # noqa: E402
from processes import children, processor_seconds  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', default=ROOT / 'build/release/bench/load/vl-rerank-server-cost')
    parser.add_argument('--decoder', default=ROOT / 'build/release/sidecar/vl-rerank-decode')
    parser.add_argument('--workers', type=int, default=os.cpu_count())
    parser.add_argument('--documents', type=int, default=50)
    parser.add_argument('--repeat', type=int, default=10)
    parser.add_argument('--tower-ms', type=int, default=0, help='the model is busy for so long with every picture')
    parser.add_argument('--ahead', action='store_true', help='and begins with those that are there while others are read')
    arguments = parser.parse_args()
    chooser, store = random.Random(1), Store()
    pictures = [picture(chooser) for _ in range(arguments.documents)]
    command = [arguments.program, arguments.decoder, str(arguments.workers), f'127.0.0.1:{store.port}', arguments.tower_ms,
               'ahead' if arguments.ahead else 'after']
    server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    port = int(re.search(r':(\d+)$', server.stdout.readline().strip()).group(1))
    rows = []
    with Client(port) as client:
        for number in range(arguments.repeat + 1):
            # Bytes behind a JPEG's end make it another object.
            urls = [store.add(f'{number}-{i}.jpg', body + str(number).encode()) for i, body in enumerate(pictures)]
            sides = [server.pid], children(server.pid)
            before = [processor_seconds(side) for side in sides]
            elapsed, _ = client.rerank(body_of('pump', [{'image': url} for url in urls]))
            rows.append((elapsed, *(1000 * (processor_seconds(side) - start) / arguments.documents for side, start in zip(sides, before))))
    server.terminate()
    whole, serving, decoding = (statistics.median(row[i] for row in rows[1:]) for i in range(3))
    print(f'{arguments.documents} pictures, {arguments.workers} workers: {whole:.0f} ms; a picture takes {serving:.1f} ms of the server and {decoding:.1f} ms of the decoders')


if __name__ == '__main__':
    main()
