"""The coordinator ways beside everything else that a search can do."""

import json
import threading
import time

from coordinator_fixture import (
    IndexSetting,
    Skipped,
    bind,
    first_pass,
    per_way,
    tail_only,
    thirty,
    ways,
    with_body,
)
from imposter import Reply, well
from rescorer_fixture import FIVE, equal, true

RERANKED = ["c", "e", "a", "d", "b"]


def of_every_shape(s):
    documents = {
        "object": {"rank": 9, "a": {"b": "one"}, "n": 7},
        "dotted": {"rank": 8, "a.b": "two"},
        "array": {"rank": 7, "a": {"b": ["three", "four"]}},
        "objects": {"rank": 6, "a": [{"b": "five"}, {"b": ["six"]}, {"c": "no"}]},
        "missing": {"rank": 5, "n": 8},
        "nested": {"rank": 4, "parts": [{"name": "seven"}, {"name": "eight"}]},
        "nothing": {"rank": 3},
    }
    properties = {"rank": {"type": "float"}, "parts": {"type": "nested"}}
    index = s.index("shapes", with_body(documents), mappings={"properties": properties})
    got = s.reranked(index, parameters={"fields": {"text": ["a.b", "n", "parts.name"]}})
    equal(
        [document["text"] for document in s.imposter.requests[0]["documents"]],
        [["one", "7"], ["two"], ["three\nfour"], ["five\nsix"], ["8"], ["seven\neight"]],
        "texts",
    )
    equal(got.ids[-1], "nothing", "a document without content stands last")


def media(s):
    documents = {
        "key": {"rank": 9, "photo": "fans/a b.jpg"},
        "long": {"rank": 8, "photo": "https://h/" + "x" * 9000 + ".jpg"},
        "clip": {"rank": 7, "clip": {"url": "v.mp4", "start": 2}},
    }
    properties = {
        "rank": {"type": "float"},
        "photo": {"type": "keyword", "ignore_above": 256},
        "clip": {"type": "object", "enabled": False},
    }
    index = s.index("media", with_body(documents), mappings={"properties": properties})
    s.reranked(index, parameters={"fields": {"image": "photo", "video": "clip"}, "media_base": "s3://kb"})
    equal(
        s.imposter.requests[0]["documents"],
        [
            {"image": "s3://kb/fans/a b.jpg"},
            {"image": documents["long"]["photo"]},
            {"video": {"url": "s3://kb/v.mp4", "start": 2}},
        ],
        "documents",
    )


def source_as_asked_for(s):
    index = s.five()
    for search, keys in (
        ({"_source": False}, None),
        ({"_source": ["rank"]}, {"rank"}),
        ({"_source": {"excludes": ["title"]}}, {"rank", "body"}),
        ({"stored_fields": []}, None),
        ({"stored_fields": "_none_", "_source": False}, None),
        ({"fields": ["rank"], "_source": False}, None),
    ):
        s.imposter.reset()
        got = s.reranked(index, **search)
        equal(got.scores, s.reranked(index).scores, f"scores with {search}")
        for hit in got.hits:
            equal(set(hit["_source"]) if "_source" in hit else None, keys, f"_source with {search}")
        equal(s.imposter.requests[0]["documents"][0], {"text": [FIVE["a"]["title"]]}, f"content with {search}")


def source_excluded_by_the_mapping(s):
    mappings = {"_source": {"excludes": ["secret"]}, "properties": {"rank": {"type": "float"}}}
    documents = {i: {**source, "secret": "s3cr3t"} for i, source in with_body(FIVE).items()}
    index = s.index("excluded", documents, mappings=mappings)
    got = s.reranked(index, parameters={"fields": {"text": ["secret", "title"]}})
    equal(got.ids, RERANKED, "order")
    true("s3cr3t" not in json.dumps(s.imposter.requests), "a field that _source does not keep")


def synthetic_source(s):
    elastic = s.node.engine == "elasticsearch"
    settings = {"mapping.source.mode": "synthetic"} if elastic else {"derived_source.enabled": True}
    properties = {"rank": {"type": "float"}, "title": {"type": "keyword"}, "body": {"type": "keyword"}}
    name = f"synthetic-{s.way.name.replace(' ', '-')}"
    made = s.node.make_index(
        name,
        with_body(FIVE),
        settings={**s.way.settings, **settings},
        mappings={"properties": properties},
    )
    if made.status == 400:
        raise Skipped("this version has no synthetic _source")
    query = first_pass({"match": {"body": "clean the fan"}})
    for search in ({}, {"_source": False}, {"_source": ["rank"]}):
        equal(s.reranked(name, query=query, **search).ids, RERANKED, f"order with {search}")


