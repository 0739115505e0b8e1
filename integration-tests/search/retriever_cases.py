"""Elasticsearch's retriever vl_rerank, beyond what holds for every way."""

from coordinator_fixture import Retriever, bind, first_pass, thirty, with_body
from imposter import Reply
from rescorer_fixture import FIVE, equal, true

RERANKED = ["c", "e", "a", "d", "b"]
FIELDS = {"text": "title"}


def retriever(child, **parameters):
    return {"retriever": {"vl_rerank": {"retriever": child, "fields": FIELDS, "timeout": "30s", **parameters}}}


def standard(query=None):
    return {"standard": {"query": query or first_pass()}}


def no_more_hits_than_its_window(s):
    index = s.index("spread3", thirty(), shards=3)
    got = s.reranked(index, size=10, parameters={"window_size": 10})
    equal(len(s.imposter.requests[0]["documents"]), 10, "documents")
    equal(sorted(got.ids), [f"d{i:02d}" for i in range(10)], "hits")
    equal(s.ask(index, **{"from": 10, "size": 5}, parameters={"window_size": 15}).ids[5:], [], "no tail")


def pages_inside_the_window(s):
    index = s.index("spread3", thirty(), shards=3)
    whole = s.reranked(index, size=20, parameters={"window_size": 20})
    pages = []
    for start in range(0, 20, 6):
        pages += s.ask(index, **{"from": start, "size": min(6, 20 - start)}, parameters={"window_size": 20}).ids
    equal(pages, whole.ids, "pages")


def over_knn(s):
    properties = {
        "rank": {"type": "float"},
        "vector": {"type": "dense_vector", "dims": 2, "index": True, "similarity": "l2_norm"},
    }
    documents = {i: {**source, "vector": [source["rank"], 0.0]} for i, source in with_body(FIVE).items()}
    index = s.index("vectors", documents, mappings={"properties": properties})
    knn = {"knn": {"field": "vector", "query_vector": [9.0, 0.0], "k": 3, "num_candidates": 5}}
    got = s.node.must("POST", f"/{index}/_search", retriever(knn, query="which part"))
    s.check(got)
    equal(got.ids, ["c", "a", "b"], "order of the three nearest")
    unasked = s.node.must("POST", f"/{index}/_search", retriever(knn))
    equal((unasked.ids, unasked.markers), (["a", "b", "c"], ["skipped;reason=no_query"]), "without a query")


def inside_another(s):
    """The inner one's order is the outer one's first pass."""
    inner = retriever(standard(), query="inner", rank_window_size=5)["retriever"]
    body = retriever(inner, query="outer", rank_window_size=5, keep_first_score=True)
    got = s.node.must("POST", f"/{s.five()}/_search", {**body, "size": 5})
    s.check(got)
    equal(got.ids, RERANKED, "order")
    equal([request["query"]["text"] for request in s.imposter.requests], ["inner", "outer"], "requests")
    equal([round(hit["fields"]["_first_score"][0], 2) for hit in got.hits], [0.9, 0.75, 0.5, 0.25, 0.1], "first scores")


def with_a_filter(s):
    body = retriever(standard(), filter={"range": {"rank": {"lte": 5}}})
    got = s.node.must("POST", f"/{s.five()}/_search", body)
    equal(got.ids, ["c", "e", "d"], "order")
    equal(len(s.imposter.requests[0]["documents"]), 3, "documents")


def refusals(s):
    index = s.five()
    for word, body in (
        ("windw", retriever(standard(), windw=1)),
        ("window_size", retriever(standard(), window_size=5)),
        ("enabled", retriever(standard(), enabled=True)),
        ("fields", retriever(standard(), fields=None)),
        ("min_score", retriever(standard(), min_score=7)),
        ("max_window_size", retriever(standard(), rank_window_size=1001)),
        ("rank_window_size", {**retriever(standard(), rank_window_size=5), "size": 6}),
        ("retriever", {"retriever": {"vl_rerank": {"fields": FIELDS}}}),
    ):
        got = s.node.call("POST", f"/{index}/_search", body)
        equal(got.status, 400, f"status for {word}: {got.body}")
        true(word in str(got.body), f"the complaint does not say [{word}]: {got.body}")
    equal(len(s.imposter.requests), 0, "requests")


def failure_of_the_inner_of_two(s):
    s.imposter.reset(lambda request, n: Reply(422, {"message": "no"}))
    inner = retriever(standard(), query="inner")["retriever"]
    got = s.node.must("POST", f"/{s.five()}/_search", retriever(inner, query="outer"))
    equal((got.ids, got.scores), (list("abcde"), [9.0, 7.0, 5.0, 3.0, 1.0]), "first order")
    equal(got.markers, ["failed;reason=refused"], "markers")


def cases(engine):
    if engine != "elasticsearch":
        return
    for case in (
        no_more_hits_than_its_window,
        pages_inside_the_window,
        over_knn,
        inside_another,
        with_a_filter,
        refusals,
        failure_of_the_inner_of_two,
    ):
        yield f"{Retriever.name}: {case.__name__.replace('_', ' ')}", bind(case, Retriever)
