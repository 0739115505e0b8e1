"""The reranker's prompt as token ids, MRoPE positions and the place of every visual token."""
from tokenizers import Tokenizer

SYSTEM = 'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".'
DEFAULT = "Given a search query, retrieve relevant candidates that answer the query."
INSTRUCTIONS = ["Find the document that answers the question.", "Retrieve the picture or text that fits the query.", "Search the company knowledge base.",
                "Given a query, find matching videos and images."]

CACHED = 20_000  # texts whose ids are kept: those around a name come once a picture


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


class Prompter:
    """Not thread safe. media: list of (grid_h, grid_w, stamps or None) that sides refer to by index."""

    def __init__(self, path):
        self.tok = Tokenizer.from_file(str(path))
        self.tok.no_padding()
        self.id = {name: self.tok.token_to_id(name) for name in
                   ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>", "yes", "no")}
        self.cache = {}

    def plain(self, text):
        ids = self.cache.get(text)
        if ids is None:
            ids = self.tok.encode(text, add_special_tokens=False).ids
            if len(self.cache) >= CACHED:
                self.cache.clear()
            self.cache[text] = ids
        return ids

    def build(self, query, document, media, instruction=DEFAULT):
        """-> (ids, positions [n][3], visual [(index in ids, media index, temporal patch)], index where the question starts)"""
        segments = [self.id["<|im_start|>"], "system\n" + SYSTEM, self.id["<|im_end|>"], "\n", self.id["<|im_start|>"]]
        text = "user\n<Instruct>: " + instruction
        head = len(self.plain_head(text))
        visual = []

        def flush():
            nonlocal text
            if text:
                segments.append(text)
            text = ""

        for prefix, side in (("<Query>:", query), ("\n<Document>:", document)):
            text += prefix
            videos, images, texts = (as_list(side.get(k)) for k in ("video", "image", "text"))
            for m in videos:
                for t, stamp in enumerate(media[m][2]):
                    text += f"<{stamp:.1f} seconds>"
                    flush()
                    segments.append((m, t, "<|video_pad|>"))
            for m in images:
                flush()
                segments.append((m, 0, "<|image_pad|>"))
            text += "".join(texts) if (videos or images or texts) else "NULL"
        flush()
        segments += [self.id["<|im_end|>"], "\n", self.id["<|im_start|>"], "assistant\n"]
        ids, positions, at, start = [], [], 0, None
        for segment in segments:
            if isinstance(segment, tuple):
                m, t, pad = segment
                h, w = media[m][0] // 2, media[m][1] // 2
                ids.append(self.id["<|vision_start|>"])
                positions.append((at, at, at))
                at += 1
                visual.append((len(ids), m, t))
                ids += [self.id[pad]] * (h * w)
                positions += [(at, at + i, at + j) for i in range(h) for j in range(w)]
                at += max(h, w)
                ids.append(self.id["<|vision_end|>"])
                positions.append((at, at, at))
                at += 1
                continue
            piece = [segment] if isinstance(segment, int) else self.plain(segment)
            if start is None and len(ids) > 4 and isinstance(segment, str) and segment.startswith("user"):
                start = len(ids) + head
            ids += piece
            positions += [(at + i,) * 3 for i in range(len(piece))]
            at += len(piece)
        return ids, positions, visual, start

    def head(self, instruction):
        """The ids that every prompt of the instruction begins with, whatever it asks."""
        sides = [{"text": t} for t in ("why", "1", " a", "?", "怎么", "É")] + [{"image": [0]}, {"video": [0]}]
        prompts = [self.build(side, {}, [(2, 2, [0.0])], instruction)[0] for side in sides]
        same = 0
        while len({p[same] for p in prompts}) == 1:
            same += 1
        return prompts[0][:same - 1]  # the last of them may yet merge with what follows

    def plain_head(self, text):
        key = ("head", text)
        if key not in self.cache:
            self.cache[key] = self.tok.encode(text, add_special_tokens=False).ids
        return self.cache[key]
