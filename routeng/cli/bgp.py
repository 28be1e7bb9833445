"""``routeng bgp``: plain BGP simulation of a scenario file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from routeng.cli.output import output_options, show

if TYPE_CHECKING:
    from routeng.bgp.scenario import ScenarioResult


@click.command("bgp", short_help="Plain BGP simulation of a scenario file.")
@click.argument("scenario")
@click.option("--router", metavar="NAME", help="Only this router.")
@click.option("--prefix", metavar="CIDR", help="Only this network.")
@output_options
def command(scenario: str, router: str | None, prefix: str | None, output: str, query: str | None) -> int:
    """Every router's BGP table for SCENARIO, a file of the neutral scenario format.

    JSON has the form of the recorded answers. Exit status 1 when the routes never settle.
    """
    from routeng.bgp.scenario import run
    from routeng.inputs.nearest import nearest
    from routeng.report import Column, Report
    from routeng.report.listing import listing

    result = run(scenario)
    names = result.solution.graph.speakers
    if router is not None and router not in names:
        near = nearest(router, names)
        raise click.UsageError(f"No router {router!r}." + (f" Did you mean {near!r}?" if near else ""))
    wanted = _network(prefix) if prefix else None
    rows = [
        row for row in result.rows() if router in (None, row["router"]) and wanted in (None, row["network"])
    ]
    columns = (
        Column("router", "Router"),
        Column("mark", "Best"),
        Column("network", "Network"),
        Column("nextHop", "Next Hop"),
        Column("from", "From"),
        Column("asPath", "AS Path"),
        Column("origin", "Origin"),
        Column("weight", "Weight", right=True),
        Column("localPref", "Local Pref", right=True),
        Column("med", "MED", right=True),
        Column("communities", "Communities"),
        Column("reason", "Reason"),
    )
    used = [column for column in columns if any(row[column.key] not in (None, "") for row in rows)]
    table = listing(rows, used, tones={"*": "good", "=": "good"}, empty="No routes.", notes=_notes(result))
    document = result.to_dict()
    if router is not None or wanted is not None:
        document["answers"]["routeng"]["routers"] = _selected(
            document["answers"]["routeng"]["routers"], router, wanted
        )
    show(Report(document=document, parts=table.parts, records=rows), output, query)
    return 0 if result.solution.converged else 1


def _network(prefix: str) -> str:
    from routeng.lpm import Prefix

    try:
        return str(Prefix(prefix))
    except ValueError as error:
        raise click.UsageError(f"--prefix: {error}") from error


def _selected(routers: dict[str, Any], router: str | None, network: str | None) -> dict[str, Any]:
    return {
        name: {net: paths for net, paths in table.items() if network in (None, net)}
        for name, table in routers.items()
        if router in (None, name)
    }


def _notes(result: ScenarioResult) -> tuple[str, ...]:
    """What a reader of the tables must know: they never settle, or other activation orders end elsewhere."""
    solution = result.solution
    notes = [
        f"{', '.join(o.prefixes)} never settles: {', '.join(o.speakers)} keep changing their choice"
        for o in solution.oscillations
    ]
    if solution.alternatives:
        notes.append("Several stable outcomes: the tables are those of activation in declaration order.")
    notes.extend(
        f"Other outcome ({a.order} activation): {a.speaker} reaches {a.prefix} by "
        + (f"{a.peer}, AS path {a.as_path or '()'}" if a.peer else "nothing")
        for a in solution.alternatives
    )
    return tuple(notes)
