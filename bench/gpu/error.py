#!/usr/bin/env python3
"""How far narrow types are from float32 on one GPU: logits and scores of random requests.

  error.py --program build/release/bench/gpu/vl-rerank-gpu-bench [--shapes 2b 8b] [--works text_50x256 image_10]

Random checkpoints of the released shapes, plain and with outlier channels (make_checkpoint.py), which it makes in --work.
Prints a Markdown table; Spearman is over the documents of a work.
"""
import argparse, json, os, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'common'))
import make_checkpoint, works
from agreement import deviation, mean_error, score_error, spearman

NARROW = ('bfloat16', 'int8', 'fp8')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--program', required=True)
    parser.add_argument('--shapes', nargs='*', default=['2b', '8b'], choices=make_checkpoint.SHAPES)
    parser.add_argument('--works', nargs='+', default=['text_50x256', 'image_10'])
    parser.add_argument('--work', default='/dev/shm/vl-rerank-bench')
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    files = [f'{arguments.work}/{name}.safetensors' for name in arguments.works]
    for name, path in zip(arguments.works, files):
        if not os.path.exists(path):
            works.write(name, path)
    print('| checkpoint | work | dtype | logits, deviation | logit MAE | score MAE | Spearman |\n|---|---|---|---|---|---|---|')
    for shape in arguments.shapes:
        for outliers in (False, True):
            name = shape + ('-outliers' if outliers else '')
            folder = f'{arguments.work}/{name}'
            if not os.path.exists(f'{folder}/model.safetensors.index.json'):
                make_checkpoint.make(shape, folder, outliers)
            found = {}
            for dtype in ('float32', *NARROW):
                command = [arguments.program, '--model', folder, '--dtype', dtype, '--repeat', '1', '--inputs', *files]
                report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)
                for work in report['works']:
                    found[work['work'].removesuffix('_warm').removesuffix('_cold'), dtype] = work['logits']
            for work in arguments.works:
                exact = found[work, 'float32']
                for dtype in NARROW:
                    logits = found[work, dtype]
                    print(f'| {name} | {work} | {dtype} | {deviation(exact):.3f} | {mean_error(logits, exact):.4f} | {score_error(logits, exact):.4f} | '
                          f'{spearman(logits, exact):.4f} |', flush=True)


if __name__ == '__main__':
    main()
