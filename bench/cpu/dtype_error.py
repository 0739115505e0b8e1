#!/usr/bin/env python3
"""How far narrow types are from float32 with a checkpoint on this machine's CPU, on the texts of the demo.

  dtype_error.py [--program build/release/sidecar/vl-rerank] [--model models/vl-rerank-mini] [--documents 40]
Each of the demo's searches with so many of its documents, drawn at random. Prints a Markdown table; Spearman is over all pairs.
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


def requests(count):
    chooser = random.Random(1)
    texts = [f'{entry["title"]} {entry["body"]}' for entry in map(json.loads, (DATA / 'documents.jsonl').read_text(encoding='utf-8').splitlines()) if entry.get('body')]
    searches = json.loads((DATA / 'searches.json').read_text(encoding='utf-8'))
    queries = [search['query']['text'] for search in searches if 'text' in search.get('query', {})]
    return [{'query': query, 'documents': chooser.sample(texts, count)} for query in queries]


def scored(arguments, dtype, bodies):
    """Logits and scores of all pairs, in order."""
    results = []
    for body in bodies:
        answer = subprocess.run([arguments.program, 'score', '--model', arguments.model, '--dtype', dtype, '--logits'],
                                input=json.dumps(body), stdout=subprocess.PIPE, text=True, check=True).stdout
        results += sorted(json.loads(answer)['results'], key=lambda result: result['index'])
    return [result['logit'] for result in results], [result['relevance_score'] for result in results]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', default=ROOT / 'build/release/sidecar/vl-rerank')
    parser.add_argument('--model', default=ROOT / 'models/vl-rerank-mini')
    parser.add_argument('--documents', type=int, default=40)
    arguments = parser.parse_args()
    bodies = requests(arguments.documents)
    exact, exact_scores = scored(arguments, 'float32', bodies)
    print(f'{len(exact)} pairs, logits with a deviation of {deviation(exact):.2f}\n')
    print('| dtype | logit MAE | score MAE | Spearman |\n|---|---|---|---|')
    for dtype in ('bfloat16', 'int8', 'fp8'):
        logits, scores = scored(arguments, dtype, bodies)
        print(f'| {dtype} | {mean_error(logits, exact):.4f} | {mean_error(scores, exact_scores):.4f} | {spearman(logits, exact):.4f} |', flush=True)


if __name__ == '__main__':
    main()
