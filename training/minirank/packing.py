"""Bundles to one packed batch of constant shape."""
import random

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from .bundles import bundle
from .pixels import image_patches, video_patches
from .prompt import DEFAULT, INSTRUCTIONS, Prompter


def encode_media(media, fast=False):
    """-> [(list of uint8 patch arrays, one per temporal patch, (h, w), stamps)]"""
    out = []
    for item in media:
        if item[0] == "image":
            patches, grid = image_patches(item[1])
            out.append(([patches], grid, None))
        else:
            parts, grid = video_patches(item[1], fast)
            out.append((parts, grid, item[2]))
    return out


PAD = 512
DUMMIES = 64  # sequences of padding where starts of prompts are shared
# What the attention kernels are told, which launch as many blocks for every sequence however short it is.
LONGEST = 1280  # tokens of one prompt
LONGEST_PICTURE = 768  # patches of one picture or pair of frames


class TooLong(ValueError):
    """An example that no batch may hold."""


def pad_lengths(cu, total, slots):
    """Cumulative lengths up to `total` in pieces of at most PAD, then empty pieces up to `slots`."""
    while cu[-1] < total:
        cu.append(min(total, cu[-1] + PAD))
    assert len(cu) <= slots + 1
    return cu + [total] * (slots + 1 - len(cu))