def no_hits(s):
    got = s.ask(s.five(), query=first_pass({"match": {"body": "nothing"}}))
    equal((got.ids, got.markers), ([], ["skipped;reason=no_hits"]), "answer")
    equal(got.body["hits"]["total"]["value"], 0, "total")
    empty = s.ask(s.index("empty", {}))
    equal((empty.ids, empty.markers), ([], ["skipped;reason=no_hits"]), "answer of the empty index")
    equal(len(s.imposter.requests), 0, "requests")


def no_content(s):
    index = s.index("blank", with_body({"x": {"rank": 2}, "y": {"rank": 1}}))
    got = s.ask(index)
    equal((got.ids, got.scores), (["x", "y"], [2.0, 1.0]), "hits")
    equal(got.markers, ["skipped;reason=no_content"], "marker")


def totals(s):
    index = s.index("thirty", thirty())
    off = s.reranked(index, track_total_hits=False, size=3, parameters={"min_score": 0.1})
    true("total" not in off.body["hits"], f"total: {off.body['hits'].get('total')}")
    if s.way.has_tail:
        few = s.reranked(index, track_total_hits=5, size=3).body["hits"]["total"]
        equal(few["relation"], "gte", "relation of a limited total")


def two_indices_and_aliases(s):
    one = s.index("one", with_body({i: FIVE[i] for i in "ab"}))
    two = s.index("two", with_body({i: FIVE[i] for i in "cde"}))
    equal(s.reranked(f"{one},{two}").ids, RERANKED, "two indices")
    alias = f"both-{s.way.name.replace(' ', '-')}"
    s.node.must(
        "POST",
        "/_aliases",
        {
            "actions": [
                {"add": {"index": one, "alias": alias}},
                {"add": {"index": two, "alias": alias}},
                {"add": {"index": two, "alias": alias + "-filtered", "filter": {"range": {"rank": {"gte": 3}}}}},
            ]
        },
    )
    equal(s.reranked(alias).ids, RERANKED, "alias")
    equal(s.reranked(alias[:-1] + "*", query=first_pass()).ids[0], "c", "pattern")
    s.imposter.reset()
    equal(s.reranked(alias + "-filtered").ids, ["c", "d"], "filtered alias")
    equal(len(s.imposter.requests[0]["documents"]), 2, "what the filter hides stays hidden")


def point_in_time(s):
    index = s.index("spread3", thirty(), shards=3)
    opened = (
        s.node.must("POST", f"/{index}/_pit?keep_alive=1m").body["id"]
        if s.node.engine == "elasticsearch"
        else s.node.must("POST", f"/{index}/_search/point_in_time?keep_alive=1m").body["pit_id"]
    )
    plain = s.reranked(index, size=30)
    got = s.reranked(None, size=30, pit={"id": opened, "keep_alive": "1m"})
    equal(sorted(got.ids), sorted(plain.ids), "hits")
    equal(got.scores, plain.scores, "scores")
    true(got.body["pit_id"], "the point in time's id is in the answer")
    pages = s.walk(None, 7, 30, pit={"id": got.body["pit_id"], "keep_alive": "1m"})
    equal(pages[0], got.ids, "pages")


def aggregations(s):
    index = s.index("spread3", thirty(), shards=3)
    aggs = {
        "mean": {"avg": {"field": "rank"}},
        "best": {"top_hits": {"size": 2, "_source": ["rank"]}},
        "ranges": {
            "range": {"field": "rank", "ranges": [{"to": 80}, {"from": 80}]},
            "aggs": {"first": {"top_hits": {"size": 1}}},
        },
    }
    got = s.reranked(index, size=3, aggs=aggs).body["aggregations"]
    equal(got["mean"]["value"], 85.5, "mean")
    equal([b["doc_count"] for b in got["ranges"]["buckets"]], [9, 21], "buckets")
    equal(len(got["best"]["hits"]["hits"]), 2, "top hits")
    if s.way.has_tail:
        equal([h["_id"] for h in got["best"]["hits"]["hits"]], ["d00", "d01"], "top hits keep the first order")
    equal(len(got["ranges"]["buckets"][0]["first"]["hits"]["hits"]), 1, "top hits of a bucket")


