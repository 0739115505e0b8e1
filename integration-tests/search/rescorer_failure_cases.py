"""A sidecar that is down, slow or talks nonsense: the search answers with its own hits and says so."""

import json
import math
import socket
import threading
import time

from imposter import Reply, answer, results, well
from rescorer_fixture import FIVE, equal, true

TEN_MEGABYTES = 10 << 20
STARTED_SECONDS = 30


def unused_url():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "http://127.0.0.1:%d" % probe.getsockname()[1]


def original(t, reason, **arguments):
    """The search must answer what it answers without the rescorer, scores included, and name the reason."""
    unchanged(t.search("five", **arguments), reason)


def unchanged(got, reason):
    equal(got.status, 200, f"status ({got.body})")
    equal(got.ids, list("abcde"), "order")
    equal(got.scores, [float(FIVE[i]["rank"]) for i in "abcde"], "scores")
    equal(got.body["_shards"]["failed"], 0, "failed shards")
    equal(got.markers, [f"failed;reason={reason}"], "marker")


def asked_no_more_than(seconds):
    """How often an endpoint that failed may be asked again in that time: it is left out for a second, then two, then four."""
    return int(math.log2(1 + seconds))


def left_out(t, reason):
    """The endpoint fails with the reason and is then left out, which a slow machine may see only after some more failures."""
    start, answers = time.monotonic(), []

    def spared():
        answers.append(t.search("five"))
        return answers[-1].markers == ["failed;reason=no_endpoint"]

    original(t, reason)
    wait_for(spared, "an endpoint that fails is asked again and again")
    again, most = len(answers) - 1, asked_no_more_than(time.monotonic() - start)
    true(again <= most, f"it was asked {again} times again, at most {most} were due")
    for answer in answers[:-1]:
        unchanged(answer, reason)
    unchanged(answers[-1], "no_endpoint")


def down(t):
    t.five()
    t.use(unused_url())
    left_out(t, "unreachable")


def hanging(t):
    t.five()
    release = t.hang()
    original(t, "timeout", timeout="2s")
    true(not release.is_set() and t.imposter.requests, "the sidecar was still hanging")


def default_timeout_of_the_node(t):
    t.five()
    t.node.must("PUT", "/_cluster/settings", {"transient": {"vl_rerank.timeout": "300ms"}})
    try:
        release = t.hang()
        original(t, "timeout", timeout=None)
        true(not release.is_set(), "the sidecar was still hanging")
    finally:
        t.node.must("PUT", "/_cluster/settings", {"transient": {"vl_rerank.timeout": None}})


