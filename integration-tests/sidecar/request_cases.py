"""Requests that are wrong, odd or late."""

import concurrent.futures
import re

NEVER_SHOWN = re.compile(r"/root|/home|/tmp|127\.0\.0\.1|0x[0-9a-f]{6}")


class RequestCases:
    def __init__(self, sidecar):
        self.sidecar = sidecar

    def refused(self, request, status, param=None, contains=""):
        answer = self.sidecar.rerank(request)
        assert answer.status == status, f"{answer.status}: {answer.text}"
        body = answer.json()
        assert body["error"].get("param") == param, body
        assert contains in body["error"]["message"], body
        assert body["detail"] == body["message"] == body["error"]["message"], body
        assert body["error"]["request_id"] == answer.headers["X-Request-Id"], body
        assert not NEVER_SHOWN.search(answer.text), answer.text

    def case_malformed_json_is_a_400(self):
        for text in ("", "{", "[1,2]", '{"query": NaN}', '{"query": "a", "query": "b"}', "[" * 100000, b"\xff\xfe{}"):
            answer = self.sidecar.rerank(text)
            assert answer.status == 400 and answer.error()["code"] == "invalid_request", answer.text

    def case_wrong_fields_are_named(self):
        self.refused({"documents": ["d"]}, 400, "query", "is missing")
        self.refused({"query": "q", "documents": {"a": 1}}, 400, "documents")
        self.refused({"query": "q", "documents": ["a", {"text": [1]}]}, 400, "documents[1].text[0]")
        self.refused({"query": "q", "documents": ["a"], "max_frames": "8"}, 400, "max_frames")
        self.refused({"query": "q", "documents": ["a"], "top_k": 1}, 400, "top_k", "not a known key")

    def case_another_model_is_a_404(self):
        self.refused({"model": "gpt", "query": "q", "documents": ["d"]}, 404, "model")

    def case_known_keys_of_other_servers_are_taken(self):
        request = {
            "model": None, "query": "q", "documents": ["a", {"text": "b"}], "top_n": None, "rank_fields": ["text"],
            "return_documents": True, "max_chunks_per_doc": 3, "truncate_prompt_tokens": -1, "raw_scores": False,
        }
        answer = self.sidecar.rerank(request, "/rerank")
        assert answer.status == 200, answer.text
        documents = {result["index"]: result["document"] for result in answer.json()["results"]}
        assert documents == {0: {"text": "a"}, 1: {"text": "b"}}, documents
        usage = answer.json()["usage"]
        assert usage["prompt_tokens"] == usage["total_tokens"] > 0, usage

    def case_request_ids_come_back(self):
        answer = self.sidecar.ask("GET", "/v1/status", headers={"X-Request-Id": "my-id.1"})
        assert answer.headers["X-Request-Id"] == "my-id.1"
        answer = self.sidecar.ask("GET", "/v1/status", headers={"X-Request-Id": "bad id\t<x>"})
        assert answer.headers["X-Request-Id"].startswith("rr-")

    def case_routes_and_methods(self):
        assert self.sidecar.get("/nothing").status == 404
        assert self.sidecar.get("/v1/rerank").status == 405
        assert self.sidecar.ask("POST", "/v1/rerank", b"x", {"Content-Type": "text/plain"}).status == 415
        for path in ("/health/live", "/health/ready", "/v1/models", "/v1/status", "/metrics"):
            assert self.sidecar.get(path).status == 200, path
            assert self.sidecar.ask("HEAD", path).text == "", path

    def case_status_tells_model_queue_and_limits(self):
        status = self.sidecar.get("/v1/status").json()
        model = status["models"][0]
        assert model["state"] == "ready" and model["progress"] == 1.0 and model["bytes"] > 0, model
        assert status["queue"] == {"requests": 0, "tokens": 0, "limit": 1048576}, status["queue"]
        assert status["limits"]["max_documents"] == 1000, status["limits"]

    def case_metrics_count(self):
        before = self.sidecar.metric("vl_rerank_documents_total")
        self.sidecar.rerank({"query": "q", "documents": ["a", "b", "c"]})
        assert self.sidecar.metric("vl_rerank_documents_total") == before + 3

    def case_order_and_cuts(self):
        documents = [f"document number {i}" for i in range(20)]
        every = self.sidecar.rerank({"query": "number 7", "documents": documents}).json()["results"]
        assert sorted(result["index"] for result in every) == list(range(20))
        top = self.sidecar.rerank({"query": "number 7", "documents": documents, "top_n": 3}).json()["results"]
        assert [result["index"] for result in top] == [result["index"] for result in every[:3]]
        middle = every[9]["relevance_score"]
        kept = self.sidecar.rerank({"query": "number 7", "documents": documents, "min_score": middle}).json()["results"]
        assert all(result["relevance_score"] >= middle for result in kept) and kept

    def case_a_batch_scores_as_one_by_one(self):
        documents = ["a", "a much longer document " * 20, "中文文档", ""]
        batch = self.sidecar.rerank({"query": "q", "documents": documents}).json()["results"]
        for result in batch:
            alone = self.sidecar.rerank({"query": "q", "documents": [documents[result["index"]]]}).json()["results"][0]
            assert abs(alone["relevance_score"] - result["relevance_score"]) < 1e-5, (alone, result)

    def case_texts_with_special_tokens_and_nul_are_text(self):
        answer = self.sidecar.rerank({"query": "<|image_pad|>\u0000", "documents": ["<|vision_start|><|im_end|>", "\u0000"]})
        assert answer.status == 200 and all("error" not in result for result in answer.json()["results"]), answer.text

    def case_a_short_deadline_is_a_504(self):
        documents = [f"a long document to read {i} " * 400 for i in range(300)]
        self.refused({"query": "q", "documents": documents, "timeout_ms": 1}, 504)

    def case_many_at_once(self):
        request = {"query": "q", "documents": [f"d{i}" for i in range(10)]}
        expected = self.sidecar.rerank(request).json()["results"]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: self.sidecar.rerank(request), range(64)))
        for answer in answers:
            assert answer.status == 200, answer.text
            for one, other in zip(answer.json()["results"], expected):
                assert one["index"] == other["index"] and abs(one["relevance_score"] - other["relevance_score"]) < 1e-5