def highlight_profile_and_suggest(s):
    search = {"highlight": {"fields": {"body": {}}}, "profile": True}
    if s.way.has_tail:
        search["suggest"] = {"spelling": {"text": "fxn", "term": {"field": "body"}}}
    got = s.reranked(s.five(), size=3, **search)
    equal(got.ids, RERANKED[:3], "order")
    if s.way.has_tail:
        for hit in got.hits:
            true("<em>" in hit["highlight"]["body"][0], f"highlight of {hit['_id']}")
        true(got.body["suggest"]["spelling"], "suggestions")
        true(got.body["profile"]["shards"], "profile")


def inner_hits(s):
    documents = {
        i: {**source, "parts": [{"name": f"{i}1 fan"}, {"name": f"{i}2 pump"}]}
        for i, source in with_body(FIVE).items()
    }
    properties = {"rank": {"type": "float"}, "parts": {"type": "nested"}}
    index = s.index("inner", documents, mappings={"properties": properties})
    nested = {"nested": {"path": "parts", "query": {"match": {"parts.name": "fan"}}, "inner_hits": {}}}
    got = s.reranked(index, query=first_pass({"bool": {"must": [{"match": {"body": "clean"}}, nested]}}))
    equal(got.ids, RERANKED, "order")
    equal(s.imposter.requests[0]["query"], {"text": "clean fan"}, "query")
    for hit in got.hits:
        inner = hit["inner_hits"]["parts"]["hits"]["hits"]
        equal([h["_source"]["name"] for h in inner], [f"{hit['_id']}1 fan"], "inner hits")


@tail_only
def collapse(s):
    documents = {i: {**source, "group": int(source["rank"]) % 4} for i, source in with_body(FIVE).items()}
    index = s.index("grouped", documents)
    got = s.reranked(index, collapse={"field": "group"})
    equal(got.ids, ["a", "b"], "one hit of each group, in the new order")
    equal([hit["fields"]["group"] for hit in got.hits], [[1], [3]], "groups")
    plain = s.ask(
        index,
        collapse={"field": "group", "inner_hits": {"name": "more", "size": 2}},
    )
    equal((plain.ids, plain.markers), (["a", "b"], ["skipped;reason=collapse"]), "collapse with inner hits")
    equal([h["_id"] for h in plain.hits[0]["inner_hits"]["more"]["hits"]["hits"]], ["a", "c"], "inner hits")
    equal(len(s.imposter.requests), 1, "requests: none for the groups")


def segments_searched_side_by_side(s):
    """Elasticsearch does so by itself; OpenSearch is told to."""
    documents = thirty()
    index = f"segments-{s.way.name.replace(' ', '-')}"
    settings = {**s.way.settings, "merge.policy.segments_per_tier": 50}
    if s.node.engine == "opensearch":
        settings["search.concurrent_segment_search.mode"] = "all"
    s.node.make_index(index, {}, settings=settings)
    for identifier, source in documents.items():
        s.node.must("PUT", f"/{index}/_doc/{identifier}?refresh=true", source)
    segments = s.node.must("GET", f"/{index}/_segments").body["indices"][index]["shards"]["0"][0]["segments"]
    true(len(segments) > 4, f"{len(segments)} segments")
    plain = s.reranked(s.index("thirty", documents), size=30)
    got = s.reranked(index, size=30)
    equal((got.ids, got.scores), (plain.ids, plain.scores), "hits")
    rescore = {"vl_rerank": {"query": "which part", "fields": {"text": "title"}, "timeout": "30s"}}
    body = {"query": first_pass(), "rescore": rescore, "size": 30}
    equal(s.node.must("POST", f"/{index}/_search", body).scores, plain.scores, "scores with a rescorer")


def many_in_one_request(s):
    index = s.five()
    lines = []
    for search, parameters in (
        ({}, {}),
        ({"size": 2}, {}),
        ({}, {"query": "pump"}),
        (None, None),
        ({"size": 1, "from": 1}, {}),
    ):
        absent = search is None
        lines += [{"index": "absent" if absent else index}, s.way.body(search or {}, parameters or {})]
    got = s.node.must("POST", "/_msearch?max_concurrent_searches=2", lines)
    answers = got.body["responses"]
    equal(
        [[hit["_id"] for hit in answer["hits"]["hits"]] if answer["status"] == 200 else None for answer in answers],
        [RERANKED, RERANKED[:2], RERANKED, None, ["e"]],
        "orders",
    )
    true(all(marker.startswith("applied") for marker in got.markers) and got.markers, f"markers: {got.markers}")


