"""The knowledge base in a search node: the index, the first pass and the same search with the rescorer."""

import json
import time

LANGUAGE_ANALYZERS = ("english", "cjk")
TEXT_FIELDS = ("title", "body")
RERANK_TIMEOUT = "60s"


class SearchIndex:
    """api: a NodeApi. Searches answer with (hits, milliseconds)."""

    def __init__(self, api, name, media_base):
        self.api, self.name, self.media_base = api, name, media_base
        self.analyzers = [name for name in LANGUAGE_ANALYZERS if self._has_analyzer(name)]

    def _has_analyzer(self, name):
        return self.api.call("POST", "/_analyze", {"analyzer": name, "text": "a"}).status == 200

    def fill(self, template_file, documents):
        template = json.loads(template_file.read_text(encoding="utf-8"))
        for field in template["template"]["mappings"]["properties"].values():
            if "fields" in field:
                field["fields"] = {
                    name: sub for name, sub in field["fields"].items() if sub.get("analyzer") in (None, *self.analyzers)
                }
        self.api.must("PUT", "/_index_template/knowledge-base", template)
        self.api.make_index(self.name, documents, mappings={"properties": {}})

    def first_pass(self, search):
        """The query whose order the reranker is given."""
        among = {"ids": {"values": list(search.candidates)}} if search.candidates else {"match_all": {}}
        if search.shuffled:
            shuffle = {"seed": search.seed, "field": "id"}
            return {"function_score": {"query": among, "random_score": shuffle, "boost_mode": "replace"}}
        fields = [f"{field}.{name}" for field in TEXT_FIELDS for name in self.analyzers] or list(TEXT_FIELDS)
        match = {"multi_match": {"query": search.query["text"], "fields": fields, "type": "most_fields"}}
        return {"bool": {"must": match, "filter": among}}

    def body(self, search, rerank):
        body = {"size": search.window_size, "query": self.first_pass(search), "_source": ["title", "kind", "lang"]}
        if rerank:
            parameters = {
                "query": search.query,
                "fields": {"text": list(TEXT_FIELDS), "image": ["image"], "video": ["video"]},
                "media_base": self.media_base,
                "timeout": RERANK_TIMEOUT,
                # Failing open is for users; a demonstration has to show what really happened.
                "on_error": "fail",
            }
            if search.instruction:
                parameters["instruction"] = search.instruction
            body["rescore"] = {"window_size": search.window_size, "vl_rerank": parameters}
        return body

    def search(self, search, rerank):
        body = self.body(search, rerank)
        start = time.perf_counter()
        answer = self.api.call("POST", f"/{self.name}/_search", body, timeout=120)
        milliseconds = (time.perf_counter() - start) * 1000
        if answer.status != 200 or answer.body["_shards"]["failed"]:
            raise RuntimeError(f"search {search.name}: {answer.status} {json.dumps(answer.body)[:1000]}")
        if rerank and answer.hits and answer.markers != ["applied"]:
            raise RuntimeError(f"search {search.name} was not reranked: {answer.markers}")
        return answer.hits, milliseconds
