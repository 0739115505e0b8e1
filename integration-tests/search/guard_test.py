"""What a node refuses: settings that cannot be used, rights that nobody gave, searches of users without them."""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import zipfile

from imposter import TLS_DIRECTORY, Imposter
from node_client import Node, NodeApi
from rescorer_fixture import FIRST_PASS, FIVE, equal, true
from rescorer_test import run_case

PASSWORD = "password-of-the-test"
PARAMETERS = {"query": "which part", "fields": {"text": "title"}, "timeout": "30s"}
# user: role's rights on indices, as roles.yml has them
ROLES = {
    "ann": {"names": ["open", "transparent"], "privileges": ["read"]},
    "bob": {"names": ["another"], "privileges": ["read"]},
    "cat": {"names": ["open", "transparent"], "privileges": ["read"], "field_security": {"grant": ["rank"]}},
    "dan": {
        "names": ["open", "transparent"],
        "privileges": ["read"],
        "field_security": {"grant": ["*"], "except": ["hidden"]},
    },
}
RERANKED = ["c", "e", "a", "d", "b"]


class Guard:
    """What run_case expects of a fixture, and how to start nodes."""

    def __init__(self, engine, version, plugin):
        self.engine, self.version, self.plugin = engine, version, plugin
        self.imposter = Imposter()

    def recover(self):
        self.imposter.reset()

    @contextlib.contextmanager
    def node(self, plugin=None, **arguments):
        arguments.setdefault("settings", []).append(f'vl_rerank.endpoints=["{self.imposter.url}"]')
        node = Node(self.engine, self.version, plugin or self.plugin, **arguments)
        try:
            yield node
        finally:
            node.stop()


def search(api, index, **more):
    body = {"query": FIRST_PASS, "rescore": {"vl_rerank": PARAMETERS}, **more}
    return api.call("POST", f"/{index}/_search", body)


