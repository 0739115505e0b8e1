"""Seeded random numbers and the split between training, evaluation and demo.

A scene or a fact is a dict of parameters; its canonical JSON decides, by hash, which split owns it.
The three splits therefore never share a parameter set, whatever draws them and in whatever order.
"""
import hashlib
import json
import random

SPLITS = ("train", "eval", "demo")


def bucket_of(params) -> str:
    """Split that owns a parameter set: 6% demo, 6% eval, the rest train."""
    text = json.dumps(params, sort_keys=True, ensure_ascii=False)
    value = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") % 100
    if value < 6:
        return "demo"
    return "eval" if value < 12 else "train"


def draw(make, rng: random.Random, split: str, tries: int = 4000):
    """First parameter set from make(rng) that belongs to split."""
    for _ in range(tries):
        params = make(rng)
        if bucket_of(params) == split:
            return params
    raise RuntimeError(f"no parameter set of split {split} found in {tries} tries")