def body_that_stops_half_way(t):
    def write(handler):
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"results": [')
        handler.wfile.flush()
        release.wait(120)

    t.five()
    t.imposter.reset(lambda request, n: Reply(write=write))
    release = t.imposter.release
    original(t, "timeout", timeout="300ms")
    true(not release.is_set(), "the sidecar was still hanging")


def connection_cut(t):
    t.five()
    t.behave(lambda request: Reply(write=lambda handler: None))
    original(t, "unreachable")
    equal(len(t.imposter.requests), 2, "requests: one and its retry")


def connection_cut_once(t):
    t.five()
    t.imposter.reset(lambda request, n: Reply(write=lambda handler: None) if n == 1 else well(request))
    equal(t.reranked("five").ids, ["c", "e", "a", "d", "b"], "order")


def changed(change):
    """A well-formed answer after one change to its results."""

    def reply(request):
        scored = results(request)
        return answer(change(scored) or scored)

    return reply


def score(value):
    return changed(lambda scored: scored[0].update(relevance_score=value))


def raw_score(text):
    return lambda request: Reply(body=json.dumps({"results": results(request)}).replace("0.9", text).encode())


NONSENSE = {
    "garbage": (lambda request: Reply(body=b"\x00\xff<html>"), "bad_answer"),
    "an empty body": (lambda request: Reply(body=b""), "bad_answer"),
    "an array": (lambda request: Reply(body=b"[0.1, 0.2]"), "bad_answer"),
    "deeply nested": (lambda request: Reply(body=b'{"results":' + b"[" * 200_000), "bad_answer"),
    "NaN": (raw_score("NaN"), "bad_answer"),
    "a huge number": (raw_score("1e999"), "bad_answer"),
    "a score over 1": (score(1.5), "bad_answer"),
    "a negative score": (score(-0.1), "bad_answer"),
    "a score of text": (score("0.9"), "bad_answer"),
    "no score": (changed(lambda scored: scored[0].pop("relevance_score") and None), "bad_answer"),
    "a short array": (changed(lambda scored: scored[:4]), "bad_answer"),
    "a long array": (changed(lambda scored: scored + scored[:1]), "bad_answer"),
    "a repeated index": (changed(lambda scored: scored[0].update(index=scored[1]["index"])), "bad_answer"),
    "an index out of range": (changed(lambda scored: scored[0].update(index=99)), "bad_answer"),
    "ten megabytes": (lambda request: Reply(body=b'{"results": [' + b" " * TEN_MEGABYTES), "bad_answer"),
    "429": (lambda request: Reply(429, {"message": "busy"}, {"Retry-After": "1"}), "overloaded"),
    "503": (lambda request: Reply(503, {"message": "loading"}, {"Retry-After": "1"}), "overloaded"),
    "500": (lambda request: Reply(500), "server_error"),
    "504": (lambda request: Reply(504), "timeout"),
    "400": (lambda request: Reply(400, {"message": "no such key"}), "refused"),
    "a redirect": (lambda request: Reply(307, headers={"Location": "/elsewhere"}), "server_error"),
}


def nonsense(reply, reason):
    def case(t):
        t.five()
        t.behave(reply)
        original(t, reason)

    return case


def fail_when_asked(t):
    t.five()
    t.behave(lambda request: Reply(422, {"message": "query.image[0] is no image"}))
    got = t.search("five", on_error="fail")
    equal(got.status, 400, f"status ({got.body})")
    true("query.image[0] is no image" in str(got.body), f"the sidecar's own message is missing: {got.body}")
    t.behave(lambda request: Reply(500))
    got = t.search("five", on_error="fail")
    true(got.status in (500, 502, 503), f"status {got.status}")
    true("127.0.0.1" not in str(got.body), "the answer names an address")


def another_endpoint_takes_over(t):
    t.five()
    t.use(unused_url(), t.spare.url)
    for _ in range(4):
        equal(t.reranked("five").ids, ["c", "e", "a", "d", "b"], "order")
    equal(len(t.spare.requests), 4, "requests to the one that is up")


def overloaded_endpoint_is_spared(t):
    t.five()
    t.behave(lambda request: Reply(429))
    t.use(t.imposter.url, t.spare.url)
    start = time.monotonic()
    for _ in range(4):
        t.reranked("five")
    equal(len(t.spare.requests), 4, "requests to the one that is up")
    again, most = len(t.imposter.requests) - 1, asked_no_more_than(time.monotonic() - start)
    true(0 <= again <= most, f"the one that is overloaded was asked {again} times again, at most {most} were due")


def failed_endpoint_comes_back(t):
    t.five()
    t.behave(lambda request: Reply(500))
    left_out(t, "server_error")
    t.imposter.reset()
    wait_for(
        lambda: t.search("five").markers == ["applied"],
        "the plugin does not come back to an endpoint that is well again",
    )


def search_in_background(t, answers, **arguments):
    thread = threading.Thread(target=lambda: answers.append(t.search("five", **arguments)), daemon=True)
    thread.start()
    return thread


def wait_for(condition, what):
    deadline = time.monotonic() + STARTED_SECONDS
    while not condition():
        true(time.monotonic() < deadline, what)
        time.sleep(0.05)


def only_a_quarter_of_the_threads_waits(t):
    t.five()
    quarter = t.search_threads // 4
    release = t.hang()
    answers, threads = [], []
    for _ in range(quarter):
        threads.append(search_in_background(t, answers, timeout="50s"))
    wait_for(lambda: len(t.imposter.requests) == quarter, "the searches do not reach the sidecar")
    for _ in range(3):
        original(t, "busy", timeout="50s")
    equal(t.search("five", rescore=False).ids, list("abcde"), "a search without the rescorer")
    true(not release.is_set() and not answers, "the others were still waiting")
    release.set()
    for thread in threads:
        thread.join(60)
    equal([found.markers for found in answers], [["applied"]] * quarter, "those that waited")


def concurrent_requests_are_bounded(t):
    t.five()
    t.node.must("PUT", "/_cluster/settings", {"transient": {"vl_rerank.max_concurrent_requests": 1}})
    try:
        release, answers = t.hang(), []
        thread = search_in_background(t, answers, timeout="50s")
        wait_for(lambda: t.imposter.requests, "the search does not reach the sidecar")
        original(t, "busy")
        release.set()
        thread.join(60)
        equal(answers[0].markers, ["applied"], "the one that waited")
    finally:
        t.node.must("PUT", "/_cluster/settings", {"transient": {"vl_rerank.max_concurrent_requests": None}})


def cancelled_search(t):
    t.five()
    release, answers = t.hang(), []
    thread = search_in_background(t, answers, timeout="50s")
    wait_for(lambda: t.imposter.requests, "the search does not reach the sidecar")
    t.node.must("POST", "/_tasks/_cancel?actions=indices:data/read/search")
    thread.join(30)
    true(not release.is_set() and answers, "the cancelled search went on waiting")
    true(answers[0].status >= 400, f"status {answers[0].status}")


def cases(engine):
    plain = [
        down,
        hanging,
        default_timeout_of_the_node,
        body_that_stops_half_way,
        connection_cut,
        connection_cut_once,
        fail_when_asked,
        another_endpoint_takes_over,
        overloaded_endpoint_is_spared,
        failed_endpoint_comes_back,
        only_a_quarter_of_the_threads_waits,
        concurrent_requests_are_bounded,
        cancelled_search,
    ]
    yield from ((case.__name__.replace("_", " "), case) for case in plain)
    yield from ((f"sidecar answers {name}", nonsense(*what)) for name, what in NONSENSE.items())
