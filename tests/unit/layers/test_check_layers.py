#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The checker of layers is checked: a small clean tree passes, and each planted breach is named."""

import pathlib
import subprocess
import sys
import tempfile

SPDX = "// SPDX-License-Identifier: BSD-3-Clause\n"
CLEAN = {
    "include/shearwater/core/views.hpp": SPDX + "#include <Kokkos_Core.hpp>\n",
    "include/shearwater/core/error.hpp": SPDX + "#include <string>\n",
    "include/shearwater/statistics/prior.hpp": SPDX + '#include "shearwater/core/error.hpp"\n',
    "include/shearwater/bridge/array_ref.hpp": SPDX + '#include "shearwater/core/error.hpp"\n',
    "src/core/config.cpp": SPDX + "#include <toml++/toml.h>\n",
    "src/io/file.cpp": SPDX + "#include <hdf5.h>\n",
    "src/fields/map.cpp": SPDX + '#include "shearwater/statistics/prior.hpp"\n#include "shearwater/core/views.hpp"\n',
    "src/learn/train.cpp": SPDX + '#include <torch/torch.h>\n#include "shearwater/bridge/array_ref.hpp"\n',
    "src/main.cpp": SPDX + "int main() { return MPI_COMM_WORLD; }\n",
    "tests/mpi/main.cpp": SPDX + "int main() { return MPI_COMM_WORLD; }\n",
}
PLANTED = {  # what is planted -> (file, its text, the word that the message must hold)
    "an upward include": ("src/core/bad.cpp", '#include "shearwater/io/file.hpp"\n', "bad.cpp: layer:"),
    "the wrong order in layer 2": ("src/statistics/bad.cpp", '#include "shearwater/fields/map.hpp"\n', "bad.cpp: layer:"),
    "an unknown module": ("src/helpers/bad.cpp", "", "bad.cpp: layer:"),
    "Kokkos and torch": ("src/learn/bad.cpp", "#include <torch/torch.h>\n#include <Kokkos_Core.hpp>\n", "bad.cpp: torch:"),
    "Kokkos and torch through a header": (
        "src/learn/bad.cpp", '#include <torch/nn.h>\n#include "shearwater/core/views.hpp"\n', "bad.cpp: torch:"),
    "torch in a public header": ("include/shearwater/learn/bad.hpp", "#include <ATen/ATen.h>\n", "bad.hpp: torch:"),
    "Kokkos in the bridge": (
        "include/shearwater/bridge/bad.hpp", '#include "shearwater/core/views.hpp"\n', "bad.hpp: torch:"),
    "toml++ elsewhere": ("src/io/bad.cpp", "  #  include <toml++/toml.hpp>\n", "bad.cpp: home:"),
    "HDF5 elsewhere": ("src/learn/bad.cpp", "#include <hdf5.h>\n", "bad.cpp: home:"),
    "the world": ("src/parallel/bad.cpp", "auto c = MPI_COMM_WORLD;\n", "bad.cpp: world:"),
    "the world in a test": ("tests/mpi/bad.cpp", "auto c = MPI_COMM_WORLD;\n", "bad.cpp: world:"),
    "no licence": ("src/core/bad.hpp", None, "bad.hpp: spdx:"),
    "a long file": ("src/core/bad.hpp", "\n" * 400, "bad.hpp: length:"),
}


def run(checker, extra):
    """Exit code and output of the checker on the clean tree with `extra` files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**CLEAN, **extra}.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, checker, folder], stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout


def main():
    checker = sys.argv[1]
    failures = []
    code, output = run(checker, {})
    if code != 0:
        failures.append(f"the clean tree was rejected:\n{output}")
    for what, (path, text, word) in PLANTED.items():
        code, output = run(checker, {path: SPDX + text if text is not None else "int x;\n"})
        if code != 1 or word not in output:
            failures.append(f"{what} was not named:\n{output}")
    many = {f"src/learn/t{i}.cpp": SPDX + "#include <torch/torch.h>\n" for i in range(15)}
    code, output = run(checker, many)
    if code != 1 or "16 files include LibTorch" not in output:
        failures.append(f"the sixteenth torch file was not named:\n{output}")
    print("\n".join(failures) or f"{len(PLANTED) + 1} planted breaches named")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
