#!/usr/bin/env python3
"""Compares our tokenizer with Hugging Face `tokenizers` on seeded random and adversarial strings, id for id, with
special tokens as text and as tokens. bench/text/compare.py times both.

usage: tokenizer_stress.py --tokenizer FILE --tool "PROGRAM ARGS" [--count N] [--seed N]

PROGRAM reads NDJSON {"text"} and writes {"ids"}; with --literal-specials special tokens in text are tokens (build
target tokenizer_tool). Needs the Python package `tokenizers` 0.22.2. Prints one JSON object; exit 1 at a difference.
"""
import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import unicodedata

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
from tokenizers import Tokenizer, __version__  # noqa: E402

SCRIPTS = {  # first and last code point of blocks that texts are written in
    "latin": (0x20, 0x24F), "ipa_and_marks": (0x250, 0x36F), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x52F),
    "armenian_hebrew": (0x530, 0x5FF), "arabic": (0x600, 0x77F), "nko_samaritan": (0x7C0, 0x8FF),
    "devanagari_bengali": (0x900, 0x9FF), "gurmukhi_tamil": (0xA00, 0xBFF), "telugu_malayalam": (0xC00, 0xD7F),
    "sinhala_thai_lao": (0xD80, 0xEFF), "tibetan_myanmar": (0xF00, 0x109F), "georgian_jamo": (0x10A0, 0x11FF),
    "ethiopic_cherokee": (0x1200, 0x13FF), "khmer_mongolian": (0x1780, 0x18AF), "balinese_vedic": (0x1B00, 0x1CFF),
    "phonetic_greek_extended": (0x1D00, 0x1FFF), "punctuation_symbols": (0x2000, 0x2BFF),
    "kana_cjk_symbols": (0x3000, 0x33FF), "cjk": (0x4E00, 0x9FFF), "yi_vai": (0xA000, 0xA6FF),
    "phags_meetei": (0xA800, 0xABFF), "hangul": (0xAC00, 0xD7FF), "compatibility": (0xF900, 0xFFFF),
    "linear_b_gothic": (0x10000, 0x103FF), "smp_scripts": (0x10400, 0x12FFF), "music_maths": (0x1D000, 0x1D7FF),
    "emoji": (0x1F000, 0x1FAFF), "cjk_extensions": (0x20000, 0x323AF), "tags": (0xE0000, 0xE01EF),
}
WORDS = ("the quick brown fox can't we'll I'VE they'RE it'S HTTP/1.1 foo_bar kangaroo 3.14159 2024-11-03 naïve Straße "
         "garçon São привет мир 你好 世界 袋鼠 カンガルー 캥거루 كنغر จิงโจ้ नमस्ते https://example.com/a?b=c&d=e").split()
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2003", "\u2028", "\u0085",
          "\x0b", "\x0c", "\u200b", "\ufeff", "\u1680", "\x1c", "\u180e"]
EMOJI = ["👩\u200d👩\u200d👧\u200d👦", "🏳️\u200d🌈", "👍🏽", "🇩🇪", "1️⃣", "🧑🏿\u200d🚀", "❤️", "☃", "🫠", "🦘"]
CONTRACTIONS = ["'s", "'S", "'ſ", "'t", "'re", "'rE", "'ve", "'m", "'ll", "'lL", "'d", "'", "''", "'x", "’s", "'l", "'r"]


def plane_char(rng):
    while True:
        plane = rng.choice((0, 0, 0, 1, 1, 2, 3, 14, 15, 16)) if rng.random() < 0.9 else rng.randrange(17)
        c = plane * 0x10000 + rng.randrange(0x10000)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def assigned_char(rng):
    while True:
        c = plane_char(rng)
        if unicodedata.category(c) != "Cn":
            return c


