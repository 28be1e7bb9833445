"""``routeng limits``: every platform limit that a topology touches."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, overlay_option, show


@click.command("limits", short_help="Platform limits: used, limit, headroom, and what happens beyond.")
@click.argument("topology")
@overlay_option
@click.option(
    "--only",
    type=click.Choice(["near", "breached"]),
    multiple=True,
    help="Only limits with this status (repeatable).",
)
@output_options
def command(
    topology: str, overlay: tuple[str, ...], only: tuple[str, ...], output: str, query: str | None
) -> int:
    """Every platform limit that the topology touches. Exit status 1 if any is breached."""
    from routeng.cli.files import network
    from routeng.report.limits import report

    found = network(topology, overlay).limits()
    rows = found.rows()
    shown = [row for row in rows if not only or row["status"] in only]
    show(report(shown), output, query)
    return int(any(row["status"] == "breached" for row in rows))
