#!/usr/bin/env python3
"""Train vl-rerank-mini on one GPU for a given wall time.

  train.py --model ../models/vl-rerank-mini --out DIR --minutes 9 --predict "what this run should show" [--resume DIR | FILE] [--total-minutes 18 --done-minutes 0]
Writes master weights (fp32, split into files small enough to travel; every two minutes and at the end) and log.jsonl, which begins with the
prediction and the arguments and ends with the result; export.py makes model.safetensors of the weights. --device cpu is for trials of the loop.
"""
import argparse
import collections
import gc
import glob
import json
import math
import os
import queue
import random
import threading
import time
import traceback

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

from minirank.model import Reranker, packed_attention
from minirank.optim import BatchedMuon
from minirank import bundles
from minirank.packing import LONGEST, LONGEST_PICTURE, Stream
from minirank.prompt import Prompter


SLOTS = 768
FRAMES = 384
WARM_STEPS = 6  # before the graph: compilation, lazily made handles and workspaces must be done
SAVE_SECONDS = 120
PARTS = ("bce", "rank", "lm", "distil")


def losses(model, hidden, b, weights, teacher=None):
    """(loss, parts, logits): balanced BCE, each positive against all negatives of its group, next token of positives, and a teacher's scores."""
    logit = model.logits(hidden, b["last"])
    real = b["label"] >= 0
    y = b["label"].clamp(min=0).float()
    bce = F.binary_cross_entropy_with_logits(logit, y, reduction="none")
    # positives are one in five: a fixed weight balances them, so that the score stays a probability-like number
    bce = (bce * torch.where(y > 0, 2.0, 1.0) * real).sum() / real.sum()
    negative = torch.where(real & (y < 0.5), logit, torch.full_like(logit, -30.0))
    top = torch.zeros_like(logit).index_add(0, b["group"], negative.clamp(max=30).exp())[b["group"]]
    positive = real & (y > 0.5)
    rank = F.softplus((top + 1e-6).log() - logit)
    rank = (rank * positive).sum() / positive.sum().clamp(min=1)
    table = model.model.language_model.embed_tokens.weight
    out = hidden.index_select(0, b["rows"]) @ table.t()
    lm = F.cross_entropy(out.float(), b["ids"].index_select(0, b["rows"] + 1))
    loss = weights["bce"] * bce + weights["rank"] * rank + b["lm_weight"] * lm
    distil = torch.zeros_like(bce)
    if teacher is not None:
        with torch.no_grad():
            wanted = torch.sigmoid(teacher.logits(teacher(b), b["last"]))
        distil = (F.binary_cross_entropy_with_logits(logit, wanted, reduction="none") * real).sum() / real.sum()
        loss = loss + weights["distil"] * distil
    return loss, torch.stack([x.detach() for x in (bce, rank, lm, distil)]), logit.detach()


