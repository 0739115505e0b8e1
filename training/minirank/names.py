"""Emoji of Noto Color Emoji (OFL) with their CLDR names (Unicode licence): pictures and short texts in many languages.

The pack (pictures as WebP and names as JSON) is built by pack_emoji.py. A concept is a code point: one in twelve is never drawn
nor named in training (`unseen`), in any language.
"""
import functools
import hashlib
import io

from PIL import Image

from . import pack
from .canvas import Canvas
from .split import draw


def unseen(entry):
    return hashlib.blake2b(entry["cp"].encode(), digest_size=2).digest()[0] % 12 == 0


@functools.lru_cache(maxsize=2)
def table(known=True):
    """Entries {"cp", "file", language: [name, keyword, …]} in Unicode order."""
    return [e for e in pack.table("names.json") if unseen(e) != known]


def picks(rng, count, known=True, near=None):
    """Distinct emoji, half of them (or `near`) neighbours in the Unicode order (mostly the same group)."""
    rows = table(known)
    start = rng.randrange(len(rows))
    around = [(start + d) % len(rows) for d in range(-6, 7)]
    chosen = rng.sample(around, count // 2 if near is None else near)
    while len(chosen) < count:
        i = rng.randrange(len(rows))
        if i not in chosen:
            chosen.append(i)
    rng.shuffle(chosen)
    return [rows[i] for i in chosen]


def word(entry, lang, rng, others=(), keywords=True):
    """The name, or at times a keyword that is not said of the others too."""
    if keywords and rng.random() < 0.2:
        own = [w for w in entry[lang] if not any(w in o[lang] or w in o[lang][0] for o in others if o is not entry)]
        if own:
            return rng.choice(own)
    return entry[lang][0]


def placing(entry, rng):
    return {"cp": entry["cp"], "side": round(rng.uniform(0.55, 0.92), 3), "turn": round(rng.uniform(-12, 12), 1) if rng.random() < 0.3 else 0,
            "x": round(rng.uniform(0.2, 0.8), 3), "y": round(rng.uniform(0.2, 0.8), 3)}


def picture(entry, rng, size, split):
    """The emoji on some ground; where it stands, how large and how turned belongs to one split."""
    p = draw(lambda r: placing(entry, r), rng, split)
    image = Canvas(*size, rng).done()
    emoji = Image.open(io.BytesIO(pack.read(entry["file"]))).convert("RGBA")
    side = int(min(size) * p["side"])
    emoji = emoji.resize((side, side), Image.Resampling.BICUBIC)
    if p["turn"]:
        emoji = emoji.rotate(p["turn"], Image.Resampling.BICUBIC)
    at = (int((size[0] - side) * p["x"]), int((size[1] - side) * p["y"]))
    image.paste(emoji, at, emoji)
    return image
