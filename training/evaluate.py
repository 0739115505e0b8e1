#!/usr/bin/env python3
"""Held-out figures per skill on generated examples of the split `eval`, fp32 on the CPU or bf16 on a GPU.

  evaluate.py MODELDIR [--bundles 40] [--seed 11] [--device cuda]
For every group (one query, several documents): is the best one right, nDCG over the group, and the share of
(right, wrong) pairs in the right order; chance is the expected value of a random order.
"""
import argparse
import collections
import json
import math
import random

import torch
from safetensors.torch import load_file

from minirank import bundles
from minirank.model import Reranker
from minirank.packing import LONGEST, LONGEST_PICTURE, Packer
from minirank.prompt import Prompter


def unseen_bundle(rng, split):
    """Emoji whose concept training never draws nor names."""
    bundle = bundles.emoji_bundle(rng, split, known=False)
    return dict(bundle, groups=[(q, docs, "unseen " + skill) for q, docs, skill in bundle["groups"]])


SETS = [("text", lambda n: [(bundles.text_bundle, f) for f in ("trouble", "spec", "procedure", "feature", "direction", "handover", "ticket", "stock") for _ in range(n)]),
        ("image", lambda n: [(bundles.scene_bundle, None)] * n * 3), ("video", lambda n: [(bundles.clip_bundle, None)] * n),
        ("reversed", lambda n: [(bundles.reversed_bundle, None)] * n), ("late", lambda n: [(bundles.long_bundle, None)] * n), ("mixed", lambda n: [(bundles.mixed_bundle, None)] * n),
        ("emoji", lambda n: [(bundles.emoji_bundle, None)] * n), ("unseen", lambda n: [(unseen_bundle, None)] * n), ("names", lambda n: [(bundles.name_bundle, None)] * n)]


def ndcg(labels):
    gain = sum(y / math.log2(i + 2) for i, y in enumerate(labels))
    best = sum(y / math.log2(i + 2) for i, y in enumerate(sorted(labels, reverse=True)))
    return gain / best


def load(folder, device="cpu"):
    prompter = Prompter(folder + "/tokenizer.json")
    model = Reranker(json.load(open(folder + "/config.json")), prompter.id["yes"], prompter.id["no"]).eval()
    model.load_state_dict({k: v.float() for k, v in load_file(folder + "/model.safetensors").items()})
    return model.to(device), prompter


@torch.no_grad()
def scores(model, prompter, bundle, rng):
    """[(skill, [(logit, label)])] of one bundle."""
    packer = Packer(prompter, 32768, 8192, 256, 128)
    assert packer.add(bundle, rng)
    tokens = -(-packer.n_tokens // 512) * 512
    patches = -(-(packer.n_patches + 4) // 512) * 512 if packer.n_patches else 0
    packer.limits = (tokens, patches, 256, 128)
    count = len(packer.seqs)
    tags = [(s[6], s[4]) for s in packer.seqs]
    b = packer.take()
    b = {k: v.long() if k in ("ids", "source", "positions", "yx", "grid") else v for k, v in b.items()}
    b["longest"], b["patch_longest"] = LONGEST, LONGEST_PICTURE
    device = next(model.parameters()).device
    b = {k: v.to(device) if torch.is_tensor(v) else v for k, v in b.items()}
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        logits = model.logits(model(b), b["last"])[:count].tolist()
    groups = collections.OrderedDict()
    for (skill, group), logit, label in zip(tags, logits, b["label"].tolist()):
        groups.setdefault((group, skill), []).append((logit, label))
    return [(skill, rows) for (_, skill), rows in groups.items()]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("model")
    ap.add_argument("--bundles", type=int, default=40)
    ap.add_argument("--seed", type=int, default=11)
    ap.add_argument("--split", default="eval")
    ap.add_argument("--only", help="some of text,image,video,reversed,late,mixed,emoji,unseen,names, comma separated")
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    model, prompter = load(a.model, a.device)
    print(f"{'skill':28s} groups  top1  (chance)  nDCG  pairs")
    for name, make in SETS:
        if a.only and name not in a.only.split(","):
            continue
        table = collections.defaultdict(list)
        for i, (kind, family) in enumerate(make(a.bundles)):
            rng = random.Random(f"{a.seed}/{kind.__name__}/{family}/{i}")
            bundle = kind(rng, a.split, family) if family else kind(rng, a.split)
            for skill, rows in scores(model, prompter, bundle, rng):
                if not 0 < sum(y for _, y in rows) < len(rows):
                    continue
                labels = [y for _, y in sorted(rows, key=lambda r: -r[0])]
                good, bad = [s for s, y in rows if y], [s for s, y in rows if not y]
                pairs = sum(g > w for g in good for w in bad) / (len(good) * len(bad))
                row = (labels[0], ndcg(labels), pairs, sum(labels) / len(labels))
                table[skill].append(row)
                table["= " + skill.split("/")[0]].append(row)
        for skill, rows in sorted(table.items()):
            n = len(rows)
            top, gain, pairs, chance = (sum(r[i] for r in rows) / n for i in range(4))
            print(f"{skill:28s} {n:5d}  {top:.3f}  ({chance:.2f})  {gain:.3f}  {pairs:.3f}", flush=True)


if __name__ == "__main__":
    main()
