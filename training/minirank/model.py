"""Qwen3-VL for training: packed sequences, the released state-dict keys, only what a reranker needs.

Sequences lie end to end in one row of tokens (cumulative lengths `cu`), pictures end to end in one row of patches.
Shapes stay constant from step to step, so the layers compile once.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:
    varlen_attn = None


def packed_attention(q, k, v, cu, longest, causal, kv_cu=None):
    """[n, heads, dim] within each sequence of cu; kv_cu where there are more keys than queries: the queries are then the last ones."""
    kv_cu = cu if kv_cu is None else kv_cu
    if q.is_cuda:
        return varlen_attn(q.to(torch.bfloat16), k.to(torch.bfloat16), v.to(torch.bfloat16), cu, kv_cu, longest, longest,
                           window_size=(-1, 0) if causal else (-1, -1))
    out = torch.zeros_like(q)
    for a, b, c, d in zip(cu[:-1].tolist(), cu[1:].tolist(), kv_cu[:-1].tolist(), kv_cu[1:].tolist()):
        if b > a:
            seen = torch.ones(b - a, d - c, dtype=torch.bool).tril(d - c - (b - a)) if causal else None
            part = F.scaled_dot_product_attention(q[a:b].transpose(0, 1), k[c:d].transpose(0, 1), v[c:d].transpose(0, 1), attn_mask=seen)
            out[a:b] = part.transpose(0, 1)
    return out


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


class RMSNorm(nn.Module):
    def __init__(self, dim, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * y.to(x.dtype)


class TextAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv, self.dim = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        self.q_proj = nn.Linear(c["hidden_size"], self.heads * self.dim, bias=False)
        self.k_proj = nn.Linear(c["hidden_size"], self.kv * self.dim, bias=False)
        self.v_proj = nn.Linear(c["hidden_size"], self.kv * self.dim, bias=False)
        self.o_proj = nn.Linear(self.heads * self.dim, c["hidden_size"], bias=False)
        self.q_norm, self.k_norm = RMSNorm(self.dim, c["rms_norm_eps"]), RMSNorm(self.dim, c["rms_norm_eps"])

    def forward(self, x, cos, sin, cu, longest, kv=None, kv_cu=None):
        q = rotate(self.q_norm(self.q_proj(x).view(-1, self.heads, self.dim)), cos, sin)
        k = rotate(self.k_norm(self.k_proj(x).view(-1, self.kv, self.dim)), cos, sin)
        v = self.v_proj(x).view(-1, self.kv, self.dim)
        if kv is not None:
            # in float32, because a row that many sequences share gathers as many gradients
            k, v = k.float().index_select(0, kv), v.float().index_select(0, kv)
        groups = self.heads // self.kv
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        return self.o_proj(packed_attention(q, k, v, cu, longest, True, kv_cu).reshape(x.shape[0], -1))


class TextMLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class TextLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = TextAttention(c), TextMLP(c)
        self.input_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])
        self.post_attention_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])

    def forward(self, x, cos, sin, cu, longest, kv=None, kv_cu=None):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, cu, longest, kv, kv_cu)
        return x + self.mlp(self.post_attention_layernorm(x))


class LanguageModel(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(TextLayer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])
        inv = 1.0 / c["rope_theta"] ** (torch.arange(0, c["head_dim"], 2).float() / c["head_dim"])
        section = c["rope_scaling"]["mrope_section"]
        axis = torch.zeros(len(inv), dtype=torch.long)
        for a in (1, 2):
            axis[a:section[a] * 3:3] = a
        self.register_buffer("inv", inv, persistent=False)
        self.register_buffer("axis", axis, persistent=False)

    def rope(self, positions):
        """positions int [n, 3] -> cos, sin [n, 1, head_dim]"""
        angle = positions.float()[:, self.axis] * self.inv
        angle = torch.cat((angle, angle), -1)[:, None]
        return angle.cos(), angle.sin()


class VisionAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["num_heads"]
        self.qkv = nn.Linear(c["hidden_size"], 3 * c["hidden_size"])
        self.proj = nn.Linear(c["hidden_size"], c["hidden_size"])

    def forward(self, x, cos, sin, cu, longest):
        q, k, v = self.qkv(x).view(x.shape[0], 3, self.heads, -1).unbind(1)
        q, k = rotate(q.float(), cos, sin).to(v.dtype), rotate(k.float(), cos, sin).to(v.dtype)
        return self.proj(packed_attention(q, k, v, cu, longest, False).reshape(x.shape[0], -1))


class VisionMLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.linear_fc1 = nn.Linear(c["hidden_size"], c["intermediate_size"])
        self.linear_fc2 = nn.Linear(c["intermediate_size"], c["hidden_size"])

    def forward(self, x):
        return self.linear_fc2(F.gelu(self.linear_fc1(x), approximate="tanh"))


class VisionBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(c["hidden_size"], eps=1e-6), nn.LayerNorm(c["hidden_size"], eps=1e-6)
        self.attn, self.mlp = VisionAttention(c), VisionMLP(c)

    def forward(self, x, cos, sin, cu, longest):
        x = x + self.attn(self.norm1(x), cos, sin, cu, longest)
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    def __init__(self, c, after):
        super().__init__()
        wide = c["hidden_size"] * c["spatial_merge_size"] ** 2
        self.wide, self.after = wide, after
        self.norm = nn.LayerNorm(wide if after else c["hidden_size"], eps=1e-6)
        self.linear_fc1, self.linear_fc2 = nn.Linear(wide, wide), nn.Linear(wide, c["out_hidden_size"])

    def forward(self, x):
        x = self.norm(x.reshape(-1, self.wide)) if self.after else self.norm(x).reshape(-1, self.wide)
        return self.linear_fc2(F.gelu(self.linear_fc1(x)))


class PatchEmbed(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.proj = nn.Conv3d(3, c["hidden_size"], (2, 16, 16), stride=(2, 16, 16))

    def forward(self, x):
        return F.linear(x, self.proj.weight.flatten(1), self.proj.bias)


class VisionModel(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.patch_embed = PatchEmbed(c)
        self.pos_embed = nn.Embedding(c["num_position_embeddings"], c["hidden_size"])
        self.side = int(c["num_position_embeddings"] ** 0.5)
        self.blocks = nn.ModuleList(VisionBlock(c) for _ in range(c["depth"]))
        self.merger = Merger(c, False)
        self.taps = list(c["deepstack_visual_indexes"])
        self.deepstack_merger_list = nn.ModuleList(Merger(c, True) for _ in self.taps)
        head = c["hidden_size"] // c["num_heads"]
        self.register_buffer("inv", 1.0 / 10000.0 ** (torch.arange(0, head // 2, 2).float() / (head // 2)), persistent=False)

    def place(self, yx, grid):
        """Interpolated position embedding and RoPE of every patch: yx int [n, 2], grid int [n, 2] (its picture's h, w)."""
        f = yx.float() * ((self.side - 1) / (grid - 1).clamp(min=1).float())
        low = f.floor().long().clamp(max=self.side - 1)
        high = (low + 1).clamp(max=self.side - 1)
        d = f - low
        e = 0
        for y, wy in ((low[:, 0], 1 - d[:, 0]), (high[:, 0], d[:, 0])):
            for x, wx in ((low[:, 1], 1 - d[:, 1]), (high[:, 1], d[:, 1])):
                e = e + self.pos_embed(y * self.side + x) * (wy * wx)[:, None]
        angle = (yx.float()[:, :, None] * self.inv).flatten(1)
        angle = torch.cat((angle, angle), -1)[:, None]
        return e, angle.cos(), angle.sin()

    def forward(self, patches, yx, grid, cu, longest):
        """patches float [n, 1536] -> merged [n/4, out], [deepstack ...]"""
        e, cos, sin = self.place(yx, grid)
        x = self.patch_embed(patches) + e
        deep = []
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, cu, longest)
            if i in self.taps:
                deep.append(self.deepstack_merger_list[self.taps.index(i)](x))
        return self.merger(x), deep


