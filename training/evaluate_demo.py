#!/usr/bin/env python3
"""The demo's searches before and after reranking, on the CPU, with a plain BM25 (English stems, CJK bigrams) as first pass.

  evaluate_demo.py MODELDIR DATADIR [--transformers N]
nDCG@10 of each search; of a shuffle the expected value. --transformers N: N documents of every search also go through
transformers' processor and model, and the logits must agree to 1e-3.
"""
import argparse
import collections
import json
import math
import random
import re

import torch
from PIL import Image

from evaluate import load, scores
from minirank.pixels import sample_indices, stamps


def terms(text):
    out = []
    for word in re.findall(r"[a-z0-9]+|[\u3400-\u9fff]+", text.lower()):
        if word[0] > "\u3000":
            out += [word[i:i + 2] for i in range(len(word) - 1)] or [word]
        elif word not in ("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with"):
            out.append(re.sub(r"(ing|ed|es|s)$", "", word) if len(word) > 4 else word)
    return out


def bm25(documents, query, count, k=1.2, b=0.75):
    counts = {d["id"]: collections.Counter(terms(d["title"] + " " + d["body"])) for d in documents}
    mean = sum(sum(c.values()) for c in counts.values()) / len(counts)
    total = collections.Counter()
    for term in terms(query):
        holders = [i for i, c in counts.items() if term in c]
        weight = math.log(1 + (len(counts) - len(holders) + 0.5) / (len(holders) + 0.5))
        for i in holders:
            tf = counts[i][term]
            total[i] += weight * tf * (k + 1) / (tf + k * (1 - b + b * sum(counts[i].values()) / mean))
    return [i for i, _ in total.most_common(count)]


def dcg(gains):
    return sum(g / math.log2(n + 2) for n, g in enumerate(gains[:10]))


def video(path):
    from decord import VideoReader
    reader = VideoReader(path)
    fps = reader.get_avg_fps()
    indices = sample_indices(len(reader), fps)
    return ("video", [Image.fromarray(f) for f in reader.get_batch(indices).asnumpy()], stamps(indices, fps))


class Sides:
    """Documents and queries as sides of a bundle, each medium read once."""

    def __init__(self, folder):
        self.folder = folder

    def side(self, d, media):
        out = {}
        texts = [d[k] for k in ("title", "body", "text") if d.get(k)]
        if texts:
            out["text"] = texts
        for kind in ("image", "video"):
            if d.get(kind):
                path = f"{self.folder}/{d[kind]}"
                out[kind] = [len(media)]
                media.append(video(path) if kind == "video" else ("image", Image.open(path).convert("RGB")))
        return out

    def rank(self, model, prompter, query, documents):
        out = {}
        for start in range(0, len(documents), 10):
            part, media = documents[start:start + 10], []
            asked = self.side(query, media)
            group = (asked, [(self.side(d, media), 0) for d in part], "demo")
            rows = scores(model, prompter, {"media": media, "groups": [group]}, Fixed(0))[0][1]
            out.update({d["id"]: logit for d, (logit, _) in zip(part, rows)})
        return out


class Fixed(random.Random):
    """Keeps the default instruction."""

    def random(self):
        return 0.0


def through_transformers(folder, model_dir, query, document):
    from qwen_vl_utils import process_vision_info
    from transformers import AutoProcessor, Qwen3VLForConditionalGeneration
    from minirank.prompt import DEFAULT, SYSTEM
    if not hasattr(through_transformers, "model"):
        through_transformers.model = Qwen3VLForConditionalGeneration.from_pretrained(model_dir, dtype=torch.float32).eval()
        through_transformers.processor = AutoProcessor.from_pretrained(model_dir)
    model, processor = through_transformers.model, through_transformers.processor
    content = [{"type": "text", "text": "<Instruct>: " + DEFAULT}]
    for prefix, d in (("<Query>:", query), ("\n<Document>:", document)):
        content.append({"type": "text", "text": prefix})
        if d.get("video"):
            content.append({"type": "video", "video": f"file://{folder}/{d['video']}", "fps": 1, "max_frames": 64})
        if d.get("image"):
            content.append({"type": "image", "image": f"file://{folder}/{d['image']}", "min_pixels": 4 * 1024, "max_pixels": 1800 * 1024})
        content += [{"type": "text", "text": d[k]} for k in ("title", "body", "text") if d.get(k)]
    talk = [{"role": "system", "content": [{"type": "text", "text": SYSTEM}]}, {"role": "user", "content": content}]
    images, videos, kw = process_vision_info([talk], image_patch_size=16, return_video_kwargs=True, return_video_metadata=True)
    metas = None
    if videos is not None:
        videos, metas = map(list, zip(*videos))
    text = processor.apply_chat_template([talk], tokenize=False, add_generation_prompt=True)
    x = processor(text=text, images=images, videos=videos, video_metadata=metas, do_resize=False, return_tensors="pt", **kw)
    vocab = processor.tokenizer.get_vocab()
    with torch.no_grad():
        h = model.model(**x).last_hidden_state[0, -1]
    w = model.lm_head.weight
    return float(h @ (w[vocab["yes"]] - w[vocab["no"]]))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("model")
    ap.add_argument("data")
    ap.add_argument("--transformers", type=int, default=0)
    ap.add_argument("--only", choices=("bm25", "shuffle"))
    ap.add_argument("--details", action="store_true")
    a = ap.parse_args()
    model, prompter = load(a.model)
    documents = [json.loads(line) for line in open(a.data + "/documents.jsonl", encoding="utf-8")]
    by_id = {d["id"]: d for d in documents}
    sides, figures = Sides(a.data), collections.defaultdict(list)
    for search in json.load(open(a.data + "/searches.json", encoding="utf-8")):
        gains = search["relevant"]
        best = dcg(sorted(gains.values(), reverse=True))
        if a.only and search["first_pass"] != a.only:
            continue
        if search["first_pass"] == "bm25":
            ids = bm25(documents, search["query"]["text"], search["window_size"])
            before = dcg([gains.get(i, 0) for i in ids]) / best
        else:
            ids = search["candidates"]
            before = dcg([sum(gains.values()) / len(ids)] * 10) / best
        logits = sides.rank(model, prompter, search["query"], [by_id[i] for i in ids])
        order = sorted(ids, key=lambda i: -logits[i])
        after = dcg([gains.get(i, 0) for i in order]) / best
        figures[search["first_pass"]].append((before, after))
        print(f"{search['first_pass']:8s} {before:.3f} -> {after:.3f}  {search['name']}  ({sum(i in ids for i in gains)} of {len(gains)} in {len(ids)})", flush=True)
        if a.details:
            for i in order[:5]:
                d = by_id[i]
                print(f"     {logits[i]:+.2f} {gains.get(i, 0)} {i} {(d['title'] + ' | ' + d['body'])[:110]}")
            print("     relevant at", {i: order.index(i) + 1 for i in gains if i in order})
        for i in random.Random(1).sample(ids, a.transformers):
            other = through_transformers(a.data, a.model, search["query"], by_id[i])
            assert abs(other - logits[i]) < 1e-3, (search["name"], i, other, logits[i])
    for name, rows in figures.items():
        print(f"nDCG@10 {name}: {sum(r[0] for r in rows) / len(rows):.3f} -> {sum(r[1] for r in rows) / len(rows):.3f} over {len(rows)} searches")


if __name__ == "__main__":
    main()
