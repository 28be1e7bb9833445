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
@click.option("--forecast", is_flag=True, help="How much more fits: spokes, members, peers of today's shape.")
@output_options
def command(
    topology: str,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    only: tuple[str, ...],
    everything: bool,
    forecast: bool,
    output: str,
    query: str | None,
) -> int:
    """Platform limits that the topology touches, the tightest first. Exit status 1 if any is breached."""
    from routeng.cli.files import network
    from routeng.report.limits import report

    net = network(topology, overlay, enforce_limits=enforce_limits)
    found = net.limits()
    if forecast:
        from routeng.limits.forecast import forecasts
        from routeng.report.limits import forecast_report

        show(forecast_report(forecasts(net, found)), output, query)
        return int(bool(found.breached))
    rows = found.rows()
    declared = [row for row in rows if everything or row["status"] != "not declared"]
    shown = [row for row in declared if row["status"] in only] if only else declared
    left_out = 0 if only else len(rows) - len(declared)
    show(report(found, shown, left_out), output, query)
    if not found.complete and output not in ("table", "markdown"):
        say("not complete: " + "; ".join(found.missing))
    return int(bool(found.breached))
