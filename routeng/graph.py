"""A network as a graph, for drawing and for graph algorithms (networkx is imported only here, when called)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routeng.network import Network

if TYPE_CHECKING:
    import networkx as nx


def graph(network: Network) -> nx.MultiDiGraph[Any]:
    """Virtual networks, connected groups and BGP speakers as a directed multigraph.

    Nodes are names with ``kind`` (``vnet``, ``group``, or a role such as ``er-gateway``, ``route-server``, ``msee``,
    ``device``); VNets carry ``location`` and ``prefixes``. Edges carry ``kind``: ``peering`` (one a direction, with
    ``crosses_regions``, ``uses_transit``), ``member`` (VNet to group), ``holds`` (VNet to a node in it) and ``bgp``
    (both directions of every session, with ``session`` type and whether it is ``up``).
    """
    import networkx

    made: nx.MultiDiGraph[Any] = networkx.MultiDiGraph()
    for vnet in network.declaration.vnets.values():
        prefixes = [str(p) for p in vnet.prefixes]
        made.add_node(vnet.name, kind="vnet", location=vnet.location, prefixes=prefixes)
    for name in network.declaration.vnets:
        for link in network.peerings.links(name):
            made.add_edge(
                name,
                link.remote,
                kind="peering",
                crosses_regions=link.crosses_regions,
                uses_transit=link.uses_transit,
            )
    for group in network.fabric.groups:
        made.add_node(group.label, kind="group")
        made.add_edges_from((v, group.label, {"kind": "member"}) for v in sorted(group.members))
    plan = network.control_plane.plan
    for node, instances in plan.nodes.by_node.items():
        made.add_node(node, kind=instances[0].role)
        if instances[0].vnet is not None:
            made.add_edge(instances[0].vnet, node, kind="holds")
    for label, session in plan.sessions.items():
        a, b = plan.node_of(session.a.speaker), plan.node_of(session.b.speaker)
        facts = plan.facts[label]
        for one, other in ((a, b), (b, a)):
            made.add_edge(one, other, kind="bgp", session=facts.type, up=session.up)
    return made
