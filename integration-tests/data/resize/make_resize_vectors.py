#!/usr/bin/env python3
"""Records what Pillow 13 and torchvision 0.26 make of rule-made pictures: make_resize_vectors.py > vectors.txt

One line a case: PIL|TORCH kind seed in_width in_height out_width out_height sha256(RGB bytes). The pictures are made
by rules that src/pixels/resize_test.cc repeats, so the file needs no pixels:
  noise: byte i = splitmix64(seed + i) >> 56      edges: 255 where that byte's top bit is set, else 0
  ramp:  byte (y * width + x) * 3 + c = (3 x + 2 y + 40 c + seed) mod 256
SMART lines: width height factor min_pixels max_pixels -> out_width out_height, or 0 0 where it is refused.
"""
import hashlib, math, random
import numpy as np, torch
from PIL import Image
from qwen_vl_utils.vision_process import smart_resize
from torchvision.transforms import InterpolationMode, functional as TF

M = np.uint64


def noise(w, h, seed):
    with np.errstate(over='ignore'):
        z = np.arange(w * h * 3, dtype=M) + M(seed) + M(0x9E3779B97F4A7C15)
        z = (z ^ (z >> M(30))) * M(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> M(27))) * M(0x94D049BB133111EB)
        z = z ^ (z >> M(31))
    return (z >> M(56)).astype(np.uint8).reshape(h, w, 3)


def picture(kind, w, h, seed):
    if kind == 'noise': return noise(w, h, seed)
    if kind == 'edges': return ((noise(w, h, seed) >> 7) * 255).astype(np.uint8)
    y, x, c = np.mgrid[0:h, 0:w, 0:3]
    return ((3 * x + 2 * y + 40 * c + seed) % 256).astype(np.uint8)


R = random.Random(20261122)
for k in range(240):
    kind = ('noise', 'edges', 'ramp')[k % 3]
    w, h, ow, oh = [max(1, int(math.exp(R.uniform(0, 5.6)))) for _ in range(4)]
    if k % 2: ow, oh = (ow + 31) // 32 * 32, (oh + 31) // 32 * 32
    if k % 8 == 0: ow = w
    if k % 8 == 4: oh = h
    a = picture(kind, w, h, k)
    for name in ('PIL', 'TORCH'):
        if name == 'PIL': b = np.asarray(Image.fromarray(a).resize((ow, oh)))
        else: b = TF.resize(torch.tensor(a)[None].permute(0, 3, 1, 2), [oh, ow], interpolation=InterpolationMode.BICUBIC, antialias=True)[0].permute(1, 2, 0).contiguous().numpy()
        print(name, kind, k, w, h, ow, oh, hashlib.sha256(b.tobytes()).hexdigest())
for _ in range(1500):
    w, h = [max(1, int(math.exp(R.uniform(0, 9)))) for _ in range(2)]
    f = R.choice([32, 64, 28]); lo = R.choice([4 * f * f, 128 * f * f, 1, 64 * f * f])
    hi = max(lo, R.choice([1800 * 1024, 768 * 1024, 16384 * f * f, R.randint(lo, 10**7) + .25]))
    try: oh, ow = smart_resize(h, w, f, lo, hi)
    except ValueError: oh, ow = 0, 0
    if min(oh, ow) <= 0: oh, ow = 0, 0
    print('SMART', w, h, f, lo, repr(float(hi)), ow, oh)
for _ in range(300):
    n = 2 * R.randint(1, R.choice([32, 384])); s = R.randint(0, 2000) * R.randint(0, 1)
    e = s + max(1, int(math.exp(R.uniform(0, 12))))
    print('LINSPACE', s, e, n, *torch.linspace(s, e, n).round().long().tolist())
