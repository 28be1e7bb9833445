"""Limits of private endpoints: per VNet, per VNet with its peers, per subscription, per service (PE-8,
PE-10).
"""

from __future__ import annotations

from collections.abc import Mapping

from routeng.limits.ledger import Ledger
from routeng.limits.view import View


def endpoint_counts(view: View) -> dict[str, int]:
    """Private endpoints of every VNet that has some: its own count, its subnets' counts, those declared one by
    one.
    """
    counts: dict[str, int] = {}
    for name, vnet in view.declaration.vnets.items():
        declared = vnet.declared
        used = declared.private_endpoint_count
        for subnet in declared.subnets.values():
            used += subnet.private_endpoint_count
        if used:
            counts[name] = used
    for endpoint in view.declaration.endpoints.values():
        counts[endpoint.vnet] = counts.get(endpoint.vnet, 0) + 1
    return counts


def high_scale(view: View, vnet: str) -> bool:
    """True if the VNet has high-scale private endpoints (privateEndpointVNetPolicies Basic, PE-8)."""
    return view.declaration.vnets[vnet].declared.private_endpoint_vnet_policies == "Basic"


def count(view: View, ledger: Ledger, counts: Mapping[str, int]) -> None:
    """Enter the endpoint limits; ``counts`` as from :func:`endpoint_counts`."""
    if not counts:
        return
    ordinary: list[tuple[str, int]] = []
    raised: list[tuple[str, int]] = []
    for name, used in counts.items():
        (raised if high_scale(view, name) else ordinary).append((name, used))
    ledger.add_many("pe.per_vnet", ordinary)
    ledger.add_many("pe.per_vnet", raised, raised=True)
    _peered(view, ledger, counts)
    _per_subscription(view, ledger, counts)
    targets: dict[str, int] = {}
    for endpoint in view.topology.private_endpoints.values():
        if endpoint.target and "/privatelinkservices/" in endpoint.target.lower():
            key = endpoint.target.rpartition("/")[2]
            targets[key] = targets.get(key, 0) + 1
    ledger.add_many("pe.per_private_link_service", targets.items())


def _peered(view: View, ledger: Ledger, counts: Mapping[str, int]) -> None:
    """Own and directly peered endpoints (PE-10); 20,000 only if the VNet and every peer with endpoints has
    HSPE.
    """
    ordinary: list[tuple[str, int]] = []
    raised: list[tuple[str, int]] = []
    for name in view.declaration.vnets:
        remotes = [link.remote for link in view.peerings.links(name)]
        if not remotes:
            continue
        used = counts.get(name, 0)
        everywhere = high_scale(view, name)
        for remote in remotes:
            more = counts.get(remote)
            if more:
                used += more
                everywhere = everywhere and high_scale(view, remote)
        if used:
            (raised if everywhere else ordinary).append((name, used))
    ledger.add_many("pe.peered", ordinary)
    ledger.add_many("pe.peered", raised, raised=True)


def _per_subscription(view: View, ledger: Ledger, counts: Mapping[str, int]) -> None:
    vnets = view.declaration.vnets
    known: dict[str, int] = {}
    unknown = []
    for name, used in counts.items():
        subscription = view.subscription(vnets[name].declared)
        if subscription is None:
            unknown.append(name)
        else:
            known[subscription] = known.get(subscription, 0) + used
    ledger.add_many("pe.per_subscription", known.items())
    ledger.not_declared("pe.per_subscription", unknown, "no subscription declared")
