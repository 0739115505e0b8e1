"""Emoji of Noto Color Emoji (OFL) with their CLDR names (Unicode licence): pictures and short texts in many languages.

The pack (pictures as WebP and names as JSON) is built by pack_emoji.py. A concept is a code point: one in twelve is never drawn
nor named in training (`unseen`), in any language.
"""
import functools
import hashlib
import io
import json
import os
import zipfile

from PIL import Image

from .canvas import Canvas
from .split import draw


def pack_path():
    """The pack beside the code, where it has travelled to, or in the cache."""
    beside = os.path.join(os.path.dirname(__file__), "..", ".material", "emoji.zip")
    cache = os.environ.get("VL_RERANK_CACHE", os.path.expanduser("~/.cache/vl-rerank"))
    return beside if os.path.exists(beside) else os.path.join(cache, "material", "emoji.zip")


@functools.lru_cache(maxsize=1)
def _pack():
    with zipfile.ZipFile(pack_path()) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unseen(entry):
    return hashlib.blake2b(entry["cp"].encode(), digest_size=2).digest()[0] % 12 == 0


@functools.lru_cache(maxsize=2)
def table(known=True):
    """Entries {"cp", "file", language: [name, keyword, …]} in Unicode order."""
    return [e for e in json.loads(_pack()["names.json"]) if unseen(e) != known]


def picks(rng, count, known=True):
    """Distinct emoji, half of them neighbours in the Unicode order (mostly the same group)."""
    rows = table(known)
    start = rng.randrange(len(rows))
    near = [(start + d) % len(rows) for d in range(-6, 7)]
    chosen = rng.sample(near, count // 2)
    while len(chosen) < count:
        i = rng.randrange(len(rows))
        if i not in chosen:
            chosen.append(i)
    rng.shuffle(chosen)
    return [rows[i] for i in chosen]


def word(entry, lang, rng, keywords=True):
    return entry[lang][0] if not keywords or rng.random() < 0.8 else rng.choice(entry[lang])


def placing(entry, rng):
    return {"cp": entry["cp"], "side": round(rng.uniform(0.55, 0.92), 3), "turn": round(rng.uniform(-12, 12), 1) if rng.random() < 0.3 else 0,
            "x": round(rng.uniform(0.2, 0.8), 3), "y": round(rng.uniform(0.2, 0.8), 3)}


def picture(entry, rng, size, split):
    """The emoji on some ground; where it stands, how large and how turned belongs to one split."""
    p = draw(lambda r: placing(entry, r), rng, split)
    image = Canvas(*size, rng).done()
    emoji = Image.open(io.BytesIO(_pack()[entry["file"]])).convert("RGBA")
    side = int(min(size) * p["side"])
    emoji = emoji.resize((side, side), Image.Resampling.BICUBIC)
    if p["turn"]:
        emoji = emoji.rotate(p["turn"], Image.Resampling.BICUBIC)
    at = (int((size[0] - side) * p["x"]), int((size[1] - side) * p["y"]))
    image.paste(emoji, at, emoji)
    return image
