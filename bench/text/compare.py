#!/usr/bin/env python3
"""MB/s of our tokenizer beside Hugging Face `tokenizers`, each on one core, in one run over the same strings.

  compare.py --tool build/release/src/text/tokenizer_tool --tokenizer FILE… [--rounds N]

Needs the Python package `tokenizers` (the reference environment has it). The texts are prose and code of this repository, and
Chinese, mixed scripts, emoji and decomposed text made from a seed. Rounds alternate between the two; processor time is what counts,
theirs in its fastest form (encode_batch_fast, no offsets). The ids are compared too. Prints a Markdown table of medians.
"""
import argparse, itertools, json, os, pathlib, random, statistics, subprocess, tempfile, time, unicodedata

os.environ['TOKENIZERS_PARALLELISM'] = 'false'
os.environ['RAYON_NUM_THREADS'] = '1'
from tokenizers import Tokenizer, __version__  # noqa: E402

CORPUS_BYTES = 250_000
ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = ('the quick brown fox can\'t we\'ll naïve Straße garçon São привет мир быстрая лиса 你好 世界 袋鼠 カンガルー 캥거루 كنغر '
         'จิงโจ้ नमस्ते https://example.com/a?b=c&d=e 3.14159 2026-11-29 foo_bar HTTP/1.1').split()
EMOJI = ['👩\u200d👩\u200d👧\u200d👦', '🏳️\u200d🌈', '👍🏽', '🇩🇪', '1️⃣', '🧑🏿\u200d🚀', '❤️', '☃', '🫠', '🦘']


def files(*patterns):
    """Paragraphs of the files, a few at a time: what a document's text is like."""
    texts = []
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            paragraphs = path.read_text(encoding='utf-8').split('\n\n')
            texts += ['\n\n'.join(paragraphs[i:i + 4]) for i in range(0, len(paragraphs), 4)]
    return texts


def chinese(rng, vocabulary):
    """Sentences of the vocabulary's Chinese entries, the early ones oftener, as in prose."""
    words = [word for word in vocabulary if word and all('\u4e00' <= c <= '\u9fff' for c in word)]
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(words))))
    return ['，'.join(''.join(rng.choices(words, cum_weights=weights, k=8)) for _ in range(20)) + '。' for _ in range(1500)]


def some(rng, texts):
    """As many of them as make CORPUS_BYTES, drawn at random."""
    texts, size = rng.sample(texts, len(texts)), 0
    for count, text in enumerate(texts):
        size += len(text.encode())
        if size >= CORPUS_BYTES: return texts[:count + 1]
    return texts


def corpora(rng, vocabulary):
    spaced = lambda words, k, n: [' '.join(rng.choices(words, k=k)) for _ in range(n)]
    made = {
        'prose': files('*.md', 'docs/**/*.md', 'training/*.md', 'bench/results/*.md'),
        'code': files('src/**/*.cc', 'src/**/*.h', 'plugin-java/**/*.java', 'integration-tests/**/*.py'),
        'chinese': chinese(rng, vocabulary),
        'mixed scripts': spaced(WORDS, 60, 3000),
        'emoji': spaced(WORDS[:8] + EMOJI * 2, 40, 4000),
        'decomposed': [unicodedata.normalize('NFD', text) for text in spaced(WORDS, 60, 2000)],
        'queries': spaced([word for word in WORDS if word.isascii()], 8, 20000),
    }
    return {name: some(rng, texts) for name, texts in made.items()}


def ours(tool, tokenizer, texts, *options):
    with tempfile.TemporaryFile() as lines:
        lines.write(''.join(json.dumps({'text': text}, ensure_ascii=False) + '\n' for text in texts).encode())
        lines.seek(0)
        done = subprocess.run([tool, tokenizer, *options], stdin=lines, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def theirs(reference, texts):
    ids = []
    start = time.process_time()
    for begin in range(0, len(texts), 256): ids += reference.encode_batch_fast(texts[begin:begin + 256])
    return time.process_time() - start, ids


parser = argparse.ArgumentParser()
parser.add_argument('--tool', required=True)
parser.add_argument('--tokenizer', required=True, action='append')
parser.add_argument('--rounds', type=int, default=5)
args = parser.parse_args()
print(f'tokenizers {__version__}, one thread each, load {os.getloadavg()[0]:.1f}, medians of {args.rounds} rounds\n')
print('| tokenizer | text | MB | tokenizers, MB/s | vl-rerank, MB/s | times as fast |\n|---|---|---|---|---|---|')
for path in args.tokenizer:
    reference = Tokenizer.from_file(path)
    reference.encode_special_tokens = True
    entries = reference.get_vocab_size(with_added_tokens=False)
    for name, texts in corpora(random.Random(1), [reference.decode([i]) for i in range(entries)]).items():
        size = sum(len(text.encode()) for text in texts) / 1e6
        assert [answer['ids'] for answer in ours(args.tool, path, texts)] == [one.ids for one in theirs(reference, texts)[1]], name
        speeds = {'theirs': [], 'ours': []}
        for _ in range(args.rounds):
            speeds['theirs'].append(size / theirs(reference, texts)[0])
            (figure,) = ours(args.tool, path, texts, '--time')
            speeds['ours'].append(figure['bytes'] / 1e6 / figure['seconds'])
        hf, we = statistics.median(speeds['theirs']), statistics.median(speeds['ours'])
        print(f'| {entries} entries | {name} | {size:.2f} | {hf:.2f} | {we:.2f} | {we / hf:.1f} |', flush=True)
