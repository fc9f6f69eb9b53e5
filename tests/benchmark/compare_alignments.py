#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ED and EE of 2e5 points beside Corrfunc's numbers of the same pairs, on 2 threads, in turn.

    compare_alignments.py BENCHMARK LAUNCH     run by a Python that has Corrfunc and numpy

Both count the same pairs exactly, so the numbers must be equal. Fails where ours takes more than twice
Corrfunc's time in double precision (medians over rounds, by processor time, which shared use of a machine
disturbs least)."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    from Corrfunc.theory.DD import DD
except ImportError as error:
    print(f"SKIPPED: this Python lacks a peer: {error}")
    sys.exit(77)

SIDE, POINTS, ROUNDS, THREADS = 250.0, 200000, 7, 2


def ours(benchmark, launch, path):
    """Pairs, wall and processor seconds of one call, the median of three."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(THREADS), OMP_WAIT_POLICY="passive")
    text = subprocess.run([launch, "-n", "1", benchmark, path, "3"], env=environment, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    words = text.split("\n")[0].split()
    return int(words[1]), float(words[3]), float(words[5])


def theirs(points, kind):
    """The same of Corrfunc. Its own pair counts include no galaxy with itself beyond the first edge."""
    columns = [np.ascontiguousarray(points[:, a]).astype(kind) for a in range(3)]
    edges = np.geomspace(0.1, 20, 16)
    wall, processor = time.perf_counter(), time.process_time()
    counts = DD(1, THREADS, edges, *columns, periodic=True, boxsize=SIDE)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return int(counts["npairs"].sum()), wall, processor


def main():
    benchmark, launch = sys.argv[1:3]
    points = np.random.default_rng(1).random((POINTS, 3)) * SIDE
    results = {"ours": [], "Corrfunc float64": [], "Corrfunc float32": []}
    with tempfile.NamedTemporaryFile() as file:
        points.tofile(file.name)
        for _ in range(ROUNDS):
            results["ours"].append(ours(benchmark, launch, file.name))
            results["Corrfunc float64"].append(theirs(points, np.float64))
            results["Corrfunc float32"].append(theirs(points, np.float32))
    wall = {name: statistics.median(r[1] for r in rows) for name, rows in results.items()}
    processor = {name: statistics.median(r[2] for r in rows) for name, rows in results.items()}
    for name, rows in results.items():
        print(f"{name:18s} {rows[0][0]} pairs, {wall[name]:.3f} s wall, {processor[name]:.3f} s of processors")
    ratios = [processor["ours"] / processor[f"Corrfunc float{b}"] for b in (64, 32)]
    print(f"ED and EE over counts alone: {ratios[0]:.2f} (float64; at most 2 is required), {ratios[1]:.2f} (float32)")
    equal = results["ours"][0][0] == results["Corrfunc float64"][0][0]
    print("the same numbers of pairs" if equal else "the numbers of pairs DIFFER")
    return 0 if equal and ratios[0] <= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
