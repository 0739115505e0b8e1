"""Both ends of a bench that asks a sidecar: an object store that it fetches from, and a client on one kept connection."""
import asyncio
import contextlib
import http.client
import json
import multiprocessing
import os
import pathlib
import socket
import tempfile
import time


class Store:
    """An HTTP server of files in memory, by processes of its own, so that neither it nor who asks waits for the other's turn."""

    def __init__(self, processes=min(4, os.cpu_count())):
        self.folder = tempfile.TemporaryDirectory(dir='/dev/shm' if os.path.isdir('/dev/shm') else None)
        self.root = pathlib.Path(self.folder.name)
        listening = socket.create_server(('127.0.0.1', 0), backlog=1024)
        self.port = listening.getsockname()[1]
        context = multiprocessing.get_context('fork')
        for _ in range(processes):
            context.Process(target=self.run, args=(listening,), daemon=True).start()
        listening.close()

    def run(self, listening):
        async def begin():
            server = await asyncio.start_server(self.serve, sock=listening)
            await server.serve_forever()

        asyncio.run(begin())

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b'\r\n\r\n')
                file = self.root / head.split(b' ')[1].decode().strip('/')
                body, status = (file.read_bytes(), b'200 OK') if file.is_file() else (b'', b'404 Not Found')
                writer.write(b'HTTP/1.1 %s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n' % (status, len(body)) + body)
                await writer.drain()
        writer.close()

    def add(self, name, body):
        """-> the URL of bytes that are kept under a name without folders"""
        (self.root / name).write_bytes(body)
        return f'http://127.0.0.1:{self.port}/{name}'


class Client:
    """One kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=600)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.connection.close()

    def rerank(self, body):
        """-> milliseconds, the answer"""
        begin = time.perf_counter()
        self.connection.request('POST', '/v1/rerank', body, {'Content-Type': 'application/json'})
        answer = self.connection.getresponse()
        text = answer.read()
        elapsed = 1000 * (time.perf_counter() - begin)
        if answer.status != 200:
            raise SystemExit(f'{answer.status} {text[:500]}')
        return elapsed, json.loads(text)
