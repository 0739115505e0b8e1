#!/usr/bin/env python3
"""Train the small byte-level BPE (Qwen's normaliser, pre-tokeniser and added tokens) on generated and named text.

  build_tokenizer.py --cldr DIR --out ../models/vl-rerank-mini [--wordnet DIR] [--merges 8000]
Writes tokenizer.json and tokenizer_config.json.
"""
import argparse
import json
import os
import random

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from minirank import bundles, lexicon, policies, prompt
from minirank.voice import FILLER

PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
           "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
PLAIN = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
         "<tool_response>", "</tool_response>", "<think>", "</think>"]


def corpus(cldr, wordnet, rng):
    yield from [prompt.SYSTEM, "system\n", "user\n<Instruct>: " + prompt.DEFAULT + "<Query>:", "\n<Document>:", "assistant\n", "yes", "no", " yes", " no"] * 400
    for _ in range(9000):
        for query, docs, _ in bundles.text_bundle(rng, "train")["groups"]:
            yield query["text"]
            yield from (d["text"] for d, _ in docs)
    for scene in bundles.SCENES + bundles.CLIPS:
        for _ in range(300):
            claim = scene.claim(scene.draw(rng), rng)
            for lang in ("en", "zh"):
                yield scene.question(claim, lang, rng)
    for topic in policies.POLICIES:
        for texts in topic.values():
            yield from texts * 60
    for texts in FILLER["train"].values():
        yield from texts * 40
    import xml.etree.ElementTree as ET
    for lang, times in (("en", 6), ("zh", 6), ("de", 2), ("fr", 2), ("es", 2), ("ja", 1), ("ru", 1), ("ar", 1), ("sw", 1), ("it", 1), ("pt", 1), ("pl", 1)):
        for node in ET.parse(f"{cldr}/annotations/{lang}.xml").getroot().iter("annotation"):
            yield from [node.text.replace(" | ", " ")] * times
    if wordnet:
        for part in ("noun", "verb", "adj", "adv"):
            for line in open(os.path.join(wordnet, "data." + part), encoding="utf-8"):
                if "|" in line and rng.random() < 0.25:
                    yield line.split("|", 1)[1].strip()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cldr", required=True)
    ap.add_argument("--wordnet")
    ap.add_argument("--out", required=True)
    ap.add_argument("--merges", type=int, default=8000)
    ap.add_argument("--seed", type=int, default=7)
    a = ap.parse_args()
    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=256 + a.merges, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), special_tokens=[], show_progress=False, max_token_length=24)
    tok.train_from_iterator(corpus(a.cldr, a.wordnet, random.Random(a.seed)), trainer)
    model = json.loads(tok.to_str())["model"]
    vocab, merges = model["vocab"], model["merges"]
    assert len(vocab) == 256 + a.merges and vocab.get("yes") and vocab.get("no"), "yes and no must be single tokens"
    base = len(vocab)
    added = [dict(id=base + i, content=t, single_word=False, lstrip=False, rstrip=False, normalized=False, special=t in SPECIAL) for i, t in enumerate(SPECIAL + PLAIN)]
    byte = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False)
    out = dict(version="1.0", truncation=None, padding=None, added_tokens=added, normalizer={"type": "NFC"},
               pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}, byte]},
               post_processor=byte, decoder=byte,
               model=dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix="", end_of_word_suffix="", fuse_unk=False, byte_fallback=False,
                          ignore_merges=False, vocab=vocab, merges=merges))
    os.makedirs(a.out, exist_ok=True)
    json.dump(out, open(a.out + "/tokenizer.json", "w", encoding="utf-8"), ensure_ascii=False)
    json.dump(dict(add_bos_token=False, add_prefix_space=False, bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token=None,
                   additional_special_tokens=SPECIAL[1:], clean_up_tokenization_spaces=False, errors="replace", model_max_length=262144, split_special_tokens=False,
                   tokenizer_class="Qwen2Tokenizer", processor_class="Qwen3VLProcessor",
                   added_tokens_decoder={str(x["id"]): {k: v for k, v in x.items() if k != "id"} for x in added}),
              open(a.out + "/tokenizer_config.json", "w"), indent=1)
    print("vocabulary", base, "+", len(added), "added; yes", vocab["yes"], "no", vocab["no"])


if __name__ == "__main__":
    main()
