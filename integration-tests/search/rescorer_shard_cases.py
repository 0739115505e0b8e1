"""Several shards: their scores merge, a failed one stands below, empty ones do no harm."""

from imposter import Reply, well
from rescorer_fixture import FIVE, FLOOR, close, equal, falling, true


def spread(t, shards):
    """Thirty documents over the shards, of each of which the id is known: {shard: [ids]}."""
    documents = {
        f"d{i:02d}": {"rank": 100 - i, "title": f"d{i:02d} score=0.{(i * 37) % 100:02d}"} for i in range(30)
    }
    name = f"spread{shards}"
    t.make_once(name, documents, shards=shards)
    by_shard = {}
    for shard in range(shards):
        found = t.node.must(
            "POST", f"/{name}/_search?preference=_shards:{shard}", {"size": 100, "_source": False}
        )
        by_shard[shard] = found.ids
        true(found.ids, f"shard {shard} is empty, choose other ids")
    wanted = sorted(documents, key=lambda i: -float(documents[i]["title"].split("=")[1]))
    return name, documents, by_shard, wanted


def several(shards):
    def case(t):
        name, _, _, wanted = spread(t, shards)
        got = t.reranked(name, search={"size": 30})
        equal(got.ids, wanted, "order")
        equal(len(t.imposter.requests), shards, "requests, one a shard")

    return case


def one_of_three_fails(t):
    name, documents, by_shard, wanted = spread(t, 3)
    lost = set(by_shard[1])

    def reply(request):
        first = request["documents"][0]["text"][0].split()[0]
        return Reply(422, {"message": "no"}) if first in lost else well(request)

    t.behave(reply)
    got = t.search(name, search={"size": 30})
    equal(got.status, 200, "status")
    equal(got.body["_shards"]["failed"], 0, "failed shards")
    equal(got.ids, [i for i in wanted if i not in lost] + [i for i in documents if i in lost], "order")
    true(falling(got.scores), "scores rise")
    true(all((hit["_score"] < FLOOR) == (hit["_id"] in lost) for hit in got.hits), f"tail: {got.scores}")
    known = {"applied;scope=shard", "failed;reason=refused;scope=shard"}
    true(got.markers and set(got.markers) <= known, f"markers: {got.markers}")


def one_of_three_fails_and_fail_was_asked(t):
    name, _, by_shard, _ = spread(t, 3)
    lost = set(by_shard[1])
    t.behave(
        lambda request: (
            Reply(422, {"message": "no"})
            if request["documents"][0]["text"][0].split()[0] in lost
            else well(request)
        )
    )
    got = t.search(name, "?allow_partial_search_results=true", search={"size": 30}, on_error="fail")
    equal(got.body["_shards"]["failed"], 1, "failed shards")
    equal(
        (
            got.body["_shards"]["failures"][0]["status"]
            if "status" in got.body["_shards"]["failures"][0]
            else 400
        ),
        400,
        "its status",
    )
    equal(lost & set(got.ids), set(), "hits of the failed shard")


def all_three_fail(t):
    name, documents, _, _ = spread(t, 3)
    t.behave(lambda request: Reply(500))
    got = t.search(name, search={"size": 30})
    equal(got.ids, list(documents), "order")
    true(falling(got.scores), "scores rise")
    # A shard that comes after another's failure finds the endpoint left out.
    failed = {f"failed;reason={reason};scope=shard" for reason in ("server_error", "no_endpoint")}
    true(got.markers and set(got.markers) <= failed, f"markers: {got.markers}")


def pages_over_three_shards(t):
    name, _, _, wanted = spread(t, 3)
    pages = []
    for start in range(0, 30, 4):
        pages += t.reranked(name, search={"size": 4, "from": start}).ids
    equal(pages, wanted, "pages together")


def empty_index(t):
    t.node.make_index("empty", {})
    got = t.search("empty")
    equal((got.status, got.ids), (200, []), "answer")
    equal(len(t.imposter.requests), 0, "requests")


def empty_shards(t):
    t.node.make_index("sparse", {"x": {"rank": 1, "title": "score=0.5"}}, shards=3)
    got = t.search("sparse")
    equal((got.status, got.ids), (200, ["x"]), "answer")
    close(got.scores, [0.5], "scores")
    equal(len(t.imposter.requests), 1, "requests")
    # Of the shards' headers the engine keeps those of the last to answer: an empty one has none.
    true(got.markers in ([], ["applied;scope=shard"]), f"markers: {got.markers}")


def no_hits(t):
    t.five()
    got = t.search("five", search={"query": {"term": {"title": "nothing-has-this"}}})
    equal((got.status, got.ids, len(t.imposter.requests)), (200, [], 0), "answer")


def no_content_at_all(t):
    t.node.make_index("blank", {"x": {"rank": 2, "other": 1}, "y": {"rank": 1, "other": 2}})
    got = t.search("blank")
    equal((got.ids, got.scores), (["x", "y"], [2.0, 1.0]), "order and scores")
    equal(got.markers, ["skipped;reason=no_content"], "marker")


def two_indices(t):
    t.node.make_index("one", {i: FIVE[i] for i in "ab"})
    t.node.make_index("two", {i: FIVE[i] for i in "cde"})
    equal(t.reranked("one,two").ids, ["c", "e", "a", "d", "b"], "order")


def cases(engine):
    yield "two shards", several(2)
    yield "three shards", several(3)
    yield "five shards", several(5)
    plain = [
        one_of_three_fails,
        one_of_three_fails_and_fail_was_asked,
        all_three_fail,
        pages_over_three_shards,
        empty_index,
        empty_shards,
        no_hits,
        no_content_at_all,
        two_indices,
    ]
    yield from ((case.__name__.replace("_", " "), case) for case in plain)
