"""Meshes at full scale: load and compute by size, what-ifs, diffs, look-ups, all rows, memory.

S = ``json.loads`` of the file plus ``ipaddress.ip_network`` on every prefix in it, in the same rounds.
Run: ``python benchmarks/bench_scale.py`` prints the figures; ``--write`` also writes ``results/scale.md`` and the
growth figure ``results/scale.svg``.
"""

from __future__ import annotations

import gc
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench_network import least, mesh, whole
from growth import figure
from interleave import interleaved

import routeng
from routeng.model import loads

SIZES = (1_000, 2_000, 5_000, 20_000, 50_000)
STEPS = 20
"""What-ifs in a row, as when a plan is explored."""
RESULTS = Path(__file__).parent / "results"
NEW: dict[str, Any] = {
    "addressSpace": ["192.168.0.0/24"],
    "tags": {"mesh": "1"},
    "subnets": {"a": {"addressPrefix": "192.168.0.0/24"}},
}
Row = tuple[str, str, str]
"""Measurement, figure, goal."""


def growth() -> tuple[list[Row], list[tuple[int, float, float]]]:
    """Load and compute every layer and stack, and expand one table, at every size; and (size, seconds, S)."""
    rows: list[Row] = []
    points = []
    for size in SIZES:
        data = mesh(size)
        found = interleaved({"whole": whole(data), "least": least(data)}, 9 if size <= 5_000 else 5)
        ratio = found["whole"] / found["least"]
        points.append((size, found["whole"], found["least"]))
        rows.append(
            (f"load + compute, {size:,} VNets", f"{ratio:.2f} S ({found['whole']:.3f} s)", "<= 2 S, aim 0.8")
        )
    return rows, points


def routed_mesh() -> bytes:
    """The mesh of 5,000 with a user route at one subnet."""
    document = json.loads(mesh(5_000))
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}
    document["routeTables"] = {"rt": {"routes": [route]}}
    document["virtualNetworks"]["vnet00007"]["subnets"]["workload"]["routeTable"] = "rt"
    return json.dumps(document).encode()


def what_ifs() -> Iterator[Row]:
    """One change of the 5,000-VNet mesh, with the changed place's layers, masks and a look-up, or all its rows."""
    data = routed_mesh()
    net = routeng.compute(loads(data))
    net.prepare()
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}
    for title, patch, place in (
        ("one VNet added", {"virtualNetworks": {"new": NEW}}, "new/a"),
        ("one user route changed", {"routeTables": {"rt": {"routes": [route]}}}, "vnet00007/workload"),
        ("one VNet moved", {"virtualNetworks": {"vnet00009": {**NEW, "subnets": {"workload": None, **NEW["subnets"]}}}},
         "vnet00009/a"),
    ):  # fmt: skip

        def asked(patch: Any = patch, place: str = place) -> None:
            for _ in range(STEPS):
                net.with_change(patch).lookup(place, "10.1.2.3")

        def listed(patch: Any = patch, place: str = place) -> None:
            for _ in range(STEPS):
                net.with_change(patch).routes(place).rows()

        found = interleaved({"asked": asked, "listed": listed, "least": least(data)}, 9)
        one, rows = found["asked"] / STEPS, found["listed"] / STEPS
        text = f"S/{found['least'] / one:.0f} ({one * 1e6:.0f} us)"
        yield f"{title}, and a look-up there", text, "<= S/50, aim S/200"
        yield f"{title}, and all 5,000 rows there", f"S/{found['least'] / rows:.0f}", ""


def diffs() -> Iterator[Row]:
    """Two computed networks of 5,000 VNets that differ by one."""
    data = mesh(5_000)
    document = json.loads(data)
    document["virtualNetworks"]["new"] = NEW
    old = routeng.compute(loads(data))
    for title, new in (
        ("made by with_change", old.with_change({"virtualNetworks": {"new": NEW}})),
        ("loaded from two files", routeng.compute(loads(json.dumps(document).encode()))),
    ):
        first = time.perf_counter()
        routeng.diff(old, new)
        first = time.perf_counter() - first
        found = interleaved({"diff": lambda new=new: routeng.diff(old, new), "least": least(data)}, 9)
        text = f"S/{found['least'] / found['diff']:.1f}"
        text += f"; the first time, with limits and kinds, {first / found['least']:.1f} S"
        yield f"diff of two 5,000-VNet networks {title}", text, "<= S/10"


