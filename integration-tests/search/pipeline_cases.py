"""OpenSearch's search pipelines with the pair of processors vl_rerank."""

from imposter import Reply, score_of
from rescorer_fixture import FIRST_PASS, FIVE, close, equal, falling, true

RERANKED = ["c", "e", "a", "d", "b"]
PARAMETERS = {"query": "which part", "fields": {"text": "title"}, "timeout": "30s"}
# Ranks fall with the number, scores jump: the first pass and the reranked order share nothing.
MANY = {
    f"d{i:02d}": {"rank": 100 - i, "title": f"part {i:02d} score=0.{(i * 37) % 100:02d}", "kind": f"k{i % 3}"}
    for i in range(40)
}


def pair(**parameters):
    own = {**PARAMETERS, **parameters}
    own = {key: value for key, value in own.items() if value is not None}
    return {"request_processors": [{"vl_rerank": own}], "response_processors": [{"vl_rerank": {}}]}


def search(t, index, pipeline=None, query_string="", **body):
    """With the pipeline written into the body, as an ad hoc one."""
    if pipeline:
        body["search_pipeline"] = pipeline
    return t.node.call("POST", f"/{index}/_search{query_string}", {"query": FIRST_PASS, **body})


def marker(got):
    """The one marker, which header and body must agree on."""
    equal(got.status, 200, f"status ({got.body})")
    equal(len(got.markers), 1, f"markers {got.markers}")
    equal(got.body["ext"]["vl_rerank"]["marker"], got.markers[0], "marker in the body")
    return got.markers[0]


def applied(got, window):
    true(marker(got).startswith(f"applied;window={window};took="), f"marker {got.markers}")
    true(falling(got.scores), f"scores {got.scores}")
    true(all("fields" not in hit for hit in got.hits), f"something is left on the hits: {got.hits[:1]}")


def order_and_scores(t):
    t.five()
    got = search(t, "five", pair())
    applied(got, 5)
    equal(got.ids, RERANKED, "order")
    close(got.scores, [0.9, 0.75, 0.5, 0.25, 0.1], "scores")
    equal(got.body["hits"]["max_score"], got.scores[0], "max_score")
    equal(got.body["hits"]["total"]["value"], 5, "total")
    equal(len(t.imposter.requests), 1, "requests")
    equal(t.imposter.requests[0]["documents"], [{"text": [FIVE[i]["title"]]} for i in "abcde"], "documents")


def many(t, shards):
    name = f"many{shards}"
    t.make_once(name, MANY, shards=shards)
    return name, sorted(MANY, key=lambda i: -score_of(MANY[i]))


def pages(shards):
    """Window 20 of 40: the pages inside come from it, those beyond go on in the first order; nothing is lost or repeated."""

    def case(t):
        name, _ = many(t, shards)
        first = sorted(MANY)
        wanted = sorted(first[:20], key=lambda i: -score_of(MANY[i])) + first[20:]
        seen, scores = [], []
        for start in range(0, 44, 7):
            got = search(t, name, pair(window_size=20), size=7, **{"from": start})
            true(marker(got).startswith("applied;window=20" if start < 20 else "skipped;reason=beyond_window"), got.markers)
            seen += got.ids
            scores += got.scores
        equal(seen, wanted, "pages together")
        true(falling(scores), f"scores over pages {scores}")

    return case


def over_fetches_for_a_small_page(t):
    name, wanted = many(t, 3)
    got = search(t, name, pair(), size=3, aggs={"kinds": {"terms": {"field": "kind.keyword"}}}, track_total_hits=False)
    applied(got, 40)
    equal(got.ids, wanted[:3], "order")
    equal(len(t.imposter.requests[0]["documents"]), 40, "documents of the one request")
    true("total" not in got.body["hits"], "no total was asked for")
    equal(sum(b["doc_count"] for b in got.body["aggregations"]["kinds"]["buckets"]), 40, "aggregation")


