#!/usr/bin/env python3
"""Ours, the model authors' loop and a padded batch on one GPU, in one run, on the same random weights and requests.

  compare.py --program build/release/bench/gpu/vl-rerank-gpu-bench [--shapes 2b 8b] [--dtypes bfloat16 fp8]
             [--works text_50x256 …] [--peers text_50x256 …] [--commit HASH] [--out FOLDER]

Needs torch with a GPU, safetensors and, for the peers, transformers 4.57.6. Checkpoints are made in --work (default
/dev/shm/vl-rerank-bench; 22 GB) by make_checkpoint.py. Each side gets tokens and patches that are ready and is timed from there to
logits: ours 10 times, the peers --peer-repeat times, medians. `script` is one document a call, as the model authors' script does;
`batched` is all documents in one left-padded batch, or as many of them as fit. Logits are compared. Writes a Markdown table and
gpu-DATE.json to --out.
"""
import argparse, datetime, json, os, statistics, subprocess, sys, time

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'common'))
import make_checkpoint, works
from agreement import mean_error, score_error, spearman

BATCHED_TOKENS = 50_000  # of one padded batch


def dense_operations(shape):
    s = make_checkpoint.SHAPES[shape]
    def count(prefix):
        return sum(2 * extents[0] * extents[1] for name, extents, kind in make_checkpoint.tensors(s)
                   if name.startswith(prefix) and kind == 'weight' and len(extents) == 2)
    return count('model.language_model.layers.'), count('model.visual.blocks.'), count('model.visual.merger') + count('model.visual.deepstack')


