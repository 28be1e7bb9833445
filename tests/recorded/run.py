"""Run recorded cases and show what differs: the tool for finding out why a table is not right.

    python tests/recorded/run.py                       all cases: a line each, and every difference
    python tests/recorded/run.py er-sgp                cases whose name contains "er-sgp"
    python tests/recorded/run.py er-sgp-0 -t gw-learned -v   one table, all its rows, notes, tracebacks
    python tests/recorded/run.py --summary             the lines and totals only
    python tests/recorded/run.py --update-score        keep the outcome in score.json

``-`` rows were recorded and are not predicted, ``+`` rows are predicted and were not recorded.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
try:
    import routeng  # noqa: F401
except ModuleNotFoundError:
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from recorded import printing, scoring


def main(argv: list[str] | None = None) -> int:
    """Run, print, and return 1 when anything is worse than ``score.json``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("case", nargs="*", help="part of a case name (several: any of them)")
    parser.add_argument("-t", "--table", help="only tables whose id contains this")
    parser.add_argument("-a", "--ask", choices=["routes", "rib"], help="only tables of this kind")
    parser.add_argument("-s", "--status", help="show only tables that ended so: exact, differs, needs, error")
    parser.add_argument("-v", "--verbose", action="store_true", help="rows in both, notes, tracebacks")
    parser.add_argument("--summary", action="store_true", help="lines and totals only")
    parser.add_argument("--update-score", action="store_true", help="write score.json (runs every case)")
    args = parser.parse_args(argv)

    names = [
        name
        for name in scoring.case_names()
        if args.update_score or not args.case or any(part in name for part in args.case)
    ]
    if not names:
        print("no such case; there are:\n  " + "\n  ".join(scoring.case_names()), file=sys.stderr)
        return 2
    filtered = (args.table or args.ask) and not args.update_score
    score, outcomes, worse = scoring.read_score(), {}, []
    for name in names:
        case = scoring.run_case(
            name,
            lambda table: (
                not filtered
                or ((args.table or "") in table["id"] and (args.ask or table["ask"]) == table["ask"])
            ),
        )
        outcomes[name] = case.outcome()
        if not filtered:
            worse += scoring.regressions(name, outcomes[name], score.get(name))
        for table in case.tables:
            shown = args.status in table.status if args.status else args.verbose or table.status != "exact"
            if shown and not args.summary:
                print("\n".join(printing.table_report(table, verbose=args.verbose)), end="\n\n")
    print("\n".join(printing.summary({name: case for name, case in outcomes.items() if case["tables"]})))
    if args.update_score:
        scoring.write_score(outcomes)
        print("\n".join(["score.json written; tables that are worse than before:", *(worse or ["none"])]))
        return 0
    if worse:
        print("\n".join(["worse than score.json:", *(f"  {line}" for line in worse)]))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
