# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts beside this file share: the Python named by SHEARWATER_PEER_PYTHON, skipping where a
package is missing, and a measured mock catalogue."""

import importlib
import os
import pathlib
import subprocess
import sys


def packages(*names):
    """The modules, from the peers' Python where one is named; ends the script with 77 where one is missing."""
    peer = os.environ.get("SHEARWATER_PEER_PYTHON", "")
    if peer and os.path.abspath(peer) != os.path.abspath(sys.executable):
        os.execv(peer, [peer, *sys.argv])
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as error:
        print(f"SKIPPED: {error}: install it for {sys.executable}, or name a Python that has it in SHEARWATER_PEER_PYTHON")
        sys.exit(77)


def mock(np, count=3000, side=100.0, seed=1):
    """Places in clumps, axes, ellipticities along them on the sky, and hosts."""
    random = np.random.default_rng(seed)
    clump = random.random((count // 10, 3)) * side
    host = random.integers(0, len(clump), count)
    places = (clump[host] + random.normal(size=(count, 3)) * 0.7) % side
    axes = random.normal(size=(count, 3)) + 0.8 * np.sign(random.normal(size=count))[:, None] * (places - clump[host])
    axes /= np.linalg.norm(axes, axis=1)[:, None]
    size = 0.1 + 0.4 * random.random(count)
    flat = axes[:, :2] / np.linalg.norm(axes[:, :2], axis=1)[:, None]
    shapes = np.c_[size * (flat[:, 0] ** 2 - flat[:, 1] ** 2), size * 2 * flat[:, 0] * flat[:, 1]]
    weights = 0.5 + random.random(count)
    return places, axes, flat, size, shapes, weights, host


INPUT = """
[galaxies]
file = "galaxies.txt"
[columns]
axis_x = "ax"
axis_y = "ay"
axis_z = "az"
e1 = "e1"
e2 = "e2"
host = "host"
length_unit = "Mpc/h"
box_side = 100.0
[measure]
statistics = ["ed", "ee", "xi", "ed_projected", "ee_projected", "wg_plus", "w_plus_plus", "wgg"]
r_min = 0.2
r_max = 20.0
bins = 8
pi_max = 15.0
"""


def measure(np, folder, galaxies, weighted):
    """correlations.hdf5 of the mock in `folder`."""
    places, axes, _, _, shapes, weights, host = galaxies
    columns = np.c_[places, axes, shapes, host, weights]
    np.savetxt(pathlib.Path(folder, "galaxies.txt"), columns, header="x y z ax ay az e1 e2 host w", comments="",
               fmt="%.17g")
    text = INPUT.replace('host = "host"', 'host = "host"\nweight = "w"') if weighted else INPUT
    pathlib.Path(folder, "measure.toml").write_text(text, encoding="utf-8")
    subprocess.run([os.environ["SHEARWATER_PROGRAM"], "measure", "measure.toml", "--out", "correlations.hdf5"],
                   cwd=folder, check=True, env=dict(os.environ, OMP_NUM_THREADS="2"))
    return pathlib.Path(folder, "correlations.hdf5")
