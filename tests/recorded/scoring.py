"""Run the recorded cases: load the topology, ask what was recorded, compare, and keep the score.

A table ends as one of

* ``exact``: every recorded row is predicted and, in a complete table, nothing else;
* ``differs``: the prediction claims to be complete, and rows are missing or extra;
* ``needs BGP``: the prediction says itself that it is not complete, or the table is not computed; the rows
  that do agree count as right;
* ``error``: loading, computing or asking raised; the table scores 0.

``score.json`` beside this file holds the outcome of every table. :func:`regressions` says what got worse.
"""

from __future__ import annotations

import json
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from recorded.compare import Comparison, compare, normalise

HERE = Path(__file__).parent
CASES = HERE / "cases"
SCORE = HERE / "score.json"
RANK = {"exact": 3, "differs": 2, "needs BGP": 2, "error": 0}


@dataclass
class TableResult:
    """The outcome of one recorded table. ``predicted`` holds the rows as the package gave them."""

    case: str
    table: Mapping[str, Any]
    status: str
    right: int
    recorded: int
    extra: int
    comparison: Comparison | None = None
    predicted: list[Mapping[str, Any]] = field(default_factory=list)
    error: str = ""
    traceback: str = ""
    missing: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What was asked, in words: ``routes at hub/vm``, ``rib gw received er/primary on 10.0.0.12``."""
        t = self.table
        words = [t["ask"], "at" if "at" in t else "", t.get("at") or t.get("node", "?")]
        words += [f"{key} {t[key]}" for key in ("received", "advertised") if key in t]
        words += [f"on {t['localAddress']}"] if "localAddress" in t else []
        words += ["(with overlay)"] if "overlay" in t else []
        return " ".join(word for word in words if word)

    def outcome(self) -> dict[str, Any]:
        """The part that ``score.json`` keeps."""
        return {"status": self.status, "right": self.right, "recorded": self.recorded, "extra": self.extra}


@dataclass
class CaseResult:
    """The outcome of a case: its tables, and whether its source recorded everything."""

    name: str
    completeness: str
    tables: list[TableResult]

    def outcome(self) -> dict[str, Any]:
        """The part that ``score.json`` keeps."""
        return {
            "completeness": self.completeness,
            "tables": {
                t.table["id"]: {"ask": t.table["ask"], **t.outcome()}
                for t in sorted(self.tables, key=lambda t: str(t.table["id"]))
            },
        }


def case_names() -> list[str]:
    """All cases, sorted."""
    return sorted(path.parent.name for path in CASES.glob("*/case.json"))


def run_case(name: str, only: Callable[[Mapping[str, Any]], bool] = lambda table: True) -> CaseResult:
    """Ask every table of a case that ``only`` accepts; nothing that the package raises escapes."""
    case = json.loads((CASES / name / "case.json").read_bytes())
    networks = _Networks(CASES / name / "topology.json")
    results = [run_table(name, table, networks) for table in case["tables"] if only(table)]
    return CaseResult(name, case["completeness"], results)


def run_table(case: str, table: Mapping[str, Any], networks: _Networks) -> TableResult:
    """Ask one table and compare."""
    recorded = len(
        normalise(table["rows"], table["compare"], table.get("ignore", []), merge=table["ask"] == "routes")
    )
    result = TableResult(case, table, "error", 0, recorded, 0)
    try:
        network = networks.get(table.get("overlay"))
        result.predicted, complete, result.missing = ask(network, table)
        result.comparison = compare(table, result.predicted)
    except Exception as error:
        result.error = f"{type(error).__name__}: {error}"
        result.traceback = traceback.format_exc()
        return result
    result.right = result.comparison.right
    result.extra = len(result.comparison.extra) if result.comparison.complete else 0
    result.status = "needs BGP" if not complete else "exact" if result.comparison.exact else "differs"
    return result


def ask(network: Any, table: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], bool, tuple[str, ...]]:
    """(rows, whether they claim to be complete, what is missing) for the question of a table."""
    if table["ask"] == "routes":
        answer = network.routes(table["at"])
    else:
        answer = network.rib(
            table["node"],
            received=table.get("received"),
            advertised=table.get("advertised"),
            local_address=table.get("localAddress"),
        )
    return list(answer.rows()), bool(getattr(answer, "complete", True)), tuple(getattr(answer, "missing", ()))


class _Networks:
    """The computed networks of one case: the topology as it is, and with each overlay merged on top."""

    def __init__(self, topology: Path) -> None:
        self._path = topology
        self._computed: dict[str, Any] = {}

    def get(self, overlay: Mapping[str, Any] | None) -> Any:
        key = json.dumps(overlay, sort_keys=True)
        if key not in self._computed:
            try:
                self._computed[key] = self._compute(overlay)
            except Exception as error:
                self._computed[key] = error
        if isinstance(self._computed[key], Exception):
            raise self._computed[key]
        return self._computed[key]

    def _compute(self, overlay: Mapping[str, Any] | None) -> Any:
        import routeng

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if overlay is None:
                return routeng.compute(routeng.load(self._path))
            merged = merge_patch(json.loads(self._path.read_bytes()), overlay)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "topology.json"
                path.write_text(json.dumps(merged))
                return routeng.compute(routeng.load(path))


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 section 2, written here once more so that the cases do not lean on the code under test."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def regressions(case: str, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[str]:
    """What got worse since ``score.json`` was written, one line a table; empty when nothing did."""
    if before is None:
        return [f"{case}: not in score.json"]
    lines = []
    for table in sorted({*now["tables"], *before["tables"]}):
        new, old = now["tables"].get(table), before["tables"].get(table)
        if new is None or old is None:
            lines.append(f"{case} / {table}: {'gone' if new is None else 'not in score.json'}")
        elif new["recorded"] != old["recorded"]:
            lines.append(
                f"{case} / {table}: {new['recorded']} rows recorded, score.json has {old['recorded']}"
            )
        elif (
            new["right"] < old["right"]
            or RANK[new["status"]] < RANK[old["status"]]
            or (_share(new) < _share(old) and old["status"] != "needs BGP")
        ):
            lines.append(f"{case} / {table}: was {_words(old)}, is {_words(new)}")
    return lines


def improved(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether ``score.json`` would change for this case."""
    return before is not None and now != before