class Packer:
    """Collects bundles until `tokens` or `patches` (0 = no limit) would overflow; take() gives the padded batch.

    Batch: ids, positions [n,3], visual (bool), source (row of the merged pictures), cu, last, label, group, lm (bool: predict the
    next token here), patches uint8 [p,1536], yx, grid, patch_cu. Padding forms dummy sequences and pictures at the end.

    shared: every instruction's start of the prompt stands once, in front, and a sequence holds only what follows it. Its queries look at
    the rows `kv` within `kv_cu` (2 * tokens in all): the start's rows, then its own.
    """

    def __init__(self, prompter: Prompter, tokens, patches, sequences, frames, skills=None, fast=False, shared=False):
        self.p, self.limits, self.fast = prompter, (tokens, patches, sequences, frames), fast
        self.skills, self.shared = skills, shared
        self.heads = {text: prompter.head(text) for text in (DEFAULT, *INSTRUCTIONS)} if shared else {}
        self.clear()

    def clear(self):
        self.seqs, self.media, self.groups = [], [], 0
        self.n_patches = self.n_frames = 0
        self.n_tokens = self.n_keys = sum(map(len, self.heads.values()))

    def add(self, b, rng):
        """False when the bundle does not fit any more; its media are encoded once, however often it is added. Raises TooLong."""
        if "encoded" not in b:
            b["encoded"] = encode_media(b["media"], self.fast)
        encoded = b["encoded"]
        shapes = [(g[0], g[1], s) for _, g, s in encoded]
        new = []
        for query, docs, skill in b["groups"]:
            instruction = DEFAULT if rng.random() < 0.88 else rng.choice(INSTRUCTIONS)
            group = self.groups + len({n[4] for n in new})
            for doc, label in docs:
                new.append((*self.p.build(query, doc, shapes, instruction), group, label, skill, instruction))
        if any(len(n[0]) > LONGEST for n in new) or any(len(x) > LONGEST_PICTURE for parts, _, _ in encoded for x in parts):
            raise TooLong(f"{max(len(n[0]) for n in new)} tokens, or a picture over {LONGEST_PICTURE} patches")
        keys = sum(len(n[0]) for n in new)
        tokens = keys - sum(len(self.heads.get(n[7], ())) for n in new)
        patches = sum(len(x) for parts, _, _ in encoded for x in parts)
        frames = sum(len(parts) for parts, _, _ in encoded)
        limit = self.limits
        if self.seqs and (self.n_tokens + tokens >= limit[0] - (DUMMIES if self.shared else 0) or self.shared and self.n_keys + keys - self.n_tokens - tokens > limit[0] or self.n_patches + patches > limit[1] - 4 or len(self.seqs) + len(new) + DUMMIES + len(self.heads) + limit[0] // PAD + 2 >= limit[2] or
                          self.n_frames + frames + limit[1] // PAD + 2 >= limit[3]):
            return False
        for n in new:
            self.seqs.append((*n[:7], len(self.media), n[7]))
        self.groups += len(b["groups"])
        self.media += encoded
        self.n_tokens += tokens
        self.n_keys += keys
        self.n_patches += patches
        self.n_frames += frames
        return True

    def pad_keys(self, keys, cu):
        """{"kv", "kv_cu"}; appends to cu the dummy sequences that take the padding, so that every key belongs to one."""
        tokens, _, sequences, _ = self.limits
        lengths, real = [len(k) for k in keys], cu[-1]
        missing = 2 * tokens - sum(lengths)
        assert tokens - real >= DUMMIES and missing >= tokens - real
        lengths += [missing * (i + 1) // DUMMIES - missing * i // DUMMIES for i in range(DUMMIES)]
        cu += [real + (tokens - real) * (i + 1) // DUMMIES for i in range(DUMMIES)]
        assert max(lengths) <= LONGEST
        kv_cu = np.zeros(sequences + 1, np.int32)
        kv_cu[1:len(lengths) + 1] = np.cumsum(lengths)
        kv_cu[len(lengths) + 1:] = 2 * tokens
        kv = np.concatenate((*keys, real + np.arange(missing) % (tokens - real))).astype(np.int32)
        return {"kv": torch.from_numpy(kv), "kv_cu": torch.from_numpy(kv_cu)}

    def take(self):
        tokens, patches, sequences, frames = self.limits
        ids = np.zeros(tokens, np.int32)
        pos = np.zeros((tokens, 3), np.int16)
        visual = np.zeros(tokens, bool)
        source = np.zeros(tokens, np.int32)
        lm = np.zeros(tokens, bool)
        pix = np.zeros((patches, 1536), np.uint8)
        yx, grid = np.zeros((patches, 2), np.int16), np.full((patches, 2), 2, np.int16)
        pcu = [0]
        row0 = {}
        at = 0
        for m, (parts, (h, w), _) in enumerate(self.media):
            y, x = np.meshgrid(np.arange(h), np.arange(w), indexing="ij")
            order = np.stack([y, x], -1).reshape(h // 2, 2, w // 2, 2, 2).transpose(0, 2, 1, 3, 4).reshape(-1, 2)
            for t, part in enumerate(parts):
                row0[m, t] = at // 4
                end = at + h * w
                pix[at:end], yx[at:end], grid[at:end] = part, order, (h, w)
                at = end
                pcu.append(at)
        cu, last, label, group, skills = [0], [], [], [], []
        keys, rows, at = [], {}, 0
        for text, head in self.heads.items():
            end = at + len(head)
            ids[at:end], pos[at:end] = head, np.arange(len(head))[:, None]
            rows[text] = np.arange(at, end)
            keys.append(rows[text])
            at = end
            cu.append(at)
        for i, p, vis, start, g, y, skill, base, instruction in self.seqs:
            skip = len(self.heads.get(instruction, ()))
            end = at + len(i) - skip
            ids[at:end], pos[at:end] = i[skip:], p[skip:]
            if self.shared:
                assert i[:skip] == self.heads[instruction]
                keys.append(np.concatenate((rows[instruction], np.arange(at, end))))
            for offset, m, t in vis:
                h, w = self.media[base + m][1]
                n = h * w // 4
                a = at + offset - skip
                visual[a:a + n] = True
                source[a:a + n] = row0[base + m, t] + np.arange(n)
            if y:
                lm[at + max(0, start - skip):end - 6] = True
            at = end
            cu.append(at)
            last.append(at - 1)
            label.append(y)
            group.append(g)
            skills.append(skill)
        lm[:-1] &= ids[1:] < self.p.id["<|im_start|>"] - 1
        lm &= ~visual
        n = len(last)
        kv = self.pad_keys(keys, cu) if self.shared else {}
        cu, pcu = pad_lengths(cu, tokens, sequences), pad_lengths(pcu, patches, frames)
        batch = {"ids": torch.from_numpy(ids), "positions": torch.from_numpy(pos), "visual": torch.from_numpy(visual), "source": torch.from_numpy(source),
                 "lm": torch.from_numpy(lm), "patches": torch.from_numpy(pix), "yx": torch.from_numpy(yx), "grid": torch.from_numpy(grid),
                 "cu": torch.tensor(cu, dtype=torch.int32), "patch_cu": torch.tensor(pcu, dtype=torch.int32),
                 "last": torch.tensor(last + [0] * (sequences - n)), "label": torch.tensor(label + [-1] * (sequences - n)),
                 "group": torch.tensor(group + [0] * (sequences - n)), "count": torch.tensor([n, self.n_tokens, self.n_patches]), **kv}
        if self.skills is not None:
            batch["skills"] = skills
        self.clear()
        return batch


class Stream(IterableDataset):
    """Endless packed batches; every worker draws from its own seed."""

    def __init__(self, tokenizer, limits, seed, split="train", mix=None, skills=None, shared=False):
        self.args = (tokenizer, limits, seed, split, mix, skills, shared)

    def __iter__(self):
        tokenizer, limits, seed, split, mix, skills, shared = self.args
        torch.set_num_threads(1)
        info = get_worker_info()
        rng = random.Random(f"{seed}/{info.id if info else 0}")
        packer = Packer(Prompter(tokenizer), *limits, skills=skills, fast=split == "train", shared=shared)
        while True:
            b = bundle(rng, split, mix)
            try:
                while not packer.add(b, rng):
                    yield packer.take()
            except TooLong as error:  # none of 360 looked at
                print("left out:", error, flush=True)
