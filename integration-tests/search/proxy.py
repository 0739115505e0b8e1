"""A TCP proxy before the imposter that does to connections what networks do."""

import socket
import struct
import threading
import time

CHUNK = 65536
DRIP_SECONDS = 0.02


class Proxy:
    """`mode` is one of the methods below; it holds for connections made from then on."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.mode = self.passing
        self.closing = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = "http://127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, self.mode), daemon=True).start()

    def _serve(self, client, mode):
        try:
            with client:
                mode(client)
        except OSError:
            pass  # the other side left, as these modes make it do

    def _upstream(self):
        return socket.create_connection(("127.0.0.1", self.target_port))

    def _message(self, connection):
        """One request or answer, head and body."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += self._some(connection)
        head, _, body = seen.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += self._some(connection)
        return head + b"\r\n\r\n" + body

    @staticmethod
    def _some(connection):
        data = connection.recv(CHUNK)
        if not data:
            raise OSError("closed")
        return data

    def _answer(self, client):
        """The imposter's answer to one request."""
        with self._upstream() as upstream:
            upstream.sendall(self._message(client))
            return self._message(upstream)

    @staticmethod
    def _reset(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def passing(self, client):
        with self._upstream() as upstream:
            while True:
                upstream.sendall(self._message(client))
                client.sendall(self._message(upstream))

    def closing_at_once(self, client):
        self._reset(client)

    def swallowing(self, client):
        """Takes everything, says nothing."""
        while not self.closing.is_set():
            self._some(client)

    def deaf(self, client):
        """Does not even read."""
        self.closing.wait()

    def cutting_the_request(self, client):
        client.recv(64)
        self._reset(client)

    def cutting_the_answer(self, client):
        answer = self._answer(client)
        client.sendall(answer[: len(answer) // 2])
        time.sleep(DRIP_SECONDS)  # or the reset would overtake what was sent
        self._reset(client)

    def half_closing(self, client):
        """Half an answer, then its end, while the other direction stays open."""
        answer = self._answer(client)
        client.sendall(answer[: len(answer) // 2])
        client.shutdown(socket.SHUT_WR)
        self.closing.wait()

    def dripping(self, client):
        for byte in self._answer(client):
            client.sendall(bytes([byte]))
            if self.closing.wait(DRIP_SECONDS):
                return

    def delaying(self, client):
        answer = self._answer(client)
        self.closing.wait(60)
        client.sendall(answer)
