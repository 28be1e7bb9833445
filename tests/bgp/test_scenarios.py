"""Every recorded scenario: the tables of real daemons, FRR's being the reference."""

import json
from pathlib import Path

import pytest

from routeng.bgp.scenario import run

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.json"))
DEFAULTS = {
    "as_path": [],
    "next_hop": None,
    "local_pref": 100,
    "med": None,
    "origin": "igp",
    "communities": [],
    "weight": 0,
    "originator_id": None,
    "cluster_list": None,
    "valid": True,
    "best": False,
    "multipath": False,
    "suppressed": False,
}


def judged(path, missing_as_worst):
    out = {name: path.get(name, default) for name, default in DEFAULTS.items()}
    out["communities"] = sorted(out["communities"])
    out["cluster_list"] = out["cluster_list"] or None
    if not missing_as_worst:
        out["med"] = out["med"] or 0
    return out


def table(paths, missing_as_worst):
    keyed = {(p["from"], p.get("peer_addr")): judged(p, missing_as_worst) for p in paths}
    assert len(keyed) == len(paths)
    return keyed


def differences(document, routers):
    options = {r["name"]: r.get("bgp", {}) for r in document["scenario"]["routers"]}
    expected = document["answers"]["frr"]["routers"]
    found = []
    for name in options:
        worst = options[name].get("med_missing_as_worst", False)
        ours, theirs = routers.get(name, {}), expected.get(name, {})
        for prefix in sorted(set(ours) | set(theirs)):
            mine, recorded = table(ours.get(prefix, []), worst), table(theirs.get(prefix, []), worst)
            if mine != recorded:
                found.append((name, prefix, mine, recorded))
            elif recorded and any(p["best"] for p in recorded.values()):
                assert ours[prefix][0]["best"], "the best path comes first"
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_recorded_tables(path):
    document = json.loads(path.read_text())
    result = run(path)
    assert result.solution.converged
    found = differences(document, result.routers())
    assert not found


def test_there_are_cases():
    assert len(CASES) >= 109
