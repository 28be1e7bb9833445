"""Findings: what Azure would refuse, or accept and the user would regret, as coded plain data.

``refused`` findings are deployments that Azure rejects: a migration plan keeps the earlier state when one appears.
Codes are stable; each names the rule behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from routeng.azure.connected_group import ConnectedGroup
from routeng.network import Network

Severity = Literal["error", "warning", "info"]


class Finding(msgspec.Struct, frozen=True):
    """One finding. ``objects`` are what it is about; ``refused`` is True if Azure would reject the deployment."""

    code: str
    severity: Severity
    message: str
    rule: str
    objects: tuple[str, ...] = ()
    refused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {f: list(v) if isinstance(v := getattr(self, f), tuple) else v for f in self.__struct_fields__}


CODES: dict[str, str] = {
    "RTE001": "the declaration holds something that Azure accepts and that deserves a look",
    "RTE101": "space that members of a connected group share is dropped from the group",
    "RTE102": "a virtual network is not added to a connected group because it overlaps",
    "RTE103": "a high-scale connected group has members without high-scale private endpoints: refused",
    "RTE104": "a connectivity configuration is a draft: it is deployed to no region",
    "RTE105": "members of a configuration are in regions where it is not deployed",
    "RTE106": "a deployment removes peerings that were declared",
    "RTE107": "a member does not use its connected group for some destinations because of user routes",
    "RTE201": "BGP sessions and nodes that are declared and do not fit together",
    "RTE108": "virtual networks behind the same gateway are not in the connected group of the others",
}
"""What each code means."""


def check(network: Network) -> list[Finding]:
    """All findings of a network, refusals first."""
    found = [*_declared(network), *_control(network), *_managers(network), *_removed(network)]
    for group in network.fabric.groups:
        found += _group(network, group)
    found += _left_out(network)
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda f: (not f.refused, order[f.severity], f.code))


def _declared(network: Network) -> Iterator[Finding]:
    for finding in network.declaration.findings:
        yield Finding("RTE001", "warning", finding.message, finding.rule or "", (finding.pointer,))


def _control(network: Network) -> Iterator[Finding]:
    for finding in network.control_plane.findings:
        yield Finding("RTE201", "warning", finding.says, finding.rule, (finding.subject,))


def _managers(network: Network) -> Iterator[Finding]:
    vnets = network.declaration.vnets
    for manager_name, manager in network.topology.network_managers.items():
        for name, config in manager.connectivity_configurations.items():
            if not config.deployed_regions:
                yield Finding(
                    "RTE104",
                    "info",
                    f"{manager_name}/{name} is deployed to no region: it changes nothing",
                    "AVNM-11",
                    (f"{manager_name}/{name}",),
                )
    for deployed in network.managed.deployed:
        for group, outside in deployed.outside:
            regions = sorted({vnets[v].location for v in outside})
            yield Finding(
                "RTE105",
                "warning",
                f"{len(outside)} members of {group} are in {', '.join(regions)}, where {deployed.name} is not deployed",
                "AVNM-12",
                outside,
            )


def _removed(network: Network) -> Iterator[Finding]:
    pairs = sorted({" - ".join(sorted(pair)) for pair in network.managed.removed_peerings()})
    if pairs:
        yield Finding(
            "RTE106",
            "warning",
            f"deployed configurations remove {len(pairs)} declared peerings",
            "AVNM-10",
            tuple(pairs),
        )


def _group(network: Network, group: ConnectedGroup) -> Iterator[Finding]:
    vnets = network.declaration.vnets
    if group.left_out:
        prefixes = sorted(group.left_out)
        yield Finding(
            "RTE101",
            "warning",
            f"{len(prefixes)} prefixes of members of {group.label} overlap: traffic to them is dropped",
            group.left_out[prefixes[0]],
            tuple(str(p) for p in prefixes),
        )
    if group.refused:
        yield Finding(
            "RTE102",
            "error",
            f"{len(group.refused)} virtual networks are not added to {group.label}: their space overlaps",
            "AVNM-5",
            group.refused,
        )
    if group.high_scale:
        plain = tuple(
            v for v in group.candidates if vnets[v].declared.private_endpoint_vnet_policies != "Basic"
        )
        if plain:
            yield Finding(
                "RTE103",
                "error",
                f"{group.label} asks for HighScale, but {len(plain)} of {len(group.candidates)} members have no"
                " high-scale private endpoints (privateEndpointVNetPolicies Basic)",
                "AVNM-14",
                plain,
                refused=True,
            )
    held: list[str] = []
    for vnet in group.candidates:
        for name, subnet in vnets[vnet].subnets.items():
            if subnet.route_table is None:
                continue
            stack = network.fabric.stack(vnet, name)
            user = stack.by_kind.get("user")
            if user is None:
                continue
            if any(group.table.get(p) not in (None, vnet) for p in user.entries) or any(
                group.table.lookup(p.address_text(0)) not in (None, vnet) and p.length > 0
                for p in user.entries
                if next(iter(group.table.covering(p)), None) is not None
            ):
                held.append(f"{vnet}/{name}")
    if held:
        yield Finding(
            "RTE107",
            "warning",
            f"user routes keep {len(held)} subnets of {group.label} from reaching members directly",
            "PREC-5",
            tuple(held),
        )


def _left_out(network: Network) -> Iterator[Finding]:
    """Spokes of a hub whose other spokes are in a group."""
    fabric = network.fabric
    for hub in sorted(network.peerings.gateway_vnets):
        spokes = network.peerings.transit_spokes(hub)
        inside = [s for s in spokes if fabric.groups_of(s)]
        outside = tuple(s for s in spokes if not fabric.groups_of(s))
        if inside and outside:
            yield Finding(
                "RTE108",
                "warning",
                f"{len(outside)} of {len(spokes)} spokes of {hub} are in no connected group: between them and the"
                " others traffic still takes the gateway",
                "AVNM-8",
                outside,
            )
