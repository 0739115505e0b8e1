"""The recipes without our plugin: what the engines' own modules make of configs/recipes, as published, asked of the sidecar.

The modules are not in the search nodes that the tests can have, so their part is done here: templates are filled in and
answers are read as the modules' documentation and sources say."""

import json
import re

from sidecar_process import ROOT

RECIPES = ROOT / "configs/recipes"
HOST = "http://vl-rerank.internal:7860"
QUERY = 'a "square"\nof what colour?'
DOCUMENTS = ["a red square", 'a "blue" circle\ton a table', "nothing of the kind: ${query}"]


def recipe(name):
    return json.loads((RECIPES / f"{name}.json").read_text())


def filled(template, values):
    """Placeholders ${name} replaced by ready JSON, once: what a value holds is no template."""
    return re.sub(r"\$\{([a-z_.]+)\}", lambda found: values[found.group(1)], template)


def path_values(answer, path):
    """$.key[*].key, of which the recipes' JSON paths consist."""
    found = re.fullmatch(r"\$\.(\w+)\[\*\]\.(\w+)", path)
    return [item[found.group(2)] for item in answer[found.group(1)]]


class RecipeCases:
    def __init__(self, sidecar):
        self.sidecar = sidecar
        native = sidecar.rerank({"query": QUERY, "documents": DOCUMENTS}).json()["results"]
        self.expected = {result["index"]: result["relevance_score"] for result in native}

    def ask(self, url, body):
        assert url.startswith(HOST), url
        answer = self.sidecar.rerank(body, url[len(HOST) :])
        assert answer.status == 200, f"{answer.status} {answer.text}"
        return answer.json()

    def same(self, scores):
        assert set(scores) == set(self.expected), scores
        for index, score in scores.items():
            assert abs(score - self.expected[index]) < 1e-6, (scores, self.expected)

    def case_opensearch_connector(self):
        connector = recipe("opensearch-connector")
        action = connector["actions"][0]
        assert set(re.findall(r"\$\{(credential\.\w+)\}", action["headers"]["Authorization"])) == {
            f"credential.{name}" for name in connector["credential"]
        }
        # The cohere pre-processing gives the query without its quotes, the documents as an array, and their number.
        body = filled(
            action["request_body"],
            {
                "parameters.query": json.dumps(QUERY)[1:-1],
                "parameters.documents": json.dumps(DOCUMENTS),
                "parameters.top_n": str(len(DOCUMENTS)),
            },
        )
        results = self.ask(action["url"], body)["results"]
        # The cohere post-processing puts relevance_score at index, for each of $.results.
        similarity = [None] * len(DOCUMENTS)
        for result in results:
            similarity[result["index"]] = result["relevance_score"]
        self.same(dict(enumerate(similarity)))

    def case_opensearch_endpoint_is_trusted(self):
        trusted = recipe("opensearch-cluster-settings")["persistent"][
            "plugins.ml_commons.trusted_connector_endpoints_regex"
        ]
        url = recipe("opensearch-connector")["actions"][0]["url"]
        assert any(re.fullmatch(pattern, url) for pattern in trusted), (url, trusted)
        assert not any(re.fullmatch(pattern, "http://vl-rerank.internal:7860.example/v1/rerank") for pattern in trusted)

    def case_opensearch_query_text(self):
        search = recipe("opensearch-search")
        node = search
        for key in search["ext"]["rerank"]["query_context"]["query_text_path"].split("."):
            node = node[key]
        assert node == "clean the fan", node

    def case_elasticsearch_custom(self):
        settings = recipe("elasticsearch-inference-custom")["service_settings"]
        secrets = {name for text in settings["headers"].values() for name in re.findall(r"\$\{(\w+)\}", text)}
        assert secrets == set(settings["secret_parameters"]), secrets
        body = filled(settings["request"], {"query": json.dumps(QUERY), "input": json.dumps(DOCUMENTS)})
        answer = self.ask(settings["url"], body)
        parser = settings["response"]["json_parser"]
        indices = path_values(answer, parser["reranked_index"])
        scores = path_values(answer, parser["relevance_score"])
        assert all(isinstance(index, int) for index in indices), indices
        self.same(dict(zip(indices, scores)))

    def case_elasticsearch_hugging_face(self):
        settings = recipe("elasticsearch-inference-hugging-face")["service_settings"]
        answer = self.ask(settings["url"], {"query": QUERY, "texts": DOCUMENTS, "return_text": False})
        assert isinstance(answer, list), answer
        self.same({item["index"]: item["score"] for item in answer})
