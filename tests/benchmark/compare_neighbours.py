#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The 16 nearest neighbours of 1e6 clustered points beside pykdtree and scipy, in turn, fed the same points in
the same order (sorted by cell).

    compare_neighbours.py BENCHMARK_PROGRAM PYTHON_WITH_PYKDTREE_AND_SCIPY [ROUNDS]

Prints medians of processor time and fails below twice the best peer. Ours is everything: sorting, tree, search,
ids and separations; a peer's is its query alone. A peer finds the point itself first and is asked for 17."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

POINTS, THREADS = 1_000_000, "2"


def peer(name, path):
    import numpy as np
    points = np.fromfile(path, dtype=np.float32).reshape(-1, 3)
    if name == "pykdtree":
        from pykdtree.kdtree import KDTree
        tree = KDTree(points, leafsize=16)
        query = {"k": 17}
    else:
        from scipy.spatial import cKDTree
        tree = cKDTree(points.astype(np.float64))
        query = {"k": 17, "workers": int(THREADS)}
    start = time.process_time()
    distance, _ = tree.query(points, **query)
    print("processor_seconds", time.process_time() - start)
    assert distance.shape == (POINTS, 17)


def seconds(command):
    environment = {**os.environ, "OMP_NUM_THREADS": THREADS, "OMP_PROC_BIND": "false", "OMP_WAIT_POLICY": "passive"}
    words = subprocess.run(command, env=environment, check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    return float(words[words.index("processor_seconds") + 1])


def main():
    program, python = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/points.f32"
        runs = {"shearwater": [program, path, "3"], "pykdtree": [python, __file__, "--peer", "pykdtree", path],
                "scipy cKDTree": [python, __file__, "--peer", "scipy", path]}
        times = {name: [] for name in runs}
        for _ in range(rounds):
            for name, command in runs.items():
                times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:14s} {1e9 * value / POINTS:6.0f} ns of processor a point (range "
              f"{1e9 * min(times[name]) / POINTS:.0f} - {1e9 * max(times[name]) / POINTS:.0f})"
              f" = {int(THREADS) * POINTS / value / 1e6:5.2f} M points/s on {THREADS} cores")
    best = min(medians["pykdtree"], medians["scipy cKDTree"])
    print(f"shearwater / best peer: {best / medians['shearwater']:.2f} (required 2, goal 5)")
    sys.exit(0 if best >= 2 * medians["shearwater"] else 1)


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        peer(sys.argv[2], sys.argv[3])
    else:
        main()
