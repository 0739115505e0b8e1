"""What the rescorer does while the sidecar is well: order, request, fields, window, refusals."""

from imposter import answer, results
from rescorer_fixture import FIVE, FLOOR, Skipped, close, equal, true


def installed(t):
    nodes = t.node.must("GET", "/_nodes/plugins").body["nodes"]
    for node in nodes.values():
        true("vl_rerank" in [plugin["name"] for plugin in node["plugins"]], "the plugin is not listed")


def order_and_scores(t):
    t.five()
    got = t.reranked("five")
    equal(got.ids, ["c", "e", "a", "d", "b"], "order")
    close(got.scores, [0.9, 0.75, 0.5, 0.25, 0.1], "scores")
    equal(got.body["hits"]["max_score"], got.scores[0], "max_score")
    equal(got.body["hits"]["total"]["value"], 5, "total")


def request_as_documented(t):
    t.five()
    t.reranked(
        "five",
        instruction="Find the part",
        fps=2.0,
        max_frames=8,
        image={"resize": "fit", "profile": "document"},
    )
    equal(len(t.imposter.requests), 1, "requests")
    request, headers = t.imposter.requests[0], t.imposter.headers[0]
    timeout = request.pop("timeout_ms")
    true(isinstance(timeout, int) and 0 < timeout <= 30000, f"timeout_ms is {timeout}")
    equal(
        request,
        {
            "query": {"text": "which part"},
            "documents": [{"text": [FIVE[i]["title"]]} for i in "abcde"],
            "instruction": "Find the part",
            "fps": 2.0,
            "max_frames": 8,
            "image": {"resize": "fit", "profile": "document"},
        },
        "request",
    )
    equal(headers["Content-Type"], "application/json", "content type")
    true(headers["X-Request-Id"].startswith("vlr-"), "X-Request-Id")
    equal(headers["Authorization"], f"Bearer {t.api_key}", "API key of the keystore")


def query_of_text_and_media(t):
    t.five()
    t.reranked(
        "five",
        query={
            "text": "fan",
            "image": ["a.jpg", "https://example.com/b.jpg"],
            "video": {"url": "v.mp4", "start": 1.5},
        },
        media_base="s3://kb/",
    )
    equal(
        t.imposter.requests[0]["query"],
        {
            "text": "fan",
            "image": ["s3://kb/a.jpg", "https://example.com/b.jpg"],
            "video": {"url": "s3://kb/v.mp4", "start": 1.5},
        },
        "query",
    )


def fields_of_every_shape(t):
    t.node.make_index(
        "shapes",
        {
            "object": {"rank": 9, "a": {"b": "one"}, "n": 7},
            "dotted": {"rank": 8, "a.b": "two"},
            "array": {"rank": 7, "a": {"b": ["three", "four"]}},
            "objects": {"rank": 6, "a": [{"b": "five"}, {"b": ["six"]}, {"c": "no"}]},
            "missing": {"rank": 5, "n": 8},
            "nested": {"rank": 4, "parts": [{"name": "seven"}, {"name": "eight"}]},
        },
        mappings={
            "properties": {"rank": {"type": "float"}, "n": {"type": "long"}, "parts": {"type": "nested"}}
        },
    )
    t.reranked("shapes", fields={"text": ["a.b", "n", "parts.name"]})
    equal(
        [document["text"] for document in t.imposter.requests[0]["documents"]],
        [["one", "7"], ["two"], ["three\nfour"], ["five\nsix"], ["8"], ["seven\neight"]],
        "texts",
    )


def media_fields(t):
    t.node.make_index(
        "media",
        {
            "key": {"rank": 9, "photo": "fans/a b.jpg"},
            "url": {"rank": 8, "photo": "s3://other/x.jpg", "title": "x"},
            "both": {"rank": 7, "photo": ["1.jpg", "2.jpg"], "clip": {"url": "v.mp4", "start": 2, "end": 5}},
            "none": {"rank": 6, "photo": None, "clip": ""},
        },
        mappings={"properties": {"rank": {"type": "float"}, "clip": {"type": "object", "enabled": False}}},
    )
    got = t.reranked(
        "media", fields={"text": "title", "image": ["photo"], "video": ["clip"]}, media_base="s3://kb-media"
    )
    equal(
        t.imposter.requests[0]["documents"],
        [
            {"image": "s3://kb-media/fans/a b.jpg"},
            {"text": ["x"], "image": "s3://other/x.jpg"},
            {
                "image": ["s3://kb-media/1.jpg", "s3://kb-media/2.jpg"],
                "video": {"url": "s3://kb-media/v.mp4", "start": 2, "end": 5},
            },
        ],
        "documents",
    )
    equal(got.ids[3], "none", "a document without content stands last")
    true(got.scores[3] < FLOOR, "a document without content is in the tail")


