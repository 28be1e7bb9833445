"""``routeng limits``: every platform limit that a topology touches."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, say, show, topology_options


@click.command("limits", short_help="Platform limits: used, limit, headroom, and what happens beyond.")
@click.argument("topology")
@topology_options
@click.option(
    "--only",
    type=click.Choice(["near", "breached"]),
    multiple=True,
    help="Only limits with this status (repeatable).",
)
@click.option("--all", "everything", is_flag=True, help="Also limits whose counts are not declared.")
@output_options
def command(
    topology: str,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    only: tuple[str, ...],
    everything: bool,
    output: str,
    query: str | None,
) -> int:
    """Platform limits that the topology touches, the tightest first. Exit status 1 if any is breached."""
    from routeng.cli.files import network
    from routeng.report.limits import report

    found = network(topology, overlay, enforce_limits=enforce_limits).limits()
    rows = found.rows()
    declared = [row for row in rows if everything or row["status"] != "not declared"]
    shown = [row for row in declared if row["status"] in only] if only else declared
    left_out = 0 if only else len(rows) - len(declared)
    show(report(found, shown, left_out), output, query)
    if not found.complete and output not in ("table", "markdown"):
        say("not complete: " + "; ".join(found.missing))
    return int(bool(found.breached))
