"""The whole loop on the CPU, tiny: train, resume from master weights and from an exported file, learn from a teacher, export, compare with transformers."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))
import check_parity  # noqa: E402
import export  # noqa: E402
import make_config  # noqa: E402
import train  # noqa: E402

MODEL = HERE.parent / "models/vl-rerank-mini"
KINDS = "text_bundle,scene_bundle"


class TrainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="train-test-"))
        cls.model = cls.folder / "model"
        cls.model.mkdir()
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(MODEL / name, cls.model)
        make_config.main(str(cls.model), "tiny")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def train(self, out, *more):
        fixed = ["--minutes", 60, "--steps", 2, "--device", "cpu", "--compile", 0, "--workers", 0, "--tokens", 12288, "--patches", 6144, "--kinds", KINDS, "--predict", "it runs"]
        train.main([str(x) for x in ["--model", self.model, "--out", self.folder / out, *fixed, *more]])
        rows = [json.loads(line) for line in (self.folder / out / "log.jsonl").read_text().splitlines()]
        self.assertEqual(rows[0]["prediction"], "it runs")
        self.assertEqual(rows[-1]["result"]["steps"], 2)
        return rows

    def weights(self, *path):
        state = {}
        for file in sorted(self.folder.joinpath(*path[:-1]).glob(path[-1])):
            state.update(load_file(file))
        return state

    def assert_same(self, a, b):
        self.assertEqual(a.keys(), b.keys())
        self.assertTrue(all(torch.equal(a[k].float(), b[k].float()) for k in a))

    def test_the_loop(self):
        rows = self.train("one")
        self.assertEqual(rows[1]["distil"], 0)
        export.main(str(self.folder / "one"), str(self.model))
        check_parity.main([str(self.model)])
        trained = self.weights("one", "master-*.safetensors")
        # without a rate a run ends with the weights that it began with
        self.train("two", "--resume", self.folder / "one", "--lr", 0)
        self.assert_same(self.weights("two", "master-*.safetensors"), trained)
        rows = self.train("three", "--resume", self.model / "model.safetensors", "--teacher", self.model, "--lr", 0)
        self.assert_same(self.weights("three", "master-*.safetensors"), self.weights("model", "model.safetensors"))
        # of a teacher that is the model itself the loss is the entropy of its scores: there is nothing to learn, but it is counted
        self.assertGreater(rows[1]["distil"], 0.1)
        again = self.weights("one", "master-*.safetensors")
        self.train("four", "--resume", self.folder / "one")
        changed = self.weights("four", "master-*.safetensors")
        self.assertTrue(all(not torch.equal(again[k], changed[k]) for k in again if k.endswith("q_proj.weight")))


if __name__ == "__main__":
    unittest.main()
