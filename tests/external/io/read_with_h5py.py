#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An independent reading: a map file, a posterior and a calibration that the program makes, opened with
h5py. Every dataset is chunked, checksummed, of fixed-length types, without time stamps, and has a unit and
a description; what `shearwater inspect` says of it is what h5py finds; the values are those of the text
files beside it and of definitions computed again here. Skipped (77) where h5py cannot be imported."""

import csv
import os
import re
import subprocess
import sys
import tempfile

from h5py_or_skip import h5py, np

PROGRAM, SOURCE = os.environ["SHEARWATER_PROGRAM"], os.environ["SHEARWATER_SOURCE"]
MAPS = """
[prior.omega_c]
mean = 0.27
sd = 0.02
[prior.sigma_8]
mean = 0.8
sd = 0.05
[sources]
bins = 2
[maps]
pixels = 32
width_deg = 4.0
field = "gaussian"
noise_channel = true
[mask]
masked_fraction = 0.25
[sets]
count = 5
"""
MEANING = ("unit", "description", "power_of_a", "power_of_h")
checked = 0


def check(right, what):
    global checked
    checked += 1
    if not right:
        sys.exit(f"FAILED: {what}")


def run(*arguments):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    check(result.returncode == 0, f"{arguments}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def is_fixed(type_id):
    """Whether an HDF5 type has no part of variable length."""
    if isinstance(type_id, h5py.h5t.TypeStringID):
        return not type_id.is_variable_str()
    if isinstance(type_id, (h5py.h5t.TypeVlenID, h5py.h5t.TypeReferenceID)):
        return False
    if isinstance(type_id, h5py.h5t.TypeCompoundID):
        return all(is_fixed(type_id.get_member_type(i)) for i in range(type_id.get_nmembers()))
    return True


def text_of(value):
    """An attribute as `inspect` prints it: numbers are compared as numbers, see same()."""
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return "[" + ", ".join(text_of(element) for element in value) + "]"
    if isinstance(value, (bytes, np.bytes_)):
        value = value.decode()
    return f'"{value}"' if isinstance(value, str) else repr(value.item())


def same(printed, found):
    try:
        return float(printed) == float(found)
    except ValueError:
        return printed == found


def inspected(path):
    """What `shearwater inspect` says: {dataset: (type, shape, unit, description)}, {(object, name): text}."""
    datasets, attributes, facts, parents = {}, {}, {}, {1: ""}
    section = None
    for line in run("inspect", path).splitlines()[1:]:
        if line.startswith("/Provenance"):
            section = line
            continue
        depth, body = (len(line) - len(line.lstrip())) // 2, line.strip()
        if section:
            name, _, value = line.strip(" ").partition(" =")
            facts[f"{section}/{name}"] = value
            continue
        if body.startswith("@"):
            name, value = body[1:].split(" = ", 1)
            attributes[(parents[depth] or "/", name)] = value
            continue
        if body.endswith("/"):
            parents[depth + 1] = f"{parents[depth]}/{body[:-1]}"
            continue
        match = re.fullmatch(r"(\S+)  (\w+) \(([\d, ]*)\)  \[(.*?)\] fletcher32  (.+)", body)
        check(match, f"{path}: inspect says '{body}'")
        name = f"{parents[depth]}/{match[1]}"
        shape = tuple(int(extent) for extent in match[3].split(","))
        datasets[name] = (match[2], shape, match[4], match[5])
        parents[depth + 1] = name
    return datasets, attributes, facts


def check_dataset(name, dataset):
    check(dataset.fletcher32, f"{name} has a Fletcher32 checksum")
    check(dataset.chunks is not None, f"{name} is chunked")
    check(is_fixed(dataset.id.get_type()), f"{name} has no variable-length type")
    check(dataset[...].shape == dataset.shape, f"{name} reads whole, its checksums right")


def check_object(file, name, item):
    where = f"{file.filename}:{name}"
    parent, last = (file["/"], ".") if name == "/" else (item.parent, name.rsplit("/", 1)[1])
    check(h5py.h5g.get_objinfo(parent.id, last.encode()).mtime == 0, f"{where} has no time stamp")
    for attribute in item.attrs:
        kind = h5py.h5a.open(item.id, attribute.encode()).get_type()
        check(is_fixed(kind), f"{where}@{attribute} has no variable-length type")
    if isinstance(item, h5py.Dataset):
        check_dataset(where, item)


def check_rejects(work):
    """The checks see what they look for: datasets that break one rule each, and one that breaks none."""
    check(not is_fixed(h5py.h5t.py_create(h5py.string_dtype(), logical=True)), "texts of any length are seen")
    good = {"chunks": (4,), "fletcher32": True, "track_times": False}
    cases = {
        "no fault": ({}, {}),
        "no checksum": ({"fletcher32": False}, {}),
        "a time stamp": ({"track_times": True}, {}),
        "a text of any length": ({}, {"unit": "1"}),
    }
    with h5py.File(f"{work}/foreign.h5", "w") as file:
        for name, (changes, attributes) in cases.items():
            dataset = file.create_dataset(name, data=np.zeros(8), **{**good, **changes})
            dataset.attrs.update(attributes)
            try:
                check_object(file, f"/{name}", dataset)
                seen = True
            except SystemExit:
                seen = False
            check(seen == (name == "no fault"), f"a dataset with {name}: passes is {seen}")


def check_file(path, schema):
    """Structure and meaning of a whole file against `inspect`; returns it open."""
    file = h5py.File(path, "r")
    items = {"/": file["/"]}
    file.visititems(lambda name, item: items.update({f"/{name}": item}))
    for name, item in items.items():
        check_object(file, name, item)
    datasets, attributes, facts = inspected(path)
    check(attributes[("/", "schema")] == f'"{schema}"', f"{path}: inspect names the schema {schema}")
    outside = {n: i for n, i in items.items() if not n.startswith("/Provenance")}
    found = {n for n, item in outside.items() if isinstance(item, h5py.Dataset)}
    check(found == set(datasets), f"{path}: h5py finds {sorted(found)}, inspect {sorted(datasets)}")
    for name, (kind, shape, unit, description) in datasets.items():
        item = items[name]
        check((item.dtype.name, item.shape) == (kind, shape), f"{path}:{name}: {item.dtype} {item.shape}")
        check(text_of(item.attrs["unit"]) == f'"{unit}"' and unit != "", f"{path}:{name} unit")
        check(text_of(item.attrs["description"]) == f'"{description}"', f"{path}:{name} description")
    ours = {(n, a): text_of(v) for n, i in outside.items() for a, v in i.attrs.items() if a not in MEANING}
    check(set(ours) == set(attributes), f"{path}: attributes {set(ours) ^ set(attributes)}")
    for key, value in attributes.items():
        check(same(value, ours[key]), f"{path}: {key} is {ours[key]}, inspect says {value}")
    check_provenance(path, items, facts)
    return file


def check_provenance(path, items, facts):
    for group in ("/Provenance", "/Provenance/Run"):
        for name, value in items[group].attrs.items():
            text = text_of(value)[1:-1]
            check("\n" in text or facts[f"{group}/{name}"].strip() == text.strip(), f"{path}: {group}/{name}")
    stored = text_of(items["/Provenance"].attrs["input"])[1:-1]
    check(run("inspect", "--toml", path).strip() == stored.strip(), f"{path}: the stored input")


def check_maps(path):
    with check_file(path, "maps") as file:
        maps, mask, noise = file["maps"][...], file["mask"][...], file["noise"][...]
        parameters = file["parameters"][...]
        check(maps.shape == (5, 2, 32, 32) and np.isfinite(maps).all(), "the maps are finite")
        check(set(np.unique(mask)) == {0, 1} and np.all(mask.sum(axis=(1, 2, 3)) == 768), "a quarter is masked")
        check(np.all(maps[np.broadcast_to(mask == 0, maps.shape)] == 0), "masked pixels are zero")
        pixel_area = (4.0 * 60 / 32) ** 2  # arcmin^2; 27 galaxies in two bins, ellipticity 0.26
        check(np.allclose(noise, 0.26 / np.sqrt(27 / 2 * pixel_area), rtol=1e-6), "the noise level")
        check(abs(file["maps"].attrs["width"] - np.deg2rad(4.0)) < 1e-12, "the width")
        check(np.all(np.abs((parameters - [0.27, 0.8]) / [0.02, 0.05]) < 5), "parameters within the prior")


def read_metrics(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def check_posterior(folder, metrics):
    with check_file(f"{folder}/posterior.h5", "posterior") as file:
        chain = np.loadtxt(f"{folder}/posterior_1.txt")
        samples, derived = file["samples"][0], file["derived"][0]
        check(np.allclose(chain[:, 0], file["weights"][0]), "the chain's weights")
        check(np.allclose(chain[:, 1], -file["log_density"][0], rtol=1e-6, atol=1e-6), "the chain's densities")
        check(np.allclose(chain[:, 2:], np.hstack([samples, derived]), rtol=1e-6), "the chain's columns")
        names = [text_of(name)[1:-1] for name in file["samples"].attrs["names"]]
        check(names == ["omega_c", "sigma_8"], "the names of the parameters")
        for column, name in enumerate(names):
            check(np.isclose(samples[:, column].mean(), metrics[f"posterior mean {name}"]), f"mean of {name}")
        check(np.isclose(file["mixture/weights"][0].sum(), 1), "weights of the mixture")


def check_calibration(folder, metrics):
    with check_file(f"{folder}/calibration.h5", "calibration") as file:
        ranks, bins, count = file["ranks"][...], file["ranks"].attrs["bins"], file["ranks"].attrs["samples"] + 1
        for column, name in enumerate(("omega_c", "sigma_8")):
            bars = np.bincount(ranks[:, column] * bins // count, minlength=bins)
            expected = len(ranks) / bins
            check(np.isclose(((bars - expected) ** 2 / expected).sum(), metrics[f"SBC {name} chi-square"]), name)
        level, coverage = file["tarp_level"][...], file["tarp_coverage"][...]
        below = [(file["tarp_ranks"][...] < k).mean() for k in range(1, count)]
        check(np.allclose(level, np.arange(1, count) / count) and np.allclose(coverage, below), "TARP coverage")
        lower, upper = file["tarp_band_lower"][...], file["tarp_band_upper"][...]
        check(np.all((lower <= coverage) & (coverage <= upper)) and np.all(lower < upper), "TARP band")
        check(file["tarp_coverage"].attrs["confidence"] == 0.95, "95 % band")


def main():
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/maps.toml", "w", encoding="utf-8") as file:
            file.write(MAPS)
        check_rejects(work)
        run("maps", f"{work}/maps.toml", "--out", f"{work}/maps.h5")
        check_maps(f"{work}/maps.h5")
        run("run", f"{SOURCE}/tests/inputs/small_chain.toml", "--out", f"{work}/chain")
        metrics = read_metrics(f"{work}/chain/metrics.csv")
        check_posterior(f"{work}/chain", metrics)
        check_calibration(f"{work}/chain", metrics)
        check_file(f"{work}/chain/observation.h5", "maps").close()
    print(f"ok: {checked} checks with h5py {h5py.__version__} on HDF5 {h5py.version.hdf5_version}")


main()