def realm_files(folder):
    """Users and roles of the file realm: what the native one needs for its index is not in the node's zip."""
    salt = os.urandom(32)
    digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, 10000, 32)
    stored = "{PBKDF2}10000$%s$%s" % tuple(base64.b64encode(part).decode() for part in (salt, digest))
    texts = {
        "users": "".join(f"{name}:{stored}\n" for name in ROLES),
        "users_roles": "".join(f"role_of_{name}:{name}\n" for name in ROLES),
        # JSON is YAML; the engine takes each role from a line of its own.
        "roles.yml": "".join(
            f"role_of_{name}: {json.dumps({'indices': [rights]})}\n" for name, rights in ROLES.items()
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]


def does_not_start(setting, file=None):
    def case(t):
        try:
            with t.node(settings=[setting], files=[file] if file else []):
                raise AssertionError(f"the node starts with {setting}")
        except subprocess.CalledProcessError:
            pass
        equal(len(t.imposter.requests), 0, "requests")

    return case


def with_policy(plugin, change):
    """A copy of the plugin whose policy file went through change; the file's name and its lines with rights are given back."""
    copy = pathlib.Path(tempfile.mkdtemp(prefix="vl-rerank-guard-")) / "plugin.zip"
    with zipfile.ZipFile(plugin) as source, zipfile.ZipFile(copy, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename in ("entitlement-policy.yaml", "plugin-security.policy"):
                data = change(data.decode()).encode()
            target.writestr(item, data)
    return copy


def rights(plugin):
    """The lines of the policy that give a right."""
    with zipfile.ZipFile(plugin) as zip_file:
        for name in ("entitlement-policy.yaml", "plugin-security.policy"):
            if name in zip_file.namelist():
                lines = zip_file.read(name).decode().splitlines()
                return [line for line in lines if line.strip().startswith(("permission ", "- "))]
    raise AssertionError("the zip has no policy")


def without(line):
    """Without any one right the plugin cannot do its work: it has none to spare."""

    def case(t):
        plugin = with_policy(t.plugin, lambda text: text.replace(line + "\n", ""))
        try:
            with t.node(plugin) as node:
                node.make_index("five", FIVE)
                got = search(node, "five")
                equal(got.ids, list("abcde"), "order: the sidecar was reached all the same")
                true(got.markers and got.markers[0].startswith("failed"), f"marker {got.markers}")
        except subprocess.CalledProcessError:
            pass  # not even a start
        equal(len(t.imposter.requests), 0, "requests")

    return case


def security_of_the_engine(t):
    """Elasticsearch's own security on, basic licence: rights on indices."""
    with tempfile.TemporaryDirectory() as folder, t.node(
        secrets=[f"bootstrap.password={PASSWORD}"],
        files=realm_files(pathlib.Path(folder)),
        user="elastic",
        password=PASSWORD,
    ) as node:
        node.make_index("open", FIVE)
        node.make_index("closed", {f"secret-{i}": source for i, source in FIVE.items()})
        node.make_index(
            "transparent", FIVE, settings={"vl_rerank": {"enabled": True, "fields.text": ["title"]}}
        )
        ann, bob, cat = (NodeApi(node.url, name, PASSWORD) for name in ("ann", "bob", "cat"))
        nobody = NodeApi(node.url)
        by_setting = {"query": FIRST_PASS, "ext": {"vl_rerank": {"query": "which part"}}}
        retriever = {
            "retriever": {"vl_rerank": {"retriever": {"standard": {"query": FIRST_PASS}}, **PARAMETERS}}
        }

        t.imposter.reset()
        equal(search(ann, "open").ids, RERANKED, "what she may read is reranked")
        equal(ann.must("POST", "/transparent/_search", by_setting).ids, RERANKED, "transparently, too")
        equal(ann.must("POST", "/open/_search", retriever).ids, RERANKED, "through the retriever")
        equal(len(t.imposter.requests), 3, "requests")

        t.imposter.reset()
        equal(search(ann, "closed").status, 403, "an index that is not hers")
        equal(search(ann, "open,closed").status, 403, "beside one that is")
        equal(ann.call("POST", "/closed/_search", by_setting).status, 403, "with ext")
        equal(ann.call("POST", "/closed/_search", retriever).status, 403, "by retriever")
        for index in ("open", "transparent", "closed"):
            equal(search(bob, index).status, 403, f"no rights at all on {index}")
            equal(bob.call("POST", f"/{index}/_search", by_setting).status, 403, f"nor with ext on {index}")
            equal(search(nobody, index).status, 401, f"no user on {index}")
        endpoints = {"transient": {"vl_rerank.endpoints": ["http://127.0.0.1:1"]}}
        equal(ann.call("PUT", "/_cluster/settings", endpoints).status, 403, "settings of the cluster")
        equal(ann.call("PUT", "/open/_settings", {"index.vl_rerank.enabled": True}).status, 403, "of an index")
        pipeline = {"processors": [{"vl_rerank_warm": {"fields": {"image": "photo"}}}]}
        equal(ann.call("PUT", "/_ingest/pipeline/warm", pipeline).status, 403, "ingest pipelines")
        equal(nobody.call("GET", "/_vl_rerank/stats").status, 401, "the node's counters")
        equal(len(t.imposter.requests), 0, "nothing of it came to the sidecar")

        got = search(ann, "open*,clos*")
        equal(got.ids, RERANKED, "patterns stand for what is hers")
        true("secret" not in str(t.imposter.requests), "a document that is not hers came to the sidecar")

        t.imposter.reset()
        equal(search(cat, "open").status, 403, "hidden fields need another licence")
        equal(len(t.imposter.requests), 0, "requests")


def hidden_fields(t):
    """A trial licence knows roles that hide fields: what is hidden from a user is hidden from the sidecar, on every way."""
    documents = {i: {**source, "hidden": f"hidden-{i}", "note": f"note-{i}"} for i, source in FIVE.items()}
    fields = {"text": ["title", "hidden", "note"]}
    with tempfile.TemporaryDirectory() as folder, t.node(
        settings=["xpack.license.self_generated.type=trial"],
        secrets=[f"bootstrap.password={PASSWORD}"],
        files=realm_files(pathlib.Path(folder)),
        user="elastic",
        password=PASSWORD,
    ) as node:
        node.make_index("open", documents)
        enabled = {"vl_rerank": {"enabled": True, "fields.text": fields["text"]}}
        node.make_index("transparent", documents, settings=enabled)
        own = {**PARAMETERS, "fields": fields}
        ways = {
            "rescorer": ("open", {"query": FIRST_PASS, "rescore": {"vl_rerank": own}}),
            "index setting": ("transparent", {"query": FIRST_PASS, "ext": {"vl_rerank": {"query": "which part"}}}),
            "ext": ("open", {"query": FIRST_PASS, "ext": {"vl_rerank": {**own, "enabled": True}}}),
            "retriever": ("open", {"retriever": {"vl_rerank": {"retriever": {"standard": {"query": FIRST_PASS}}, **own}}}),
        }
        cat, dan = NodeApi(node.url, "cat", PASSWORD), NodeApi(node.url, "dan", PASSWORD)
        for way, (index, body) in ways.items():
            t.imposter.reset()
            got = node.must("POST", f"/{index}/_search", body)
            equal(got.ids, RERANKED, f"{way}: order for one who sees all")
            true("hidden-a" in str(t.imposter.requests), f"{way}: the field is there to be hidden")
            t.imposter.reset()
            got = dan.must("POST", f"/{index}/_search", body)
            equal(got.ids, RERANKED, f"{way}: order for one who does not see one field")
            text = str(t.imposter.requests)
            true("hidden-" not in text and "hidden" not in str(got.body), f"{way}: a hidden field came to light")
            true("note-a" in text and "score=" in text, f"{way}: the others come: {text}")
            t.imposter.reset()
            got = cat.must("POST", f"/{index}/_search", body)
            equal(got.ids, list("abcde"), f"{way}: order for one who sees none of the fields")
            true(got.markers and got.markers[0].startswith("skipped;reason=no_content"), f"{way}: markers {got.markers}")
            equal(len(t.imposter.requests), 0, f"{way}: requests")


def remote_cluster(t):
    """Searches over another cluster are left alone, on both sides; what a search asks for itself is done."""
    enabled = {"vl_rerank": {"enabled": True, "fields.text": ["title"]}}
    with t.node() as near, t.node() as far:
        for node in (near, far):
            node.make_index("transparent", FIVE, settings=enabled)
        transport = next(iter(far.must("GET", "/_nodes/_local/transport").body["nodes"].values()))["transport"]
        seeds = {"persistent": {"cluster.remote.far.seeds": [transport["publish_address"]]}}
        near.must("PUT", "/_cluster/settings", seeds)
        body = {"query": FIRST_PASS, "ext": {"vl_rerank": {"query": "which part"}}}
        equal(far.must("POST", "/transparent/_search", body).ids, RERANKED, "asked directly")
        t.imposter.reset()
        for minimized in ("true", "false"):
            path = f"_search?ccs_minimize_roundtrips={minimized}"
            got = near.must("POST", f"/far:transparent/{path}", body)
            # Where the near side asks the shards itself, nobody has seen the setting of the index.
            markers = ["skipped;reason=remote"] if minimized == "true" else []
            equal((got.ids, got.markers), (list("abcde"), markers), f"far, minimized {minimized}")
            got = near.must("POST", f"/transparent,far:transparent/{path}", body)
            equal([i[-1] for i in got.ids], list("aabbccddee"), f"near and far, minimized {minimized}")
            equal(got.markers, ["skipped;reason=remote"], f"near and far, minimized {minimized}")
        equal(len(t.imposter.requests), 0, "requests")
        rescored = {"query": FIRST_PASS, "rescore": {"vl_rerank": PARAMETERS}}
        equal(near.must("POST", "/far:transparent/_search", rescored).ids, RERANKED, "with a rescorer")


def cases(t):
    yield "an API key outside the keystore", does_not_start("vl_rerank.api_key=in-the-open")
    yield "authorities that are not there", does_not_start("vl_rerank.ssl.certificate_authorities=nosuch.crt")
    yield "a file that holds no certificate", does_not_start(
        "vl_rerank.ssl.certificate_authorities=client.key", TLS_DIRECTORY / "client.key"
    )
    yield "a certificate without its key", does_not_start(
        "vl_rerank.ssl.certificate=client.crt", TLS_DIRECTORY / "client.crt"
    )
    yield "an unknown verification mode", does_not_start("vl_rerank.ssl.verification_mode=lax")
    yield "an endpoint outside the allowed", does_not_start('vl_rerank.allowed_endpoints=["rerank.example:*"]')
    for line in rights(t.plugin):
        yield f"without the right: {line.strip()}", without(line)
    if t.engine == "elasticsearch":
        yield "security of the engine", security_of_the_engine
        yield "security of the engine: hidden fields", hidden_fields
    yield "remote cluster", remote_cluster


def main():
    parser = argparse.ArgumentParser()
    for name in ("engine", "version", "plugin"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--only", default="", help="run the cases whose name holds this word")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    guard = Guard(arguments.engine, arguments.version, os.path.abspath(arguments.plugin))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, case in cases(guard):
        if arguments.only in name:
            run_case(guard, name, case, counts)
    guard.imposter.close()
    print(f"{arguments.engine} {arguments.version}:")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
