"""The computed network: ``compute(topology) -> Network``, and the questions that one place answers.

A :class:`Network` is immutable. Nothing is computed before it is asked for, shared pieces are computed once, and
:meth:`Network.with_change` gives the network after a change while sharing what the change does not touch.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from routeng.azure.catalogue import rule_register
from routeng.azure.control_plane import ControlPlane, Rib, UnknownNode, control_plane
from routeng.azure.control_plane_inputs import reaches
from routeng.azure.effective import EffectiveRoute, Stack
from routeng.azure.fabric import Fabric
from routeng.azure.network_manager import Managed
from routeng.azure.next_hops import NextHops
from routeng.azure.peering import Peerings
from routeng.azure.profile import check_switches
from routeng.collector import paused
from routeng.inputs.nearest import nearest
from routeng.model import coverage
from routeng.model.delta import Delta, delta
from routeng.model.patch import changed
from routeng.model.resolve import resolve

if TYPE_CHECKING:
    from routeng.limits import LimitReport
    from routeng.model.topology import Topology
    from routeng.why import Why


class UnknownPlace(KeyError):
    """A place or node that the topology does not have; ``nearest`` is the closest one that it has, or None."""

    def __init__(self, name: str, nearest: str | None) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = nearest

    def __str__(self) -> str:
        hint = f"; the nearest one is {self.nearest!r}" if self.nearest else ""
        return f"no place or node named {self.name!r}{hint}"


class RouteTable:
    """The effective routes of one place; rows are made when they are asked for.

    ``complete`` is False when routes are missing whose origin is declared but not computed; ``missing`` names it.
    """

    def __init__(self, place: str, stack: Stack, missing: tuple[str, ...]) -> None:
        self.place = place
        self.stack = stack
        self.missing = missing

    @functools.cached_property
    def routes(self) -> list[EffectiveRoute]:
        """The rows as Azure lists them."""
        return self.stack.rows()

    @property
    def complete(self) -> bool:
        """True if every declared source of routes was computed."""
        return not self.missing

    def rows(self) -> list[dict[str, object]]:
        """One flat dict a row, with az's keys plus rule and grade."""
        register = rule_register()
        rows = []
        for route in self.routes:
            row = route.to_dict()
            rule = register.get(route.rule)
            row["grade"] = rule.grade if rule is not None else None
            rows.append(row)
        return rows

    def to_dict(self) -> dict[str, object]:
        """The table as plain data: place, routes, complete, missing."""
        return {
            "place": self.place,
            "complete": self.complete,
            "missing": list(self.missing),
            "routes": self.rows(),
        }

    def __iter__(self) -> Iterator[EffectiveRoute]:
        return iter(self.routes)

    def __len__(self) -> int:
        return len(self.routes)