class Step:
    """One training step over static buffers, replayed as a CUDA graph once it is warm.

    A capture that fails is no reason to end: the steps then run one by one, at about half the speed.
    """

    def __init__(self, model, rate, graph, weights, teacher=None):
        self.model, self.rate, self.weights, self.teacher = model, rate, weights, teacher
        self.cuda = rate.is_cuda
        self.use_graph = graph and self.cuda
        matrices = [(n, p) for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
        taken = {n for n, _ in matrices}
        rest = [(n, p) for n, p in model.named_parameters() if n not in taken]
        self.muon = BatchedMuon([p for _, p in matrices], rate)
        self.adam = torch.optim.AdamW([p for _, p in rest], lr=rate, betas=(0.9, 0.98), weight_decay=0.0, fused=self.cuda, foreach=False, capturable=self.cuda)
        self.static, self.graph, self.count = None, None, 0

    def _run(self):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad.zero_()
        with torch.autocast(self.rate.device.type, torch.bfloat16, enabled=self.cuda, cache_enabled=False):
            hidden = self.model(self.static)
            loss, self.parts, self.logit = losses(self.model, hidden, self.static, self.weights, self.teacher)
        loss.backward()
        self.norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        self.muon.step()
        self.adam.step()

    def __call__(self, batch):
        if self.static is None:
            self.static = {k: v.clone() if torch.is_tensor(v) else v for k, v in batch.items()}
            self.stream = torch.cuda.Stream() if self.cuda else None
        else:
            for k, v in batch.items():
                if torch.is_tensor(v):
                    self.static[k].copy_(v, non_blocking=True)
        self.count += 1
        if self.graph is not None:
            self.graph.replay()
            return
        if self.use_graph and self.count > WARM_STEPS:
            self._capture()
            if self.graph is not None:
                self.graph.replay()
                return
        if not self.cuda:
            self._run()
        else:
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                self._run()
            torch.cuda.current_stream().wait_stream(self.stream)

    def _capture(self):
        """Sets self.graph, or gives graphs up.

        The loader's thread pins memory while this one captures. In the default mode ("global") such a call of any thread voids the
        capture; it does so just when a run is quick to reach this point, its kernels compiled before and its queue not yet full.
        Captured on the stream of the warm-up, so that the libraries' workspaces of that stream exist.
        """
        graph = torch.cuda.CUDAGraph()
        gc.collect()
        gc.disable()
        try:
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                self._run()
            self.graph = graph
        except RuntimeError as error:
            print("the CUDA graph could not be captured, going on without it:", str(error).splitlines()[0], flush=True)
            self.use_graph = False
            self.stream = torch.cuda.Stream()
            self.failed = graph  # what was captured by half is not freed while the run goes on
        finally:
            gc.enable()


def save(model, folder):
    state = {k: v.detach().cpu() for k, v in model.state_dict().items()}
    names, part, size, index = sorted(state), {}, 0, 0
    for name in names:
        part[name] = state[name].float().contiguous()
        size += part[name].numel() * 4
        if size > 13_000_000 or name == names[-1]:
            save_file(part, f"{folder}/master-{index}.safetensors")
            part, size, index = {}, 0, index + 1


def shares_keys(device):
    """Whether attention with more keys than queries is what packing.py counts on: the queries are the last ones, forward and backward."""
    g = torch.Generator().manual_seed(1)
    cu, kv_cu = torch.tensor([0, 40, 47, 120], dtype=torch.int32), torch.tensor([0, 95, 157, 230], dtype=torch.int32)
    real = [torch.randn(n, 6, 64, generator=g).bfloat16().float() for n in (120, 230, 230, 120)]

    def run(where):
        q, k, v, wanted = (x.to(where).requires_grad_(i < 3) for i, x in enumerate(real))
        out = packed_attention(q, k, v, cu.to(where), LONGEST, True, kv_cu.to(where)).float()
        (out * wanted).sum().backward()
        return [x.cpu() for x in (out.detach(), q.grad, k.grad, v.grad)]

    worst = max(((a - b).norm() / b.norm()).item() for a, b in zip(run(device), run("cpu")))
    print("attention over shared keys differs by", round(worst, 5), flush=True)
    return worst < 0.02  # false for a NaN too


class Ready:
    """The loader's batches, taken by a thread: get() waits for one, poll() gives None where none is ready, close() ends it."""

    def __init__(self, loader):
        self.queue, self.closed = queue.Queue(maxsize=8), False
        threading.Thread(target=self._fill, args=(iter(loader),), daemon=True).start()

    def _put(self, item):
        while not self.closed:
            try:
                return self.queue.put(item, timeout=0.5)
            except queue.Full:
                pass

    def _fill(self, batches):
        try:
            while not self.closed:
                self._put(next(batches))
        except Exception as error:  # noqa: BLE001  the run ends where it takes this
            self._put(error)

    def _checked(self, batch):
        if isinstance(batch, Exception):
            raise batch
        return batch

    def get(self):
        return self._checked(self.queue.get())

    def poll(self):
        try:
            return self._checked(self.queue.get_nowait())
        except queue.Empty:
            return None

    def close(self):
        self.closed = True


def on_device(batch, device, lm_cap):
    """The batch on the GPU, with a fixed number of rows that predict their next token, and its counts."""
    rows = batch.pop("lm").nonzero()[:, 0]
    rows = rows[torch.randperm(len(rows))[:lm_cap]]
    batch["rows"] = F.pad(rows, (0, lm_cap - len(rows)))
    count = batch.pop("count").tolist()
    batch = {k: v.to(device, non_blocking=True) for k, v in batch.items()}
    for k in ("ids", "source", "positions", "yx", "grid"):
        batch[k] = batch[k].long()
    return batch, count


def mixture(wanted):
    """bundles.KINDS, or those of "NAME[=WEIGHT],…" with their own weights where none is given."""
    if not wanted:
        return bundles.KINDS
    known = {kind.__name__: (kind, weight) for kind, weight in bundles.KINDS}
    pairs = [item.partition("=") for item in wanted.split(",")]
    return [(known[name][0], float(weight) if weight else known[name][1]) for name, _, weight in pairs]


def profiled(step, path):
    """Runs the step and writes which kernels took its time."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        step()
        torch.cuda.synchronize()
    with open(path, "w") as out:
        out.write(profile.key_averages().table(sort_by="cuda_time_total", row_limit=40, max_name_column_width=90))


def main(arguments=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--model", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--minutes", type=float, required=True)
    ap.add_argument("--total-minutes", type=float)
    ap.add_argument("--done-minutes", type=float, default=0)
    ap.add_argument("--resume", help="a folder of master weights, or one model.safetensors")
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--graph", type=int, default=1)
    ap.add_argument("--compile", type=int, default=1)
    ap.add_argument("--tokens", type=int, default=32768)
    ap.add_argument("--patches", type=int, default=20480)
    ap.add_argument("--shared", type=int, default=1, help="starts of prompts stand once in a batch")
    ap.add_argument("--workers", type=int, default=15)
    ap.add_argument("--lm", type=float, default=0.5)
    ap.add_argument("--keep", type=int, default=2500, help="batches kept on the GPU, of which one is shown again where no fresh one is ready; 0: wait for it")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--bce", type=float, default=1.0)
    ap.add_argument("--rank", type=float, default=1.0)
    ap.add_argument("--teacher", help="folder of a larger model with the same tokenizer, whose scores are learned too")
    ap.add_argument("--distil", type=float, default=1.0, help="weight of the teacher's scores")
    ap.add_argument("--kinds", help="NAME[=WEIGHT],…: kinds of examples, by the names of their builders; all when left out")
    ap.add_argument("--steps", type=int, default=0, help="end after as many")
    ap.add_argument("--profile", help="write the GPU's time of one step by kernel to this file")
    ap.add_argument("--device", default="cuda")
    ap.add_argument("--predict", default="", help="what is expected of this run, for its log")
    a = ap.parse_args(arguments)
    began = time.time()
    device, cuda = torch.device(a.device), a.device.startswith("cuda")
    os.makedirs(a.out, exist_ok=True)
    limits = (a.tokens, a.patches, SLOTS, FRAMES)
    mix = mixture(a.kinds)

    def load(shared):
        return Ready(DataLoader(Stream(a.model + "/tokenizer.json", limits, a.seed, mix=mix, shared=shared), batch_size=None, num_workers=a.workers,
                                prefetch_factor=2 if a.workers else None, pin_memory=cuda))

    loader = load(bool(a.shared))
    if a.shared and not shares_keys(device):
        print("going on with whole prompts", flush=True)
        loader.close()
        loader = load(False)
    config = json.load(open(a.model + "/config.json"))
    prompter = Prompter(a.model + "/tokenizer.json")
    torch.manual_seed(a.seed)
    torch.set_float32_matmul_precision("high")
    model = Reranker(config, prompter.id["yes"], prompter.id["no"]).to(device)
    if a.resume:
        files = [a.resume] if os.path.isfile(a.resume) else sorted(glob.glob(a.resume + "/master-*.safetensors"))
        model.load_state_dict({k: v.float() for f in files for k, v in load_file(f).items()})
    teacher = None
    if a.teacher:
        teacher = Reranker(json.load(open(a.teacher + "/config.json")), prompter.id["yes"], prompter.id["no"]).to(device).eval().requires_grad_(False)
        teacher.load_state_dict({k: v.float() for k, v in load_file(a.teacher + "/model.safetensors").items()})
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    if a.compile:
        for layer in model.model.language_model.layers:
            layer.compile(dynamic=False)
        for block in model.model.visual.blocks:
            block.compile(dynamic=False)
        model.model.visual.place = torch.compile(model.model.visual.place, dynamic=False)
    rate_now = torch.zeros((), device=device)
    lm_now = torch.zeros((), device=device)
    train_step = Step(model, rate_now, a.graph, {"bce": a.bce, "rank": a.rank, "distil": a.distil}, teacher)
    total, done = (a.total_minutes or a.minutes) * 60, a.done_minutes * 60
    log = open(a.out + "/log.jsonl", "a")
    log.write(json.dumps({"prediction": a.predict, "arguments": {k: v for k, v in vars(a).items() if k not in ("predict", "out", "profile")}}) + "\n")
    saved = began
    step, seen, last_time, start, wait = 0, 0, time.time(), None, 0.0
    average = {}
    kept, pick, fresh, ahead = [], random.Random(a.seed), 0, collections.deque()
    while True:
        t = time.time()
        taken = loader.poll() if len(kept) >= 200 else loader.get()
        if taken is None:
            batch, count = pick.choice(kept)
        else:
            batch, count = on_device(taken, device, a.tokens * 3 // 20)
            fresh += 1
            if a.keep:
                kept.append((batch, count))
                if len(kept) > a.keep:
                    kept.pop(pick.randrange(a.keep // 2))
        wait += time.time() - t
        batch = dict(batch)
        batch["longest"], batch["patch_longest"], batch["lm_weight"] = LONGEST, LONGEST_PICTURE, lm_now
        if start is None:
            start = time.time()
        elapsed = done + (time.time() - start if step > 3 else 0)
        part = min(1.0, elapsed / total)
        warm = min(1.0, (step + 1) / (100 if a.resume else 400))
        rate = a.lr * warm * (1.0 if part < 0.3 else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (part - 0.3) / 0.7)))
        rate_now.fill_(rate)
        lm_now.fill_(a.lm * max(0.1, 1 - part * 1.2))
        if a.profile and step == WARM_STEPS - 1:
            profiled(lambda: train_step(batch), a.profile)
        else:
            train_step(batch)
        if cuda:
            ahead.append(torch.cuda.Event(blocking=True))
            ahead[-1].record()
            if len(ahead) > 4:  # or steps would be queued by the hundred, of batches shown before
                ahead.popleft().synchronize()
        step += 1
        seen += count[1]
        if step == 3:
            if cuda:
                torch.cuda.synchronize()
            print("first steps done", round(time.time() - began, 1), "s", flush=True)
        if step % (100 if cuda else 2) == 0:
            b, logit = train_step.static, train_step.logit
            real = b["label"] >= 0
            row = {k: round(v, 4) for k, v in zip(PARTS, train_step.parts.tolist())}
            # share of groups whose best document is a right one
            g = b["group"]
            best = torch.full((SLOTS,), -1e9, device=device).scatter_reduce(0, g[real], logit[real], "amax")
            won = torch.zeros(SLOTS, device=device).index_put((g[real & (b["label"] > 0) & (logit >= best[g])],), torch.ones((), device=device))
            row["top1"] = round((won.sum() / (g[real].max() + 1)).item(), 3)
            for k, v in row.items():
                average[k] = 0.6 * average.get(k, v) + 0.4 * v
            now = time.time()
            row.update(step=step, lr=round(rate, 6), norm=round(train_step.norm.item(), 2), ms=round((now - last_time) * 10, 1), wait=round(wait * 10, 1), fresh=fresh, tokens=seen, sec=round(now - began), fill=[round(count[1] / a.tokens, 2), round(count[2] / a.patches, 2)])
            last_time, wait = now, 0.0
            log.write(json.dumps(row) + "\n")
            log.flush()
            if step % 500 == 0 or step in (100, 200):
                print(row, {k: round(v, 3) for k, v in average.items()}, flush=True)
        if time.time() - began > a.minutes * 60 or step == a.steps:
            break
        if time.time() - saved > SAVE_SECONDS:
            save(model, a.out)
            saved = time.time()
    loader.close()
    if cuda:
        torch.cuda.synchronize()
    save(model, a.out)
    result = {"steps": step, "fresh": fresh, "tokens": seen, "seconds": round(time.time() - began), "graph": train_step.graph is not None, **{k: round(v, 4) for k, v in average.items()}}
    log.write(json.dumps({"result": result}) + "\n")
    log.close()
    print("done", step, "steps", seen, "tokens", round(time.time() - began), "s", flush=True)
    if a.workers:
        os._exit(0)  # the workers never end by themselves


if __name__ == "__main__":
    try:
        main()
    except Exception:  # noqa: BLE001
        traceback.print_exc()
        os._exit(1)  # the loader's workers and thread never end by themselves
