"""The ways in and warming with the sidecar itself in place of its imposter: the small model on the CPU, media by HTTP."""

import contextlib
import http.server
import pathlib
import sys
import threading
import time

from rescorer_fixture import FIRST_PASS, close, equal, true

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "integration-tests/sidecar"))

from sidecar_process import TINY_MEDIA, Sidecar  # noqa: E402

PROGRAM = ROOT / "build/release/sidecar/vl-rerank"
MODEL = ROOT / "models/vl-rerank-mini"
QUERY = "how to clean the fan of the pump"
PATIENCE_SECONDS = 120
FIELDS = {"text": ["title"], "image": ["photo"], "video": ["clip"]}
DOCUMENTS = {
    "fan": {"rank": 1, "title": "clean the fan of the pump with a brush"},
    "photo": {"rank": 2, "title": "the pump", "photo": "a.png"},
    "other": {"rank": 3, "title": "opening hours of the canteen", "photo": "j420.jpg"},
    "clip": {"rank": 4, "clip": "v1.mp4"},
    "odd": {"rank": 5, "title": 'quotes ", \\ and 界 in between'},
}
MEDIA = 3


class Files(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=TINY_MEDIA)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def real_sidecar(t):
    """The sidecar, which the node then asks, and the URL that its media are below."""
    true(PROGRAM.exists(), f"{PROGRAM} is not built: cmake --build --preset release --target vl-rerank vl-rerank-decode")
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    address = "127.0.0.1:%d" % files.server_address[1]
    try:
        with Sidecar(PROGRAM, MODEL, [f"storage.allow_hosts=[{address}]"]) as sidecar:
            t.use(f"http://127.0.0.1:{sidecar.port}")
            yield sidecar, f"http://{address}/"
    finally:
        files.shutdown()
        files.server_close()


def parameters(base):
    return {"query": QUERY, "fields": FIELDS, "media_base": base, "timeout": "60s"}


def ways(engine, base):
    """way: (index, search)"""
    own = parameters(base)
    ext = {"vl_rerank": {"query": QUERY, "media_base": base, "timeout": "60s"}}
    found = {
        "rescorer": ("real", {"query": FIRST_PASS, "rescore": {"vl_rerank": own}}),
        "index setting": ("real-set", {"query": FIRST_PASS, "ext": ext}),
        "ext": ("real", {"query": FIRST_PASS, "ext": {"vl_rerank": {**own, "enabled": True}}}),
    }
    if engine == "elasticsearch":
        retriever = {"vl_rerank": {"retriever": {"standard": {"query": FIRST_PASS}}, **own}}
        found["retriever"] = ("real", {"retriever": retriever})
    else:
        pipeline = {"request_processors": [{"vl_rerank": own}], "response_processors": [{"vl_rerank": {}}]}
        found["pipeline"] = ("real", {"query": FIRST_PASS, "search_pipeline": pipeline})
    return found


def make_indices(t):
    settings = {"vl_rerank": {"enabled": True, **{f"fields.{kind}": paths for kind, paths in FIELDS.items()}}}
    t.make_once("real", DOCUMENTS)
    t.make_once("real-set", DOCUMENTS, settings=settings)


def document(source, base):
    content = {}
    if "title" in source:
        content["text"] = [source["title"]]
    for kind, field in (("image", "photo"), ("video", "clip")):
        if field in source:
            content[kind] = base + source[field]
    return content


def every_way_in(t):
    """The order and the scores are those that the sidecar gives to whoever asks it directly."""
    make_indices(t)
    with real_sidecar(t) as (sidecar, base):
        asked = {"query": {"text": QUERY}, "documents": [document(source, base) for source in DOCUMENTS.values()]}
        answer = sidecar.rerank(asked)
        equal(answer.status, 200, answer.text)
        names = list(DOCUMENTS)
        wanted = [(names[r["index"]], r["relevance_score"]) for r in answer.json()["results"]]
        equal(len({score for _, score in wanted}), len(DOCUMENTS), "different scores")
        for way, (index, search) in ways(t.node.engine, base).items():
            got = t.node.must("POST", f"/{index}/_search", search)
            true(got.markers and got.markers[0].startswith("applied"), f"{way}: markers {got.markers}")
            equal(got.ids, [name for name, _ in wanted], f"{way}: order")
            close(got.scores, [score for _, score in wanted], f"{way}: scores")


def what_was_warmed_is_in_the_cache(t):
    """Documents are indexed through vl_rerank_warm; the first search meets media that are encoded already."""
    with real_sidecar(t) as (sidecar, base):
        encoded = lambda: sidecar.metric("vl_rerank_vision_cache_encoded_total")
        hits = lambda: sidecar.get("/v1/status").json()["cache"]["vision_hits"]
        equal((encoded(), hits()), (0, 0), "encoded and found before")
        fields = {kind: FIELDS[kind] for kind in ("image", "video")}
        processor = {"vl_rerank_warm": {"fields": fields, "media_base": base}}
        t.node.must("PUT", "/_ingest/pipeline/warm-real", {"processors": [processor]})
        t.node.make_index("warmed-real", DOCUMENTS, settings={"default_pipeline": "warm-real"})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while encoded() < MEDIA:
            true(time.monotonic() < deadline, f"{encoded()} of {MEDIA} are encoded")
            time.sleep(0.05)
        search = {"query": FIRST_PASS, "rescore": {"vl_rerank": parameters(base)}}
        got = t.node.must("POST", "/warmed-real/_search", search)
        equal(got.markers, ["applied"], "markers")
        equal((encoded(), hits()), (MEDIA, MEDIA), "encoded and found after the first search")


def cases(engine):
    yield "sidecar: every way in", every_way_in
    yield "sidecar: what was warmed is in the cache", what_was_warmed_is_in_the_cache