class Network:
    """What Azure would compute from a topology. Use :func:`compute` to make one.

    ``before`` is the network before a change, with what tells the two apart; everything that the change cannot touch
    is taken over from it. The result is the same as without.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        enforce_limits: bool = False,
        before: tuple[Network, Delta] | None = None,
    ) -> None:
        self.topology = topology
        self.enforce_limits = enforce_limits
        check_switches(topology.profile)
        self.declaration = resolve(topology)
        if before is None:
            self.managed = Managed(self.declaration)
            self.peerings = Peerings(self.declaration, self.managed)
            return
        old, delta = before
        self.managed = Managed(self.declaration, (old.managed, delta))
        self.peerings = Peerings(self.declaration, self.managed, (old.peerings, delta))
        if "control_plane" in old.__dict__:
            control = old.control_plane
            if reaches(control, self.peerings, delta):
                control = control.changed_to(self.declaration, self.peerings)
            self.control_plane = control
        if "fabric" in old.__dict__:
            self.fabric = Fabric(
                self.declaration, self.control_plane, self.managed, self.peerings, (old.fabric, delta)
            )

    @functools.cached_property
    def control_plane(self) -> ControlPlane:
        """The BGP side: what gateways, route servers and routers hold and send."""
        return control_plane(self.declaration, self.peerings, enforce_limits=self.enforce_limits)

    @functools.cached_property
    def fabric(self) -> Fabric:
        """The forwarding side: layers and stacks."""
        return Fabric(self.declaration, self.control_plane, self.managed, self.peerings)

    def places(self) -> list[str]:
        """Every subnet as ``vnet/subnet``, in declaration order."""
        return [f"{v.name}/{s}" for v in self.declaration.vnets.values() for s in v.subnets]

    def place(self, name: str) -> tuple[str, str]:
        """The (vnet, subnet) that ``name`` stands for: ``vnet/subnet``, an ARM id, a NIC, a device.

        Raises :class:`UnknownPlace`.
        """
        found = self._find_place(name)
        if found is None:
            raise UnknownPlace(name, nearest(name, [*self.places(), *self.declaration.places]))
        return found

    def has_place(self, name: str) -> bool:
        """True if ``name`` stands for a place (:meth:`place`)."""
        return self._find_place(name) is not None

    def _find_place(self, name: str) -> tuple[str, str] | None:
        vnets = self.declaration.vnets
        vnet, slash, subnet = name.partition("/")
        if slash and vnet in vnets and subnet in vnets[vnet].subnets:
            return vnet, subnet
        if "/subnets/" in name.lower():
            head, _, subnet = name.rpartition("/")
            vnet = head.rpartition("/")[0]
        canonical = self.declaration.canonical("virtualNetworks", vnet) if vnet else None
        if canonical is not None and subnet:
            lower = subnet.lower()
            for other in vnets[canonical].subnets:
                if other.lower() == lower:
                    return canonical, other
        return self.declaration.places.get(name.lower())

    def prepare(self) -> None:
        """Compute every group and every stack now instead of when asked for; for measuring."""
        with paused():  # thousands of small objects are made and none becomes garbage
            fabric = self.fabric
            for vnet in self.declaration.vnets.values():
                for subnet in vnet.subnets:
                    fabric.stack_key(vnet.name, subnet)

    def stack(self, place: str) -> Stack:
        """The layers of a place."""
        return self.fabric.stack(*self.place(place))

    def missing(self, vnet: str, subnet: str) -> tuple[str, ...]:
        """What the routes of a subnet lack because it is declared but not computed."""
        found: list[str] = []
        for kind, source in self.fabric.stack_key(vnet, subnet):
            if kind == "gateway" and not self.control_plane.complete(source):
                found += self.control_plane.missing(source)
        if vnet in self._incomplete:
            found.append(coverage.warning(self.topology) or "")
        return tuple(found)

    @functools.cached_property
    def _incomplete(self) -> frozenset[str]:
        return coverage.incomplete_vnets(self.declaration)

    def all_missing(self) -> list[str]:
        """Everything that is declared but not computed, anywhere, as far as routes may lack because of it."""
        found: dict[str, None] = {}
        for vnet in sorted(self.peerings.gateway_vnets):
            if not self.control_plane.complete(vnet):
                found.update(dict.fromkeys(self.control_plane.missing(vnet)))
        if self._incomplete:
            found[coverage.warning(self.topology) or ""] = None
        return list(found)

    def routes(self, place: str) -> RouteTable:
        """The effective routes of a place: ``vnet/subnet``, a NIC, or a device (chapter 0 of the routing facts)."""
        vnet, subnet = self.place(place)
        return RouteTable(f"{vnet}/{subnet}", self.fabric.stack(vnet, subnet), self.missing(vnet, subnet))

    def tables(self, places: Iterable[str] | None = None) -> Iterator[RouteTable]:
        """The tables of many places in turn (None: of all), none of which is kept: memory stays flat."""
        if places is None:
            pairs = ((v.name, s) for v in self.declaration.vnets.values() for s in v.subnets)
        else:
            pairs = (self.place(name) for name in places)
        for stack in self.fabric.passing(pairs):
            vnet, subnet = stack.vnet.name, stack.subnet.name
            yield RouteTable(f"{vnet}/{subnet}", stack, self.missing(vnet, subnet))

    def lookup(self, place: str, address: str) -> EffectiveRoute | None:
        """The row that a packet from ``place`` to ``address`` follows, or None if no row matches."""
        found = self.stack(place).lookup(address)
        if found is None:
            return None
        prefix, route = found
        return EffectiveRoute(
            route.source, "Active", (str(prefix),), route.next_hop_type, route.next_hops, route.rule, route.name,
            route.owner,
        )  # fmt: skip

    def next_hops(self, place: str) -> NextHops:
        """The next hops of a place, compiled for asking often: address by address, or whole arrays."""
        return NextHops(self.stack(place))

    def nodes(self) -> list[str]:
        """Every node that has a BGP table: gateways, route servers, MSEEs, appliances, routers."""
        return list(self.control_plane.nodes())

    def rib(
        self,
        node: str,
        received: str | None = None,
        advertised: str | None = None,
        local_address: str | None = None,
    ) -> Rib:
        """The BGP table of ``node``; or what it received from, or advertises to, one peer.

        Raises :class:`UnknownPlace` for an unknown node or peer.
        """
        try:
            return self.control_plane.rib(
                node, received=received, advertised=advertised, local_address=local_address
            )
        except UnknownNode as error:
            raise UnknownPlace(error.name, error.nearest) from None

    def why(self, at: str, destination: str) -> Why:
        """Why a place or node has the route that it has for a prefix or an address, or why it has none.

        Raises :class:`UnknownPlace` and ``ValueError``.
        """
        from routeng.why import why

        return why(self, at, destination)

    def limits(self) -> LimitReport:
        """Every platform limit that the topology touches, with use and headroom."""
        from routeng.limits import limits

        return limits(self)

    def with_change(self, patch: Mapping[str, Any]) -> Network:
        """The network after an RFC 7396 merge patch; raises ``InputErrors`` if the result is invalid.

        What the patch does not touch is shared with this network, which stays as it is; the result equals computing
        the patched topology.
        """
        return self._changed_to(*changed(self.topology, patch))

    def changed_to(self, topology: Topology) -> Network:
        """The network of ``topology``, sharing with this one what the difference does not touch."""
        return self._changed_to(topology, None)

    def _changed_to(self, topology: Topology, touched: Mapping[str, frozenset[str]] | None) -> Network:
        if topology is self.topology:
            return self
        difference = delta(self.declaration, resolve(topology), touched)
        before = (self, difference) if difference is not None else None
        return Network(topology, enforce_limits=self.enforce_limits, before=before)


def compute(topology: Topology, *, enforce_limits: bool = False) -> Network:
    """Compute the network that ``topology`` declares.

    ``enforce_limits`` applies the consequence of breached limits (a connection that goes down) instead of only
    reporting them. Raises ``InputErrors`` if the topology is not valid.
    """
    return Network(topology, enforce_limits=enforce_limits)
