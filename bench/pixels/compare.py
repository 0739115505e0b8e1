#!/usr/bin/env python3
"""Milliseconds of a bicubic resize beside Pillow's, in one run; the pixels are compared too.

  compare.py --program build/release/bench/pixels/vl-rerank-resize-bench [--rounds N]

Needs Pillow and numpy (the reference environment has them). Rounds alternate between the two, so that a busy machine is unfair
to neither. Prints a Markdown table of medians. Both compute on one thread.
"""
import argparse, os, statistics, subprocess, tempfile, time

import numpy as np, PIL
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument('--program', required=True)
parser.add_argument('--rounds', type=int, default=9)
args = parser.parse_args()
print(f'Pillow {PIL.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {args.rounds} rounds\n')
print('| from | to | Pillow, ms | vl-rerank, ms | times as fast |\n|---|---|---|---|---|')
# The model's sizes of pictures of 12, 3 and 0.4 megapixels, and one that grows.
for before, after in (((4000, 3000), (1536, 1152)), ((2048, 1536), (1536, 1152)), ((800, 500), (800, 512)), ((100, 80), (192, 128))):
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (before[1], before[0], 3), dtype=np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        raw, out = os.path.join(folder, 'in'), os.path.join(folder, 'out')
        open(raw, 'wb').write(picture.tobytes())
        command = [args.program, raw, *map(str, before), out, *map(str, after)]
        times = {'pillow': [], 'ours': []}
        for _ in range(args.rounds):
            start = time.perf_counter(); expected = picture.resize(after, Image.BICUBIC); times['pillow'].append((time.perf_counter() - start) * 1e3)
            times['ours'].append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
            assert open(out, 'rb').read() == expected.tobytes(), f'{before} -> {after}: other pixels than Pillow\'s'
    pillow, ours = (statistics.median(times[kind]) for kind in ('pillow', 'ours'))
    print('| {}×{} | {}×{} | {:.2f} | {:.2f} | {:.1f} |'.format(*before, *after, pillow, ours, pillow / ours))
