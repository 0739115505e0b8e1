#!/usr/bin/env python3
"""Join the master weights of a run into the shipped bf16 model.safetensors; of several runs side by side, their mean.  usage: export.py RUNDIR… MODELDIR"""
import glob
import sys

import torch
from safetensors.torch import load_file, save_file


def master(run):
    state = {}
    for file in sorted(glob.glob(run + "/master-*.safetensors")):
        state.update(load_file(file))
    return state


def main(*folders):
    *runs, folder = folders
    states = [master(run) for run in runs]
    state = {name: sum(s[name] for s in states) / len(states) for name in states[0]}
    assert state and all(torch.isfinite(v).all() for v in state.values()), "missing or non-finite weights"
    save_file({k: v.to(torch.bfloat16).contiguous() for k, v in sorted(state.items())}, folder + "/model.safetensors", metadata={"format": "pt"})
    print(len(state), "tensors,", sum(v.numel() for v in state.values()), "parameters")


if __name__ == "__main__":
    main(*sys.argv[1:])
