#!/usr/bin/env python3
"""How a model's scores and order change with the size of pictures, the way to that size, the filter and blur.

  study.py [--model DIR] [--program PATH] [--data FOLDER] [--queries N] [--documents N] [--filters] [--sizes WxH,…] [--table FILE] [--plot FILE.svg]
A sidecar with the model is started; every query with candidates that are pictures (FOLDER: documents.jsonl and searches.json as in
integration-tests/demo-data) is reranked once as the model is used by default (`native`) and once in each other way, through the
options of /v1/rerank. --filters also resizes here, with Pillow's filters, before the sidecar sees the picture. Prints a Markdown table:
  tau      Kendall's tau-b between the order and that of `native`, mean over the queries
  top-1    share of queries with the same best document
  change   mean absolute difference of the scores from `native`
  nDCG@10  by the searches' own relevance
  tokens, ms   of one picture: its visual tokens, and the time of one request divided by its documents, nothing cached
"""

import argparse
import base64
import dataclasses
import datetime
import io
import json
import math
import pathlib
import random
import statistics
import sys
import time
import urllib.request

import plot

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench/common"))
from sidecar import Sidecar  # noqa: E402

SIZES = "320x240,448x336,640x480,800x600,1024x768,1280x960,1600x1200,2048x1536"
BLURS = (0.5, 1, 2, 4)
FILTERS = ("NEAREST", "BOX", "BILINEAR", "BICUBIC", "LANCZOS")
REQUEST_SECONDS = 600
MEDIA_TYPES = {".png": "png", ".jpg": "jpeg", ".webp": "webp"}


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to prepare pictures: the request's options, and a filter that is applied before."""

    name: str
    family: str
    x: float
    options: dict
    filter: str = ""
    size: tuple = ()


def ways(sizes, filters):
    yield Way("native", "native", 0, {})
    for mode in ("fit", "crop"):
        for width, height in sizes:
            yield Way(f"{mode} {width}×{height}", mode, width, {"resize": mode, "width": width, "height": height})
    for sigma in BLURS:
        yield Way(f"native, blur {sigma}", "blur", sigma, {"blur_sigma": sigma})
    if filters:
        size = min(sizes, key=lambda s: abs(s[0] - 640))
        for name in FILTERS:
            yield Way(f"{name.lower()} to {size[0]}×{size[1]}", "filter", 0, {}, name, size)


