"""Effective routes: the stack of layers of a subnet, its masks, its rows and its look-up.

The algorithm in one page (vnet-routing.md chapter 0): user routes beat everything of equal prefix; otherwise the
longest prefix decides, except that a gateway route can never win inside the VNet's, a peer's or a connected
group's space, which is why such routes are removed before any look-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from routeng.azure import masks
from routeng.azure.endpoints import SERVICE_TAGS
from routeng.azure.layers import Layer, LayerKey, Route, SharedLayer
from routeng.azure.masks import Mask
from routeng.lpm import LayerStack, Prefix, PrefixTable
from routeng.model.declaration import SubnetDecl, VNetDecl

if TYPE_CHECKING:
    from routeng.azure.fabric import Fabric


class EffectiveRoute(msgspec.Struct, frozen=True):
    """One row of an effective route table.

    ``prefixes``: CIDRs, or the name of a service tag; several only for rows that Azure prints as a list.
    ``state_rule`` says why an Invalid row is Invalid.
    """

    source: str
    state: str
    prefixes: tuple[str, ...]
    next_hop_type: str
    next_hops: tuple[str, ...]
    rule: str
    name: str | None = None
    owner: str | None = None
    state_rule: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The row with the keys of ``az network nic show-effective-route-table`` and routeng's own."""
        return {
            "source": self.source,
            "state": self.state,
            "addressPrefix": list(self.prefixes),
            "nextHopType": self.next_hop_type,
            "nextHopIpAddress": list(self.next_hops),
            "name": self.name,
            "rule": self.rule,
            "stateRule": self.state_rule,
            "owner": self.owner,
        }


