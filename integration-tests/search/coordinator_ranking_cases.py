"""The coordinator ways: order, scores, pages, what is asked of the sidecar, what a failure leaves."""

from coordinator_fixture import (
    APPLIED,
    TEXT,
    RequestExtension,
    first_pass,
    per_way,
    tail_only,
    thirty,
    ways,
    with_body,
)
from imposter import Reply, answer, results
from rescorer_fixture import FIVE, FLOOR, close, equal, true

TAIL_SCALE = 2.0**-70


def order_and_scores(s):
    got = s.reranked(s.five())
    equal(got.ids, ["c", "e", "a", "d", "b"], "order")
    close(got.scores, [0.9, 0.75, 0.5, 0.25, 0.1], "scores")
    equal(got.body["hits"]["total"]["value"], 5, "total")
    equal(APPLIED.fullmatch(got.markers[0]).group(1), "5", "window in the marker")


def request_to_the_sidecar(s):
    s.reranked(s.five(), parameters={"instruction": "Find it", "fps": 2.0, "image": {"resize": "fit"}})
    equal(len(s.imposter.requests), 1, "requests")
    request = s.imposter.requests[0]
    true(0 < request.pop("timeout_ms") <= 30000, "timeout_ms")
    equal(
        request,
        {
            "query": {"text": TEXT},
            "documents": [{"text": [FIVE[i]["title"]]} for i in "abcde"],
            "instruction": "Find it",
            "fps": 2.0,
            "image": {"resize": "fit"},
        },
        "request",
    )
    equal(s.imposter.headers[0]["Authorization"], f"Bearer {s.fixture.api_key}", "API key")


def given_query_wins(s):
    s.reranked(s.five(), parameters={"query": "pump"})
    equal(s.imposter.requests[0]["query"], {"text": "pump"}, "query")


def images_join_the_text_of_the_search(s):
    s.reranked(s.five(), parameters={"query": {"image": "x.jpg"}, "media_base": "s3://kb/"})
    equal(s.imposter.requests[0]["query"], {"text": TEXT, "image": "s3://kb/x.jpg"}, "query")


def image_alone_is_a_query(s):
    s.reranked(s.five(), query=first_pass({"match_all": {}}), parameters={"query": {"image": "http://h/x.jpg"}})
    equal(s.imposter.requests[0]["query"], {"image": "http://h/x.jpg"}, "query")


@tail_only
def window_and_tail(s):
    got = s.reranked(s.five(), size=4, parameters={"window_size": 3})
    equal(got.ids, ["c", "a", "b", "d"], "order")
    close(got.scores[3:], [3 * TAIL_SCALE], "score of the tail")
    equal(len(s.imposter.requests[0]["documents"]), 3, "documents")


@tail_only
def page_smaller_than_the_window(s):
    got = s.reranked(s.five(), size=2, **{"from": 1})
    equal(got.ids, ["e", "a"], "order")
    equal(len(s.imposter.requests[0]["documents"]), 5, "documents")


@tail_only
def page_beyond_the_window_asks_nobody(s):
    got = s.ask(s.five(), **{"from": 3, "size": 5}, parameters={"window_size": 3})
    equal((got.ids, got.markers), (["d", "e"], ["skipped;reason=beyond_window"]), "answer")
    close(got.scores, [3 * TAIL_SCALE, 1 * TAIL_SCALE], "scores")
    equal(got.body["hits"]["max_score"], got.scores[0], "max_score")
    equal(len(s.imposter.requests), 0, "requests")


def page_past_the_end(s):
    got = s.ask(s.five(), **{"from": 20, "size": 5})
    equal((got.ids, got.body["hits"]["max_score"]), ([], None), "answer")


@tail_only
def walks_lose_and_repeat_nothing(s):
    """Over 1, 3 and 5 shards, with hits that the model refuses and hits without content."""
    documents = thirty()
    del documents["d04"]["title"]

    def reply(request):
        scored = results(request)
        for result in scored:
            if request["documents"][result["index"]]["text"][0].startswith("d07"):
                result["error"] = {"code": "image_corrupt", "message": "refused"}
        return answer(scored)

    for shards in (1, 3, 5):
        index = s.index(f"walk{shards}", documents, shards=shards)
        for window in (7, 50):
            s.fixture.behave(reply)
            parameters = {"window_size": window}
            whole = s.reranked(index, size=30, parameters=parameters)
            equal(sorted(whole.ids), sorted(documents), f"hits of {shards} shards")
            true(whole.ids.index("d04") >= min(window, 30) - 2, f"no content: {whole.ids}")
            for size in (4, 11):
                ids, scores = s.walk(index, size, 30, parameters=parameters)
                equal(ids, whole.ids, f"pages of {size}, window {window}, {shards} shards")
                equal(scores, whole.scores, f"scores of pages of {size}, window {window}")


@tail_only
def walks_under_a_minimum(s):
    documents = thirty()
    index = s.index("thirty", documents)
    parameters = {"window_size": 10, "min_score": 0.3}
    whole = s.reranked(index, size=30, parameters=parameters)
    wanted = [f"d{i:02d}" for i in range(10) if (i * 37) % 60 < 30]
    equal(sorted(set(documents) - set(whole.ids)), wanted, "hits dropped")
    equal(whole.body["hits"]["total"]["value"], 30 - len(wanted), "total")
    true(all(score >= 0.3 or score < FLOOR for score in whole.scores), f"scores: {whole.scores}")
    equal(s.walk(index, 4, 30, parameters=parameters)[0], whole.ids, "pages together")


