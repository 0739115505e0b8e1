"""The requests that bench/gpu measures, as files of inputs (bench/common/recorded_inputs.h). All are seeded."""
import numpy as np
import torch
from safetensors.torch import save_file

YES, NO = 9693, 2152
IMAGE_PAD, VIDEO_PAD, VISION_START, VISION_END = 151655, 151656, 151652, 151653
SHARED = 64       # tokens of instruction and query before a text
PICTURE_TEXT = 20  # tokens of text beside a picture's or video's

# name: documents, what each holds
WORKS = {
    **{f'text_50x{n}': (50, ('text', n)) for n in (64, 256, 512)},
    'text_10x256': (10, ('text', 256)),
    'text_1x256': (1, ('text', 256)),
    'image_50': (50, ('image', (1, 48, 64))),         # 1024×768
    'image_50_640x480': (50, ('image', (1, 30, 40))),
    'image_10': (10, ('image', (1, 48, 64))),
    'image_1': (1, ('image', (1, 48, 64))),
    'video_10x16': (10, ('video', (8, 22, 40))),      # 16 frames of 640×352
}


def draw(name):
    """[(ids, grid or None, patches or None)], patches uint8 [n, 1536]"""
    documents, (kind, size) = WORKS[name]
    random = np.random.default_rng(sorted(WORKS).index(name))

    def words(count):
        return random.integers(0, 150_000, count).tolist()

    if kind == 'text':
        # The shortest documents leave room for half as many words of their own.
        shared = words(min(SHARED, size // 2))
        return [(shared + words(size - len(shared)), None, None) for _ in range(documents)]
    t, h, w = size
    inputs = []
    for _ in range(documents):
        before, after = words(PICTURE_TEXT // 2), words(PICTURE_TEXT // 2 - 2)
        ids = list(before)
        if kind == 'image':
            ids += [VISION_START] + [IMAGE_PAD] * (t * h * w // 4) + [VISION_END]
        else:
            for _ in range(t):
                ids += words(6) + [VISION_START] + [VIDEO_PAD] * (h * w // 4) + [VISION_END]
        inputs.append((ids + after, size, random.integers(0, 256, (t * h * w, 1536), dtype=np.uint8)))
    return inputs


def write(name, path):
    kind = WORKS[name][1][0]
    tensors = {'yes_no': torch.tensor([YES, NO], dtype=torch.int32)}
    for i, (ids, grid, patches) in enumerate(draw(name)):
        tensors[f'{name}.{i:04d}.ids'] = torch.tensor(ids, dtype=torch.int32)
        if grid:
            tensors[f'{name}.{i:04d}.{kind}.0'] = torch.from_numpy(patches)
            tensors[f'{name}.{i:04d}.{kind}.0.grid'] = torch.tensor(grid, dtype=torch.int32)
    save_file(tensors, path)