def unicode_text(t):
    text = '风扇 清洁 \U0001f300 score=0.4 "quoted" \\ \u0000 end'
    t.node.make_index("unicode", {"x": {"rank": 1, "title": text}})
    t.reranked("unicode", query="如何清洁风扇？")
    equal(t.imposter.requests[0]["documents"], [{"text": [text]}], "text")
    equal(t.imposter.requests[0]["query"], {"text": "如何清洁风扇？"}, "query")


def source_filtered_from_the_answer(t):
    t.five()
    for search in ({"_source": False}, {"_source": ["rank"]}):
        equal(t.reranked("five", search=search).ids, ["c", "e", "a", "d", "b"], f"order with {search}")


def synthetic_source(t):
    if t.node.engine == "elasticsearch":
        settings = {"mapping.source.mode": "synthetic"}
    else:
        settings = {"derived_source.enabled": True}
    properties = {"rank": {"type": "float"}, "title": {"type": "keyword"}}
    made = t.node.make_index("synthetic", FIVE, settings=settings, mappings={"properties": properties})
    if made.status == 400:
        raise Skipped("this version has no synthetic _source")
    equal(t.reranked("synthetic").ids, ["c", "e", "a", "d", "b"], "order")
    equal(
        [d["text"][0] for d in t.imposter.requests[0]["documents"]],
        [FIVE[i]["title"] for i in "abcde"],
        "texts",
    )


def window(t):
    t.five()
    beside, inside = t.body(window_size=3), t.body()
    inside["rescore"]["vl_rerank"]["window_size"] = 3
    for body in (beside, inside):
        t.imposter.reset()
        got = t.node.must("POST", "/five/_search", body)
        equal(len(t.imposter.requests[0]["documents"]), 3, "documents sent")
        equal(got.ids, ["c", "a", "b", "d", "e"], "order")
        close(got.scores[:3], [0.9, 0.5, 0.1], "scores in the window")
        true(FLOOR > got.scores[3] > got.scores[4] > 0, f"tail: {got.scores}")


def window_default(t):
    t.node.make_index("sixty", {str(i): {"rank": 100 - i, "title": f"score=0.{i:02d}"} for i in range(60)})
    got = t.reranked("sixty", search={"size": 60})
    equal(len(t.imposter.requests[0]["documents"]), 50, "documents sent")
    equal(got.ids, [str(i) for i in range(49, -1, -1)] + [str(i) for i in range(50, 60)], "order")


def pages_inside_the_window(t):
    t.node.make_index(
        "pages", {str(i): {"rank": 100 - i, "title": f"score=0.{(i * 7) % 20:02d}"} for i in range(20)}
    )
    whole = t.reranked("pages", window_size=20, search={"size": 20})
    pages = []
    for start in range(0, 20, 3):
        pages += t.reranked("pages", window_size=20, search={"size": 3, "from": start}).ids
    equal(pages, whole.ids, "pages together")


def pages_beyond_the_window(t):
    documents = {str(i): {"rank": 100 - i, "title": f"score=0.{i + 10}"} for i in range(20)}
    t.node.make_index("beyond", documents)
    pages = []
    for start in range(0, 20, 3):
        pages += t.reranked("beyond", window_size=5, search={"size": 3, "from": start}).ids
    equal(pages, ["4", "3", "2", "1", "0"] + [str(i) for i in range(5, 20)], "pages together")


def point_in_time(t):
    t.five()
    path = "_pit" if t.node.engine == "elasticsearch" else "_search/point_in_time"
    opened = t.node.must("POST", f"/five/{path}?keep_alive=1m").body
    pit = opened.get("id") or opened["pit_id"]
    got = t.node.call("POST", "/_search", t.body(search={"pit": {"id": pit, "keep_alive": "1m"}}))
    equal(got.status, 200, f"status ({got.body})")
    equal(got.ids, ["c", "e", "a", "d", "b"], "order")
    true("pit_id" in got.body, "the point in time's id is missing")


def floor_of_scores(t):
    t.node.make_index(
        "zero", {"x": {"rank": 2, "title": "score=0.0"}, "y": {"rank": 1, "title": "score=0.00000001"}}
    )
    close(t.reranked("zero").scores, [1e-6, 1e-6], "scores")


