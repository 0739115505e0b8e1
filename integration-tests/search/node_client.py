"""A search node's HTTP API, and a node started by ./node."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def markers(self):
        """The values of X-Vl-Rerank, sorted."""
        return sorted(self.headers.get_all("X-Vl-Rerank") or [])

    @property
    def hits(self):
        return self.body["hits"]["hits"]

    @property
    def ids(self):
        return [hit["_id"] for hit in self.hits]

    @property
    def scores(self):
        return [hit["_score"] for hit in self.hits]


class NodeApi:
    def __init__(self, url, user=None, password=None):
        self.url = url
        self.authorization = {}
        if user:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.authorization = {"Authorization": "Basic " + token}

    def call(self, method, path, body=None, timeout=60):
        """Any status is an answer; a body that is a list is sent as NDJSON."""
        data, content_type = None, "application/json"
        if isinstance(body, list):
            data, content_type = (
                "".join(json.dumps(line) + "\n" for line in body).encode(),
                "application/x-ndjson",
            )
        elif body is not None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data=data, method=method, headers={"Content-Type": content_type, **self.authorization}
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return Answer(response.status, response.headers, json.loads(response.read() or b"{}"))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, json.loads(error.read() or b"{}"))

    def must(self, method, path, body=None):
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {json.dumps(answer.body)[:500]}")
        return answer

    def make_index(self, name, documents, shards=1, mappings=None, settings=None):
        """documents: {id: source}; a source may carry "_routing"."""
        self.call("DELETE", f"/{name}")
        index_settings = {"number_of_shards": shards, "number_of_replicas": 0, **(settings or {})}
        body = {
            "settings": {"index": index_settings},
            "mappings": mappings or {"properties": {"rank": {"type": "float"}}},
        }
        created = self.call("PUT", f"/{name}", body)
        if created.status >= 300:
            return created
        lines = []
        for identifier, source in documents.items():
            source = dict(source)
            action = {"_index": name, "_id": identifier}
            if "_routing" in source:
                action["routing"] = source.pop("_routing")
            lines += [{"index": action}, source]
        if lines:
            bulk = self.must("POST", "/_bulk?refresh=true", lines).body
            if bulk["errors"]:
                raise AssertionError(json.dumps(bulk)[:500])
        self.must("GET", f"/_cluster/health/{name}?wait_for_status=green&timeout=30s")
        return created


class Node(NodeApi):
    def __init__(self, engine, version, plugin, settings=(), secrets=(), files=(), user=None, password=None):
        self.engine, self.version = engine, version
        self.kept = set()
        self.directory = tempfile.mkdtemp(prefix="vl-rerank-search-test-")
        command = [
            HERE / "node",
            "start",
            "--engine",
            engine,
            "--version",
            version,
            "--dir",
            self.directory,
            "--plugin",
            plugin,
        ]
        for setting in settings:
            command += ["--setting", setting]
        for secret in secrets:
            command += ["--secret", secret]
        for file in files:
            command += ["--file", file]
        try:
            started = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            super().__init__(started.stdout.strip(), user, password)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        subprocess.run([HERE / "node", "stop", "--dir", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
