"""Emoji of Noto Color Emoji (OFL) with their CLDR names (Unicode licence): pictures and short texts in two languages.

The pack (pictures as WebP and names as JSON) is built by pack_emoji.py.
"""
import functools
import io
import json
import os
import zipfile

from PIL import Image

from .canvas import Canvas


def pack_path():
    return os.environ.get("MINIRANK_EMOJI", os.path.join(os.path.dirname(__file__), "..", ".material", "emoji.zip"))


@functools.lru_cache(maxsize=1)
def _pack():
    with zipfile.ZipFile(pack_path()) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@functools.lru_cache(maxsize=1)
def table():
    return json.loads(_pack()["names.json"])


def picks(rng, count):
    """Distinct emoji, half of them neighbours in the Unicode order (mostly the same group)."""
    rows = table()
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


def picture(entry, rng, size):
    c = Canvas(*size, rng)
    image = c.done()
    emoji = Image.open(io.BytesIO(_pack()[entry["file"]])).convert("RGBA")
    side = int(min(size) * rng.uniform(0.55, 0.92))
    emoji = emoji.resize((side, side), Image.Resampling.BICUBIC)
    if rng.random() < 0.3:
        emoji = emoji.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC)
    at = (int((size[0] - side) * rng.uniform(0.2, 0.8)), int((size[1] - side) * rng.uniform(0.2, 0.8)))
    image.paste(emoji, at, emoji)
    return image
