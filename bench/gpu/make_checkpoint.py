#!/usr/bin/env python3
"""A checkpoint of the released 2B or 8B shape with random weights, in bfloat16.

  make_checkpoint.py 8b DIR [--outliers]

Needs torch with a GPU and safetensors. Layers are drawn with the deviation of the architecture's own initialiser, 0.02, those
that add to the residual stream with it over √(2 · layers), as GPT-2 did so that depth does not blow small differences
up; norms near 1. --outliers makes eight channels of the stream OUTLIER times as large, as trained models have them. Values
are drawn on the GPU, so 8B takes seconds beside the writing."""
import argparse, json, os

import torch
from safetensors.torch import save_file

SHAPES = {
    '2b': dict(tied=True, hidden=2048, intermediate=6144, layers=28, heads=16, key_heads=8,
               depth=24, vision=1024, vision_intermediate=4096, taps=[5, 11, 17]),
    '8b': dict(tied=False, hidden=4096, intermediate=12288, layers=36, heads=32, key_heads=8,
               depth=27, vision=1152, vision_intermediate=4304, taps=[8, 16, 24]),
}
VOCABULARY = 151936
SHARD_BYTES = 5_000_000_000
OUTLIER = 20
RESIDUAL = ('self_attn.o_proj.weight', 'mlp.down_proj.weight', 'attn.proj.weight', 'mlp.linear_fc2.weight')


def config(s):
    return {
        'architectures': ['Qwen3VLForConditionalGeneration'], 'model_type': 'qwen3_vl', 'dtype': 'bfloat16',
        'image_token_id': 151655, 'video_token_id': 151656, 'vision_start_token_id': 151652, 'vision_end_token_id': 151653,
        'tie_word_embeddings': s['tied'],
        'text_config': {
            'model_type': 'qwen3_vl_text', 'vocab_size': VOCABULARY, 'hidden_act': 'silu', 'rms_norm_eps': 1e-06,
            'rope_theta': 5000000, 'attention_bias': False, 'attention_dropout': 0.0, 'max_position_embeddings': 262144,
            'rope_scaling': {'rope_type': 'default', 'mrope_interleaved': True, 'mrope_section': [24, 20, 20]},
            'dtype': 'bfloat16', 'tie_word_embeddings': s['tied'], 'head_dim': 128, 'hidden_size': s['hidden'],
            'intermediate_size': s['intermediate'], 'num_hidden_layers': s['layers'],
            'num_attention_heads': s['heads'], 'num_key_value_heads': s['key_heads']},
        'vision_config': {
            'model_type': 'qwen3_vl', 'hidden_act': 'gelu_pytorch_tanh', 'in_channels': 3, 'patch_size': 16,
            'temporal_patch_size': 2, 'spatial_merge_size': 2, 'num_heads': 16, 'num_position_embeddings': 2304,
            'depth': s['depth'], 'hidden_size': s['vision'], 'intermediate_size': s['vision_intermediate'],
            'out_hidden_size': s['hidden'], 'deepstack_visual_indexes': s['taps']}}


def tensors(s):
    """(name, shape, 'norm' | 'bias' | 'weight')"""
    h, v = s['hidden'], s['vision']

    def both(name, shape, kind='weight'):
        yield f'{name}.weight', shape, kind
        yield f'{name}.bias', shape[:1], 'bias'

    if not s['tied']:
        yield 'lm_head.weight', [VOCABULARY, h], 'weight'
    yield 'model.language_model.embed_tokens.weight', [VOCABULARY, h], 'weight'
    yield 'model.language_model.norm.weight', [h], 'norm'
    for i in range(s['layers']):
        layer = f'model.language_model.layers.{i}.'
        for norm in ('input_layernorm', 'post_attention_layernorm'):
            yield f'{layer}{norm}.weight', [h], 'norm'
        for norm in ('q_norm', 'k_norm'):
            yield f'{layer}self_attn.{norm}.weight', [128], 'norm'
        yield f'{layer}self_attn.q_proj.weight', [s['heads'] * 128, h], 'weight'
        yield f'{layer}self_attn.k_proj.weight', [s['key_heads'] * 128, h], 'weight'
        yield f'{layer}self_attn.v_proj.weight', [s['key_heads'] * 128, h], 'weight'
        yield f'{layer}self_attn.o_proj.weight', [h, s['heads'] * 128], 'weight'
        yield f'{layer}mlp.gate_proj.weight', [s['intermediate'], h], 'weight'
        yield f'{layer}mlp.up_proj.weight', [s['intermediate'], h], 'weight'
        yield f'{layer}mlp.down_proj.weight', [h, s['intermediate']], 'weight'
    yield from both('model.visual.patch_embed.proj', [v, 3, 2, 16, 16])
    yield 'model.visual.pos_embed.weight', [2304, v], 'weight'
    for i in range(s['depth']):
        block = f'model.visual.blocks.{i}.'
        yield from both(f'{block}attn.qkv', [3 * v, v])
        yield from both(f'{block}attn.proj', [v, v])
        yield from both(f'{block}mlp.linear_fc1', [s['vision_intermediate'], v])
        yield from both(f'{block}mlp.linear_fc2', [v, s['vision_intermediate']])
        yield from both(f'{block}norm1', [v], 'norm')
        yield from both(f'{block}norm2', [v], 'norm')
    for merger in ('merger', *(f'deepstack_merger_list.{i}' for i in range(3))):
        name = f'model.visual.{merger}.'
        yield from both(f'{name}linear_fc1', [4 * v, 4 * v])
        yield from both(f'{name}linear_fc2', [h, 4 * v])
        yield from both(f'{name}norm', [v if merger == 'merger' else 4 * v], 'norm')


def make(shape, folder, outliers=False, seed=20261129):
    s = SHAPES[shape]
    os.makedirs(folder, exist_ok=True)
    with open(f'{folder}/config.json', 'w') as out:
        json.dump(config(s), out)
    generator = torch.Generator('cuda').manual_seed(seed)
    shard, size, shards, where, total = {}, 0, 0, {}, 0

    def flush():
        nonlocal shard, size, shards
        shards += 1
        save_file(shard, f'{folder}/model-{shards:05d}.safetensors', metadata={'format': 'pt'})
        where.update({name: f'model-{shards:05d}.safetensors' for name in shard})
        shard, size = {}, 0

    for name, extents, kind in sorted(tensors(s)):
        values = torch.randn(extents, generator=generator, device='cuda', dtype=torch.bfloat16)
        values = values * 0.1 + 1 if kind == 'norm' else values * 0.02
        if name.endswith(RESIDUAL):
            values /= (2 * (s['depth'] if 'visual' in name else s['layers'])) ** 0.5
        if outliers and name.startswith('model.language_model.layers.') and name.endswith(RESIDUAL):
            values[::extents[0] // 8] *= OUTLIER
        bytes_ = values.numel() * 2
        if size + bytes_ > SHARD_BYTES:
            flush()
        shard[name] = values.cpu()
        size += bytes_
        total += bytes_
    flush()
    with open(f'{folder}/model.safetensors.index.json', 'w') as out:
        json.dump({'metadata': {'total_size': total}, 'weight_map': where}, out)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('shape', choices=SHAPES)
    parser.add_argument('folder')
    parser.add_argument('--outliers', action='store_true')
    arguments = parser.parse_args()
    make(arguments.shape, arguments.folder, arguments.outliers)
