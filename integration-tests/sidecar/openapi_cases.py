"""The server against the document it serves: every example answered as documented, every documented key taken, no other."""

import json

from json_schema import Schemas
from sidecar_process import until


class OpenApiCases:
    def __init__(self, sidecar):
        self.sidecar = sidecar
        self.document = sidecar.get("/openapi.json").json()
        self.schemas = Schemas(self.document)

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def posts(self):
        """(path, operation, schema of the request, examples)"""
        for path, method, operation in self.operations():
            if method == "post" and "requestBody" in operation:
                content = operation["requestBody"]["content"].get("application/json")
                if content:
                    examples = {name: example["value"] for name, example in content["examples"].items()}
                    yield path, operation, content["schema"], examples

    def documented(self, operation, answer):
        responses = operation["responses"]
        found = responses.get(str(answer.status)) or responses.get(f"{answer.status // 100}XX")
        assert found, f"{operation['operationId']}: {answer.status} is not documented: {answer.text[:300]}"
        content = self.schemas.resolve(found).get("content", {})
        kind = answer.headers["Content-Type"].split(";")[0]
        assert kind in content, f"{operation['operationId']}: {kind} is not documented"
        if kind == "application/json":
            complaints = list(self.schemas.complaints(content[kind]["schema"], answer.json()))
            assert not complaints, f"{operation['operationId']}: {complaints[:3]} in {answer.text[:500]}"

    def post(self, path, body):
        """The answer, once no load is under way: one goes on after its answer, and refuses what comes meanwhile."""
        answer = self.sidecar.ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        until(
            lambda: all(model["state"] != "loading" for model in self.sidecar.get("/v1/status").json()["models"]),
            "a model is loading for ever")
        return answer

    def case_references_and_names(self):
        names = [operation["operationId"] for _, _, operation in self.operations()]
        assert len(set(names)) == len(names), names
        text = json.dumps(self.document)
        for piece in text.split('"$ref": "')[1:]:
            self.schemas.resolve({"$ref": piece.split('"')[0]})
        assert "@" not in self.document["info"]["version"]

    def case_every_get_answers_as_documented(self):
        for path, method, operation in self.operations():
            if method == "get":
                answer = self.sidecar.get(path)
                assert answer.status == 200, f"{path}: {answer.status}"
                self.documented(operation, answer)

    def case_every_example_answers_as_documented(self):
        count = 0
        for path, operation, schema, examples in self.posts():
            for name, example in examples.items():
                complaints = list(self.schemas.complaints(schema, example))
                assert not complaints, f"{path} {name}: {complaints}"
                answer = self.post(path, example)
                assert answer.status in (200, 202), f"{path} {name}: {answer.status} {answer.text[:300]}"
                assert '"warnings": [{' not in answer.text and '"warnings":[{' not in answer.text, answer.text[:500]
                self.documented(operation, answer)
                count += 1
        return f"{count} examples"

    def variants(self, schema):
        """The object schemas that a body may be."""
        schema = self.schemas.resolve(schema)
        if "anyOf" in schema:
            for choice in schema["anyOf"]:
                yield from self.variants(choice)
        elif "properties" in schema:
            yield schema

    def case_documented_keys_are_taken_and_others_are_not(self):
        count = 0
        for path, operation, schema, examples in self.posts():
            for variant in self.variants(schema):
                fitting = [example for example in examples.values() if self.schemas.fits(variant, example)]
                assert fitting, f"{path}: no example for {variant['required']}"
                self.post(path, fitting[0])  # a model that is loaded without its path must be known
                for key in set(variant["properties"]) - set(variant["required"]):
                    answer = self.post(path, {**fitting[0], key: None})
                    assert answer.status in (200, 202), f"{path} {key}: {answer.text[:300]}"
                    count += 1
                for key in variant["required"]:
                    answer = self.post(path, {**fitting[0], key: None})
                    assert answer.status == 400, f"{path} without {key}: {answer.status}"
                    self.documented(operation, answer)
                answer = self.post(path, {**fitting[0], "no_such_key": 1})
                assert answer.status == 400 and "no_such_key" in answer.text, f"{path}: {answer.text[:300]}"
                self.documented(operation, answer)
        return f"{count} keys"

    def case_refusals_are_documented(self):
        for path, operation, _, _ in self.posts():
            for body, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"x", "text/plain")):
                answer = self.sidecar.ask("POST", path, body, {"Content-Type": kind})
                assert answer.status in (400, 415), f"{path}: {answer.status}"
                self.documented(operation, answer)
