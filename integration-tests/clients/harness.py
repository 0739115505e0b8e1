"""Shared by the case files: each runs in its own environment as `python FILE URL MODEL` and prints a line a case."""

import inspect
import sys
import traceback

QUERY = "How is the fan cleaned?"
DOCUMENTS = [
    "Invoices are archived for ten years.",
    "Cleaning the fan: switch the device off, open the cover and blow the dust out of the fan.",
    "The canteen opens at noon.",
    "The fan draws 12 watts.",
]
TOP = 2


def check(ranking, expected):
    """`ranking` is what the client made of the answer: (index or text, score), best first; all of it or the top."""
    ranking = [(DOCUMENTS.index(item) if isinstance(item, str) else item, score) for item, score in ranking]
    assert 0 < len(ranking) <= len(expected), ranking
    for (index, score), (wanted, wanted_score) in zip(ranking, expected):
        assert index == wanted, f"{ranking} where {expected} was expected"
        assert score is None or abs(score - wanted_score) < 1e-5, f"{ranking} where {expected} was expected"


def main(module):
    """Runs every function client_… (url, model) of the module; the native route says what is expected."""
    import json
    import urllib.request

    url, model = sys.argv[1:3]
    request = urllib.request.Request(
        url + "/v1/rerank", json.dumps({"query": QUERY, "documents": DOCUMENTS}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        results = json.load(answer)["results"]
    expected = [(result["index"], result["relevance_score"]) for result in results]
    for name, function in inspect.getmembers(sys.modules[module], inspect.isfunction):
        if not name.startswith("client_"):
            continue
        title = name.removeprefix("client_").replace("_", " ")
        try:
            check(function(url, model), expected)
            print(f"ok      {title}", flush=True)
        except BaseException as problem:  # a client may fail in any way
            print(f"FAILED  {title}: {type(problem).__name__}: {problem}", flush=True)
            traceback.print_exc()