def response_processor_alone(t):
    name, _ = many(t, 1)
    alone = {"response_processors": [{"vl_rerank": PARAMETERS}]}
    got = search(t, name, alone, size=5, **{"from": 5})
    true(marker(got).startswith("applied;window=5;") and got.markers[0].endswith(";scope=page"), got.markers)
    equal(got.ids, sorted(sorted(MANY)[5:10], key=lambda i: -score_of(MANY[i])), "order of the page")
    got = search(t, name, alone, size=5, _source=False)
    equal(marker(got), "skipped;reason=no_content;scope=page", "marker without _source")
    equal(got.ids, sorted(MANY)[:5], "order")


def request_processor_alone(t):
    """Nothing would cut the page out of what it fetched: it does nothing."""
    t.five()
    t.node.must("PUT", "/_search/pipeline/half", {"request_processors": pair()["request_processors"]})
    t.make_once("half", FIVE, settings={"search.default_pipeline": "half"})
    half = {"request_processors": pair()["request_processors"]}
    for way, got in {
        "named": search(t, "five", query_string="?search_pipeline=half", size=2),
        "named in the body": search(t, "five", "half", size=2),
        "in the body": search(t, "five", half, size=2),
        "by default": search(t, "half", size=2),
    }.items():
        equal((got.status, got.ids, got.markers), (200, ["a", "b"], []), f"answer with a pipeline {way}")
        equal(got.body["hits"]["hits"][0].keys(), {"_index", "_id", "_score", "_source"}, "parts of a hit")
    equal(len(t.imposter.requests), 0, "requests")


def text_of_the_search(t):
    t.five()
    got = t.node.call(
        "POST",
        "/five/_search",
        {"query": {"match": {"title": "fan pump"}}, "search_pipeline": pair(query=None)},
    )
    applied(got, 2)
    equal(got.ids, ["a", "b"], "order")
    equal(t.imposter.requests[0]["query"], {"text": "fan pump"}, "query")
    got = search(t, "five", pair(query=None))
    equal((marker(got), got.ids), ("skipped;reason=no_query", list("abcde")), "a search without text")


def ext_of_the_search(t):
    t.five()
    got = search(t, "five", pair(), ext={"vl_rerank": {"query": {"image": "q.jpg"}, "instruction": "Find it", "media_base": "s3://kb"}})
    applied(got, 5)
    request = t.imposter.requests[0]
    equal((request["query"], request["instruction"]), ({"image": "s3://kb/q.jpg"}, "Find it"), "request")
    got = search(t, "five", pair(), ext={"vl_rerank": {"enabled": False}})
    equal((marker(got), got.ids), ("skipped;reason=disabled", list("abcde")), "opted out")
    got = search(t, "five", pair(), ext={"vl_rerank": {"windw": 5}})
    equal(got.status, 400, f"status ({got.body})")
    true("windw" in str(got.body), f"the complaint does not name the key: {got.body}")
    got = search(t, "five", pair(), ext={"vl_rerank": {"window_size": 5000}})
    equal(got.status, 400, f"status ({got.body})")


def stored_and_default_pipeline(t):
    t.node.make_index("piped", FIVE)
    t.node.must("PUT", "/_search/pipeline/kb", pair())
    equal(search(t, "piped", query_string="?search_pipeline=kb").ids, RERANKED, "named")
    t.node.must("PUT", "/piped/_settings", {"index.search.default_pipeline": "kb"})
    got = search(t, "piped")
    applied(got, 5)
    equal(got.ids, RERANKED, "by default")
    got = search(t, "piped", query_string="?search_pipeline=_none")
    equal((got.ids, got.markers), (list("abcde"), []), "switched off")
    t.node.must("POST", "/_aliases", {"actions": [{"add": {"index": "piped", "alias": "pipes"}}]})
    equal(search(t, "pipes").ids, RERANKED, "through an alias")
    lines = [{"index": "piped"}, {"query": FIRST_PASS}, {"index": "piped"}, {"query": FIRST_PASS, "size": 1}]
    both = t.node.must("POST", "/_msearch", lines).body["responses"]
    equal([[hit["_id"] for hit in one["hits"]["hits"]] for one in both], [RERANKED, ["c"]], "_msearch")


def rescorer_beats_the_pipeline(t):
    t.five()
    body = {"search_pipeline": pair(instruction="from the pipeline"), **t.body(instruction="from the rescorer")}
    got = t.node.must("POST", "/five/_search", body)
    equal(got.ids, RERANKED, "order")
    equal([r["instruction"] for r in t.imposter.requests], ["from the rescorer"], "one rerank")
    equal(got.markers, ["applied"], "marker")


