"""Random texts of thirty scripts, and of what tokenizers and templates stumble over."""

# First and last code point of letters of a script; words are drawn from them.
SCRIPTS = {
    "Latin": (0x61, 0x7A), "Latin Extended": (0xC0, 0x17F), "Greek": (0x3B1, 0x3C9), "Cyrillic": (0x430, 0x44F),
    "Armenian": (0x561, 0x586), "Hebrew": (0x5D0, 0x5EA), "Arabic": (0x627, 0x64A), "Syriac": (0x710, 0x72C),
    "Thaana": (0x780, 0x7A5), "Devanagari": (0x905, 0x94D), "Bengali": (0x985, 0x9A8), "Gurmukhi": (0xA05, 0xA28),
    "Gujarati": (0xA85, 0xAA8), "Tamil": (0xB85, 0xBB9), "Telugu": (0xC05, 0xC28), "Kannada": (0xC85, 0xCA8),
    "Malayalam": (0xD05, 0xD28), "Sinhala": (0xD85, 0xDC6), "Thai": (0xE01, 0xE3A), "Lao": (0xE81, 0xEB0),
    "Tibetan": (0xF40, 0xF6C), "Myanmar": (0x1000, 0x102A), "Georgian": (0x10D0, 0x10F0), "Ethiopic": (0x1200, 0x1248),
    "Cherokee": (0x13A0, 0x13F4), "Khmer": (0x1780, 0x17B3), "Mongolian": (0x1820, 0x1842), "Hiragana": (0x3041, 0x3096),
    "Katakana": (0x30A1, 0x30FA), "Hangul": (0xAC00, 0xD7A3), "Han": (0x4E00, 0x9FA5), "Gothic": (0x10330, 0x1034A),
}
WITHOUT_SPACES = {"Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"}
ODD = [
    "", " ", "\n", "   \t ", "\r\n\r\n", "0", "3.14159265", "1234567890" * 3, "don't WE'LL I'm", "a\u0301e\u0308", "\u1112\u1161\u11ab",
    "👩‍👩‍👧‍👦🦘", "🇨🇭🇯🇵", "\u200b\ufeff", "\u00a0\u3000", "int main() {\n\treturn 0;\n}\n\n", "https://a.example/b?c=%20d#e", "\u0000x",
    "<think>", "</tool_call>", "<|fim_pad|>", "NULL", "<Query>:", "\n<Document>:", "\U000e0041\U0001f600", "ﬁ①Å", "{\"k\": [1, null]}",
]
# Written in a text they stay text.
LITERALS = [
    "<|image_pad|>", "<|video_pad|>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|vision_start|>", "<|vision_end|>", "<|box_start|>"]


def word(random, script):
    low, high = SCRIPTS[script]
    return "".join(chr(random.randint(low, high)) for _ in range(random.randint(1, 9)))


def text(random, longest):
    """Up to about `longest` words."""
    pieces, words = [], random.randint(1, max(1, int(longest ** random.random())))
    script = random.choice(list(SCRIPTS))
    for _ in range(words):
        if random.random() < 0.1:
            script = random.choice(list(SCRIPTS))
        pieces.append(random.choice(ODD) if random.random() < 0.08 else word(random, script))
        if random.random() < 0.1:
            pieces.append(random.choice([",", ".", "!?", ";\n", " -- ", "\n\n", "  ", "…", "。"]))
    if random.random() < 0.03:
        pieces.insert(random.randint(0, len(pieces)), random.choice(LITERALS))
    return ("" if script in WITHOUT_SPACES else " ").join(pieces)


def holds_literal(value):
    """Whether any string inside spells a special token."""
    if isinstance(value, str):
        return any(literal in value for literal in LITERALS)
    if isinstance(value, dict):
        return any(holds_literal(part) for part in value.values())
    return isinstance(value, list) and any(holds_literal(part) for part in value)
