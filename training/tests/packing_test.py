"""Prompts whose starts are shared in a batch score as whole ones do."""
import json
import pathlib
import random
import sys
import unittest

import torch

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))
from minirank import bundles  # noqa: E402
from minirank.model import Reranker  # noqa: E402
from minirank.packing import LONGEST, LONGEST_PICTURE, Packer  # noqa: E402
from minirank.prompt import Prompter  # noqa: E402

MODEL = HERE.parent / "models/vl-rerank-mini"
TOKENS, SLOTS = 3072, 160


class PackingTest(unittest.TestCase):
    def test_shared_starts_change_no_score_and_no_gradient(self):
        prompter = Prompter(MODEL / "tokenizer.json")
        torch.manual_seed(3)
        model = Reranker(json.loads((MODEL / "config.json").read_text()), prompter.id["yes"], prompter.id["no"])
        results = []
        for shared in (False, True):
            rng = random.Random(4)
            packer = Packer(prompter, TOKENS, 2048, SLOTS, 32, shared=shared)
            for make in (bundles.text_bundle, bundles.scene_bundle, bundles.text_bundle):
                bundle = make(random.Random(7), "train")
                self.assertTrue(packer.add(dict(bundle, groups=bundle["groups"][:1]), rng))
            own = packer.n_tokens
            batch = packer.take()
            count = int(batch["count"][0])
            self.assertEqual(packer.n_tokens, sum(map(len, packer.heads.values())))
            batch["longest"], batch["patch_longest"] = LONGEST, LONGEST_PICTURE
            for key in ("ids", "source", "positions", "yx", "grid"):
                batch[key] = batch[key].long()
            if shared:
                self.assertEqual(int(batch["kv_cu"][-1]), 2 * TOKENS)
                self.assertEqual(int(batch["cu"][-1]), TOKENS)
                self.assertLess(int(batch["kv"].max()), TOKENS)
            model.zero_grad()
            logits = model.logits(model(batch), batch["last"])[:count]
            (logits * torch.linspace(-1, 1, count)).sum().backward()
            results.append((logits.detach(), model.model.language_model.layers[0].self_attn.k_proj.weight.grad.clone(), own))
        (plain, grad, more), (shared_, shared_grad, fewer) = results
        self.assertLess(fewer, 0.75 * more)
        self.assertGreater(plain.std().item(), 1e-3)
        torch.testing.assert_close(shared_, plain, rtol=1e-4, atol=2e-5)
        torch.testing.assert_close(shared_grad, grad, rtol=1e-3, atol=1e-4 * grad.abs().max().item())

    def test_short_prompts_leave_keys_for_the_padding(self):
        # starts that many short prompts share ask for more keys than a batch of long ones
        packer, rng = Packer(Prompter(MODEL / "tokenizer.json"), TOKENS, 0, SLOTS, 32, shared=True), random.Random(2)
        for _ in range(40):
            bundle = bundles.policy_bundle(rng, "train")
            while not packer.add(bundle, rng):
                batch = packer.take()
                queries, keys = batch["cu"].diff(), batch["kv_cu"].diff()
                self.assertTrue(bool((keys >= queries).all()))


if __name__ == "__main__":
    unittest.main()
