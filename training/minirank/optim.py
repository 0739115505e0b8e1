"""Muon for equal shapes at once, usable inside a CUDA graph (the rate is a tensor, nothing waits for the device)."""
import torch


def orthogonal(g, steps=5):
    """Newton-Schulz iteration of a batch of matrices [b, m, n] towards their nearest semi-orthogonal ones, bf16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        y = x @ x.mT
        x = a * x + (b * y + c * y @ y) @ x
    return x.mT if tall else x


class BatchedMuon:
    """Momentum 0.95 (Nesterov), update scaled to AdamW's usual size, decoupled weight decay."""

    def __init__(self, params, rate, decay=0.05, momentum=0.95):
        self.rate, self.decay, self.momentum = rate, decay, momentum
        self.groups = {}
        for p in params:
            self.groups.setdefault(tuple(p.shape), []).append(p)
        self.state = {shape: torch.zeros((len(ps), *shape), device=ps[0].device) for shape, ps in self.groups.items()}

    @torch.no_grad()
    def step(self):
        for shape, ps in self.groups.items():
            g = torch.stack([p.grad for p in ps])
            m = self.state[shape]
            m.lerp_(g, 1 - self.momentum)
            update = orthogonal(g.lerp(m, self.momentum)).float() * (0.2 * max(shape) ** 0.5 * self.rate)
            keep = 1 - self.rate * self.decay
            for p, u in zip(ps, update.unbind(0)):
                p.mul_(keep).sub_(u)
