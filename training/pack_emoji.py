#!/usr/bin/env python3
"""Pack emoji pictures (Noto Color Emoji), their names in twenty languages (CLDR annotations) and other words of these into one zip.

  pack_emoji.py --font NotoColorEmoji.ttf --cldr /usr/share/unicode/cldr/common --out .material/emoji.zip
Debian packages: fonts-noto-color-emoji, unicode-cldr-core.
"""
import argparse
import io
import json
import os
import re
import xml.etree.ElementTree as ET
import zipfile

from PIL import Image, ImageDraw, ImageFont

from minirank.frames import SPACELESS
from minirank.voice import LANGUAGES, NAMED

# What CLDR has names for beside emoji: places, languages, currencies, units, days, times.
ELSEWHERE = ("territory", "language", "script", "displayName", "unitPattern", "relative", "relativeTimePattern", "month", "day", "exemplarCity", "standard", "type", "key", "styleName")
LONGEST = 32  # letters of a piece of chatter


def annotations(cldr, lang):
    names, words = {}, {}
    for node in ET.parse(f"{cldr}/annotations/{lang}.xml").getroot().iter("annotation"):
        key = node.get("cp")
        if node.get("type") == "tts":
            names[key] = node.text.strip()
        else:
            words[key] = [w.strip() for w in node.text.split("|")]
    return names, words


def chatter(cldr, lang, rows):
    """Words of a language that tell nothing of a picture: no word of an emoji's name, none of evaluation's phrase."""
    spaceless = lang in SPACELESS
    names = [row[lang][0].lower() for row in rows]
    phrase = NAMED[lang].replace("{}", " ").lower()
    if spaceless:
        barred = {name for name in names if len(name) > 1} | {part[i:i + 2] for part in re.findall(r"\w+", phrase) for i in range(len(part) - 1)}
    else:
        barred = {w for name in names for w in re.findall(r"\w{2,}", name)} | set(re.findall(r"\w+", phrase))
    out = set()
    for node in ET.parse(f"{cldr}/main/{lang}.xml").getroot().iter():
        text = re.sub(r"\{\d\}|\(.*?\)|\d|[↑,;:/]", " ", node.text or "") if node.tag in ELSEWHERE else ""
        text = " ".join(text.split())
        low = text.lower()
        if len(text) > (1 if spaceless else 2) and len(text) <= LONGEST and not (any(b in low for b in barred) if spaceless else barred & set(re.findall(r"\w+", low))):
            out.add(text)
    return sorted(out)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--font", required=True)
    ap.add_argument("--cldr", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    font = ImageFont.truetype(a.font, 109)
    tables = {lang: annotations(a.cldr, lang) for lang in NAMED}
    rows = []
    os.makedirs(os.path.dirname(a.out) or ".", exist_ok=True)
    with zipfile.ZipFile(a.out, "w", zipfile.ZIP_STORED) as archive:
        for cp in tables["en"][0]:
            if any(cp not in names for names, _ in tables.values()) or any(0x1F1E6 <= ord(ch) <= 0x1F1FF for ch in cp) or ord(cp[0]) < 0x203C:
                continue
            image = Image.new("RGBA", (136, 136), (0, 0, 0, 0))
            ImageDraw.Draw(image).text((0, 4), cp, font=font, embedded_color=True)
            if image.getbbox() is None or font.getlength(cp) > 140:
                continue
            colours = image.resize((32, 32)).getcolors(2000)
            if colours is not None and len(colours) < 4:
                continue
            buffer = io.BytesIO()
            image.resize((112, 112), Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=80)
            file = f"{len(rows):04d}.webp"
            archive.writestr(file, buffer.getvalue())
            rows.append({"cp": cp, "file": file, **{lang: [t[0][cp]] + [w for w in t[1].get(cp, []) if w != t[0][cp]][:4] for lang, t in tables.items()}})
        archive.writestr("names.json", json.dumps(rows, ensure_ascii=False))
        words = {lang: chatter(a.cldr, lang, rows) for lang in LANGUAGES}
        archive.writestr("words.json", json.dumps(words, ensure_ascii=False), zipfile.ZIP_DEFLATED)
    print(len(rows), "emoji,", {lang: len(w) for lang, w in words.items()}, "words,", os.path.getsize(a.out), "bytes")


if __name__ == "__main__":
    main()
