#!/usr/bin/env python3
"""Write config.json, the processors' files and the chat template beside a tokenizer.  usage: make_config.py MODELDIR [mini|teacher|tiny]"""
import json
import sys

TEXT = dict(hidden_size=256, intermediate_size=704, num_hidden_layers=6, num_attention_heads=6, num_key_value_heads=3, head_dim=64)
VISION = dict(depth=8, hidden_size=160, intermediate_size=512, num_heads=5, deepstack_visual_indexes=[2, 5], out_hidden_size=256, num_position_embeddings=256)
MROPE = [12, 10, 10]
# teacher: for --teacher of train.py, 40 M parameters; tiny: for trials of the loop on a CPU
SIZES = {"mini": (TEXT, VISION),
         "teacher": (dict(TEXT, hidden_size=512, intermediate_size=1408, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=4),
                     dict(VISION, depth=10, hidden_size=320, intermediate_size=1024, num_heads=10, out_hidden_size=512)),
         "tiny": (dict(TEXT, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1),
                  dict(VISION, depth=3, hidden_size=32, intermediate_size=64, num_heads=2, deepstack_visual_indexes=[0, 1], out_hidden_size=32))}
TEMPLATE = """{%- for m in messages -%}<|im_start|>{{ m.role }}
{% for c in m.content -%}{%- if c.type == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>{%- elif c.type == 'video' -%}<|vision_start|><|video_pad|><|vision_end|>{%- else -%}{{ c.text }}{%- endif -%}{%- endfor -%}<|im_end|>
{% endfor -%}{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}"""


def main(folder, size="mini"):
    text_shape, vision_shape = SIZES[size]
    ids = {t["content"]: t["id"] for t in json.load(open(folder + "/tokenizer.json", encoding="utf-8"))["added_tokens"]}
    vocab = (max(ids.values()) + 1 + 15) // 16 * 16
    text = dict(model_type="qwen3_vl_text", vocab_size=vocab, hidden_act="silu", rms_norm_eps=1e-6, rope_theta=10000.0, attention_bias=False, attention_dropout=0.0,
                max_position_embeddings=32768, rope_scaling=dict(rope_type="default", mrope_interleaved=True, mrope_section=MROPE), tie_word_embeddings=True,
                dtype="bfloat16", initializer_range=0.02, use_cache=True, **text_shape)
    vision = dict(model_type="qwen3_vl", hidden_act="gelu_pytorch_tanh", in_channels=3, patch_size=16, temporal_patch_size=2, spatial_merge_size=2, initializer_range=0.02, **vision_shape)
    config = dict(architectures=["Qwen3VLForConditionalGeneration"], model_type="qwen3_vl", image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
                  vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"], tie_word_embeddings=True, text_config=text, vision_config=vision)
    base = dict(size=dict(shortest_edge=65536, longest_edge=16777216), patch_size=16, temporal_patch_size=2, merge_size=2, image_mean=[.5] * 3, image_std=[.5] * 3,
                processor_class="Qwen3VLProcessor")
    for name, value in (("config.json", config), ("preprocessor_config.json", dict(base, image_processor_type="Qwen2VLImageProcessorFast")),
                        ("video_preprocessor_config.json", dict(base, size=dict(shortest_edge=4096, longest_edge=25165824), video_processor_type="Qwen3VLVideoProcessor"))):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
            json.dump(value, f, indent=1)
            f.write("\n")
    with open(folder + "/chat_template.jinja", "w", encoding="utf-8") as f:
        f.write(TEMPLATE)


if __name__ == "__main__":
    main(*sys.argv[1:])
