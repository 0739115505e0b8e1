"""The ingest processor vl_rerank_warm: documents are indexed whatever the sidecar does, and it hears of their media."""

import json
import time

from imposter import Reply
from rescorer_fixture import equal, true

SETTLE_SECONDS = 60
PIPELINE = {
    "processors": [
        {
            "vl_rerank_warm": {
                "fields": {"image": ["photo"], "video": ["parts.clip"]},
                "media_base": "s3://kb-media/",
            }
        }
    ]
}


def stats(t):
    return t.node.must("GET", "/_vl_rerank/stats").body["warm"]


def wait_for(t, condition, what):
    deadline = time.monotonic() + SETTLE_SECONDS
    while not condition():
        true(time.monotonic() < deadline, f"{what}: {stats(t)}")
        time.sleep(0.05)


def put_pipeline(t, pipeline=None):
    t.node.must("PUT", "/_ingest/pipeline/warm", pipeline or PIPELINE)


def bulk(t, sources):
    lines = []
    for i, source in enumerate(sources):
        lines += [{"index": {"_index": "warmed", "_id": str(i)}}, source]
    answer = t.node.must("POST", "/_bulk?pipeline=warm&refresh=true", lines)
    true(not answer.body["errors"], json.dumps(answer.body)[:500])


def count(t):
    return t.node.must("GET", "/warmed/_count").body["count"]


def media_of_indexed_documents(t):
    before = stats(t)
    put_pipeline(t)
    t.node.call("DELETE", "/warmed")
    sources = [
        {"photo": "a.jpg", "title": "one"},
        {"photo": ["b.jpg", "https://example.com/c.jpg"], "parts": [{"clip": "v.mp4"}, {"clip": None}]},
        {"title": "without media"},
        {"photo": 17},
    ]
    bulk(t, sources)
    wanted = ["s3://kb-media/a.jpg", "s3://kb-media/b.jpg", "https://example.com/c.jpg", "s3://kb-media/v.mp4"]
    heard = lambda: [url for request in t.imposter.requests for url in request["media"]]
    wait_for(t, lambda: len(heard()) >= len(wanted), "the sidecar does not hear of all media")
    equal(heard(), wanted, "media")
    equal(t.imposter.headers[0]["Authorization"], f"Bearer {t.api_key}", "API key")
    wait_for(t, lambda: stats(t)["accepted"] - before["accepted"] == 4, "accepted")
    equal(stats(t)["queued"] - before["queued"], 4, "queued")
    stored = t.node.must("POST", "/warmed/_search", {"sort": ["_doc"]})
    as_text = lambda documents: sorted(json.dumps(document, sort_keys=True) for document in documents)
    equal(as_text(hit["_source"] for hit in stored.hits), as_text(sources), "documents")


def indexing_beside_a_sidecar_that_fails(t):
    """Hanging, refusing, absent: every document is indexed and what does not fit is dropped."""
    put_pipeline(t)
    for trouble in ("hang", "refuse", "down"):
        t.node.call("DELETE", "/warmed")
        before = stats(t)
        if trouble == "hang":
            release = t.hang()
        elif trouble == "refuse":
            t.imposter.reset(lambda request, n: Reply(400, {"message": "no"}))
        else:
            t.use("http://127.0.0.1:1")
        names = 2 * t.warm_queue_size
        bulk(t, ({"photo": [f"{trouble}-{i}-{k}.jpg" for k in range(10)]} for i in range(names // 10)))
        equal(count(t), names // 10, f"documents indexed while the sidecar is in trouble: {trouble}")
        after = stats(t)
        named = after["queued"] + after["dropped"] - before["queued"] - before["dropped"]
        equal(named, names, f"media counted: {trouble}")
        true(after["waiting"] <= t.warm_queue_size, f"the queue is bounded: {after}")
        if trouble == "hang":
            true(after["dropped"] > before["dropped"], f"nothing was dropped: {after}")
            true(not release.is_set(), "the sidecar was still hanging")
            release.set()
    t.recover()
    wait_for(t, lambda: stats(t)["waiting"] == 0, "the queue does not empty")


def pipelines_that_are_refused(t):
    refused = {
        "fields is required": {},
        "only images and videos": {"fields": {"text": "title"}},
        "fields.sound": {"fields": {"sound": "s"}},
        "no_such": {"fields": {"image": "photo"}, "no_such": 1},
        "media_base": {"fields": {"image": "photo"}, "media_base": 5},
    }
    for word, configuration in refused.items():
        got = t.node.call(
            "PUT", "/_ingest/pipeline/wrong", {"processors": [{"vl_rerank_warm": configuration}]}
        )
        equal(got.status, 400, f"status ({got.body})")
        true(word in str(got.body), f"the complaint does not say [{word}]: {got.body}")


def cases(engine):
    for case in (
        media_of_indexed_documents,
        indexing_beside_a_sidecar_that_fails,
        pipelines_that_are_refused,
    ):
        yield "warm: " + case.__name__.replace("_", " "), case