class Inner(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.visual = VisionModel(config["vision_config"])
        self.language_model = LanguageModel(config["text_config"])


class Reranker(nn.Module):
    """forward(batch) -> final hidden states [n, hidden]; weights named as released (tied head)."""

    def __init__(self, config, yes, no):
        super().__init__()
        self.model = Inner(config)
        self.yes, self.no = yes, no
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, (nn.Linear, nn.Conv3d)):
            nn.init.normal_(m.weight, std=min(0.05, m.weight[0].numel() ** -0.5))
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.normal_(m.weight, std=0.02)

    def forward(self, b):
        lm = self.model.language_model
        x = lm.embed_tokens(b["ids"])
        deep = []
        if b["patches"].shape[0]:
            pixels = (b["patches"].float() - 127.5) / 127.5
            merged, deep = self.model.visual(pixels, b["yx"], b["grid"], b["patch_cu"], b["patch_longest"])
            seen = b["visual"][:, None]
            x = torch.where(seen, merged.float().index_select(0, b["source"]), x)
        cos, sin = lm.rope(b["positions"])
        for i, layer in enumerate(lm.layers):
            x = layer(x, cos, sin, b["cu"], b["longest"], b.get("kv"), b.get("kv_cu"))
            if i < len(deep):
                x = x + torch.where(seen, deep[i].float().index_select(0, b["source"]), 0.0)
        return lm.norm(x)

    def logits(self, hidden, last):
        w = self.model.language_model.embed_tokens.weight
        return (hidden.index_select(0, last).float() * (w[self.yes] - w[self.no]).float()).sum(-1)
