"""The fabric: everything about a declaration that layers are made of, computed once and shared by all subnets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from routeng.azure import masks
from routeng.azure.connected_group import ConnectedGroup, connected_groups
from routeng.azure.effective import Stack
from routeng.azure.endpoints import Endpoints, service_layer
from routeng.azure.layers import RANK, Layer, LayerKey, Route, SharedLayer
from routeng.azure.masks import Mask
from routeng.azure.network_manager import Managed, region
from routeng.azure.peering import Peerings
from routeng.azure.profile import setting
from routeng.azure.system import default_layer, own_layer
from routeng.azure.user_routes import user_layer
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration, EndpointDecl, UserRouteDecl
from routeng.model.delta import Delta

if TYPE_CHECKING:
    from routeng.azure.control_plane import ControlPlane


_DEFAULT: LayerKey = ("default", "")
_PRIVATE = frozenset({"own", "peering", "endpoint", "service"})
"""Kinds of layers that belong to one VNet or subnet."""


class _VNetKeys(NamedTuple):
    """The layers that all subnets of a VNet share, and whether peering rows differ by subnet (PEER-12)."""

    plain: tuple[LayerKey, ...]
    peering_by_subnet: bool


class Fabric:
    """Peerings, groups, endpoints and layers of one declaration.

    ``gateway_routes`` supplies what gateways and route servers program (see ``control_plane``). ``before`` is the
    fabric of an earlier declaration, with what tells the two apart: whatever the change cannot touch is taken over.
    """

    def __init__(
        self,
        declaration: Declaration,
        control_plane: ControlPlane,
        managed: Managed,
        peerings: Peerings,
        before: tuple[Fabric, Delta] | None = None,
    ) -> None:
        self.declaration = declaration
        self.control_plane = control_plane
        self.managed = managed
        self.peerings = peerings
        self._layers: dict[LayerKey, Layer] = {}
        self._pairs: dict[tuple[LayerKey, LayerKey], Mask] = {}
        self._equals: dict[tuple[LayerKey, LayerKey], Mask] = {}
        self._stacks: dict[tuple[str, str], Stack] = {}
        self._vnet_keys: dict[str, _VNetKeys] = {}
        self._gateways = bool(peerings.gateway_vnets or peerings.virtual_hubs)
        self._kin: dict[str, int | None] = {}
        self._kinds: dict[object, int] = {}
        self._kind_numbers: dict[object, int] = {}
        self._kinds_before: tuple[dict[str, int | None], AbstractSet[str], AbstractSet[str]] | None = None
        if before is None or peerings.stale is None:
            self.endpoints = Endpoints(declaration)
            return
        old, delta = before
        kept = not delta.endpoints and delta.vnets.isdisjoint(old.endpoints.vnets)
        self.endpoints = old.endpoints if kept else Endpoints(declaration)
        self._take_over(old, delta, peerings.stale | delta.vnets)

    def setting(self, name: str) -> str:
        """The value of a profile switch."""
        return setting(self.declaration.topology.profile, name)

    @cached_property
    def groups(self) -> tuple[ConnectedGroup, ...]:
        """All connected groups in force."""
        return connected_groups(self.declaration, self.managed, self.peerings)

    @cached_property
    def _groups_by_key(self) -> dict[str, ConnectedGroup]:
        return {g.key: g for g in self.groups}

    @cached_property
    def _keys_of(self) -> dict[str, tuple[str, ...]]:
        """The keys of the groups of each VNet that is in any."""
        if len(self.groups) == 1:
            (group,) = self.groups
            return dict.fromkeys(group.members, (group.key,))
        found: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            own = (group.key,)
            for vnet in group.members:
                found[vnet] = found[vnet] + own if vnet in found else own
        return found

    def group(self, key: str) -> ConnectedGroup:
        """The connected group with this key."""
        return self._groups_by_key[key]

    def groups_of(self, vnet: str) -> tuple[ConnectedGroup, ...]:
        """The connected groups that ``vnet`` is a member of."""
        return tuple(self._groups_by_key[key] for key in self._keys_of.get(vnet, ()))

    def user_routes(self, table: str) -> tuple[UserRouteDecl, ...]:
        """The user routes of a route table."""
        return self.declaration.route_tables[table].routes

    def override_prefixes(self, table: str) -> list[Prefix]:
        """Prefixes of user routes that override gateway routes inside them (UDR-8)."""
        return [r.prefix for r in self.user_routes(table) if r.has_bgp_override and r.prefix is not None]

    def endpoints_near(self, vnet: str) -> Iterable[EndpointDecl]:
        """Endpoints that may have a row in ``vnet``: its own, its peers', its groups'."""
        near = dict.fromkeys([vnet, *(link.remote for link in self.peerings.links(vnet))])
        for group in self.groups_of(vnet):
            near.update(dict.fromkeys(h for h in self.endpoints.holders if h in group.members))
        for name in near:
            yield from self.endpoints.programmed(name)

    def equal_mask(self, layer: Layer, other: Layer, rule: str) -> Mask:
        """The prefixes of ``layer`` that ``other`` has too, remembered for the pair."""
        key = (layer.key, other.key)
        mask = self._equals.get(key)
        if mask is None:
            few, many = (layer, other) if len(layer) <= len(other) else (other, layer)
            mask = self._equals[key] = {p: rule for p, _ in few.items() if many.get(p) is not None}
        return mask

    def pair_mask(self, layer: Layer, preferred: Layer, rule: str) -> Mask:
        """What ``preferred`` keeps out of ``layer``, remembered for the pair."""
        key = (layer.key, preferred.key)
        mask = self._pairs.get(key)
        if mask is None:
            mask = self._pairs[key] = masks.inside_layer(layer, preferred, rule)
        return mask

    def stack(self, vnet: str, subnet: str) -> Stack:
        """The stack of a subnet (canonical names)."""
        stack = self._stacks.get((vnet, subnet))
        if stack is None:
            decl = self.declaration.vnets[vnet]
            keys = self.stack_key(vnet, subnet)
            stack = self._stacks[vnet, subnet] = Stack(self, decl, decl.subnets[subnet], keys)
        return stack

    def passing(self, places: Iterable[tuple[str, str]]) -> Iterator[Stack]:
        """The stacks of many places in turn, of which nothing is kept that is not shared between VNets."""
        for vnet, subnet in places:
            known = self._stacks.get((vnet, subnet))
            if known is not None:
                yield known
                continue
            decl = self.declaration.vnets[vnet]
            keys = self.stack_key(vnet, subnet)
            own = [key for key in keys if key[0] in _PRIVATE and key not in self._layers]
            yield Stack(self, decl, decl.subnets[subnet], keys)
            for key in own:
                self._layers.pop(key, None)
                for base in keys:
                    self._pairs.pop((base, key), None)
                    self._equals.pop((base, key), None)

    def stack_key(self, vnet: str, subnet: str) -> tuple[LayerKey, ...]:
        """The keys of the layers of a subnet in rank order."""
        sub = self.declaration.vnets[vnet].subnets[subnet]
        shared = self._of_vnet(vnet)
        plain = sub.route_table is None and not sub.declared.service_endpoints
        if plain and not shared.peering_by_subnet:
            return shared.plain
        return self._keys(shared, vnet, subnet)

    def keys(self, vnet: str) -> tuple[LayerKey, ...]:
        """The keys of the layers that a subnet of ``vnet`` has if it asks for nothing special."""
        return self._of_vnet(vnet).plain

    def _of_vnet(self, vnet: str) -> _VNetKeys:
        shared = self._vnet_keys.get(vnet)
        if shared is None:
            shared = self._vnet_keys[vnet] = self._shared_keys(vnet)
        return shared

    def _keys(self, shared: _VNetKeys, vnet: str, subnet: str) -> tuple[LayerKey, ...]:
        sub = self.declaration.vnets[vnet].subnets[subnet]
        table = self.declaration.route_tables[sub.route_table] if sub.route_table is not None else None
        dropped = set()
        if table is not None and table.declared.disable_bgp_route_propagation:
            dropped.add("gateway")
        if table is not None and table.declared.disable_peering_route == "All":
            dropped |= {"peering"} if self.setting("UDR-9") == "peering" else {"peering", "group"}
        keys: list[LayerKey] = [("user", table.name)] if table is not None and table.routes else []
        for key in shared.plain:
            if key[0] in dropped:
                continue
            by_subnet = key[0] == "peering" and shared.peering_by_subnet
            keys.append(("peering", f"{vnet}/{subnet}") if by_subnet else key)
        if sub.declared.service_endpoints:
            keys.append(("service", f"{vnet}/{subnet}"))
        keys.sort(key=lambda key: RANK[key[0]])
        return tuple(keys)

    def _shared_keys(self, vnet: str) -> _VNetKeys:
        keys: list[LayerKey] = [("own", vnet)]
        links = self.peerings.links(vnet)
        by_subnet = False
        if links or vnet in self.peerings.virtual_hubs:
            keys.append(("peering", vnet))
            by_subnet = any(link.subnets is not None for link in links)
        keys += [("group", key) for key in self._keys_of.get(vnet, ())]
        if self.endpoints.holders and self._sees_endpoints(vnet):
            keys.append(("endpoint", vnet))
        source = self.peerings.gateway_source(vnet) if self._gateways else None
        if source is not None:
            keys.append(("gateway", source))
        keys.append(_DEFAULT)
        return _VNetKeys(tuple(keys), by_subnet)

    def kin(self, vnet: str) -> int | None:
        """A number that VNets share whose tables differ by nothing but their own prefixes; None if that is open.

        It is open where the VNet's own space meets gateway routes, reserved ranges or space left out of a group, and
        where rows differ by subnet. Numbers mean something within one fabric, and those that it was handed on to.
        """
        if vnet in self._kin:
            return self._kin[vnet]
        kind = self._kind(vnet)
        number = None if kind is None else self._kinds.setdefault(kind, len(self._kinds))
        self._kin[vnet] = number
        return number

    def _kind(self, vnet: str) -> object:
        decl = self.declaration.vnets[vnet]
        shared = self._of_vnet(vnet)
        if shared.peering_by_subnet or vnet in self.peerings.virtual_hubs:
            return None
        for key in shared.plain:
            kind, name = key
            if kind == "endpoint" or (kind == "group" and self.group(name).left_out):
                return None
            if kind in {"gateway", "default"}:
                covered = self.layer(key).table.covered
                for prefix in decl.prefixes:
                    for _ in covered(prefix):
                        return None
        links = tuple(
            (link.remote, link.prefixes, link.crosses_regions, link.whole)
            for link in self.peerings.links(vnet)
        )
        return (
            shared.plain[1 + bool(links) :],
            links,
            len(decl.prefixes),
            tuple(p.family for p in decl.prefixes),
        )

    @cached_property
    def kinds(self) -> dict[str, int | None]:
        """Every place -> a number that places share whose tables differ by nothing but the VNet's own prefixes.

        None where that is open (see :meth:`kin`); numbers mean something within this fabric alone.
        """
        old, self._kinds_before = self._kinds_before, None
        found = self._kinds_after(*old) if old is not None else None
        if found is not None:
            return found
        return {
            f"{name}/{subnet}": self._kind_of(name, subnet)
            for name, vnet in self.declaration.vnets.items()
            for subnet in vnet.subnets
        }

    def _kinds_after(
        self, known: dict[str, int | None], again: AbstractSet[str], tables: AbstractSet[str]
    ) -> dict[str, int | None] | None:
        """As :attr:`kinds`, from those before a change; None if a place came elsewhere than at the end."""
        kinds = known.copy()
        vnets = self.declaration.vnets
        for place in [p for p in known if p.partition("/")[0] in again]:
            vnet, _, subnet = place.partition("/")
            if vnet not in vnets or subnet not in vnets[vnet].subnets:
                del kinds[place]
        came: list[str] = []
        for name, decl in vnets.items():
            for subnet, sub in decl.subnets.items() if name in again or tables else ():
                if name in again or sub.route_table in tables:
                    place = f"{name}/{subnet}"
                    if place not in kinds:
                        came.append(name)
                    kinds[place] = self._kind_of(name, subnet)
        last = list(dict.fromkeys(came))
        return kinds if not last or [*vnets][-len(last) :] == last else None

    def _kind_of(self, vnet: str, subnet: str) -> int | None:
        number = self.kin(vnet)
        decl = self.declaration.vnets[vnet]
        sub = decl.subnets[subnet]
        if number is None or sub.declared.service_endpoints:
            return None
        if sub.route_table is not None:
            user = self.layer(("user", sub.route_table))
            if any(user.get(p) is not None for p in decl.prefixes):
                return None  # a user route for the VNet's own space says something of this VNet alone
        kind = number, sub.route_table, tuple(p.family for p in sub.prefixes)
        return self._kind_numbers.setdefault(kind, len(self._kind_numbers))

    def layer(self, key: LayerKey) -> Layer:
        """The layer with this key, built on first use."""
        layer = self._layers.get(key)
        if layer is None:
            layer = self._layers[key] = self._build(key)
        return layer

    def _build(self, key: LayerKey) -> Layer:
        kind, name = key
        match kind:
            case "user":
                return user_layer(self.declaration.route_tables[name])
            case "own":
                return own_layer(self.declaration.vnets[name])
            case "peering":
                return self._peering_layer(name)
            case "group":
                group = self.group(name)
                return SharedLayer(
                    key, group.table, Route("Default", "ConnectedGroup", "AVNM-1", owner=group.label)
                )
            case "endpoint":
                members = self._endpoint_members(name)
                return self.endpoints.layer(name, self.peerings.links(name), members)
            case "service":
                vnet, _, subnet = name.partition("/")
                return service_layer(self.declaration.vnets[vnet].subnets[subnet])
            case "gateway":
                return self._gateway_layer(name)
        return Layer(key, default_layer(self.declaration.topology.profile).entries)

    def _peering_layer(self, name: str) -> Layer:
        vnet, _, subnet = name.partition("/")
        entries: dict[Prefix, Route] = {}
        for link in self.peerings.links(vnet):
            if subnet and link.subnets is not None and subnet.lower() not in link.subnets:
                continue
            kind = "VNetGlobalPeering" if link.crosses_regions else "VNetPeering"
            route = Route("Default", kind, "PEER-1" if link.whole else "PEER-12", owner=link.remote)
            for prefix in link.prefixes:
                entries.setdefault(prefix, route)
        hub = self.peerings.virtual_hubs.get(vnet)
        if hub is not None:
            declared = self.declaration.topology.virtual_hubs[hub]
            here = self.declaration.vnets[vnet].location
            far = bool(here and declared.location) and region(declared.location or "") != here
            route = Route("Default", "VNetGlobalPeering" if far else "VNetPeering", "VWAN-1", owner=hub)
            entries.setdefault(Prefix(declared.address_prefix), route)
        return Layer(("peering", name), entries)

    def _gateway_layer(self, vnet: str) -> Layer:
        entries: dict[Prefix, Route] = {}
        for learned in self.control_plane.nic_routes(vnet):
            hops = tuple(h if h is not None else "unknown" for h in learned.next_hops)
            entries[learned.prefix] = Route(
                "VirtualNetworkGateway", "VirtualNetworkGateway", learned.rule, hops, owner=vnet
            )
        return Layer(("gateway", vnet), entries)

    def _sees_endpoints(self, vnet: str) -> bool:
        holders = self.endpoints.holders
        if vnet in holders or any(link.remote in holders for link in self.peerings.links(vnet)):
            return True
        return next(iter(self._endpoint_members(vnet)), None) is not None

    def _endpoint_members(self, vnet: str) -> Iterator[tuple[str, PrefixTable[str]]]:
        """VNets with endpoints that ``vnet`` reaches through a group alone (AVNM-16, AVNM-7), with its table."""
        groups = self.groups_of(vnet)
        if not groups or self.setting("AVNM-16") != "reached":
            return
        peers = {link.remote for link in self.peerings.links(vnet)}
        for holder in self.endpoints.holders:
            if holder != vnet and holder not in peers:
                yield from ((holder, g.table) for g in groups if holder in g.members)

    # -- after a change -----------------------------------------------------------------------------------------------

    def _take_over(self, old: Fabric, delta: Delta, touched: AbstractSet[str]) -> None:
        """Share what ``old`` has computed and the change, at VNets ``touched``, cannot have altered."""
        regrouped, dead = self._take_over_groups(old, delta)
        holders = self.endpoints.holders
        same_endpoints = self.endpoints is old.endpoints and not (holders and (regrouped or dead))
        again = touched | regrouped
        for vnet in again:
            dead |= {("own", vnet), ("peering", vnet), ("endpoint", vnet)}
            for side in (old, self):
                if vnet in side.declaration.vnets:
                    for subnet in side.declaration.vnets[vnet].subnets:
                        dead |= {("peering", f"{vnet}/{subnet}"), ("service", f"{vnet}/{subnet}")}
        dead |= {("user", table) for table in delta.tables}
        if not same_endpoints:
            dead |= {key for key in old._layers if key[0] == "endpoint"}
        bases = {
            _DEFAULT,
            *(("gateway", v) for v in (*self.peerings.gateway_vnets, *self.peerings.virtual_hubs)),
        }
        if self.control_plane is not old.control_plane:
            dead |= bases - {_DEFAULT}
        self._layers = _without(old._layers, dead)
        if bases.isdisjoint(dead) and len(bases) * len(dead) < len(old._pairs) + len(old._equals):
            masks_of_dead = {(base, key) for base in bases for key in dead}
        else:
            masks_of_dead = {p for p in (*old._pairs, *old._equals) if p[0] in dead or p[1] in dead}
        self._pairs = _without(old._pairs, masks_of_dead)
        self._equals = _without(old._equals, masks_of_dead)
        if same_endpoints:
            self._vnet_keys = _without(old._vnet_keys, again)
            if bases.isdisjoint(dead) and not any(self._leaves_out(old, key) for key in dead):
                self._kin, self._kinds = _without(old._kin, again), old._kinds
                if "kinds" in old.__dict__:
                    self._kind_numbers = old._kind_numbers
                    self._kinds_before = old.kinds, again, delta.tables

    def _leaves_out(self, old: Fabric, key: LayerKey) -> bool:
        """True if ``key`` is of a group that leaves prefixes out, now or before."""
        return key[0] == "group" and any(
            key[1] in side._groups_by_key and side.group(key[1]).left_out for side in (old, self)
        )

    def _take_over_groups(self, old: Fabric, delta: Delta) -> tuple[set[str], set[LayerKey]]:
        """The VNets that are in other groups than before, and the keys of the group layers that differ."""
        if "groups" not in old.__dict__:
            return set(), set()
        self.groups = connected_groups(self.declaration, self.managed, self.peerings, (old.groups, delta))
        was, now = old._groups_by_key, self._groups_by_key
        dead: set[LayerKey] = {("group", key) for key in was.keys() - now.keys()}
        regrouped: set[str] = set()
        for key, group in now.items():
            if key in was:
                regrouped |= group.regrouped(was[key])
                if group.table is not was[key].table:
                    dead.add(("group", key))
            else:
                regrouped.update(group.members)
        for key in was.keys() - now.keys():
            regrouped.update(was[key].members)
        if "_keys_of" not in old.__dict__:
            return regrouped, dead
        if [key for key in was if key in now] != [key for key in now if key in was]:
            return regrouped.union(old._keys_of, self._keys_of), dead
        keys = self._keys_of = _without(old._keys_of, regrouped)
        for vnet in regrouped:
            own = tuple(key for key, group in now.items() if vnet in group.members)
            if own:
                keys[vnet] = own
        return regrouped, dead


_K = TypeVar("_K")
_V = TypeVar("_V")


def _without(known: dict[_K, _V], dead: Iterable[_K]) -> dict[_K, _V]:
    """A copy without some keys."""
    known = known.copy()
    for key in dead:
        known.pop(key, None)
    return known
