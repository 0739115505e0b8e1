"""Models that come and go while the server runs."""

import concurrent.futures
import json
import shutil
import struct
import time

from sidecar_process import DATA, ROOT, TINY_MODEL, Sidecar, run

OTHER_MODEL = DATA / "golden-b/model"
MINI_MODEL = ROOT / "models/vl-rerank-mini"
IDLE_BYTES = 300 << 20
REQUEST = {"query": "red kangaroo", "documents": ["a red kangaroo", "a blue whale"]}


class ModelCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        folder.mkdir()

    def unloaded(self, *settings):
        """A sidecar that has loaded nothing."""
        return Sidecar(self.program, MINI_MODEL, ["model.load_on_start=false", *settings], ready=False)

    @staticmethod
    def model(sidecar, name):
        return next(model for model in sidecar.get("/v1/status").json()["models"] if model["name"] == name)

    @staticmethod
    def scores(answer):
        return {result["index"]: result["relevance_score"] for result in answer.json().get("results", [])}

    @staticmethod
    def differ(one, other):
        """More than neighbours in a batch make them."""
        return one.keys() != other.keys() or any(abs(one[index] - other[index]) > 1e-5 for index in one)

    @staticmethod
    def post(sidecar, action, body, status=202):
        answer = sidecar.ask("POST", f"/v1/model/{action}", json.dumps(body), {"Content-Type": "application/json"})
        assert answer.status == status, f"{answer.status}: {answer.text}"
        return answer.json()

    def wait(self, sidecar, name, state):
        deadline = time.monotonic() + 60
        seen = []
        while (model := self.model(sidecar, name))["state"] != state:
            seen.append(model["progress"])
            assert time.monotonic() < deadline, model
            time.sleep(0.02)
        return model

    def failed_load(self, sidecar, name, path):
        """Asks for a load over a model that serves; -> the model, once it tells why that failed"""
        self.post(sidecar, "load", {"name": name, "path": str(path)})
        deadline = time.monotonic() + 60
        while "error" not in (model := self.model(sidecar, name)):
            assert time.monotonic() < deadline, model
            time.sleep(0.02)
        return model

    def case_idle_before_the_first_load(self):
        with self.unloaded() as sidecar:
            sidecar.get("/v1/status")
            used = sidecar.memory()
            assert used < IDLE_BYTES, f"{used} bytes"
            assert self.model(sidecar, "vl-rerank-mini")["state"] == "unloaded"
            answer = sidecar.rerank(REQUEST)
            assert answer.status == 503 and answer.headers["Retry-After"], answer.text
            assert sidecar.get("/health/ready").status == 503
            self.post(sidecar, "load", {"name": "vl-rerank-mini"})
            model = self.wait(sidecar, "vl-rerank-mini", "ready")
            assert model["progress"] == 1.0 and model["bytes"] > 0, model
            assert sidecar.rerank(REQUEST).status == 200
            return f"{used >> 20} MB"

    def case_the_first_request_loads_on_demand(self):
        with self.unloaded("model.load_on_demand=true") as sidecar:
            assert sidecar.get("/health/ready").status == 200
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: sidecar.rerank(REQUEST), range(4)))
            assert [answer.status for answer in answers] == [200] * 4, [answer.text for answer in answers]

    def case_several_models_by_name(self):
        models = f"models=[{{name: other, path: {OTHER_MODEL}}}]"
        with Sidecar(self.program, TINY_MODEL, ["model.name=tiny", models]) as sidecar:
            listed = [model["id"] for model in sidecar.get("/v1/models").json()["data"]]
            assert listed == ["tiny", "other"], listed
            answers = {name: sidecar.rerank({**REQUEST, "model": name}).json() for name in ("tiny", "other")}
            assert answers["tiny"]["model"] == "tiny" and answers["other"]["model"] == "other"
            assert answers["tiny"]["results"] != answers["other"]["results"], answers
            assert sidecar.rerank(REQUEST).json()["results"] == answers["tiny"]["results"]
            self.post(sidecar, "unload", {"name": "other"})
            assert sidecar.rerank({**REQUEST, "model": "other"}).status == 503
            assert sidecar.rerank({**REQUEST, "model": "third"}).status == 404
            assert sidecar.rerank(REQUEST).status == 200

    def case_a_switch_refuses_no_request(self):
        with Sidecar(self.program, TINY_MODEL, ["model.name=m"]) as sidecar:
            first = self.scores(sidecar.rerank(REQUEST))
            seen, stop = [], False

            def ask():
                while not stop:
                    answer = sidecar.rerank(REQUEST)
                    seen.append((answer.status, self.scores(answer)))

            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                asking = [pool.submit(ask) for _ in range(3)]
                for path in (OTHER_MODEL, TINY_MODEL, OTHER_MODEL):
                    self.post(sidecar, "load", {"name": "m", "path": str(path)})
                    self.wait(sidecar, "m", "ready")
                    time.sleep(0.2)
                stop = True
                for task in asking:
                    task.result()
            assert {status for status, _ in seen} == {200}, {status for status, _ in seen}
            last = self.scores(sidecar.rerank(REQUEST))
            assert self.differ(first, last)
            for expected in (first, last):
                assert any(not self.differ(expected, scores) for _, scores in seen), "a model never answered"
            for _, scores in seen:
                assert not self.differ(first, scores) or not self.differ(last, scores), "a score of neither model"
            return f"{len(seen)} requests"

    def case_weights_that_are_no_numbers_are_refused_when_asked_for(self):
        poisoned = self.folder / "poisoned"
        shutil.copytree(TINY_MODEL, poisoned)
        weights = poisoned / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-4] + b"\xff\xff\xff\xff")  # NaN, as float32 and as bfloat16
        with Sidecar(self.program, TINY_MODEL, ["model.name=m", "model.check_values=true"]) as sidecar:
            before = sidecar.rerank(REQUEST).json()["results"]
            model = self.failed_load(sidecar, "m", poisoned)
            assert "NaN or infinity" in model["error"] and "tensor" in model["error"], model
            assert model["state"] == "ready" and sidecar.rerank(REQUEST).json()["results"] == before

    def damaged_word(self, word, other):
        """A checkpoint in which the embedding of a token of `word`, which `other` has not, is no number. -> its folder"""
        lines = "".join(json.dumps({"text": text}) + "\n" for text in (word, other))
        _, out, _ = run(self.program, "tokenize", "--model", TINY_MODEL, text=lines)
        ids, others = (json.loads(line)["ids"] for line in out.splitlines())
        token = next(id for id in ids if id not in others)
        damaged = self.folder / "damaged"
        shutil.copytree(TINY_MODEL, damaged)
        file = damaged / "model.safetensors"
        data = bytearray(file.read_bytes())
        (size,) = struct.unpack_from("<Q", data)
        embedding = json.loads(data[8 : 8 + size])["model.language_model.embed_tokens.weight"]
        begin, end = embedding["data_offsets"]
        row = (end - begin) // embedding["shape"][0]
        at = 8 + size + begin + token * row
        data[at : at + row] = b"\xff" * row
        file.write_bytes(data)
        return damaged

    def case_a_score_that_is_no_number_fails_its_document_alone(self):
        query, good, bad = "red", "red", "red 7"
        damaged = self.damaged_word(bad, good + query)
        request = {"query": query, "documents": [bad, good]}
        with Sidecar(self.program, damaged) as sidecar:
            for explain in (False, True):
                first, last = sidecar.rerank({**request, "explain": explain}).json()["results"]
                assert first["index"] == 1 and first["relevance_score"] > 0 and "error" not in first, first
                assert last["error"]["code"] == "score_undefined" and last["relevance_score"] == 0, last
                assert ("explanation" in first, "explanation" in last) == (explain, False), (first, last)
            refused = sidecar.rerank({**request, "on_document_error": "fail"})
            assert refused.status == 422 and "documents[0]: score_undefined" in refused.text, refused.text
            for path in ("/v2/rerank", "/infinity/rerank"):
                assert sidecar.rerank(request, path).status == 200, path
            assert sidecar.rerank({"query": query, "texts": [bad, good]}, "/rerank").status == 200
        published = self.folder / "published.json"
        published.write_text(json.dumps({"cases": [{**request, "scores": [0.5, 0.5]}]}), encoding="utf-8")
        code, out, complaint = run(self.program, "verify", "--model", damaged, "--published", published)
        assert code == 2 and out == "" and "score_undefined" in complaint, complaint

    def case_a_failed_load_leaves_the_old_model(self):
        broken = self.folder / "broken"
        shutil.copytree(TINY_MODEL, broken)
        weights = broken / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:5000])
        with Sidecar(self.program, TINY_MODEL, ["model.name=m"]) as sidecar:
            before = sidecar.rerank(REQUEST).json()["results"]
            for path, code in ((broken, "model.safetensors"), ("/nonexistent", "config.json")):
                model = self.failed_load(sidecar, "m", path)
                assert model["state"] == "ready" and code in model["error"], model
                assert sidecar.rerank(REQUEST).json()["results"] == before
            self.post(sidecar, "load", {"name": "new", "path": "/nonexistent"})
            assert self.wait(sidecar, "new", "failed")["error"]

    def case_bad_requests_are_named(self):
        with Sidecar(self.program, TINY_MODEL) as sidecar:
            for action, body, status, param in (
                ("load", {}, 400, "name"), ("load", {"name": "unknown"}, 404, "name"), ("load", {"path": "x", "dtype": "int3"}, 400, "dtype"),
                ("load", {"path": "x", "layers": 3}, 400, "layers"), ("unload", {"name": "unknown"}, 404, "name"),
            ):
                answer = self.post(sidecar, action, body, status)
                assert answer["error"].get("param") == param, answer