def ask(sidecar, body):
    request = urllib.request.Request(f"http://127.0.0.1:{sidecar.port}/v1/rerank", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:
        return json.loads(answer.read())


@dataclasses.dataclass(frozen=True)
class Query:
    text: str
    documents: tuple  # paths of pictures
    gains: tuple


def read_queries(folder, count, size):
    """Searches for a text whose right answers are pictures: all of these and other pictures of their candidates."""
    documents = {d["id"]: d for d in map(json.loads, (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines())}
    for search in json.loads((folder / "searches.json").read_text(encoding="utf-8")):
        asked = search.get("query", {})
        if set(asked) != {"text"} or not search.get("candidates"):
            continue
        shown = [i for i in search["candidates"] if documents[i].get("image")]
        right = [i for i in shown if search["relevant"].get(i)]
        if not right or len(right) > size // 2 or len(shown) < size:
            continue
        others = random.Random(1).sample([i for i in shown if i not in right], size - len(right))
        chosen = sorted(right + others)
        yield Query(asked["text"], tuple(folder / documents[i]["image"] for i in chosen), tuple(search["relevant"].get(i, 0) for i in chosen))
        count -= 1
        if not count:
            return


def picture(path, way):
    if not way.filter:
        return f"data:image/{MEDIA_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"
    from PIL import Image
    resized = Image.open(path).convert("RGB").resize(way.size, getattr(Image.Resampling, way.filter))
    kept = io.BytesIO()
    resized.save(kept, "PNG")
    return f"data:image/png;base64,{base64.b64encode(kept.getvalue()).decode()}"


def kendall(a, b):
    """tau-b: 1 the same order, -1 the opposite; ties count as neither. 0 where one side is all ties."""
    agree, tied_a, tied_b, pairs = 0, 0, 0, 0
    for i in range(len(a)):
        for j in range(i):
            x, y = (a[i] > a[j]) - (a[i] < a[j]), (b[i] > b[j]) - (b[i] < b[j])
            agree += x * y
            tied_a += x == 0
            tied_b += y == 0
            pairs += 1
    spread = (pairs - tied_a) * (pairs - tied_b)
    return agree / math.sqrt(spread) if spread else 0.0


def ndcg(scores, gains):
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    dcg = lambda row: sum(g / math.log2(i + 2) for i, g in enumerate(row[:10]))
    return dcg([gains[i] for i in order]) / dcg(sorted(gains, reverse=True))


def best(scores):
    return max(range(len(scores)), key=lambda i: scores[i])


def measure(sidecar, queries, way):
    """-> (scores of each query, visual tokens of a picture, milliseconds of a picture)"""
    scores, tokens, spent, count = [], 0, 0.0, 0
    for query in queries:
        body = {"query": query.text, "timeout_ms": REQUEST_SECONDS * 1000, "documents": [{"image": picture(path, way)} for path in query.documents], **({"image": way.options} if way.options else {})}
        start = time.perf_counter()
        answer = ask(sidecar, body)
        spent += time.perf_counter() - start
        row = [0.0] * len(query.documents)
        for result in answer["results"]:
            if "error" in result:
                raise SystemExit(f"{way.name}: {query.documents[result['index']]}: {result['error']}")
            row[result["index"]] = result["relevance_score"]
        scores.append(row)
        tokens += answer["usage"]["image_tokens"]
        count += len(row)
    return scores, tokens / count, 1000 * spent / count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models/vl-rerank-mini")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/sidecar/vl-rerank")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "integration-tests/demo-data")
    parser.add_argument("--queries", type=int, default=8)
    parser.add_argument("--documents", type=int, default=12, help="pictures a query")
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--filters", action="store_true", help="needs Pillow")
    parser.add_argument("--table", type=pathlib.Path, help="file for the table")
    parser.add_argument("--plot", type=pathlib.Path, help="file for the plot, SVG")
    options = parser.parse_args()
    sizes = [tuple(map(int, size.split("x"))) for size in options.sizes.split(",")]
    queries = list(read_queries(options.data, options.queries, options.documents))
    if not queries:
        raise SystemExit(f"{options.data}: no search with {options.documents} pictures among its candidates")
    # Without a vision cache, so that every request pays for its pictures.
    sidecar = Sidecar(options.program, {"model.path": options.model, "vision_cache.memory_bytes": 0})
    sidecar.wait_ready()
    rows = []
    try:
        for way in ways(sizes, options.filters):
            scores, tokens, spent = measure(sidecar, queries, way)
            plain = rows[0][1] if rows else scores
            mean = lambda values: statistics.fmean(values)
            figures = {"tau": mean(kendall(a, b) for a, b in zip(plain, scores)), "top1": mean(best(a) == best(b) for a, b in zip(plain, scores)),
                       "change": mean(abs(x - y) for a, b in zip(plain, scores) for x, y in zip(a, b)), "ndcg": mean(ndcg(s, q.gains) for s, q in zip(scores, queries)),
                       "tokens": tokens, "ms": spent}
            rows.append((way, scores, figures))
            print(f"{way.name}: {figures}", file=sys.stderr, flush=True)
    finally:
        sidecar.stop()
    lines = [f"{options.model.resolve().name}, {len(queries)} queries of {options.documents} pictures, {datetime.date.today()}", "",
             "| pictures | tau | top-1 | change | nDCG@10 | tokens | ms |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {way.name} | {f['tau']:.3f} | {f['top1']:.2f} | {f['change']:.4f} | {f['ndcg']:.3f} | {f['tokens']:.0f} | {f['ms']:.0f} |" for way, _, f in rows]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.table:
        options.table.write_text(text, encoding="utf-8")
    if options.plot:
        series = {mode: [(way.x, f["tau"]) for way, _, f in rows if way.family == mode] for mode in ("fit", "crop")}
        quality = {mode + ", nDCG@10": [(way.x, f["ndcg"]) for way, _, f in rows if way.family == mode] for mode in ("fit", "crop")}
        options.plot.write_text(plot.lines({**{f"{mode}, tau": points for mode, points in series.items()}, **quality}, "width of the pictures", [s[0] for s in sizes]), encoding="utf-8")


if __name__ == "__main__":
    main()
