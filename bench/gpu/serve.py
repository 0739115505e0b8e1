#!/usr/bin/env python3
"""The whole way: what a request over HTTP takes its client beside what the model takes of it, and what more GPUs add.

  serve.py --program build/release/sidecar/vl-rerank --model DIR [--files FOLDER] [--dtype fp8] [--devices cuda:0 cuda:1]
           [--documents 50] [--repeat 10] [--seconds 20] [--out FILE]

`--files` is a folder whose tokenizer and processor files stand in for those that --model lacks (a checkpoint of make_checkpoint.py).
Needs Pillow. First on the first device: texts of about 256 tokens, pictures of 1024×768 that nobody has seen before and the same again,
as JPEG from an HTTP server of this machine; medians of the client's time, of the model's (`timing_ms.model`), of their difference, and of the other
stages (`fetch` and `decode` are sums over media that are prepared at the same time).
Then, with the first device and with all of them, how many documents a second clients get who ask for texts without a pause, which
makes the share of each further device.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'common'))
from local_http import Client, Store  # noqa: E402
from material import body_of, picture, words  # noqa: E402
from sidecar import Sidecar  # noqa: E402

QUERY_WORDS, TEXT_WORDS = 24, 192  # beside the 40 tokens of the prompt's own: 64 and 192
PRESSING_CLIENTS_PER_DEVICE = 6


def start(arguments, folder, devices, store):
    cores = os.cpu_count()
    sidecar = Sidecar(arguments.program, {
        'model.path': folder, 'model.device': ', '.join(devices), 'model.dtype': arguments.dtype, 'media.workers': cores, 'media.max_in_flight': 2 * cores,
        'server.cpu_threads': cores, 'storage.allow_hosts': f'["127.0.0.1:{store.port}"]',
        'storage.max_connections_per_host': 2 * cores})
    sidecar.wait_ready()
    return sidecar


def text_body(chooser, documents):
    return body_of(words(chooser, QUERY_WORDS), [words(chooser, TEXT_WORDS) for _ in range(documents)])


def measure(client, bodies):
    """The first is not counted."""
    whole, answers = zip(*[client.rerank(body) for body in bodies][1:])
    stages = [answer['timing_ms'] for answer in answers]
    return {'ms': statistics.median(whole), 'min_ms': min(whole), 'max_ms': max(whole),
            'beside_ms': statistics.median(elapsed - stage['model'] for elapsed, stage in zip(whole, stages)), 'tokens': answers[-1]['usage']['total_tokens'],
            **{f'{name}_ms': statistics.median(stage[name] for stage in stages) for name in ('queue', 'fetch', 'decode', 'model')}}


def alone(client, arguments, store, chooser):
    """Requests one after the other."""
    rows, count = {}, arguments.documents
    rows['text'] = measure(client, [text_body(chooser, count) for _ in range(arguments.repeat + 1)])
    pictures = [[store.add(f'{repeat}-{i}.jpg', picture(chooser)) for i in range(count)] for repeat in range(arguments.repeat + 1)]
    query = words(chooser, QUERY_WORDS)
    bodies = [body_of(query, [{'image': url} for url in urls]) for urls in pictures]
    rows['pictures, cold'] = measure(client, bodies)
    rows['pictures, warm'] = measure(client, bodies[-1:] * (arguments.repeat + 1))
    return rows


def pressed(sidecar, arguments, clients, chooser):
    """Documents a second when so many clients ask without a pause."""
    bodies, end, done, lock = [text_body(chooser, arguments.documents) for _ in range(64)], 0, 0, threading.Lock()

    def one(number):
        nonlocal done
        with Client(sidecar.port) as client:
            client.rerank(bodies[number])
            barrier.wait()
            turn = number
            while time.monotonic() < end:
                client.rerank(bodies[turn % len(bodies)])
                turn += clients
                with lock:
                    done += arguments.documents if time.monotonic() < end else 0

    def begin():
        nonlocal end
        end = time.monotonic() + arguments.seconds

    barrier = threading.Barrier(clients, begin)
    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done / arguments.seconds


@contextlib.contextmanager
def whole_checkpoint(model, files):
    """The model's folder with the tokenizer and processor files that it lacks."""
    with tempfile.TemporaryDirectory() as scratch:
        for folder in filter(None, (model, files)):
            for path in pathlib.Path(folder).resolve().iterdir():
                link = pathlib.Path(scratch) / path.name
                if path.is_file() and not link.exists():
                    link.symlink_to(path)
        yield scratch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', required=True)
    parser.add_argument('--model', required=True)
    parser.add_argument('--files')
    parser.add_argument('--dtype', default='bfloat16')
    parser.add_argument('--devices', nargs='+', default=['cuda:0'])
    parser.add_argument('--documents', type=int, default=50)
    parser.add_argument('--repeat', type=int, default=10)
    parser.add_argument('--seconds', type=float, default=20)
    parser.add_argument('--out', type=pathlib.Path)
    arguments = parser.parse_args()
    chooser, store = random.Random(1), Store()
    result = {'date': datetime.date.today().isoformat(), 'devices': arguments.devices, 'dtype': arguments.dtype,
              'documents': arguments.documents, 'cores': os.cpu_count()}
    clients = PRESSING_CLIENTS_PER_DEVICE * len(arguments.devices)
    with whole_checkpoint(arguments.model, arguments.files) as folder:
        for devices in [arguments.devices[:1]] + ([arguments.devices] if len(arguments.devices) > 1 else []):
            sidecar = start(arguments, folder, devices, store)
            try:
                if len(devices) == 1:
                    with Client(sidecar.port) as client:
                        result['alone'] = alone(client, arguments, store, chooser)
                result[f'documents_per_s_on_{len(devices)}'] = pressed(sidecar, arguments, clients, chooser)
            finally:
                sidecar.stop()
    if len(arguments.devices) > 1:
        result['gain'] = result[f'documents_per_s_on_{len(arguments.devices)}'] / result['documents_per_s_on_1']
    text = json.dumps(result, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
