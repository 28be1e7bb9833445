"""Ratios on a noisy machine: every contender once a round, the rounds interleaved, medians compared.

Absolute times of a shared machine mean little; the ratio of two medians from the same rounds means something.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Contenders = Mapping[str, Callable[[], Any]]


def interleaved(contenders: Contenders, rounds: int = 7, inner: int = 1) -> dict[str, float]:
    """Median seconds per call of each contender over ``rounds`` rounds (at least five) in which all take turns."""
    assert rounds >= 5
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            gc.collect()
            start = time.perf_counter()
            for _ in range(inner):
                call()
            times[name].append((time.perf_counter() - start) / inner)
    return {name: statistics.median(values) for name, values in times.items()}


def record(benchmark: Any, call: Callable[[], Any], base: Callable[[], Any], rounds: int = 7) -> float:
    """Measure ``call`` and ``base`` in turn, hand the rounds of ``call`` to pytest-benchmark, return the ratio."""
    medians = interleaved({"call": call, "base": base}, rounds)
    ratio = medians["call"] / medians["base"]
    benchmark.extra_info.update(base_seconds=medians["base"], seconds=medians["call"], ratio=round(ratio, 3))
    benchmark.pedantic(call, rounds=1, iterations=1)
    return ratio