class Stack:
    """The layers of one subnet in rank order, with what they mask of each other.

    Immutable; everything derived is computed on first use. Stacks are cheap: they hold the keys of their layers.
    """

    def __init__(
        self, fabric: Fabric, vnet: VNetDecl, subnet: SubnetDecl, keys: tuple[LayerKey, ...]
    ) -> None:
        self.fabric = fabric
        self.vnet = vnet
        self.subnet = subnet
        self.keys = keys

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in rank order."""
        return tuple(map(self.fabric.layer, self.keys))

    @cached_property
    def by_kind(self) -> dict[str, Layer]:
        """The layers by kind; of several connected groups the last."""
        return {layer.kind: layer for layer in self.layers}

    @cached_property
    def families(self) -> frozenset[int]:
        """The address families whose rows the subnet has (C-5)."""
        return frozenset({4} | {p.family for p in self.subnet.prefixes})

    @cached_property
    def removed(self) -> tuple[tuple[Mask, ...], ...]:
        """Per layer, the masks that remove prefixes from it (several, so that shared ones stay shared)."""
        return tuple(self._removed(layer) for layer in self.layers)

    @cached_property
    def invalid(self) -> tuple[Mask, ...]:
        """Per layer, the prefixes that are listed as Invalid."""
        return tuple(self._invalid(i, layer) for i, layer in enumerate(self.layers))

    def _removed(self, layer: Layer) -> tuple[Mask, ...]:
        match layer.kind:
            case "group":
                return (self._group_removed(layer),)
            case "gateway":
                return self._gateway_removed
            case "default":
                return (self._defaults[0],)
        return ()

    def _group_removed(self, layer: Layer) -> Mask:
        """What a member does not see of its group: its own space, and VNets that it is peered with (AVNM-7)."""
        found = masks.equal(layer, self.vnet.prefixes, "AVNM-1")
        members = self.fabric.group(layer.key[1]).members
        peering = self.by_kind.get("peering")
        for link in self.fabric.peerings.links(self.vnet.name) if peering is not None else ():
            prefixes = list(link.prefixes)
            if link.remote in members:
                prefixes += self.fabric.declaration.vnets[link.remote].prefixes
            found.update(masks.equal(layer, prefixes, "AVNM-7"))
        for other in self.layers:
            if other is layer:
                break
            if other.kind == "group":
                found.update(masks.equal(layer, (p for p, _ in other.items()), "AVNM-1"))
        return found

    @cached_property
    def _gateway_removed(self) -> tuple[Mask, ...]:
        gateway = self.by_kind["gateway"]
        user = self.by_kind.get("user")
        found: list[Mask] = [masks.inside(gateway, self.vnet.prefixes, "PREC-4")]
        peering = self.by_kind.get("peering")
        if peering is not None:
            found.append(self.fabric.pair_mask(gateway, peering, "PREC-4"))
        if self.fabric.setting("PREC-10") == "on":
            found += [self._kept_out(gateway, g) for g in self.layers if g.kind == "group"]
        if user is not None:
            spaces = self.fabric.override_prefixes(user.key[1])
            if spaces:
                found.append(masks.inside(gateway, spaces, "UDR-8"))
        return tuple(m for m in found if m)

    def _kept_out(self, gateway: Layer, group: Layer) -> Mask:
        """The gateway routes inside what the subnet sees of a connected group (PREC-10)."""
        mask = self.fabric.pair_mask(gateway, group, "PREC-10")
        if not mask:
            return mask
        hidden = self._group_removed(group)
        peering = self.by_kind.get("peering")
        preferred = peering.entries if peering is not None else {}
        if all(p in preferred or p in self.vnet.prefixes for p in hidden):
            return mask  # what is hidden is the VNet's own or a peer's, which keeps routes out just the same
        space = group.table
        return {p: rule for p, rule in mask.items() if any(q not in hidden for q, _ in space.covering(p))}

    @cached_property
    def _defaults(self) -> tuple[Mask, Mask]:
        layer = self.by_kind["default"]
        gateway, user = self.by_kind.get("gateway"), self.by_kind.get("user")
        equal = self.fabric.equal_mask
        taken = [self._reserved_by(layer, o) for o in self.layers if o.kind in {"peering", "group"}]
        if user is not None:
            taken.append(equal(layer, user, "SYS-8"))
        return masks.defaults(
            layer,
            masks.inside(layer, self.vnet.prefixes, "SYS-4"),
            taken,
            user,
            gateway,
            equal(layer, gateway, "SYS-8") if gateway is not None else masks.NOTHING,
            self._gateway_removed if gateway is not None else (),
        )

    def _reserved_by(self, layer: Layer, other: Layer) -> Mask:
        """The reserved ranges that rows of ``other`` replace: those that the subnet lists (PREC-3)."""
        mask = self.fabric.equal_mask(layer, other, "PREC-3")
        if not mask or other.kind != "group":
            return mask
        hidden = self._group_removed(other)
        return {p: rule for p, rule in mask.items() if p not in hidden}

    def _invalid(self, index: int, layer: Layer) -> Mask:
        user = self.by_kind.get("user")
        if layer.kind == "default":
            if user is None:
                return self._defaults[1]
            return {**self._defaults[1], **masks.equal(layer, user.entries, "PREC-7")}
        if user is None or layer.kind == "user":
            return masks.NOTHING
        if layer.kind == "endpoint":
            fabric = self.fabric
            return masks.endpoint_policies(
                layer,
                fabric.user_routes(user.key[1]),
                fabric.endpoints_near(self.vnet.name),
                fabric.declaration,
                self.by_kind.get("peering") if fabric.setting("PE-5") == "longest-match" else None,
            )
        return masks.equal(layer, user.entries, "PREC-7")

    def gone(self, index: int, prefix: Prefix) -> str | None:
        """The rule that removes ``prefix`` from layer ``index``, or None."""
        for mask in self.removed[index]:
            rule = mask.get(prefix)
            if rule is not None:
                return rule
        return None

    def routes(self) -> Iterator[tuple[Layer, Prefix, Route, str | None]]:
        """Every listed row as (layer, prefix, route, rule that makes it Invalid or None), in rank order."""
        for i, layer in enumerate(self.layers):
            for prefix, route, why in self._listed(i, layer):
                yield layer, prefix, route, why

    def _listed(self, index: int, layer: Layer) -> Iterator[tuple[Prefix, Route, str | None]]:
        """The listed rows of one layer: prefix, route, rule that makes it Invalid or None."""
        families, invalid, removed = self.families, self.invalid[index], self.removed[index]
        for prefix, route in layer.items():
            if prefix.family in families and not any(prefix in m for m in removed):
                yield prefix, route, invalid.get(prefix)

    def _group_rows(self, index: int, layer: Layer) -> list[EffectiveRoute]:
        """The rows of a connected group: all Active prefixes in one, where the first of them stands."""
        invalid = self.invalid[index]
        assert isinstance(layer, SharedLayer)
        if invalid or not layer.families <= self.families:
            seen = [(prefix, why) for prefix, _, why in self._listed(index, layer)]
        else:
            gone = {prefix for mask in self.removed[index] for prefix in mask}
            seen = [(prefix, None) for prefix in layer.table if prefix not in gone]
        active = tuple([str(prefix) for prefix, why in seen if why is None])
        rows: list[EffectiveRoute] = []
        is_listed = False
        for prefix, why in seen if invalid else seen[:1]:
            if why is not None:
                rows.append(_row(layer.only, "Invalid", (str(prefix),), why))
            elif not is_listed:
                rows.append(_row(layer.only, "Active", active, None))
                is_listed = True
        return rows

    def symbolic(self, layer: Layer) -> Iterator[tuple[str, Route, str | None]]:
        """The rows of a layer to service tags as (text, route, rule that makes it Invalid or None).

        Service-endpoint rows stay Active whatever the user routes (PREC-6) unless the switch SE-6 says otherwise.
        """
        user = self.by_kind.get("user")
        tags: frozenset[str] = frozenset()
        if layer.kind == "service" and user is not None and self.fabric.setting("SE-6") == "invalid":
            tags = frozenset(text.lower() for text, _ in user.symbolic)
        for text, route in layer.symbolic:
            tag = SERVICE_TAGS.get(route.owner or "", "").lower()
            yield text, route, "PREC-6" if tag in tags else None

    def rows(self) -> list[EffectiveRoute]:
        """The table as Azure lists it: a connected group is one row with all its Active prefixes (AVNM-1)."""
        rows: list[EffectiveRoute] = []
        for i, layer in enumerate(self.layers):
            if layer.kind == "group":
                rows += self._group_rows(i, layer)
            else:
                rows += [
                    _row(route, "Active" if why is None else "Invalid", (str(prefix),), why)
                    for prefix, route, why in self._listed(i, layer)
                ]
        for layer in self.layers:
            for text, route, why in self.symbolic(layer):
                rows.append(_row(route, "Active" if why is None else "Invalid", (text,), why))
        rows.sort(key=listed_order)
        return rows

    @cached_property
    def compiled(self) -> LayerStack[object]:
        """The stack as one longest-match look-up over the shared tables and this subnet's masks."""
        layers: list[tuple[PrefixTable[Any], PrefixTable[str] | None]] = []
        for i, layer in enumerate(self.layers):
            hidden = [*self.removed[i], self.invalid[i]]
            mask: PrefixTable[str] | None = None
            if any(hidden):
                mask = PrefixTable()
                for part in hidden:
                    mask.update(part)
            layers.append((layer.table, mask))
        return LayerStack(layers)

    def lookup(self, address: str | int, family: int = 4) -> tuple[Prefix, Route] | None:
        """The longest match for ``address`` among Active rows (PREC-1), or None."""
        found = (
            self.compiled.lookup(address)
            if isinstance(address, str)
            else self.compiled.lookup(address, family=family)
        )
        if found is None or found[1].family not in self.families:
            return None
        return found[1], self.layers[found[0]].route(found[2])


_TYPE_ORDER = {
    "VnetLocal": 0,
    "VNetPeering": 1,
    "VNetGlobalPeering": 2,
    "ConnectedGroup": 3,
    "InterfaceEndpoint": 4,
    "VirtualNetworkServiceEndpoint": 5,
    "VirtualNetworkGateway": 6,
    "Internet": 7,
    "None": 8,
}
_SOURCE_ORDER: Mapping[str, int] = {"Default": 0, "VirtualNetworkGateway": 0, "User": 1}


def listed_order(row: EffectiveRoute | Route) -> tuple[int, int]:
    """System and gateway rows as Azure tends to list them, then user rows (OUT-4); stable within a kind."""
    return _SOURCE_ORDER.get(row.source, 2), _TYPE_ORDER.get(
        row.next_hop_type, 9
    ) if row.source != "User" else 0


def _row(route: Route, state: str, prefixes: tuple[str, ...], why: str | None) -> EffectiveRoute:
    return EffectiveRoute(
        source=route.source,
        state=state,
        prefixes=prefixes,
        next_hop_type=route.next_hop_type,
        next_hops=route.next_hops,
        rule=route.rule,
        name=route.name,
        owner=route.owner,
        state_rule=why,
    )