class Strings:
    """Draws strings; `special` are the contents of the added tokens, `vocabulary` the decoded entries."""

    def __init__(self, rng, special, vocabulary):
        self.rng, self.special, self.vocabulary = rng, special, vocabulary
        self.marks = [chr(c) for c in range(0x110000) if unicodedata.combining(chr(c))]
        self.decomposable = [chr(c) for c in range(0x110000) if unicodedata.decomposition(chr(c))
                             and not unicodedata.decomposition(chr(c)).startswith("<")]
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("kind_")]

    def many(self, draw, low, high):
        return "".join(draw() for _ in range(self.rng.randint(low, high)))

    def kind_planes(self):
        return self.many(lambda: plane_char(self.rng), 1, 12)

    def kind_assigned(self):
        return self.many(lambda: assigned_char(self.rng), 1, 24)

    def kind_script(self):
        low, high = self.rng.choice(list(SCRIPTS.values()))
        return self.many(lambda: chr(self.rng.randint(low, high)) if self.rng.random() < 0.85
                         else self.rng.choice((" ", ".", "\n", "1", "'")), 1, 60)

    def kind_normal_forms(self):
        text = self.many(lambda: self.rng.choice(self.decomposable), 1, 8) + self.kind_script()
        return unicodedata.normalize(self.rng.choice(("NFC", "NFD", "NFKC", "NFKD")), text)

    def kind_marks(self):
        def draw():
            pool = self.marks if self.rng.random() < 0.7 else self.decomposable
            return self.rng.choice(pool) if self.rng.random() < 0.8 else self.rng.choice("aeoAEO \n<ক가ᄀ")
        return self.many(draw, 1, 16)

    def kind_jamo(self):
        return self.many(lambda: chr(self.rng.choice((self.rng.randint(0x1100, 0x11FF), self.rng.randint(0xAC00, 0xD7A3),
                                                      self.rng.randint(0x1161, 0x1175), self.rng.randint(0x11A7, 0x11C2),
                                                      0x20, 0x300))), 1, 20)

    def kind_spaces(self):
        return self.many(lambda: self.rng.choice(SPACES) if self.rng.random() < 0.7
                         else self.rng.choice(("a", "1", "!", "x'", "é", "中")), 1, 24)

    def kind_long_runs(self):
        unit = self.rng.choice((" ", "\n", "\r\n", "a", "ab", "=", "-", "中", "é", "e\u0301", "\u0301", "0", "👍", "<|", "\t"))
        return self.kind_spaces() + unit * self.rng.randint(1, 400) + self.rng.choice(("", "x", " x", "\n", "."))

    def kind_contractions(self):
        return self.many(lambda: self.rng.choice(CONTRACTIONS) + self.rng.choice(("", "a", " ", "9", "\n")), 1, 12)

    def kind_emoji(self):
        return self.many(lambda: self.rng.choice(EMOJI + ["\u200d", "\ufe0f", "🏽", "a", " "]), 1, 12)

    def kind_specials(self):
        def draw():
            token = self.rng.choice(self.special)
            chance = self.rng.random()
            if chance < 0.6:
                return token
            if chance < 0.75:
                return token[self.rng.randrange(len(token)):]
            if chance < 0.85:
                return token[:self.rng.randrange(1, len(token) + 1)]
            return self.rng.choice((" ", "\n", "\u0301", "<", "<|", "|>", "hello", "e\u0301", "'s", "中", "1"))
        return self.many(draw, 1, 10)

    def kind_words(self):
        return self.many(lambda: self.rng.choice(WORDS) + self.rng.choice((" ", " ", " ", ", ", ". ", "\n", "", "\t")), 1, 60)

    def kind_vocabulary(self):
        return self.many(lambda: self.rng.choice(self.vocabulary), 1, 20)

    def kind_bytes(self):
        size = self.rng.randint(1, 40)
        return bytes(self.rng.randrange(256) for _ in range(size)).decode("utf-8", errors="replace")

    def kind_one_class(self):
        return self.many(lambda: chr(self.rng.randint(0x21, 0x7E)), 1, 40)

    def draw(self):
        text = self.rng.choice(self.kinds)()
        return text + self.rng.choice(self.kinds)() if self.rng.random() < 0.3 else text


def ndjson(texts):
    return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts).encode()


def ours(tool, tokenizer, texts, *options):
    with tempfile.TemporaryFile() as lines:
        lines.write(ndjson(texts))
        lines.seek(0)
        done = subprocess.run([*tool, tokenizer, *options], stdin=lines, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def every_code_point():
    """Each code point alone, after an apostrophe, between letters, beside a space."""
    for c in range(0x110000):
        if not 0xD800 <= c < 0xE000:
            char = chr(c)
            yield f"{char}'{char}a{char}b {char}\n{char}1"


def compare(reference, tool, tokenizer, texts, literal):
    reference.encode_special_tokens = not literal
    answers = ours(tool, tokenizer, texts, *(["--literal-specials"] if literal else []))
    assert len(answers) == len(texts)
    different = []
    for begin in range(0, len(texts), 4096):
        batch = texts[begin:begin + 4096]
        for text, theirs, answer in zip(batch, reference.encode_batch(batch), answers[begin:begin + 4096]):
            if theirs.ids != answer["ids"]:
                different.append({"text": text, "theirs": theirs.ids, "ours": answer["ids"], "literal": literal})
    return different


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--tokenizer", required=True)
    options.add_argument("--tool", required=True)
    options.add_argument("--count", type=int, default=200000)
    options.add_argument("--seed", type=int, default=1)
    args = options.parse_args()
    assert __version__ == "0.22.2", f"needs tokenizers 0.22.2, found {__version__}"
    tool = shlex.split(args.tool)
    reference = Tokenizer.from_file(args.tokenizer)
    rng = random.Random(args.seed)
    special = [token.content for token in reference.get_added_tokens_decoder().values()]
    vocabulary = [reference.decode([i]) for i in range(reference.get_vocab_size(with_added_tokens=False))]
    strings = Strings(rng, special, [text for text in vocabulary if text])
    drawn = [strings.draw() for _ in range(args.count)]
    exhaustive = list(every_code_point())
    different = []
    for literal in (False, True):
        different += compare(reference, tool, args.tokenizer, drawn, literal)
    different += compare(reference, tool, args.tokenizer, exhaustive, False)
    report = {"strings": 2 * len(drawn) + len(exhaustive), "different": len(different), "seed": args.seed}
    print(json.dumps(report, indent=1))
    for example in different[:5]:
        print(json.dumps(example), file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
