from collections.abc import Callable
from typing import Any

import pytest

from routeng import gallery
from routeng.model.loading import loads
from routeng.network import Network, compute

Compute = Callable[..., Network]


@pytest.fixture(scope="module")
def example() -> Compute:
    """``example(name, file, **options)`` -> the computed network of one file of an example."""
    known: dict[str, Network] = {}

    def network(name: str, file: str | None = None, **options: Any) -> Network:
        wanted = file or f"{name}.json"
        key = f"{name} {wanted} {options}"
        if key not in known:
            known[key] = compute(loads(gallery.render(gallery.build(name, **options)[wanted]), wanted))
        return known[key]

    return network
