"""``routeng why``: why a route won, why others lost, or why there is none."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, show, topology_options


@click.command("why", short_help="Why a route won, why others lost, or why there is none.")
@click.argument("topology")
@click.argument("at", metavar="PLACE|NODE")
@click.argument("destination", metavar="PREFIX|ADDRESS")
@topology_options
@output_options
def command(
    topology: str,
    at: str,
    destination: str,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    output: str,
    query: str | None,
) -> int:
    """Why traffic of a place goes where it goes, or why a node of BGP holds what it holds.

    Exit status 1 if there is no route. Routing only: security groups and admin rules are not evaluated.
    """
    from routeng.cli.files import network
    from routeng.report.why import report

    net = network(topology, overlay, enforce_limits=enforce_limits)
    try:
        found = net.why(at, destination)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PREFIX|ADDRESS") from None
    show(report(found), output, query)
    return int(not found.found)
