#!/usr/bin/env python3
"""The training model against transformers' Qwen3VLForConditionalGeneration, fp32 on the CPU, on generated examples.

  check_parity.py MODELDIR [--random]   (--random: fresh weights saved to a temporary folder first)
"""
import argparse
import json
import random
import shutil
import tempfile

import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen3VLForConditionalGeneration

from minirank.bundles import clip_bundle, mixed_bundle, scene_bundle, text_bundle
from minirank.model import Reranker
from minirank.packing import LONGEST, LONGEST_PICTURE, Packer
from minirank.prompt import Prompter


def main(arguments=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("model")
    ap.add_argument("--random", action="store_true")
    a = ap.parse_args(arguments)
    prompter = Prompter(a.model + "/tokenizer.json")
    config = json.load(open(a.model + "/config.json"))
    mine = Reranker(config, prompter.id["yes"], prompter.id["no"]).eval()
    folder = a.model
    if a.random:
        folder = tempfile.mkdtemp()
        for f in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copy(f"{a.model}/{f}", folder)
        for p in mine.parameters():
            p.data.add_(torch.randn_like(p) * 0.05)
        save_file({k: v.contiguous() for k, v in mine.state_dict().items()}, folder + "/model.safetensors", metadata={"format": "pt"})
    mine.load_state_dict({k: v.float() for k, v in load_file(folder + "/model.safetensors").items()})
    hf = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    rng = random.Random(5)
    worst = 0.0
    for make in (text_bundle, scene_bundle, clip_bundle, mixed_bundle):
        b = make(rng, "eval")
        for group in b["groups"][:2]:
            packer = Packer(prompter, 8192, 10240, 64, 64)
            one = {"media": b["media"], "groups": [(group[0], group[1][:3], group[2])]}
            assert packer.add(one, random.Random(0))
            seqs, media = packer.seqs, packer.media
            batch = packer.take()
            batch = {k: v.long() if k in ("ids", "source", "positions", "yx", "grid") else v for k, v in batch.items()}
            used = int(batch["cu"][len(seqs)])
            batch["longest"], batch["patch_longest"] = LONGEST, LONGEST_PICTURE
            with torch.no_grad():
                logits = mine.logits(mine(batch), batch["last"])[: len(seqs)]
            for i, (ids, pos, vis, start, g, y, skill, base, _) in enumerate(seqs):
                x = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
                shown = []
                for _, m, _ in vis:
                    if m not in shown:
                        shown.append(m)
                for key, grid_key, video in (("pixel_values", "image_grid_thw", False), ("pixel_values_videos", "video_grid_thw", True)):
                    chosen = [media[m] for m in shown if (media[m][2] is not None) == video]
                    if chosen:
                        x[key] = torch.cat([torch.from_numpy(p).float() for parts, _, _ in chosen for p in parts]).sub(127.5).div(127.5)
                        x[grid_key] = torch.tensor([[len(parts), *grid] for parts, grid, _ in chosen])
                with torch.no_grad():
                    out = hf.model(**x)
                    h = out.last_hidden_state[0, -1]
                    w = hf.lm_head.weight
                    ref = float(h @ (w[prompter.id["yes"]] - w[prompter.id["no"]]))
                worst = max(worst, abs(ref - float(logits[i])))
                print(skill, len(ids), f"{ref:+.6f} {float(logits[i]):+.6f}")
    print("worst difference", worst)
    assert worst < 1e-4


if __name__ == "__main__":
    main()
