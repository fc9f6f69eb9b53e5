#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Training steps per second of the default network (128x128 maps, 121 summaries, 4 shards of 128):
two ranks of one thread, one rank of two threads, and the same network in Python torch, in turn.

    compare_training.py BENCHMARK_PROGRAM LAUNCH PYTHON_WITH_TORCH [STEPS]

Prints the medians of five rounds and fails when two ranks are below 0.95 of one rank with two
threads, or below the peer."""
import os
import statistics
import subprocess
import sys
import time

SHARD, SHARDS = 128, 4


def peer(steps):
    """The same network, loss and optimiser in PyTorch, one batch of 512, channels_last, bfloat16
    where the CPU has it; the allocator keeps its pages, as ours does."""
    import torch
    from torch import nn
    from torch.nn import functional as F
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

    def conv(n_in, n_out, kernel, stride):
        mode = "circular" if kernel > 1 else "zeros"
        return nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, bias=False, padding_mode=mode)

    class Block(nn.Module):
        def __init__(self, n_in, n_out, stride):
            super().__init__()
            mid = n_out // 2
            self.norms = nn.ModuleList([nn.BatchNorm2d(n_in), nn.BatchNorm2d(mid), nn.BatchNorm2d(mid)])
            self.convs = nn.ModuleList([conv(n_in, mid, 1, 1), conv(mid, mid, 3, stride), conv(mid, n_out, 1, 1)])
            self.shortcut = conv(n_in, n_out, 1, stride) if n_in != n_out or stride > 1 else None

        def forward(self, x):
            h = F.relu(self.norms[0](x))
            short = x if self.shortcut is None else self.shortcut(h)
            h = self.convs[0](h)
            for norm, layer in zip(self.norms[1:], self.convs[1:]):
                h = layer(F.relu(norm(h)))
            return h + short

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.resnet = nn.Sequential(conv(1, 16, 5, 4), Block(16, 16, 1), Block(16, 32, 2),
                                        Block(32, 64, 2), nn.BatchNorm2d(64), nn.ReLU())
            self.layers = nn.Sequential(nn.Linear(64 + 121, 128), nn.SiLU(), nn.Linear(128, 128),
                                        nn.SiLU(), nn.Linear(128, 24))

        def forward(self, maps, summaries, bfloat16):
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                pooled = self.resnet(maps)
            pooled = pooled.float().mean((2, 3))
            return self.layers(torch.cat([pooled, summaries.clamp(-6, 6)], 1)).view(-1, 4, 6)

    def loss_of(raw, u):
        weight = torch.log_softmax(raw[..., 0], 1)
        diagonal = F.softplus(raw[..., 3:5] + 0.5413) + 1e-4
        distance = u[:, None] - raw[..., 1:3]
        z = diagonal * torch.stack([distance[..., 0], distance[..., 1] + raw[..., 5] * distance[..., 0]], -1)
        return -torch.logsumexp(weight + (diagonal.log() - 0.5 * z * z).sum(2), 1).mean()

    flags = open("/proc/cpuinfo").read()
    bfloat16 = "avx512_bf16" in flags or "amx_bf16" in flags
    net = Net().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, (0.9, 0.99), weight_decay=0.1, foreach=True)
    average = [p.detach().clone() for p in net.parameters()]
    batch = SHARD * SHARDS
    maps = torch.randn(2, batch, 1, 128, 128).contiguous()
    summaries, u = torch.randn(2, batch, 121), torch.randn(2, batch, 2)
    start = 0
    for step in range(steps + 2):
        if step == 2:
            start = time.perf_counter()
        loss = loss_of(net(maps[step % 2].contiguous(memory_format=torch.channels_last),
                           summaries[step % 2], bfloat16), u[step % 2])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(net.parameters()), 0.002)
    print("steps_per_second", steps / (time.perf_counter() - start))


def rate(command, environment):
    output = subprocess.run(command, env={**os.environ, **environment}, check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    words = output.split()
    return float(words[words.index("steps_per_second") + 1])


def main():
    program, launch, python = sys.argv[1:4]
    steps = sys.argv[4] if len(sys.argv) > 4 else "30"
    keep = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 36), "MALLOC_TOP_PAD_": str(256 << 20)}
    runs = {
        "2 ranks, 1 thread each": ([launch, "-n", "2", program, "1", steps], {"OMP_NUM_THREADS": "1"}),
        "1 rank, 2 threads": ([launch, "-n", "1", program, "2", steps], {"OMP_NUM_THREADS": "2"}),
        "Python torch, 2 threads": ([python, __file__, "--peer", steps], {**keep, "OMP_NUM_THREADS": "2"}),
    }
    rates = {name: [] for name in runs}
    for _ in range(5):
        for name, (command, environment) in runs.items():
            rates[name].append(rate(command, environment))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in medians.items():
        print(f"{name:26s} {value:8.3f} steps/s = {value * SHARD * SHARDS:8.0f} maps/s"
              f"   (range {min(rates[name]):.3f} - {max(rates[name]):.3f})")
    two, one, python_rate = medians.values()
    print(f"two ranks / one rank with two threads: {two / one:.3f} (goal 0.95)")
    print(f"two ranks / Python torch: {two / python_rate:.3f} (goal 1)")
    sys.exit(0 if two >= 0.95 * one and two >= python_rate else 1)


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        peer(int(sys.argv[2]))
    else:
        main()
