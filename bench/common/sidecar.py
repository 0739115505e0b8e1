"""A sidecar of a bench's own."""
import contextlib
import pathlib
import re
import subprocess
import time
import urllib.request

READY_SECONDS = 600


class Sidecar:
    """Serves on a port that it chose once made; the address is http://127.0.0.1:<port>."""

    def __init__(self, program, settings, before=()):
        """`before`: words that the command begins with, as taskset's."""
        command = [*map(str, before), str(program), 'serve']
        for name, value in {'server.port': 0, 'log.level': 'info', **settings}.items():
            command += ['--set', f'{name}={value}']
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log = []
        for line in self.process.stdout:
            log.append(line)
            found = re.search(r'listening on \S+:(\d+)', line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise SystemExit('the server did not start:\n' + ''.join(log))
        # What it logs from now on is read by nobody: let it go nowhere rather than fill the pipe.
        self.drain = subprocess.Popen(['cat'], stdin=self.process.stdout, stdout=subprocess.DEVNULL)

    def wait_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            # Not ready is an HTTPError, an OSError too.
            with contextlib.suppress(OSError), urllib.request.urlopen(f'http://127.0.0.1:{self.port}/health/ready', timeout=5):
                return
            time.sleep(0.2)
        raise SystemExit('the server ended while it loaded its model, or takes too long')

    def resident_bytes(self):
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text(encoding='ascii')
        return 1024 * int(re.search(r'^VmRSS:\s+(\d+)', status, re.MULTILINE).group(1))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.drain.wait()
