"""Load, compute, memory and start-up, against the least that any program must do with the same file.

S = ``json.loads`` of the file plus ``ipaddress.ip_network`` on every prefix in it, in the same rounds.
Run: ``python -m pytest benchmarks/bench_network.py -s``; figures are printed and kept by pytest-benchmark.
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from interleave import interleaved, record

import routeng
from routeng import gallery
from routeng.model import loads


def prefixes_in(document: Any) -> list[str]:
    """Every string of the document that is an IP prefix."""
    found: list[str] = []
    todo = [document]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, str) and "/" in item:
            try:
                ipaddress.ip_network(item)
            except ValueError:
                continue
            found.append(item)
    return found


@cache
def mesh(vnets: int, endpoints: int = 0, form: str = "objects") -> bytes:
    """The scale example as bytes."""
    (document,) = gallery.build("mesh", vnets=vnets, endpoints=endpoints, form=form).values()
    return json.dumps(document).encode()


@cache
def migration(name: str) -> bytes:
    """The mesh-migration example (two hubs of 500 spokes): hairpin.json or mesh.json."""
    return json.dumps(gallery.build("mesh-migration")[name]).encode()


def least(data: bytes) -> Any:
    """S for ``data``, as a call."""
    texts = prefixes_in(json.loads(data))

    def call() -> None:
        json.loads(data)
        for text in texts:
            ipaddress.ip_network(text)

    return call


def whole(data: bytes) -> Any:
    """Load, resolve and compute: every layer and every stack, one table expanded."""

    def call() -> object:
        network = routeng.compute(loads(data))
        network.prepare()
        return network.routes(network.places()[0])

    return call


def test_mesh_of_1002_vnets(benchmark: Any) -> None:
    data = migration("mesh.json")
    ratio = record(benchmark, whole(data), least(data), rounds=9)
    print(f"\nload + compute, 1,002 VNets in two hubs and a mesh: {ratio:.2f} S")


def test_growth_from_1000_to_5000_vnets(benchmark: Any) -> None:
    small, large = mesh(1000), mesh(5000)
    ratio = record(benchmark, whole(large), whole(small), rounds=7)
    print(f"\nload + compute, 5,000 VNets against 1,000: {ratio:.2f}")
    for data, vnets in ((small, 1000), (large, 5000)):
        medians = interleaved({"whole": whole(data), "least": least(data)}, 5)
        print(f"load + compute, mesh of {vnets}: {medians['whole'] / medians['least']:.2f} S")


MEMORY = """
import resource, sys
import routeng
network = routeng.compute(routeng.load(sys.argv[1]))
network.prepare()
network.routes(network.places()[0])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_of_5000_vnets_and_20000_endpoints(benchmark: Any, tmp_path: Path) -> None:
    file = tmp_path / "mesh.json"
    file.write_bytes(mesh(5000, 20000))
    sizes: list[int] = []

    def call() -> None:
        run = subprocess.run(
            [sys.executable, "-c", MEMORY, str(file)], check=True, capture_output=True, text=True
        )
        sizes.append(int(run.stdout))

    benchmark.pedantic(call, rounds=3, iterations=1)
    benchmark.extra_info["peak_rss_mib"] = max(sizes)
    print(f"\npeak resident size, 5,000 VNets with 20,000 endpoint objects: {max(sizes)} MiB")


DECODE = "import msgspec, sys\nfor f in sys.argv[1:]: msgspec.json.decode(open(f, 'rb').read())"


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_start(benchmark: Any, argument: str) -> None:
    def process(*words: str) -> Any:
        return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)

    ratio = record(benchmark, process("-m", "routeng", argument), process("-c", "pass"), rounds=9)
    print(f"\nrouteng {argument}: {ratio:.2f} x python -c pass")


def test_diff_process(benchmark: Any, tmp_path: Path) -> None:
    files = []
    for name in ("hairpin.json", "mesh.json"):
        (tmp_path / name).write_bytes(migration(name))
        files.append(str(tmp_path / name))

    def ours() -> None:
        run = subprocess.run([sys.executable, "-m", "routeng", "diff", *files], capture_output=True)
        assert run.returncode in (0, 1), run.stderr

    def base() -> None:
        subprocess.run([sys.executable, "-c", DECODE, *files], check=True, capture_output=True)

    ratio = record(benchmark, ours, base, rounds=7)
    print(f"\nrouteng diff of the 1,002-VNet pair: {ratio:.2f} x decoding the two files with msgspec")