def refused_document_joins_the_tail(t):
    def reply(request):
        scored = results(request)
        for result in scored:
            if result["index"] in (0, 2):
                result.update(relevance_score=0.0, error={"code": "video_corrupt", "message": "cut off"})
        return answer(scored)

    t.five()
    t.behave(reply)
    got = t.reranked("five")
    equal(got.ids, ["e", "d", "b", "a", "c"], "order")
    true(FLOOR > got.scores[3] > got.scores[4], f"tail: {got.scores}")


def weight_blends(t):
    t.five()
    got = t.reranked("five", weight=0.25)
    expected = {
        i: 0.25 * float(FIVE[i]["title"].split("=")[1]) + 0.75 * FIVE[i]["rank"] / (1 + FIVE[i]["rank"])
        for i in FIVE
    }
    equal(got.ids, sorted(expected, key=lambda i: -expected[i]), "order")
    true(all(abs(hit["_score"] - expected[hit["_id"]]) < 1e-6 for hit in got.hits), f"scores: {got.scores}")


def beside_other_features(t):
    t.five()
    got = t.reranked(
        "five",
        search={
            "aggs": {"ranks": {"sum": {"field": "rank"}}},
            "track_total_hits": False,
            "profile": True,
            "explain": True,
            "sort": ["_score"],
            "post_filter": {"range": {"rank": {"gte": 3}}},
        },
    )
    equal(got.ids, ["c", "a", "d", "b"], "order")
    equal(got.body["aggregations"]["ranks"]["value"], 25.0, "aggregation")
    many = t.node.must(
        "POST", "/_msearch", [{"index": "five"}, t.body(), {"index": "five"}, t.body(rescore=False)]
    ).body["responses"]
    equal(
        [[hit["_id"] for hit in one["hits"]["hits"]] for one in many],
        [["c", "e", "a", "d", "b"], list("abcde")],
        "_msearch",
    )


def after_the_query_rescorer(t):
    t.five()
    body = t.body()
    body["rescore"] = [
        {"window_size": 10, "query": {"rescore_query": {"match_all": {}}, "rescore_query_weight": 2}},
        body["rescore"],
    ]
    got = t.node.call("POST", "/five/_search", body)
    equal(got.markers, ["applied"], "marker")
    equal(got.ids, ["c", "e", "a", "d", "b"], "order")


REFUSALS = {
    "unknown parameter": ("windw", {"windw": 1}),
    "unknown kind of field": ("fields.audio", {"fields": {"audio": "x"}}),
    "no fields": ("fields", {"fields": None}),
    "empty fields": ("fields", {"fields": {}}),
    "no query": ("query", {"query": None}),
    "empty query": ("query", {"query": {}}),
    "query of wrong type": ("query", {"query": 5}),
    "media of wrong shape": ("query.image", {"query": {"image": {"uri": "x"}}}),
    "timeout without unit": ("timeout", {"timeout": "5"}),
    "timeout too long": ("timeout", {"timeout": "10m"}),
    "on_error": ("on_error", {"on_error": "ignore"}),
    "weight": ("weight", {"weight": 1.5}),
    "keep_first_score": ("keep_first_score", {"keep_first_score": True}),
    "explain": ("explain", {"explain": True}),
    "min_score": ("min_score", {"min_score": 0.1}),
    "window over the node's limit": ("max_window_size", {"window_size": 1001}),
}


def refusal(word, arguments):
    def case(t):
        t.five()
        t.refused(word, **arguments)

    return case


def endpoint_outside_the_allowed_list(t):
    got = t.node.call(
        "PUT", "/_cluster/settings", {"transient": {"vl_rerank.endpoints": ["http://192.0.2.1:7860"]}}
    )
    equal(got.status, 400, "status")
    true("allowed_endpoints" in str(got.body), f"complaint: {got.body}")


def cases(engine):
    plain = [
        installed,
        order_and_scores,
        request_as_documented,
        query_of_text_and_media,
        fields_of_every_shape,
        media_fields,
        unicode_text,
        source_filtered_from_the_answer,
        synthetic_source,
        window,
        window_default,
        pages_inside_the_window,
        pages_beyond_the_window,
        point_in_time,
        floor_of_scores,
        refused_document_joins_the_tail,
        weight_blends,
        beside_other_features,
        after_the_query_rescorer,
        endpoint_outside_the_allowed_list,
    ]
    yield from ((case.__name__.replace("_", " "), case) for case in plain)
    yield from ((f"400: {name}", refusal(*what)) for name, what in REFUSALS.items())