def min_score_drops(s):
    got = s.reranked(s.five(), parameters={"min_score": 0.5})
    equal(got.ids, ["c", "e", "a"], "hits")
    true("min_score" not in s.imposter.requests[0], "min_score is not the sidecar's business")


def keeps_the_first_score(s):
    got = s.reranked(s.five(), parameters={"keep_first_score": True})
    equal([hit["fields"]["_first_score"] for hit in got.hits], [[5.0], [1.0], [9.0], [3.0], [7.0]], "first scores")


def explains(s):
    for search, parameters in (({}, {"explain": True}), ({"explain": True}, {})):
        got = s.reranked(s.five(), parameters=parameters, **search)
        for hit in got.hits:
            true("_explanation" in hit, f"no explanation with {search} {parameters}")
            if s.way.has_tail or parameters:
                equal(hit["_explanation"]["value"], hit["_score"], "value of the explanation")
                true("vl_rerank" in hit["_explanation"]["description"], "the explanation says who")


def weight_blends(s):
    got = s.reranked(s.five(), parameters={"weight": 0.5})
    wanted = {i: 0.5 * float(d["title"][-4:]) + 0.5 * d["rank"] / (1 + d["rank"]) for i, d in FIVE.items()}
    equal(got.ids, sorted(wanted, key=lambda i: -wanted[i]), "order")
    close(got.scores, sorted(wanted.values(), reverse=True), "scores")


def refused_documents_stand_last(s):
    def reply(request):
        scored = results(request)
        for result in scored:
            if result["index"] == 2:
                result["error"] = {"code": "image_corrupt", "message": "refused"}
        return answer(scored)

    s.fixture.behave(reply)
    got = s.reranked(s.five())
    equal(got.ids, ["e", "a", "d", "b", "c"], "order")
    true(got.scores[4] < FLOOR, f"scores: {got.scores}")


def shards_and_empty_shards(s):
    documents = thirty()
    wanted = sorted(documents, key=lambda i: (-float(documents[i]["title"].split("=")[1]), i))
    for shards in (3, 5):
        got = s.reranked(s.index(f"spread{shards}", documents, shards=shards), size=30)
        equal(sorted(got.ids), sorted(wanted), "hits")
        close(got.scores, [max(float(documents[i]["title"].split("=")[1]), FLOOR) for i in wanted], "scores")
        equal(len(s.imposter.requests), 1, "requests: one a search, whatever the shards")
        s.imposter.reset()
    got = s.reranked(s.index("sparse", with_body({"x": {"rank": 1, "title": "score=0.5"}}), shards=5))
    equal(got.ids, ["x"], "hits of the sparse index")


def one_shard_of_five_fails_to_search(s):
    """What the others found is reranked."""
    documents = thirty()
    del documents["d11"]["rank"]  # which the first pass cannot do without
    index = s.index("broken5", documents, shards=5)
    for shard in range(5):
        found = s.node.must("POST", f"/{index}/_search?preference=_shards:{shard}", {"size": 100, "_source": False})
        if "d11" in found.ids:
            lost = set(found.ids)
    got = s.reranked(index, size=30)
    equal(got.body["_shards"]["failed"], 1, "failed shards")
    wanted = sorted(set(documents) - lost, key=lambda i: (-float(documents[i]["title"].split("=")[1]), i))
    equal(got.ids, wanted, "order")
    equal(len(s.imposter.requests[-1]["documents"]), len(wanted), "documents")


def failures_keep_the_order(s):
    index = s.five()
    for reason, reply in (
        ("server_error", Reply(500)),
        ("refused", Reply(422, {"message": "no"})),
        ("bad_answer", Reply(200, b"{")),
        ("overloaded", Reply(503)),
    ):
        s.fixture.recover()
        s.fixture.behave(lambda request, reply=reply: reply)
        got = s.ask(index, size=3)
        equal((got.ids, got.scores), (["a", "b", "c"], [9.0, 7.0, 5.0]), f"first order after {reason}")
        equal(got.markers, [f"failed;reason={reason}"], "marker")
        equal(got.body["hits"]["max_score"], 9.0, "max_score")
        warnings = got.headers.get_all("Warning") or []
        true(any(reason in warning for warning in warnings), f"Warning: {warnings}")


def failures_fail_where_asked_for(s):
    index = s.five()
    s.fixture.behave(lambda request: Reply(422, {"message": "no such thing"}))
    got = s.ask(index, status=400, parameters={"on_error": "fail"})
    true("no such thing" in str(got.body), f"complaint: {got.body}")


def time_runs_out(s):
    index = s.five()
    s.fixture.hang()
    got = s.ask(index, parameters={"timeout": "200ms"})
    equal((got.ids, got.markers), (list("abcde"), ["failed;reason=timeout"]), "answer")


def cases(engine):
    yield from per_way(
        ways(engine),
        [
            order_and_scores,
            request_to_the_sidecar,
            given_query_wins,
            images_join_the_text_of_the_search,
            image_alone_is_a_query,
            window_and_tail,
            page_smaller_than_the_window,
            page_beyond_the_window_asks_nobody,
            page_past_the_end,
            walks_lose_and_repeat_nothing,
            walks_under_a_minimum,
            min_score_drops,
            keeps_the_first_score,
            explains,
            weight_blends,
            refused_documents_stand_last,
            one_shard_of_five_fails_to_search,
            shards_and_empty_shards,
            failures_keep_the_order,
            failures_fail_where_asked_for,
            time_runs_out,
        ],
    )
    yield from per_way([RequestExtension], [order_and_scores, window_and_tail, min_score_drops, failures_keep_the_order])
