"""``routeng rib``: the BGP table of a node."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, say, show, topology_options


@click.command("rib", short_help="BGP table of a gateway, route server, MSEE, NVA or on-prem router.")
@click.argument("topology")
@click.argument("node", required=False)
@topology_options
@click.option("--prefix", metavar="CIDR", help="Only this network.")
@click.option("--received", metavar="PEER", help="What NODE learned from PEER.")
@click.option("--advertised", metavar="PEER", help="What NODE sends to PEER.")
@click.option("--local-address", metavar="IP", help="Only the instance of NODE with this address.")
@output_options
def command(
    topology: str,
    node: str | None,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    prefix: str | None,
    received: str | None,
    advertised: str | None,
    local_address: str | None,
    output: str,
    query: str | None,
) -> int:
    """BGP table of NODE: a gateway, a route server, circuit/primary or circuit/secondary, or a device.

    Without NODE, lists the nodes that can be asked.
    """
    from routeng.cli.files import network

    if received and advertised:
        raise click.UsageError("--received and --advertised exclude each other.")
    wanted = _network(prefix) if prefix else None
    net = network(topology, overlay, enforce_limits=enforce_limits)
    if node is None:
        from routeng.report import Column
        from routeng.report.listing import listing

        nodes = [{"node": name} for name in net.nodes()]
        show(listing(nodes, [Column("node", "Node")], empty="No node speaks BGP."), output, query)
        say("choose a node: routeng rib TOPOLOGY NODE")
        return 0
    from routeng.report.rib import report

    try:
        table = net.rib(node, received=received, advertised=advertised, local_address=local_address)
    except KeyError as error:
        wrong = error.args[0] if error.args else None
        if wrong not in (node, received, advertised):
            raise
        from routeng.inputs.nearest import nearest

        near = nearest(wrong, net.nodes())
        hint = f" Did you mean {near!r}?" if near else f" There are {', '.join(net.nodes())}."
        raise click.UsageError(f"No node or peer {wrong!r}.{hint}") from None
    rows = [row for row in table.rows() if wanted is None or row["network"] == wanted]
    show(report(rows, complete=table.complete, missing=tuple(table.missing)), output, query)
    if not table.complete and output != "table":
        say("not complete: " + "; ".join(table.missing))
    return 0


def _network(prefix: str) -> str:
    """The canonical spelling of ``prefix``."""
    from routeng.lpm import Prefix

    try:
        return str(Prefix(prefix))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--prefix") from None
