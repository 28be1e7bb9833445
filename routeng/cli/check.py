"""``routeng check``: coded findings of a topology."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, show, topology_options


@click.command("check", short_help="Findings: what Azure would refuse, or accept and you would regret.")
@click.argument("topology")
@topology_options
@output_options
def command(
    topology: str, overlay: tuple[str, ...], enforce_limits: bool, output: str, query: str | None
) -> int:
    """Coded findings with severity and rule, refusals first. Exit status 1 if any is an error."""
    from routeng.checks import check
    from routeng.cli.files import network
    from routeng.report.checks import report

    found = check(network(topology, overlay, enforce_limits=enforce_limits))
    show(report(found), output, query)
    return int(any(f.severity == "error" for f in found))
