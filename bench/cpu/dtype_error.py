#!/usr/bin/env python3
"""How far narrow types are from float32 with a checkpoint on this machine's CPU, on the texts and pictures of the demo.

  dtype_error.py [--program build/release/sidecar/vl-rerank] [--model models/vl-rerank-mini] [--texts 40] [--pictures 8]
Each of the demo's searches with so many of its texts, and of its pictures, drawn at random. Prints a Markdown table; Spearman is over all pairs of a kind.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / 'bench/common'))
from agreement import deviation, mean_error, spearman  # noqa: E402

DATA = ROOT / 'integration-tests/demo-data'


def requests(texts_each, pictures_each):
    """-> {kind: [request]}"""
    chooser = random.Random(1)
    texts = [f'{entry["title"]} {entry["body"]}' for entry in map(json.loads, (DATA / 'documents.jsonl').read_text(encoding='utf-8').splitlines()) if entry.get('body')]
    searches = json.loads((DATA / 'searches.json').read_text(encoding='utf-8'))
    queries = [search['query']['text'] for search in searches if 'text' in search.get('query', {})]
    pictures = [{'image': f'images/{path.name}'} for path in sorted((DATA / 'images').iterdir())]
    return {kind: [{'query': query, 'documents': chooser.sample(documents, count)} for query in queries]
            for kind, documents, count in (('texts', texts, texts_each), ('pictures', pictures, pictures_each))}


def scored(arguments, dtype, bodies):
    """Logits and scores of all pairs, in order."""
    results = []
    for body in bodies:
        answer = subprocess.run([arguments.program, 'score', '--model', arguments.model, '--dtype', dtype, '--logits', '--media-root', DATA],
                                input=json.dumps(body), stdout=subprocess.PIPE, text=True, check=True).stdout
        results += sorted(json.loads(answer)['results'], key=lambda result: result['index'])
    return [result['logit'] for result in results], [result['relevance_score'] for result in results]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', default=ROOT / 'build/release/sidecar/vl-rerank')
    parser.add_argument('--model', default=ROOT / 'models/vl-rerank-mini')
    parser.add_argument('--texts', type=int, default=40)
    parser.add_argument('--pictures', type=int, default=8)
    arguments = parser.parse_args()
    print('| documents | pairs | deviation of logits | dtype | logit MAE | score MAE | Spearman |\n|---|---|---|---|---|---|---|')
    for kind, bodies in requests(arguments.texts, arguments.pictures).items():
        exact, exact_scores = scored(arguments, 'float32', bodies)
        for dtype in ('bfloat16', 'int8', 'fp8'):
            logits, scores = scored(arguments, dtype, bodies)
            print(f'| {kind} | {len(exact)} | {deviation(exact):.2f} | {dtype} | {mean_error(logits, exact):.4f} | {mean_error(scores, exact_scores):.4f} | '
                  f'{spearman(logits, exact):.4f} |', flush=True)


if __name__ == '__main__':
    main()