def read_score(path: Path = SCORE) -> dict[str, Any]:
    """The checked-in outcome of every case ({} when there is none yet)."""
    return json.loads(path.read_bytes())["cases"] if path.exists() else {}


def write_score(outcomes: Mapping[str, Mapping[str, Any]], path: Path = SCORE) -> None:
    """Replace ``score.json``; totals first, so that a change of the sum shows at the top of a diff."""
    document = {
        "totals": totals(outcomes.values()),
        "cases": {name: outcomes[name] for name in sorted(outcomes)},
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def totals(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows right and recorded, and tables by status: routes and rib, full and partial cases, and in all."""
    sums: dict[str, dict[str, int]] = {
        key: {"right": 0, "recorded": 0, "extra": 0} for key in ("all", "routes", "rib", "full", "partial")
    }
    tables = {"exact": 0, "differs": 0, "needs BGP": 0, "error": 0}
    for case in outcomes:
        for table in case["tables"].values():
            tables[table["status"]] += 1
            for key in ("all", table["ask"], case["completeness"]):
                for column in ("right", "recorded", "extra"):
                    sums[key][column] += table[column]
    return {**sums, "tables": tables}


def _share(outcome: Mapping[str, Any]) -> Fraction:
    return Fraction(outcome["right"], max(1, outcome["recorded"] + outcome["extra"]))


def _words(outcome: Mapping[str, Any]) -> str:
    extra = f", {outcome['extra']} extra" if outcome["extra"] else ""
    return f"{outcome['status']} ({outcome['right']}/{outcome['recorded']} rows{extra})"
