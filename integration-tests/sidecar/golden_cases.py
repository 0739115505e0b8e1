"""Every recorded request of the reference through the command line and through HTTP: the same logits."""

import json
import math

from sidecar_process import DATA, Sidecar, run

TOLERANCE = 3e-5
# The reference's own arguments and what they are called here.
CONSTRUCTOR = {
    "min_pixels": "model.min_pixels",
    "max_pixels": "model.max_pixels",
    "total_pixels": "model.total_pixels",
    "max_frames_attr": "model.max_frames",
}
REQUEST_KEYS = ("query", "documents", "instruction", "fps", "max_frames", "max_length")


def load(shape):
    folder = DATA / shape
    # Shapes after the first answer the same requests.
    requests = json.loads((DATA / "golden-a/requests.json").read_text(encoding="utf-8"))
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    return folder, list(zip(requests, golden["cases"]))


def body_of(case, golden):
    body = {key: case[key] for key in REQUEST_KEYS if key in case}
    if case.get("edge"):
        body["max_length"] = golden["documents"][0]["n_ids_full"] - 5 - 1
    return body


def compare(name, golden, results):
    """-> the worst difference"""
    worst = 0.0
    by_index = {result["index"]: result for result in results}
    assert len(by_index) == len(golden["documents"]), f"{name}: {len(by_index)} results"
    for index, expected in enumerate(golden["documents"]):
        result = by_index[index]
        assert "error" not in result and "warnings" not in result, f"{name}[{index}]: {result}"
        difference = abs(result["logit"] - expected["logit"])
        assert difference <= TOLERANCE, f"{name}[{index}]: {result['logit']} where the reference has {expected['logit']}"
        score = 1 / (1 + math.exp(-result["logit"]))
        assert abs(score - result["relevance_score"]) < 1e-6, f"{name}[{index}]: score {result['relevance_score']}"
        worst = max(worst, difference)
    order = [(-result["relevance_score"], result["index"]) for result in results]
    assert order == sorted(order), f"{name}: not sorted"
    return worst


def media_folder(folder):
    own = folder / "media"
    return own if own.is_dir() else DATA / "golden-a/media"


def cases(program, shapes):
    """Yields (name, callable) a recorded request."""
    for shape in shapes:
        folder, pairs = load(shape)
        for case, golden in pairs:

            def check(folder=folder, case=case, golden=golden):
                settings = [part for key, name in CONSTRUCTOR.items() if key in case for part in ("--set", f"{name}={case[key]}")]
                code, out, complaint = run(
                    program, "score", "--logits", "--model", folder / "model", "--media-root", media_folder(folder), *settings,
                    text=json.dumps(body_of(case, golden)),
                )
                assert code == 0, complaint
                return f"worst {compare(case['name'], golden, json.loads(out)['results']):.1e}"

            yield f"{shape}: {case['name']}", check


def http_case(program, shape):
    """All requests of a shape that need no constructor argument, against one server: the scores of the command line."""

    def check():
        folder, pairs = load(shape)
        checked = 0
        with Sidecar(program, folder / "model", [f"storage.media_root={media_folder(folder)}"]) as sidecar:
            for case, golden in pairs:
                if any(key in case for key in CONSTRUCTOR):
                    continue
                answer = sidecar.rerank(body_of(case, golden))
                assert answer.status == 200, answer.text
                for result in answer.json()["results"]:
                    expected = golden["documents"][result["index"]]["score"]
                    assert abs(result["relevance_score"] - expected) <= TOLERANCE, f"{case['name']}: {result}"
                    checked += 1
        return f"{checked} scores"

    return f"{shape}: over HTTP", check
