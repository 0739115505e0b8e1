#!/usr/bin/env python3
"""Milliseconds of a bicubic resize beside Pillow's (pictures) and torchvision's (frames), in one run; the pixels are compared too.

  compare.py --program build/release/bench/pixels/vl-rerank-resize-bench [--rounds N]

Needs Pillow, numpy, torch and torchvision (the reference environment has them). Rounds alternate between the two, so that a
busy machine is unfair to neither. Prints a Markdown table of medians, on one core and on all.
"""
import argparse, os, statistics, subprocess, tempfile, time

import numpy as np, PIL, torch, torchvision
from PIL import Image
from torchvision.transforms import InterpolationMode, functional

# The model's sizes of pictures of 12, 3 and 0.4 megapixels, and one that grows; of frames of 12, 2 and 0.9.
PICTURES = (((4000, 3000), (1536, 1152)), ((2048, 1536), (1536, 1152)), ((800, 500), (800, 512)), ((100, 80), (192, 128)))
FRAMES = (((4000, 3000), (1024, 768)), ((1920, 1080), (640, 352)), ((1280, 720), (480, 256)))


def pillow(pixels, size):
    picture = Image.fromarray(pixels)
    return lambda: picture.resize(size, Image.BICUBIC)


def torchvision_resize(pixels, size):
    frame = torch.from_numpy(pixels)[None].permute(0, 3, 1, 2).contiguous()  # as the reference's reader gives frames
    return lambda: functional.resize(frame, [size[1], size[0]], interpolation=InterpolationMode.BICUBIC, antialias=True)


def bytes_of(result):
    if isinstance(result, torch.Tensor): return result[0].permute(1, 2, 0).contiguous().numpy().tobytes()
    return result.tobytes()


def compare(program, rounds, kind, make, before, after, cores):
    pixels = np.random.default_rng(1).integers(0, 256, (before[1], before[0], 3), dtype=np.uint8)
    theirs = make(pixels, after)
    with tempfile.TemporaryDirectory() as folder:
        raw, out = os.path.join(folder, 'in'), os.path.join(folder, 'out')
        open(raw, 'wb').write(pixels.tobytes())
        command = [program, kind, raw, *map(str, before), out, *map(str, after)]
        times = {'theirs': [], 'ours': []}
        for _ in range(rounds):
            start = time.perf_counter(); expected = theirs(); times['theirs'].append((time.perf_counter() - start) * 1e3)
            times['ours'].append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
            assert open(out, 'rb').read() == bytes_of(expected), f'{kind} {before} -> {after}: other pixels'
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    print('| {} | {}×{} | {}×{} | {} | {:.2f} | {:.2f} | {:.1f} |'.format(kind, *before, *after, cores, medians['theirs'], medians['ours'],
                                                                  medians['theirs'] / medians['ours']), flush=True)


parser = argparse.ArgumentParser()
parser.add_argument('--program', required=True)
parser.add_argument('--rounds', type=int, default=9)
args = parser.parse_args()
everywhere = sorted(os.sched_getaffinity(0))
print(f'Pillow {PIL.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}, {len(everywhere)} cores, '
      f'load {os.getloadavg()[0]:.1f}, medians of {args.rounds} rounds\n')
print('| as | from | to | cores | Pillow or torchvision, ms | vl-rerank, ms | times as fast |\n|---|---|---|---|---|---|---|')
for cores in (everywhere[:1], everywhere):
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(len(cores))
    for before, after in PICTURES: compare(args.program, args.rounds, 'image', pillow, before, after, len(cores))
    for before, after in FRAMES: compare(args.program, args.rounds, 'frame', torchvision_resize, before, after, len(cores))
