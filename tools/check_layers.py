#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the #include lines and a few other rules of the sources; prints each breach, exits 1.

    tools/check_layers.py [FOLDER]             FOLDER is a tree like this one; this one by default
    tools/check_layers.py --kokkos-sources     lists the .cpp files that reach Kokkos, for the CUDA build

A file of module M may include headers of M and of the modules before M in ORDER. Other rules:
  torch      no file reaches both Kokkos and LibTorch, through our own headers either;
             at most 15 files include LibTorch; public headers and bridge do not reach it
  home       toml++ stands in src/core/config*.cpp, HDF5 in src/io, cfitsio in src/io
  world      MPI_COMM_WORLD stands in src/main.cpp and in tests' files that have a main only
  spdx       the licence line comes first (after #! where there is one)
  length     no file has more than 400 lines
"""

import pathlib
import re
import sys

# Lowest first. The numbers are the layers; within a layer the order holds as well.
ORDER = {
    0: ["core"],
    1: ["cosmology", "parallel", "io"],
    2: ["statistics", "survey", "fields", "particles", "halos", "graph", "galaxies", "lensing", "images", "lightcurves"],
    3: ["bridge"],
    4: ["learn"],
    5: ["inference"],
    6: ["report", "commands"],
}
RANK = {module: rank for rank, module in enumerate(m for layer in ORDER.values() for m in layer)}
LAYER = {module: layer for layer, modules in ORDER.items() for module in modules}
MAX_TORCH_FILES = 15
MAX_LINES = 400
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
KOKKOS = re.compile(r"^Kokkos_")
TORCH = re.compile(r"^(torch|ATen|c10)/")
HOMES = [  # (header, where it may stand, what it is)
    (re.compile(r"^toml\+\+/"), re.compile(r"^src/core/config[^/]*\.(cpp|hpp)$"), "toml++"),
    (re.compile(r"^hdf5|^H5"), re.compile(r"^(src/io/|tests/)"), "HDF5"),
    (re.compile(r"^fitsio"), re.compile(r"^(src/io/|tests/)"), "cfitsio"),
]
WORLD = re.compile(r"\bMPI_COMM_WORLD\b")
MAIN = re.compile(r"\bint main\(")
CODE = {".cpp", ".hpp"}
LICENSED = CODE | {".py", ".sh", ".cmake", ".sbatch", ".in"}


def text_files(root):
    """Path below the root -> text, of every file the rules speak of."""
    files = {}
    for top in ["CMakeLists.txt", "src", "include", "tests", "tools", "jobscripts", ".ci"]:
        start = root / top
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            script = path.suffix == "" and path.read_bytes()[:2] == b"#!"
            if path.suffix in LICENSED or path.name == "CMakeLists.txt" or script:
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


def module_of(path):
    """The module a file belongs to, or None for main, tests and tools."""
    match = re.match(r"^(?:src|include/shearwater)/([^/]+)/", path)
    return match.group(1) if match else None


def resolve(path, name, files):
    """The file of ours that an include names, or None for one of the system."""
    for candidate in (f"include/{name}", (pathlib.PurePosixPath(path).parent / name).as_posix(),
                      f"tests/support/{name}"):
        if candidate in files:
            return candidate
    return None


def reach(includes, files):
    """Path -> every header name that a file includes, directly or through headers of ours."""
    reached = {}

    def visit(path):
        if path not in reached:
            reached[path] = set(includes[path])
            for name in includes[path]:
                ours = resolve(path, name, files)
                if ours in includes and ours != path:
                    reached[path] |= visit(ours)
        return reached[path]

    for path in includes:
        visit(path)
    return reached


def layer_breaches(path, names):
    module = module_of(path)
    if module is None:
        return
    if module not in RANK:
        yield f"{path}: layer: module '{module}' is not in the list of layers"
        return
    for name in names:
        match = re.match(r"^shearwater/([^/]+)/", name)
        if match and RANK.get(match.group(1), 99) > RANK[module]:
            other = match.group(1)
            yield (f"{path}: layer: {module} (layer {LAYER[module]}) includes {name}"
                   f" (layer {LAYER.get(other, 'unknown')}, later in the order)")


def torch_breaches(includes, reached):
    direct = [path for path, names in includes.items() if any(TORCH.match(n) for n in names)]
    if len(direct) > MAX_TORCH_FILES:
        yield f"torch: {len(direct)} files include LibTorch, at most {MAX_TORCH_FILES} may: {' '.join(direct)}"
    for path, names in reached.items():
        torch = any(TORCH.match(n) for n in names)
        kokkos = any(KOKKOS.match(n) for n in names)
        if torch and kokkos:
            yield f"{path}: torch: reaches both Kokkos and LibTorch"
        if torch and (path.startswith("include/") or module_of(path) == "bridge"):
            yield f"{path}: torch: a public header or the bridge reaches LibTorch"
        if kokkos and path.startswith("include/shearwater/bridge/"):
            yield f"{path}: torch: a header of the bridge reaches Kokkos"


def included(files):
    """Path -> the header names in its #include lines, of the C++ files."""
    return {path: INCLUDE.findall(text) for path, text in files.items() if pathlib.PurePath(path).suffix in CODE}


def kokkos_sources(root):
    files = text_files(root)
    reached = reach(included(files), files)
    return [path for path in reached if path.endswith(".cpp") and any(KOKKOS.match(n) for n in reached[path])]


def breaches(root):
    files = text_files(root)
    includes = included(files)
    if not includes:
        yield f"{root}: no sources found"
    for path, names in includes.items():
        yield from layer_breaches(path, names)
        for name in names:
            for header, home, what in HOMES:
                if header.match(name) and not home.match(path):
                    yield f"{path}: home: includes {what}, which stands in {home.pattern} only"
        is_main = path == "src/main.cpp" or (path.startswith("tests/") and MAIN.search(files[path]))
        if WORLD.search(files[path]) and not is_main:
            yield f"{path}: world: names MPI_COMM_WORLD; take a communicator"
    yield from torch_breaches(includes, reach(includes, files))
    for path, text in files.items():
        lines = text.splitlines()
        first = lines[1] if len(lines) > 1 and lines[0].startswith("#!") else "".join(lines[:1])
        if "SPDX-License-Identifier: BSD-3-Clause" not in first:
            yield f"{path}: spdx: the first line is not the licence line"
        if len(lines) > MAX_LINES:
            yield f"{path}: length: {len(lines)} lines, at most {MAX_LINES}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    if sys.argv[1:] == ["--kokkos-sources"]:
        print("\n".join(kokkos_sources(root)))
        return 0
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root
    found = list(breaches(root))
    for breach in found:
        print(breach)
    print(f"layers: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