def operations(shape, name):
    """What the arithmetic of a work comes to when what is shared is computed once."""
    token, patch, merged = dense_operations(shape)
    documents, (kind, size) = works.WORKS[name]
    if kind == 'text':
        shared = min(works.SHARED, size // 2) if documents > 1 else 0
        return token * (shared + documents * (size - shared)), 0
    t, h, w = size
    patches = documents * t * h * w
    tokens = documents * (works.PICTURE_TEXT + t * h * w // 4 + (8 * t if kind == 'video' else 0))
    return token * tokens, patch * patches + merged * patches // 4


def ours(arguments, folder, dtype, files):
    command = [arguments.program, '--model', folder, '--dtype', dtype, '--repeat', str(arguments.repeat), '--inputs', *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f'{" ".join(command[:6])}: exit status {done.returncode}')
    return json.loads(done.stdout)


class Peer:
    def __init__(self, folder):
        from transformers import Qwen3VLForConditionalGeneration
        self.model = Qwen3VLForConditionalGeneration.from_pretrained(
            folder, dtype=torch.bfloat16, attn_implementation='sdpa').to('cuda').eval()
        head = self.model.lm_head.weight
        self.direction = (head[works.YES] - head[works.NO]).float()

    def batch(self, inputs):
        length = max(len(ids) for ids, _, _ in inputs)
        ids = torch.tensor([[0] * (length - len(i)) + i for i, _, _ in inputs])
        mask = torch.tensor([[0] * (length - len(i)) + [1] * len(i) for i, _, _ in inputs])
        batch = {'input_ids': ids, 'attention_mask': mask}
        grids = [grid for _, grid, _ in inputs if grid]
        if grids:
            kind = 'video' if works.VIDEO_PAD in inputs[0][0] else 'image'
            batch[f'{kind}_grid_thw'] = torch.tensor(grids)
            batch['pixel_values_videos' if kind == 'video' else 'pixel_values'] = torch.cat(
                [(torch.from_numpy(patches).float() - 127.5) / 127.5 for _, _, patches in inputs])
        return batch

    @torch.inference_mode()
    def logits(self, batches):
        result = []
        for batch in batches:
            hidden = self.model.model(**{k: v.to('cuda') for k, v in batch.items()}).last_hidden_state[:, -1]
            result += (hidden.float() @ self.direction).tolist()
        return result

    def time(self, batches, repeat):
        times = []
        for i in range(repeat + 1):
            torch.cuda.synchronize()
            if i == 1:
                torch.cuda.reset_peak_memory_stats()
                held = torch.cuda.memory_allocated()
            start = time.perf_counter()
            logits = self.logits(batches)
            torch.cuda.synchronize()
            if i:
                times.append(1000 * (time.perf_counter() - start))
        return {'ms': statistics.median(times), 'min_ms': min(times), 'max_ms': max(times),
                'peak_bytes': torch.cuda.max_memory_allocated() - held, 'logits': logits}


def report(arguments, results, agreement):
    """Writes all so far."""
    for result in results:
        name = result['work'].removesuffix('_cold').removesuffix('_warm')
        decoder, tower = operations(result['shape'], name)
        counted = decoder if result['work'].endswith('_warm') else decoder + tower
        result['tflops'] = round(counted / result['ms'] / 1e9, 1)
    date = datetime.date.today().isoformat()
    document = {'device': torch.cuda.get_device_name(), 'date': date, 'commit': arguments.commit, 'results': results,
              'agreement': agreement}
    with open(f'{arguments.out}/gpu-{date}.json', 'w') as out:
        json.dump(document, out, indent=1)
    lines = [f'{document["device"]}, {date}, medians in ms\n', '| shape | work | system | dtype | ms | min | max | TFLOP/s | peak MiB |', '|---|---|---|---|---|---|---|---|---|']
    for r in results:
        lines.append(f'| {r["shape"]} | {r["work"]} | {r["system"]} | {r["dtype"]} | {r["ms"]:.1f} | {r["min_ms"]:.1f} | {r["max_ms"]:.1f} | {r["tflops"]} | {r["peak_bytes"] >> 20} |')
    lines += ['', '| shape | work | of | to | logit MAE | score MAE | Spearman |', '|---|---|---|---|---|---|---|']
    for a in agreement:
        lines.append(f'| {a["shape"]} | {a["work"]} | {a["of"]} | {a["to"]} | {a["logit_mae"]:.4f} | {a["score_mae"]:.4f} | {a["spearman"]:.4f} |')
    text = '\n'.join(lines) + '\n'
    with open(f'{arguments.out}/gpu-{date}.md', 'w') as out:
        out.write(text)
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--program', required=True)
    parser.add_argument('--shapes', nargs='+', default=['2b', '8b'], choices=make_checkpoint.SHAPES)
    parser.add_argument('--dtypes', nargs='+', default=['bfloat16', 'fp8'])
    parser.add_argument('--works', nargs='+', default=list(works.WORKS))
    parser.add_argument('--peers', nargs='*', default=['text_50x256', 'image_50'])
    parser.add_argument('--repeat', type=int, default=10)
    parser.add_argument('--peer-repeat', type=int, default=3)
    parser.add_argument('--commit', default='')
    parser.add_argument('--work', default='/dev/shm/vl-rerank-bench')
    parser.add_argument('--out', default='.')
    arguments = parser.parse_args()

    os.makedirs(arguments.work, exist_ok=True)
    files = {name: f'{arguments.work}/{name}.safetensors' for name in arguments.works}
    for name, path in files.items():
        if not os.path.exists(path):
            works.write(name, path)
    results, agreement = [], []
    for shape in arguments.shapes:
        folder = f'{arguments.work}/{shape}'
        if not os.path.exists(f'{folder}/model.safetensors.index.json'):
            make_checkpoint.make(shape, folder)
        torch.cuda.empty_cache()
        found = {}
        for dtype in arguments.dtypes:
            measured = ours(arguments, folder, dtype, files.values())
            print(f'{shape} {dtype}: loaded in {measured["load_seconds"]:.1f} s, {measured["weight_bytes"] / 2**30:.2f} GiB', flush=True)
            for work in measured['works']:
                found[work['work'], dtype] = work.pop('logits')
                results.append({'system': 'ours', 'shape': shape, 'dtype': dtype, **work})
        if arguments.peers:
            peer = Peer(folder)
            for name in arguments.peers:
                inputs = works.draw(name)
                step = max(1, BATCHED_TOKENS // max(len(ids) for ids, _, _ in inputs))
                for system, size in (('script', 1), ('batched', step)):
                    batches = [peer.batch(inputs[i:i + size]) for i in range(0, len(inputs), size)]
                    figures = peer.time(batches, arguments.peer_repeat)
                    work = name if works.WORKS[name][1][0] == 'text' else f'{name}_cold'
                    found[work, system] = figures.pop('logits')
                    results.append({'system': system, 'shape': shape, 'dtype': 'bfloat16', 'work': work, **figures})
            del peer
            torch.cuda.empty_cache()
        for (work, dtype), logits in found.items():
            exact = found.get((work, 'script')) or found.get((work, 'bfloat16'))
            if exact is logits or len(logits) < 2:
                continue
            agreement.append({
                'shape': shape, 'work': work, 'of': dtype, 'to': 'script' if (work, 'script') in found else 'bfloat16',
                'logit_mae': mean_error(logits, exact),
                'score_mae': score_error(logits, exact),
                'spearman': spearman(logits, exact)})

        report(arguments, results, agreement)


if __name__ == '__main__':
    main()
