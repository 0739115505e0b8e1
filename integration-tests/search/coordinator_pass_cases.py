"""What the index setting leaves alone, and that one search is reranked once."""

from coordinator_fixture import SETTINGS, IndexSetting, Retriever, bind, first_pass, thirty, with_body
from rescorer_fixture import FIVE, equal, true

RERANKED = ["c", "e", "a", "d", "b"]

# {what: (search, reason)}; each answers as if the plugin were not there.
UNTOUCHED = {
    "size 0": ({"size": 0, "aggs": {"mean": {"avg": {"field": "rank"}}}}, "size_0"),
    "sort by a field": ({"sort": [{"rank": "asc"}]}, "sort"),
    "sort by score and a field": ({"sort": ["_score", {"rank": "asc"}]}, "sort"),
    "sort by falling rank": ({"sort": [{"_score": "asc"}]}, "sort"),
    "search_after": ({"sort": ["_score", {"rank": "desc"}], "search_after": [7.0, 7.0]}, "search_after"),
    "no text": ({"query": first_pass({"match_all": {}})}, "no_query"),
    "text that only filters": ({"query": {"bool": {"filter": {"match": {"body": "fan"}}}}}, "no_query"),
    "constant score": ({"query": {"constant_score": {"filter": {"match": {"body": "fan"}}}}}, "no_query"),
}


def untouched(name):
    search, reason = UNTOUCHED[name]

    def case(s):
        got = s.ask(s.five(), **search)
        equal(got.markers, [f"skipped;reason={reason}"], "marker")
        plain = s.node.must("POST", "/plain/_search", IndexSetting.body(search, {}))
        equal(plain.markers, [], "markers of an index without the setting")
        for key in ("hits", "aggregations"):
            equal(stripped(got.body.get(key)), stripped(plain.body.get(key)), key)
        equal(len(s.imposter.requests), 0, "requests")

    def with_plain(s):
        s.fixture.make_once("plain", with_body(FIVE))
        case(s)

    return with_plain


def stripped(part):
    """Without the index's name."""
    if isinstance(part, dict):
        return {key: stripped(value) for key, value in part.items() if key != "_index"}
    return [stripped(item) for item in part] if isinstance(part, list) else part


def scroll(s):
    index = s.five()
    got = s.ask(index, "?scroll=1m", size=2)
    equal((got.ids, got.markers), (["a", "b"], ["skipped;reason=scroll"]), "first page")
    more = s.node.must("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": got.body["_scroll_id"]})
    equal(more.ids, ["c", "d"], "next page")
    s.node.must("DELETE", "/_search/scroll", {"scroll_id": got.body["_scroll_id"]})


def search_after_walk(s):
    """Whoever walks by search_after gets every hit once: the first page is not reranked either."""
    index = s.index("spread3", thirty(), shards=3)
    sort = ["_score", {"rank": "desc"}]
    seen, after = [], {}
    while len(seen) < 40:
        page = s.ask(index, size=7, sort=sort, **after)
        if not page.hits:
            break
        seen += page.ids
        after = {"search_after": page.hits[-1]["sort"]}
    equal(seen, sorted(thirty()), "hits")


def mixed_settings(s):
    s.fixture.make_once("plain", with_body(FIVE))
    got = s.ask(f"{s.five()},plain", size=10)
    equal(got.markers, ["skipped;reason=mixed_settings"], "marker")
    equal(len(got.ids), 10, "hits")
    other = s.index("other", with_body({"x": FIVE["a"]}), settings={"vl_rerank.window_size": 7})
    equal(s.ask(f"{s.five()},{other}").markers, ["skipped;reason=mixed_settings"], "marker of two windows")


def switched_off_in_the_request(s):
    got = s.ask(s.five(), parameters={"enabled": False})
    equal((got.ids, got.scores), (list("abcde"), [9.0, 7.0, 5.0, 3.0, 1.0]), "hits")
    equal(got.markers, ["skipped;reason=disabled"], "marker")


def no_fields_set(s):
    s.fixture.make_once("fieldless", with_body(FIVE), settings={"vl_rerank.enabled": True})
    got = s.ask("fieldless")
    equal((got.ids, got.markers), (list("abcde"), ["skipped;reason=no_fields"]), "answer")


def settings_change_while_it_runs(s):
    s.node.make_index("changing", with_body(FIVE))
    equal(s.ask("changing").markers, [], "markers before")
    put = {"index": {**SETTINGS, "vl_rerank.window_size": 3, "vl_rerank.instruction": "Find it"}}
    s.node.must("PUT", "/changing/_settings", put)
    equal(s.reranked("changing").ids, ["c", "a", "b", "d", "e"], "order with a window of three")
    equal(s.imposter.requests[-1]["instruction"], "Find it", "instruction of the index")
    equal(s.reranked("changing", parameters={"window_size": 50}).ids, RERANKED, "the request wins")
    s.node.must("PUT", "/changing/_settings", {"index": {"vl_rerank.min_score": 0.2, "vl_rerank.window_size": None}})
    equal(s.reranked("changing").ids, ["c", "e", "a", "d"], "order with a minimum")
    equal(s.reranked("changing", parameters={"min_score": None}).ids, RERANKED, "null takes a default away")
    s.node.must("PUT", "/changing/_settings", {"index": {"vl_rerank.enabled": False}})
    equal(s.ask("changing").markers, [], "markers after")