def whatever_the_answer_shows_of_source(t):
    t.five()
    for source in (False, ["rank"], {"excludes": ["title"]}):
        got = search(t, "five", pair(), _source=source)
        applied(got, 5)
        equal(got.ids, RERANKED, f"order with _source {source}")
        true(all("title" not in hit.get("_source", {}) for hit in got.hits), "title is shown")


def left_alone(t):
    name, _ = many(t, 1)
    for reason, body in {
        "size_0": {"size": 0},
        "sort": {"sort": [{"rank": "asc"}]},
        "no_hits": {"query": {"term": {"title": "nothing-has-this"}}},
    }.items():
        got = search(t, name, pair(), **body)
        equal(marker(got), f"skipped;reason={reason}", "marker")
        plain = search(t, name, **body)
        equal((got.ids, got.scores), (plain.ids, plain.scores), f"hits of {reason}")
    got = search(t, name, pair(), track_total_hits=False, query={"term": {"title": "nothing-has-this"}})
    equal(marker(got), "skipped;reason=no_hits", "no hits and no total")
    got = search(t, name, pair(), "?scroll=1m", size=4)
    equal(marker(got), "skipped;reason=scroll", "scroll")
    equal(len(got.ids), 4, "hits of a scroll")
    equal(len(t.imposter.requests), 0, "requests")


def parameters_of_the_coordinator(t):
    t.five()
    got = search(t, "five", pair(min_score=0.4))
    equal(got.ids, ["c", "e", "a"], "at least 0.4")
    equal(got.body["hits"]["total"]["value"], 3, "total without the dropped")
    got = search(t, "five", pair(keep_first_score=True))
    equal([hit["fields"]["_first_score"][0] for hit in got.hits], [5.0, 1.0, 9.0, 3.0, 7.0], "first scores")
    got = search(t, "five", pair(explain=True))
    true("model" in got.hits[0]["_explanation"]["description"], f"explanation {got.hits[0]}")
    got = search(t, "five", pair(weight=0))
    equal(got.ids, list("abcde"), "weight 0")


def sidecar_that_fails(t):
    t.five()
    t.behave(lambda request: Reply(500))
    got = search(t, "five", pair(), size=3)
    equal(marker(got), "failed;reason=server_error", "marker")
    equal((got.ids, got.scores), (list("abc"), [9.0, 7.0, 5.0]), "hits")
    equal(got.body["hits"]["max_score"], 9.0, "max_score")
    warnings = [value for value in got.headers.get_all("Warning") or [] if "vl-rerank" in value]
    equal(len(warnings), 1, "warnings")
    t.recover()
    t.behave(lambda request: Reply(500))
    got = search(t, "five", pair(on_error="fail"))
    equal(got.status, 502, f"status ({got.body})")


def pipelines_that_are_refused(t):
    for word, processor in {
        "unknown parameter": {"fields": {"text": "t"}, "no_such": 1},
        "window_size": {"fields": {"text": "t"}, "window_size": 0},
        "fields": {"fields": {}},
    }.items():
        for stage in ("request_processors", "response_processors"):
            got = t.node.call("PUT", "/_search/pipeline/wrong", {stage: [{"vl_rerank": processor}]})
            equal(got.status, 400, f"status ({got.body})")


def cases(engine):
    if engine != "opensearch":
        return
    yield "pipeline: pages over one shard", pages(1)
    yield "pipeline: pages over three shards", pages(3)
    yield "pipeline: pages over five shards", pages(5)
    for case in (
        order_and_scores,
        over_fetches_for_a_small_page,
        response_processor_alone,
        request_processor_alone,
        text_of_the_search,
        ext_of_the_search,
        stored_and_default_pipeline,
        rescorer_beats_the_pipeline,
        whatever_the_answer_shows_of_source,
        left_alone,
        parameters_of_the_coordinator,
        sidecar_that_fails,
        pipelines_that_are_refused,
    ):
        yield "pipeline: " + case.__name__.replace("_", " "), case
