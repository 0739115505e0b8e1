"""What the cases of the coordinator ways share: indices, the ways, and checks that hold for every answer."""

import json
import re

from rescorer_fixture import FIVE, Skipped, equal, falling, true

SETTINGS = {"vl_rerank.enabled": True, "vl_rerank.fields.text": ["title"], "vl_rerank.timeout": "30s"}
APPLIED = re.compile(r"applied;window=(\d+);took=\d+ms")
TEXT = "clean the fan"


def first_pass(query=None):
    """The score is the document's rank."""
    return {
        "function_score": {
            "query": query or {"match": {"body": TEXT}},
            "field_value_factor": {"field": "rank"},
            "boost_mode": "replace",
        }
    }


def with_body(documents):
    return {identifier: {"body": TEXT, **source} for identifier, source in documents.items()}


def thirty():
    """Thirty documents in falling rank; the scores they ask for are another order, with ties."""
    return with_body(
        {f"d{i:02d}": {"rank": 100 - i, "title": f"d{i:02d} score=0.{(i * 37) % 60:02d}"} for i in range(30)}
    )


class IndexSetting:
    """The index asks for reranking: nothing of it is in the search but parameters."""

    name = "index setting"
    settings = SETTINGS
    has_tail = True

    @staticmethod
    def body(search, parameters):
        body = dict(search)
        body.setdefault("query", first_pass())
        if parameters:
            body["ext"] = {"vl_rerank": parameters}
        return body


class RequestExtension:
    """The search asks for reranking in its ext."""

    name = "ext"
    settings = {}
    has_tail = True

    @staticmethod
    def body(search, parameters):
        own = {"enabled": True, "fields": {"text": "title"}, "timeout": "30s"}
        return IndexSetting.body(search, {**own, **parameters})


class Retriever:
    """Elasticsearch's: the hits of another retriever, reranked, and no more than these."""

    name = "retriever"
    settings = {}
    has_tail = False

    @staticmethod
    def body(search, parameters):
        body = dict(search)
        child = {"standard": {"query": body.pop("query", first_pass())}}
        own = {"fields": {"text": "title"}, "timeout": "30s", **parameters}
        if "window_size" in own:
            own["rank_window_size"] = own.pop("window_size")
        body["retriever"] = {"vl_rerank": {"retriever": child, **own}}
        return body


class Pipeline:
    """OpenSearch's: the index has a search pipeline, whose processors have the parameters of the index setting."""

    name = "pipeline"
    settings = {"search.default_pipeline": "tables"}
    has_tail = True
    body = IndexSetting.body

    @staticmethod
    def prepare(node):
        own = {"fields": {"text": ["title"]}, "timeout": "30s"}
        processors = {"request_processors": [{"vl_rerank": own}], "response_processors": [{"vl_rerank": {}}]}
        node.must("PUT", "/_search/pipeline/tables", processors)


def ways(engine):
    return [IndexSetting, Retriever if engine == "elasticsearch" else Pipeline]


class Search:
    """One way's searches in a node."""

    def __init__(self, fixture, way):
        self.fixture, self.way = fixture, way
        self.node, self.imposter = fixture.node, fixture.imposter

    def index(self, name, documents, settings=None, **arguments):
        """Makes the index once, with the settings of the way; gives its name."""
        if hasattr(self.way, "prepare"):
            self.way.prepare(self.node)
        name = f"{name}-{self.way.name.replace(' ', '-')}"
        self.fixture.make_once(name, documents, settings={**self.way.settings, **(settings or {})}, **arguments)
        return name

    def five(self):
        return self.index("five", with_body(FIVE))

    def ask(self, index, query_string="", status=200, path="_search", parameters=None, **search):
        """The answer, with what holds for each: scores fall, nothing of ours is left in it, ext says what the header says."""
        target = f"/{index}/{path}" if index else f"/{path}"
        got = self.node.call("POST", target + query_string, self.way.body(search, parameters or {}))
        equal(got.status, status, f"status ({json.dumps(got.body)[:300]})")
        if status == 200:
            self.check(got)
        return got

    def check(self, got):
        true("_vl_rerank" not in json.dumps(got.body), "something of ours is left in the answer")
        if got.markers != ["skipped;reason=sort"]:
            scores = [score for score in got.scores if score is not None]
            true(falling(scores), f"scores rise or are negative: {scores}")
        if self.node.engine == "opensearch" and got.markers and got.markers[0] != "applied":
            equal(got.body["ext"]["vl_rerank"]["marker"], got.markers[0], "ext of the answer")

    def reranked(self, index, query_string="", **arguments):
        got = self.ask(index, query_string, **arguments)
        equal(len(got.markers), 1, f"markers {got.markers}")
        true(APPLIED.fullmatch(got.markers[0]), f"marker {got.markers}")
        if got.hits:
            equal(got.body["hits"]["max_score"], got.scores[0], "max_score")
        return got

    def walk(self, index, size, hits, **arguments):
        """All pages together: ids and scores."""
        ids, scores = [], []
        for start in range(0, hits + size, size):
            got = self.ask(index, **{"from": start, "size": size}, **arguments)
            ids += got.ids
            scores += got.scores
        true(falling(scores), f"scores rise over the pages: {scores}")
        return ids, scores


def per_way(chosen, functions):
    """(name, case) for each function and each way it is for; a function says `tail_only = True` where retrievers are out."""
    for way in chosen:
        for function in functions:
            if getattr(function, "tail_only", False) and not way.has_tail:
                continue
            yield f"{way.name}: {function.__name__.replace('_', ' ')}", bind(function, way)


def bind(function, way):
    return lambda fixture: function(Search(fixture, way))


def tail_only(function):
    """For ways that show hits beyond the window."""
    function.tail_only = True
    return function


__all__ = [
    "APPLIED",
    "SETTINGS",
    "TEXT",
    "IndexSetting",
    "RequestExtension",
    "Retriever",
    "Search",
    "Skipped",
    "bind",
    "first_pass",
    "per_way",
    "tail_only",
    "thirty",
    "ways",
    "with_body",
]