def many_at_once(s):
    """Twelve threads: every search gets the order that its own query asks for."""
    index = s.five()

    def reply(request):
        if request["query"]["text"] == "turned":
            return well({"documents": list(reversed(request["documents"]))})
        return well(request)

    s.fixture.behave(reply)
    usual = s.reranked(index, parameters={"query": "usual"}).ids
    turned = s.reranked(index, parameters={"query": "turned"}).ids
    true(usual != turned, "the two orders differ")
    wrong = []

    def searches(mine, wanted):
        for _ in range(6):
            got = s.ask(index, parameters={"query": mine})
            if got.ids != wanted:
                wrong.append((mine, got.ids, got.markers))

    threads = [
        threading.Thread(target=searches, args=(("usual", usual), ("turned", turned))[i % 2]) for i in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong, [], "answers that are another search's")


def cancelled(s):
    """The search ends, and so does the call to the sidecar."""
    index = s.five()
    left = threading.Event()

    def reply(request, n):
        def until_the_node_leaves(handler):
            handler.connection.settimeout(60)
            if handler.connection.recv(1) == b"":
                left.set()

        return Reply(write=until_the_node_leaves)

    s.imposter.reset(reply)
    answers = []
    search = threading.Thread(
        target=lambda: answers.append(
            s.node.call("POST", f"/{index}/_search", s.way.body({}, {"timeout": "50s"}))
        )
    )
    search.start()
    while not s.imposter.requests:
        time.sleep(0.02)
    s.node.must("POST", "/_tasks/_cancel?actions=indices:data/read/search")
    search.join(40)
    true(answers, "the search ends")
    true(answers[0].status >= 400 and "cancel" in str(answers[0].body), f"answer: {answers[0].status} {answers[0].body}")
    true(left.wait(10), "the call to the sidecar ends")


QUERIES = {
    "match": {"match": {"body": "clean fan"}},
    "match with options": {"match": {"body": {"query": "clean fan", "operator": "and"}}},
    "match_phrase": {"match_phrase": {"body": "clean the fan"}},
    "match_bool_prefix": {"match_bool_prefix": {"body": "clean fa"}},
    "multi_match": {"multi_match": {"query": "clean fan", "fields": ["body", "title"]}},
    "query_string": {"query_string": {"query": "clean AND fan", "default_field": "body"}},
    "simple_query_string": {"simple_query_string": {"query": "+clean +fan", "fields": ["body"]}},
    "dis_max": {"dis_max": {"queries": [{"match": {"body": "clean"}}, {"match": {"title": "fan"}}]}},
    "bool": {
        "bool": {
            "must": [{"match": {"body": "clean"}}],
            "should": [{"match": {"title": "fan"}}],
            "filter": [{"match": {"body": "the"}}],
            "must_not": [{"match": {"body": "dirty"}}],
        }
    },
    "boosting": {
        "boosting": {
            "positive": {"match": {"body": "clean fan"}},
            "negative": {"match": {"body": "valve"}},
            "negative_boost": 0.5,
        }
    },
}
TEXTS = {
    "match_phrase": "clean the fan",
    "match_bool_prefix": "clean fa",
    "query_string": "clean AND fan",
    "simple_query_string": "+clean +fan",
}


def query_case(name):
    def case(s):
        got = s.ask(s.five(), query=QUERIES[name])
        true(got.markers[0].startswith("applied"), f"marker {got.markers}")
        equal(s.imposter.requests[0]["query"], {"text": TEXTS.get(name, "clean fan")}, "query")

    return case


def cases(engine):
    yield from per_way(
        ways(engine),
        [
            of_every_shape,
            media,
            source_as_asked_for,
            source_excluded_by_the_mapping,
            synthetic_source,
            no_hits,
            no_content,
            totals,
            two_indices_and_aliases,
            point_in_time,
            aggregations,
            highlight_profile_and_suggest,
            inner_hits,
            collapse,
            segments_searched_side_by_side,
            many_in_one_request,
            many_at_once,
            cancelled,
        ],
    )
    for name in QUERIES:
        yield f"{IndexSetting.name}: text of {name}", bind(query_case(name), IndexSetting)