def settings_are_checked(s):
    s.fixture.make_once("plain", with_body(FIVE))
    for name, value in (
        ("window_size", 0),
        ("window_size", "ten"),
        ("min_score", 1.5),
        ("on_error", "maybe"),
        ("timeout", "5"),
        ("unknown", 1),
    ):
        got = s.node.call("PUT", "/plain/_settings", {"index": {f"vl_rerank.{name}": value}})
        equal(got.status, 400, f"status of {name}: {value}")
        true(name in str(got.body), f"the complaint names {name}: {got.body}")


def parameters_are_checked(s):
    for word, parameters in (
        ("windw", {"windw": 1}),
        ("min_score", {"min_score": 2}),
        ("timeout", {"timeout": "10m"}),
        ("fields.audio", {"fields": {"audio": "x"}}),
        ("enabled", {"enabled": "yes"}),
        ("max_window_size", {"window_size": 1001}),
        ("query.image", {"query": {"image": {"uri": "x"}}}),
    ):
        got = s.ask(s.five(), status=400, parameters=parameters)
        true(word in str(got.body), f"the complaint does not say [{word}]: {got.body}")
    equal(len(s.imposter.requests), 0, "requests")


def window_within_what_the_index_allows(s):
    index = s.index("narrow", with_body(FIVE), settings={"max_result_window": 3})
    got = s.reranked(index, size=3)
    equal(got.ids, ["c", "a", "b"], "order")
    refused = s.ask(index, status=400, size=4)
    true("max_result_window" in str(refused.body), f"the engine's own refusal: {refused.body}")


def rescorer_beats_the_setting(s):
    rescore = {"window_size": 3, "vl_rerank": {"fields": {"text": "title"}, "timeout": "30s"}}
    got = s.ask(s.five(), rescore=rescore)
    equal(got.ids, ["c", "a", "b", "d", "e"], "order of a window of three")
    equal(got.markers, ["applied"], "marker")
    equal(len(s.imposter.requests), 1, "requests")
    equal(s.imposter.requests[0]["query"], {"text": "clean the fan"}, "query taken from the search")


def rescorer_without_any_query(s):
    rescore = {"vl_rerank": {"fields": {"text": "title"}}}
    got = s.ask(s.five(), status=400, query=first_pass({"match_all": {}}), rescore=rescore)
    true("query" in str(got.body), f"complaint: {got.body}")


def first_score_is_the_query_rescorers(s):
    rescore = {"window_size": 10, "query": {"rescore_query": {"match_all": {}}, "rescore_query_weight": 2}}
    got = s.reranked(s.five(), rescore=rescore, parameters={"keep_first_score": True})
    equal(got.ids, RERANKED, "order")
    equal([hit["fields"]["_first_score"][0] for hit in got.hits], [7.0, 3.0, 11.0, 5.0, 9.0], "first scores")


def retriever_beats_the_setting(s):
    got = s.node.must("POST", f"/{s.five()}/_search", Retriever.body({}, {}))
    equal(got.ids, RERANKED, "order")
    equal(len(s.imposter.requests), 1, "requests")
    equal(len(got.markers), 1, f"markers {got.markers}")


def other_retriever_under_the_setting(s):
    body = {"retriever": {"standard": {"query": first_pass()}}}
    got = s.node.must("POST", f"/{s.five()}/_search", body)
    s.check(got)
    equal(got.ids, RERANKED, "order")
    equal(s.imposter.requests[0]["query"], {"text": "clean the fan"}, "query")


def cases(engine):
    for name in UNTOUCHED:
        yield f"{IndexSetting.name}: passes on {name}", bind(untouched(name), IndexSetting)
    plain = [
        scroll,
        search_after_walk,
        mixed_settings,
        switched_off_in_the_request,
        no_fields_set,
        settings_change_while_it_runs,
        settings_are_checked,
        parameters_are_checked,
        window_within_what_the_index_allows,
        rescorer_beats_the_setting,
        rescorer_without_any_query,
        first_score_is_the_query_rescorers,
    ]
    if engine == "elasticsearch":
        plain += [retriever_beats_the_setting, other_retriever_under_the_setting]
    for case in plain:
        yield f"{IndexSetting.name}: {case.__name__.replace('_', ' ')}", bind(case, IndexSetting)
