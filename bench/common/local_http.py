"""Both ends of a bench that asks a sidecar: an object store that it fetches from, and a client on one kept connection."""
import asyncio
import contextlib
import http.client
import json
import threading
import time


class Store:
    """An HTTP server of objects in memory, in a thread of its own."""

    def __init__(self):
        self.objects, self.loop, started = {}, asyncio.new_event_loop(), threading.Event()

        async def begin():
            server = await asyncio.start_server(self.serve, '127.0.0.1', 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        def run():
            asyncio.set_event_loop(self.loop)
            self.loop.create_task(begin())
            self.loop.run_forever()

        threading.Thread(target=run, daemon=True).start()
        started.wait()

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b'\r\n\r\n')
                body = self.objects.get(head.split(b' ')[1].decode(), b'')
                status = b'200 OK' if body else b'404 Not Found'
                writer.write(b'HTTP/1.1 %s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n' % (status, len(body)) + body)
                await writer.drain()
        writer.close()

    def add(self, path, body):
        self.objects[path] = body
        return f'http://127.0.0.1:{self.port}{path}'


class Client:
    """One kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=600)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.connection.close()

    def get(self, path):
        self.connection.request('GET', path)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

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
