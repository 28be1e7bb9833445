"""The nine-step mesh plan, everything checked, against the least work with its base file.

S = ``json.loads`` of the base plus ``ipaddress.ip_network`` on every prefix in it, in the same rounds.
Run: ``python -m pytest benchmarks/bench_plan.py -s``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench_network import least
from interleave import record

from routeng import gallery
from routeng.plan import run_plan


@pytest.mark.parametrize("spokes", [500, 2499])
def test_nine_steps(benchmark: Any, tmp_path: Path, spokes: int) -> None:
    files = gallery.build("mesh-migration", spokes=spokes)
    for name in ("hairpin.json", "mesh-plan.json"):
        (tmp_path / name).write_text(json.dumps(files[name]))
    data = (tmp_path / "hairpin.json").read_bytes()
    ratio = record(benchmark, lambda: run_plan(str(tmp_path / "mesh-plan.json")), least(data), rounds=5)
    print(f"\nnine steps on {2 * spokes + 2:,} VNets: {ratio:.1f} S")
