"""Topologies of the recorded cases, with RFC 7396 merge patches on top."""

import json
from pathlib import Path
from typing import Any

from routeng.model.loading import loads
from routeng.network import Network, compute

CASES = Path(__file__).parents[2] / "recorded" / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/topology.json"))


def document(name: str) -> dict[str, Any]:
    """The topology of a case as plain data."""
    found: dict[str, Any] = json.loads((CASES / name / "topology.json").read_bytes())
    return found


def network(whole: dict[str, Any]) -> Network:
    """The computed network of a topology."""
    return compute(loads(json.dumps(whole).encode()))


def patched(target: Any, patch: Any) -> Any:
    """RFC 7396 section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged


def case(name: str, *changes: Any) -> Network:
    """The computed network of a case with changes on top."""
    whole = document(name)
    for change in changes:
        whole = patched(whole, change)
    return network(whole)
