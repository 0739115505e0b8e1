"""Pixels to patches exactly as the reference does at inference: sizes, resampling, patch order, timestamps."""
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

PATCH, MERGE = 16, 2
FACTOR = PATCH * MERGE
IMAGE_MIN, IMAGE_MAX = 4 * FACTOR * FACTOR, 1800 * FACTOR * FACTOR
VIDEO_MIN, VIDEO_MAX = 128 * FACTOR * FACTOR, 768 * FACTOR * FACTOR


def smart_resize(height, width, low, high):
    """(height, width) in multiples of 32 with low <= area <= high; halves round to even."""
    h, w = max(FACTOR, round(height / FACTOR) * FACTOR), max(FACTOR, round(width / FACTOR) * FACTOR)
    if h * w > high:
        beta = math.sqrt(height * width / high)
        h, w = math.floor(height / beta / FACTOR) * FACTOR, math.floor(width / beta / FACTOR) * FACTOR
    elif h * w < low:
        beta = math.sqrt(low / (height * width))
        h, w = math.ceil(height * beta / FACTOR) * FACTOR, math.ceil(width * beta / FACTOR) * FACTOR
    return h, w


def blocks(frames: np.ndarray) -> np.ndarray:
    """uint8 [T, 3, H, W] to [H/32 * W/32 * 4, 3 * T * 256] in merge-block order (one temporal patch)."""
    t, c, h, w = frames.shape
    x = frames.reshape(t, c, h // FACTOR, MERGE, PATCH, w // FACTOR, MERGE, PATCH)
    return np.ascontiguousarray(x.transpose(2, 5, 3, 6, 1, 0, 4, 7)).reshape(-1, c * t * PATCH * PATCH)


def image_patches(image: Image.Image):
    """(uint8 [N, 1536], (h, w) in patches); the single picture stands for both temporal positions."""
    h, w = smart_resize(image.height, image.width, IMAGE_MIN, IMAGE_MAX)
    image = image.convert("RGB")
    if image.size != (w, h):
        image = image.resize((w, h), Image.Resampling.BICUBIC)
    pixels = np.asarray(image).transpose(2, 0, 1)[None]
    return blocks(np.repeat(pixels, 2, axis=0)), (h // PATCH, w // PATCH)


def video_patches(frames, fast=False):
    """fast: PIL's resampling, within a level or two of the exact one. Frames (PIL, already sampled, even count) to (list of uint8 [N, 1536] per temporal patch, (h, w))."""
    width, height = frames[0].size
    high = max(min(VIDEO_MAX, int(128000 * FACTOR * FACTOR * 0.9) / len(frames) * 2), int(VIDEO_MIN * 1.05))
    h, w = smart_resize(height, width, VIDEO_MIN, high)
    if fast:
        x = np.stack([np.asarray(f.convert("RGB").resize((w, h), Image.Resampling.BICUBIC)) for f in frames]).transpose(0, 3, 1, 2)
        return [blocks(x[i:i + 2]) for i in range(0, len(x), 2)], (h // PATCH, w // PATCH)
    x = torch.from_numpy(np.stack([np.asarray(f.convert("RGB")) for f in frames])).permute(0, 3, 1, 2).float()
    x = F.interpolate(x, size=(h, w), mode="bicubic", antialias=True, align_corners=False)
    x = x.clamp(0, 255).round().to(torch.uint8).numpy()
    return [blocks(x[i:i + 2]) for i in range(0, len(x), 2)], (h // PATCH, w // PATCH)


def sample_indices(total, video_fps, fps=1.0, max_frames=64):
    """Frame indices the reader takes from a file of `total` frames."""
    count = total / video_fps * fps
    count = min(max(count, 4), math.floor(min(max_frames, total) / 2) * 2, total)
    count = math.floor(count / 2) * 2
    return torch.linspace(0, total - 1, count).round().long().tolist()


def stamps(indices, video_fps):
    """Mean time in seconds of each pair of sampled frames."""
    t = [i / video_fps for i in indices]
    return [(t[i] + t[i + 1]) / 2 for i in range(0, len(t), 2)]
