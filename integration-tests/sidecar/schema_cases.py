"""One question in every schema: the same scores, each in the shape its clients read."""

DOCUMENTS = ["a red square", "a blue circle on a table", "nothing of the kind"]


class SchemaCases:
    def __init__(self, sidecar):
        self.sidecar = sidecar
        native = sidecar.rerank({"query": "a square", "documents": DOCUMENTS}).json()["results"]
        self.ranking = [(result["index"], result["relevance_score"]) for result in native]

    def ask(self, path, body, status=200):
        answer = self.sidecar.rerank(body, path)
        assert answer.status == status, f"{path}: {answer.status} {answer.text}"
        return answer.json()

    def same(self, found):
        assert [index for index, _ in found] == [index for index, _ in self.ranking], found
        for (_, score), (_, expected) in zip(found, self.ranking):
            assert abs(score - expected) < 1e-6, (found, self.ranking)

    def case_explain(self):
        answer = self.ask("/v1/rerank", {"query": "a square", "documents": [DOCUMENTS[0], "", {}], "explain": True})
        by_index = {result["index"]: result for result in answer["results"]}
        empty = by_index[2]["relevance_score"]
        for index in (0, 1):
            explanation, score = by_index[index]["explanation"], by_index[index]["relevance_score"]
            assert abs(explanation["parts"]["text"] - score) < 1e-6, by_index
            assert abs(explanation["contribution"]["text"] - (score - empty)) < 1e-6, by_index
        self.ask("/infinity/rerank", {"query": "q", "documents": [], "explain": True}, 400)

    def case_cohere(self):
        body = {"model": None, "query": "a square", "documents": DOCUMENTS, "max_tokens_per_doc": 4096}
        answer = self.ask("/v2/rerank", body)
        assert all(set(result) == {"index", "relevance_score"} for result in answer["results"]), answer
        self.same([(result["index"], result["relevance_score"]) for result in answer["results"]])
        assert answer["meta"]["tokens"]["input_tokens"] > 0 and answer["meta"]["warnings"] == [], answer
        first = self.ask("/v2/rerank", {**body, "top_n": 1, "return_documents": True})["results"]
        assert [result["document"] for result in first] == [{"text": DOCUMENTS[self.ranking[0][0]]}], first
        broken = self.ask("/v2/rerank", {**body, "documents": ["a", {"image": "https://127.0.0.1/x.png"}]})
        assert broken["meta"]["warnings"][0].startswith("documents[1].image[0]: media_forbidden: "), broken

    def case_tei(self):
        for path in ("/tei/rerank", "/rerank", "/v1/rerank"):
            answer = self.ask(path, {"query": "a square", "texts": DOCUMENTS, "raw_scores": False, "truncate": True})
            self.same([(item["index"], item["score"]) for item in answer])
        answer = self.ask("/tei/rerank", {"query": "a square", "documents": DOCUMENTS, "return_text": True})
        assert all(item["text"] == DOCUMENTS[item["index"]] for item in answer), answer
        refusal = self.ask("/tei/rerank", {"query": "a square"}, 400)
        assert refusal == {"error": "texts is missing", "error_type": "Validation"}, refusal
        refusal = self.ask("/rerank", {"query": "a square", "texts": 1}, 400)
        assert refusal["error_type"] == "Validation", refusal
        assert self.sidecar.get("/tei/rerank").json()["error_type"] == "Validation"

    def case_tei_health_and_info(self):
        for base in ("", "/tei"):
            assert self.sidecar.get(base + "/health").status == 200
            info = self.sidecar.get(base + "/info").json()
            assert "reranker" in info["model_type"] and info["max_input_length"] == 10240, info

    def case_infinity(self):
        body = {"query": "a square", "documents": DOCUMENTS, "return_documents": True, "raw_scores": False, "top_n": None}
        answer = self.ask("/infinity/rerank", body)
        self.same([(result["index"], result["relevance_score"]) for result in answer["results"]])
        assert all(result["document"] == DOCUMENTS[result["index"]] for result in answer["results"]), answer
        assert answer["usage"]["prompt_tokens"] == answer["usage"]["total_tokens"] > 0, answer

    def case_score(self):
        expected = dict(self.ranking)
        for path, queries, documents in (("/score", "text_1", "text_2"), ("/v1/score", "queries", "documents"),
                                         ("/score", "data_1", "data_2"), ("/v1/score", "queries", "items")):
            answer = self.ask(path, {queries: "a square", documents: DOCUMENTS})
            assert [item["index"] for item in answer["data"]] == [0, 1, 2], answer
            assert all(abs(item["score"] - expected[item["index"]]) < 1e-6 for item in answer["data"]), answer
        pairs = self.ask("/score", {"text_1": ["a square", "another"], "text_2": DOCUMENTS[:2]})["data"]
        assert abs(pairs[0]["score"] - expected[0]) < 1e-6, pairs
        other = self.sidecar.rerank({"query": "another", "documents": DOCUMENTS[1:2]}).json()["results"][0]
        assert abs(pairs[1]["score"] - other["relevance_score"]) < 1e-6, (pairs, other)

    def case_unknown_keys_are_refused_by_name(self):
        for path, body in (("/v1/rerank", {"query": "q", "documents": []}), ("/v2/rerank", {"query": "q", "documents": []}),
                           ("/tei/rerank", {"query": "q", "texts": []}), ("/infinity/rerank", {"query": "q", "documents": []}),
                           ("/score", {"text_1": "q", "text_2": []})):
            self.ask(path, body)
            assert "no_such_key" in str(self.ask(path, {**body, "no_such_key": 1}, 400)), path

    def case_another_model_is_a_404_in_every_shape(self):
        self.ask("/v2/rerank", {"model": "rerank-v9", "query": "q", "documents": ["d"]}, 404)
        self.ask("/score", {"model": "rerank-v9", "text_1": "q", "text_2": "d"}, 404)
        self.ask("/tei/rerank", {"model": "rerank-v9", "query": "q", "texts": ["d"]})
