"""`vl-rerank eval` on a small judged dataset."""

import json
import shutil

from sidecar_process import ROOT, TINY_MEDIA, run

MODEL = ROOT / "models/vl-rerank-mini"
DOCUMENTS = {
    "fan": {"title": "Fan", "text": "clean the fan with compressed air"}, "belt": {"text": "tension of the drive belt"},
    "pump": {"text": "priming the pump"}, "lamp": {"text": "replace the lamp"},
    "photo": {"image": "j420.jpg"}, "gone": {"text": "half a document", "image": "gone.png"},
}
QUERIES = {
    "q1": {"text": "clean the fan", "skill": "cleaning", "metadata": {"language": "en"}}, "q2": {"text": "pump", "metadata": {"language": "de"}},
    "q3": {"text": "a photo", "language": "en"}, "q4": {"text": "nothing"},
}
RELEVANT = {"q1": "fan", "q2": "pump", "q3": "photo"}


def lines(entries):
    return "".join(json.dumps({"_id": name, **entry}) + "\n" for name, entry in entries.items())


class EvalCases:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "qrels").mkdir(parents=True)
        shutil.copy(TINY_MEDIA / "j420.jpg", folder)
        (folder / "corpus.jsonl").write_text(lines(DOCUMENTS), encoding="utf-8")
        (folder / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
        head = "query-id\tcorpus-id\tscore\n"
        (folder / "qrels/test.tsv").write_text(head + "".join(f"{q}\t{d}\t1\n" for q, d in RELEVANT.items()), encoding="utf-8")
        # The relevant document is third of all for each query.
        order = [f"{q}\t{d}\t{10 - rank}\n" for q, relevant in RELEVANT.items()
                 for rank, d in enumerate([*[d for d in DOCUMENTS if d != relevant][:2], relevant, "gone"])]
        (folder / "first_pass.tsv").write_text(head + "".join(order), encoding="utf-8")

    def evaluate(self, *arguments):
        code, out, said = run(self.program, "eval", "--model", MODEL, "--dataset", self.folder, *arguments)
        return code, json.loads(out) if out else None, said

    def case_figures_groups_and_faults(self):
        code, report, said = self.evaluate("--k", 3)
        assert code == 0, said
        assert (report["queries"], report["queries_without_relevant"], report["documents"]) == (3, 1, 6), report
        first, reranked = report["runs"]
        # Third of all: 1 / log2(4) and 1 / 3 for every query, so there is no doubt.
        assert first["metrics"]["ndcg@3"] == {"mean": 0.5, "low": 0.5, "high": 0.5}, first
        assert abs(first["metrics"]["mrr@3"]["mean"] - 1 / 3) < 1e-12 and first["metrics"]["recall@3"]["mean"] == 1.0
        assert reranked["metrics"]["ndcg@3"]["mean"] >= 0.5, reranked
        assert reranked["by_modality"].keys() == {"text", "image"} and reranked["by_modality"]["image"]["queries"] == 1
        assert reranked["by_language"].keys() == {"en", "de"}, reranked
        assert reranked["by_skill"].keys() == {"unknown", "cleaning"} and reranked["by_first_pass"].keys() == {"ranked"}, reranked
        assert sum(reranked["document_faults"].values()) == 3, reranked["document_faults"]
        assert said.count("[") >= 6 and "ndcg@3" in said, said

    def case_instructions_are_compared_and_repeatable(self):
        arguments = ("--instruction", "", "--instruction", "Find the picture", "--seed", 7)
        code, report, said = self.evaluate(*arguments)
        assert code == 0, said
        assert [run["name"] for run in report["runs"]] == ["first_pass", "instruction 1", "instruction 2"]
        assert report["best"] in ("first_pass", "instruction 1", "instruction 2")
        assert report["runs"][2]["instruction"] == "Find the picture" and "Find the picture" in said
        assert self.evaluate(*arguments)[1] == report

    def case_few_candidates_leave_the_rest_behind(self):
        code, report, said = self.evaluate("--k", 3, "--candidates", 2)
        assert code == 0, said
        assert report["runs"][1]["metrics"]["ndcg@3"]["mean"] == 0.5, "the third was moved although two were reranked"

    def case_exit_codes(self):
        assert self.evaluate("--min-ndcg", 0)[0] == 0
        code, report, said = self.evaluate("--k", 3, "--candidates", 1, "--min-ndcg", 0.9)
        assert code == 1 and report is not None and "--min-ndcg" in said, said
        code, out, said = run(self.program, "eval", "--model", MODEL, "--dataset", self.folder / "qrels")
        assert code == 2 and out == "" and "queries.jsonl" in said, said
        assert run(self.program, "eval", "--model", MODEL)[0] == 2
        assert run(self.program, "eval", "--model", MODEL, "--dataset", self.folder, "--k", 0)[0] == 2