def look_ups() -> Iterator[Row]:
    """Next hops of one place of the 5,000-VNet mesh."""
    import numpy as np

    hops = routeng.compute(loads(mesh(5_000))).next_hops("vnet00007/workload")
    texts = [f"10.{i % 20}.{i * 7 % 250}.{i % 250}" for i in range(100_000)]

    def one_by_one() -> None:
        for text in texts:
            hops(text)

    array = np.random.default_rng(1).integers(10 << 24, 11 << 24, 4_000_000).astype(np.uint32)
    assert hops.many(array[:10], indices=True) is not None
    found = interleaved({"one": one_by_one, "bulk": lambda: hops.many(array, indices=True)}, 5)
    yield "point look-up, address as text", f"{len(texts) / found['one'] / 1e6:.2f} M/s", ">= 0.5 M/s"
    yield "bulk look-up, array in, array out", f"{len(array) / found['bulk'] / 1e6:.0f} M/s", ""


ALL_ROWS = """
import sys, time
import routeng
from routeng.expand import count_rows, jsonl
net = routeng.compute(routeng.load(sys.argv[1]))
net.prepare()
def peak():
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
rows = count_rows(net)
if sys.argv[2] == "parquet":
    import pyarrow.parquet
    from routeng.tables_parquet import write_parquet
    write_parquet(net.tables(net.places()[:200]), sys.argv[3])
before = peak()
rounds = []
for _ in range(3):
    start = time.perf_counter()
    if sys.argv[2] == "jsonl":
        with open("/dev/null", "wb") as sink:
            for chunk in jsonl(net.tables()):
                sink.write(chunk)
    else:
        write_parquet(net.tables(), sys.argv[3])
    rounds.append(time.perf_counter() - start)
print(rows, sorted(rounds)[1], before, peak())
"""


def all_rows() -> Iterator[Row]:
    """25 million rows: place, prefix, next hop."""
    for form, goal in (("jsonl", ">= 5 M rows/s"), ("parquet", ">= 10 M rows/s")):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "mesh.json"
            file.write_bytes(mesh(5_000))
            words = [sys.executable, "-c", ALL_ROWS, str(file), form, f"{folder}/rows.parquet"]
            out = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
            size = Path(folder, "rows.parquet").stat().st_size if form == "parquet" else 0
        rows, seconds, before, peak = int(out[0]), float(out[1]), int(out[2]), int(out[3])
        more = f", {size / 1e6:.0f} MB" if size else ""
        text = f"{rows / seconds / 1e6:.1f} M rows/s ({rows:,} rows{more}); peak {before} -> {peak} MiB"
        yield f"all rows of the 5,000-VNet mesh to {form}", text, goal


MEMORY = """
import sys
import routeng
def peak():
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
net = routeng.compute(routeng.load(sys.argv[1]))
net.prepare()
net.routes(net.places()[0]).rows()
print(peak())
"""


def memory() -> Iterator[Row]:
    """Peak resident size of a process that loads, computes and lists one table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mesh.json"
        file.write_bytes(mesh(5_000, 20_000))
        words = [sys.executable, "-c", MEMORY, str(file)]
        out = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    yield "peak RSS, 5,000 VNets and 20,000 endpoint objects", f"{out.strip()} MiB", "<= 120 MB"


def report(rows: list[Row]) -> str:
    """The figures as Markdown."""
    python, machine = platform.python_version(), platform.machine()
    lines = [
        "# Meshes at full scale",
        "",
        f"`python benchmarks/bench_scale.py --write` on {machine}, Python {python}. Medians of rounds in turn with S:"
        " `json.loads` of the file plus `ipaddress.ip_network` on every prefix in it.",
        "",
        "![load + compute by number of VNets](scale.svg)",
        "",
        "| measurement | figure | goal |",
        "|---|---|---|",
        *(f"| {title} | {text} | {goal} |" for title, text, goal in rows),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    """Measure, print, and write if asked to."""
    rows, points = growth()
    for row in rows:
        print(*row, sep=" | ", flush=True)
    parts: list[Callable[[], Iterator[Row]]] = [what_ifs, diffs, look_ups, all_rows, memory]
    for part in parts:
        gc.collect()
        for row in part():
            rows.append(row)
            print(*row, sep=" | ", flush=True)
    if "--write" in arguments:
        (RESULTS / "scale.md").write_text(report(rows))
        (RESULTS / "scale.svg").write_text(figure(points))


if __name__ == "__main__":
    main(sys.argv[1:])
