#!/usr/bin/env python3
"""Documents per second of RerankModel beside transformers on one checkpoint, in one run on one CPU.

  compare.py --model DIR --program build/release/bench/cpu/vl-rerank-model-bench [--threads N] [--rounds N]

Needs the reference environment (transformers 4.57.6). Both sides get the same ids and patches and are timed from there to
logits; rounds alternate between them, so that a busy machine is unfair to neither. transformers runs its sdpa attention
two ways: one document a call, as the model authors' script does, and all documents in one left-padded batch. Logits are
compared too. Prints a Markdown table; the figures are medians over the rounds. Documents per processor second (of all
threads) hold on a busy machine too, where wall time says little.
"""
import argparse, json, os, statistics, subprocess, tempfile, time

os.environ.setdefault('HF_HUB_OFFLINE', '1')
parser = argparse.ArgumentParser()
parser.add_argument('--model', required=True)
parser.add_argument('--program', required=True)
parser.add_argument('--threads', type=int, default=os.cpu_count())
parser.add_argument('--rounds', type=int, default=5)
parser.add_argument('--documents', type=int, default=32)
parser.add_argument('--text-tokens', type=int, default=64)
parser.add_argument('--image-side', type=int, default=256)
args = parser.parse_args()

import numpy as np, torch, transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoProcessor, Qwen3VLForConditionalGeneration

torch.set_num_threads(args.threads)
processor = AutoProcessor.from_pretrained(args.model, padding_side='left')
tokenizer = processor.tokenizer
vocabulary = tokenizer.get_vocab()
YES, NO = vocabulary['yes'], vocabulary['no']
SYSTEM = 'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".'
HEAD = f'<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n<Instruct>: Given a search query, retrieve relevant candidates that answer the query.<Query>:red kangaroo on grass\n<Document>:'
TAIL = '<|im_end|>\n<|im_start|>assistant\n'
WORDS = 'the red animal jumps over green grass near a small house while people watch from far away and the sun sets behind dark hills'.split()


def text_of(seed):
    random = np.random.default_rng(seed)
    text = ' '.join(random.choice(WORDS, 4 * args.text_tokens))
    return tokenizer.decode(tokenizer(text, add_special_tokens=False)['input_ids'][:args.text_tokens])


def image_of(seed):
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    return coarse.resize((args.image_side, args.image_side), Image.BICUBIC)


def inputs_of(kind, indices):
    if kind == 'text':
        return processor(text=[HEAD + text_of(i) + TAIL for i in indices], padding=True, return_tensors='pt')
    prompts = [HEAD + '<|vision_start|><|image_pad|><|vision_end|>' + TAIL for _ in indices]
    return processor(text=prompts, images=[image_of(i) for i in indices], padding=True, do_resize=False, return_tensors='pt')


def record(kind, path):
    """The same inputs for our program."""
    tensors = {'yes_no': torch.tensor([YES, NO], dtype=torch.int32)}
    tokens = 0
    for i in range(args.documents):
        one = inputs_of(kind, [i])
        key = f'{kind}.{i:04d}'
        tensors[f'{key}.ids'] = one['input_ids'][0].to(torch.int32)
        tokens += one['input_ids'].shape[1]
        if kind == 'image':
            tensors[f'{key}.image.0'] = (one['pixel_values'] * 127.5 + 127.5).round().to(torch.uint8)
            tensors[f'{key}.image.0.grid'] = one['image_grid_thw'][0].to(torch.int32)
    save_file(tensors, path)
    return tokens / args.documents


@torch.inference_mode()
def reference(model, batches):
    start, processor = time.perf_counter(), time.process_time()
    hidden = torch.cat([model.model(**batch).last_hidden_state[:, -1] for batch in batches])
    score = model.lm_head.weight[YES] - model.lm_head.weight[NO]
    logits = hidden @ score
    return (time.perf_counter() - start, time.process_time() - processor), logits.float().numpy()


def ours(dtype, path):
    command = [args.program, '--model', args.model, '--inputs', path, '--dtype', dtype, '--threads', str(args.threads), '--repeat', '3']
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return (result['seconds_median'], result['processor_seconds']), np.array([result['logits'][name] for name in sorted(result['logits'])]), result


print(f'transformers {transformers.__version__}, torch {torch.__version__}, {args.threads} threads, {args.documents} documents a request, {args.rounds} rounds; documents per second of wall time (of processor time)\n')
print('| work | dtype | transformers, one by one | transformers, padded batch | vl-rerank | ours / best of theirs | worst logit difference | peak resident, ours |\n|---|---|---|---|---|---|---|---|')
with tempfile.TemporaryDirectory() as folder:
    for kind in ('text', 'image'):
        path = f'{folder}/{kind}.safetensors'
        tokens = record(kind, path)
        one_by_one = [inputs_of(kind, [i]) for i in range(args.documents)]
        padded = [inputs_of(kind, range(args.documents))]
        for dtype in ('float32', 'bfloat16'):
            model = Qwen3VLForConditionalGeneration.from_pretrained(args.model, dtype=getattr(torch, dtype), attn_implementation='sdpa').eval()
            times = {'single': [], 'padded': [], 'ours': []}
            reference(model, one_by_one[:2]), reference(model, padded)
            for _ in range(args.rounds):
                seconds, expected = reference(model, one_by_one)
                times['single'].append(seconds)
                times['padded'].append(reference(model, padded)[0])
                seconds, logits, result = ours(dtype, path)
                times['ours'].append(seconds)
            rate = {name: [args.documents / statistics.median(column) for column in zip(*values)] for name, values in times.items()}
            best = [max(rate['single'][i], rate['padded'][i]) for i in (0, 1)]
            cells = [f'{kind}, {tokens:.0f} tokens', dtype]
            cells += [f'{rate[name][0]:.1f} ({rate[name][1]:.1f})' for name in ('single', 'padded', 'ours')]
            cells += [f"{rate['ours'][0] / best[0]:.2f} ({rate['ours'][1] / best[1]:.2f})", f'{abs(logits - expected).max():.1e}', f"{result['peak_resident_bytes'] >> 20} MiB"]
            print('| ' + ' | '.join(cells) + ' |', flush=True)
