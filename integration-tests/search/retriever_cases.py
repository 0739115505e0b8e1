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


def shown(got):
    """What of an answer must not depend on how it was made. max_score is the page's first with us, the walk's with the engine."""
    keys = ("_id", "_score", "_source", "fields")
    hits = [{key: hit[key] for key in keys if key in hit} for hit in got.hits]
    body = got.body
    return hits, body["hits"].get("total"), body.get("aggregations"), got.status


def one_search_as_two(s):
    """Over a plain query it is answered from one search; a filter that lets all pass makes it the engine's two."""
    index = s.index("spread3", thirty(), shards=3)
    aggregations = {"mean": {"avg": {"field": "rank"}}}
    for search, parameters in (
        ({}, {}),
        ({}, {"rank_window_size": 12}),
        ({"from": 3, "size": 4}, {"rank_window_size": 9}),
        ({"from": 7, "size": 4}, {"rank_window_size": 9}),
        ({"size": 7, "aggs": aggregations}, {"rank_window_size": 7}),
        ({"_source": ["rank"]}, {"weight": 0.5}),
        ({"_source": False, "fields": ["rank"], "track_total_hits": False}, {"on_error": "fail"}),
    ):
        answers = []
        for more in ({}, {"filter": {"match_all": {}}}):
            body = {**search, **retriever(standard(), **parameters, **more)}
            got = s.node.must("POST", f"/{index}/_search", body)
            s.check(got)
            true(len(got.markers) == 1 and got.markers[0].startswith("applied"), f"markers {got.markers}")
            answers.append(shown(got))
        equal(answers[0], answers[1], f"answers to {search} with {parameters}")


def children_that_are_more_than_a_query(s):
    index = s.five()
    ranked = {**standard(), "standard": {**standard()["standard"], "sort": [{"rank": "asc"}]}}
    got = s.node.must("POST", f"/{index}/_search", retriever(ranked, query="which part", rank_window_size=3) | {"size": 3})
    equal(sorted(got.ids), ["c", "d", "e"], "the first three by rank")
    few = {"standard": {**standard()["standard"], "min_score": 4}}
    got = s.node.must("POST", f"/{index}/_search", retriever(few))
    equal(got.ids, ["c", "a", "b"], "a child with a minimum")
    narrowed = {**retriever(standard()), "post_filter": {"range": {"rank": {"lte": 5}}}}
    equal(s.node.must("POST", f"/{index}/_search", narrowed).ids, ["c", "e", "d"], "beside a post filter")
    documents = {i: {**source, "group": int(source["rank"]) % 4} for i, source in with_body(FIVE).items()}
    collapsed = {**retriever(standard()), "collapse": {"field": "group"}}
    got = s.node.must("POST", f"/{s.index('grouped', documents)}/_search", collapsed)
    equal([hit["fields"]["group"] for hit in got.hits], [[1], [3]], "one hit of each group")


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
        one_search_as_two,
        children_that_are_more_than_a_query,
        refusals,
        failure_of_the_inner_of_two,
    ):
        yield f"{Retriever.name}: {case.__name__.replace('_', ' ')}", bind(case, Retriever)
