"""The control plane: what gateways, route servers, MSEEs and routers hold, send, and program into NICs.

A declaration implies a BGP graph (:class:`~routeng.azure.session_plan.SessionPlan`); its fixed point is solved when
the first question needs it. Everything here is read off that solution.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from routeng.azure import device_sessions, devices, expressroute, route_server, virtual_wan, vpn_gateway
from routeng.azure.gateway_routes import NicRoute, programmed
from routeng.azure.held import Chosen, announced, chosen, held, sent
from routeng.azure.instances import Instance, Role, canonical_address
from routeng.azure.limit_enforcement import Enforced, enforce
from routeng.azure.peering import Peerings
from routeng.azure.rib import Rib, advertised, table
from routeng.azure.session_plan import Finding, SessionPlan
from routeng.azure.why import Explainer, Step, merged
from routeng.bgp.graph import Graph
from routeng.bgp.solution import Alternative, Solution, solve
from routeng.inputs.nearest import nearest
from routeng.lpm import Prefix
from routeng.model.declaration import Declaration

__all__ = ["ControlPlane", "NicRoute", "Rib", "UnknownNode", "control_plane"]


_SERVING: tuple[Role, ...] = ("route-server", "er-gateway", "vpn-gateway")
"""Who programs the NICs of a VNet: the first of these that it has (C-6)."""


_SPEAKING = (
    "virtualNetworkGateways",
    "routeServers",
    "devices",
    "expressRouteGateways",
    "expressRouteCircuits",
)


class UnknownNode(KeyError):
    """A node or peer that the declaration does not have; ``nearest`` is the closest one, or None."""

    def __init__(self, name: str, nearest: str | None) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = nearest


class ControlPlane:
    """Answers about the control plane of one declaration; computed on first use, then immutable."""

    def __init__(self, declaration: Declaration, peerings: Peerings, *, enforce_limits: bool = False) -> None:
        self.declaration = declaration
        self.peerings = peerings
        self.enforce_limits = enforce_limits
        self._nic_routes: dict[str, tuple[NicRoute, ...]] = {}
        self._before: ControlPlane | None = None

    def changed_to(self, declaration: Declaration, peerings: Peerings) -> ControlPlane:
        """The control plane of a changed declaration; route classes that the change does not touch are shared.

        Equals a fresh one. What was never asked of this one is not computed for the other.
        """
        after = ControlPlane(declaration, peerings, enforce_limits=self.enforce_limits)
        if not self.enforce_limits and "_settled" in self.__dict__:
            after._before = self
        return after

    @functools.cached_property
    def plan(self) -> SessionPlan:
        """The speakers and sessions that the declaration implies."""
        plan = SessionPlan(self.declaration, self.peerings)
        expressroute.add(plan)
        virtual_wan.add(plan)
        vpn_gateway.add(plan)
        route_server.add(plan)
        devices.add(plan)
        device_sessions.add(plan)
        for finding in plan.spaces.summary_findings():
            plan.find(*finding)
        return plan

    @functools.cached_property
    def _settled(self) -> tuple[Solution, tuple[Enforced, ...]]:
        graph = Graph(self.plan.speakers.values(), self.plan.sessions.values())
        before, self._before = self._before, None
        solution = solve(graph) if before is None else before.solution.resolve_with(graph)
        return enforce(self.plan, solution) if self.enforce_limits else (solution, ())

    @property
    def solution(self) -> Solution:
        """The fixed point of all route exchanges, with limits enforced where that was asked for."""
        return self._settled[0]

    @property
    def enforced(self) -> tuple[Enforced, ...]:
        """The limits that took effect, in the order of effect; empty unless limits are enforced."""
        return self._settled[1]

    @property
    def asks_who_holds(self) -> bool:
        """Whether an address was looked for in the space of all VNets."""
        return "holders" in self.plan.spaces.__dict__

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is declared but does not fit together: sessions without another side, wrong ASNs, ..."""
        return tuple(self.plan.findings)

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Other stable outcomes that other orders of events lead to, as far as found (C-27)."""
        return self.solution.alternatives

    # -- NICs ---------------------------------------------------------------------------------------------------------

    def nic_routes(self, vnet: str) -> tuple[NicRoute, ...]:
        """The gateway routes programmed into subnets that take them from ``vnet`` (a canonical name)."""
        known = self._nic_routes.get(vnet)
        if known is None:
            if any(self.plan.nodes.of(n)[0].vnet == vnet for n in self.plan.nodes.by_node):
                found = tuple(programmed(self.plan, self.solution, vnet))
            else:
                found = tuple(virtual_wan.nic_routes(self.plan, vnet, iter(self._learned_by_hub(vnet))))
            known = self._nic_routes[vnet] = found
        return known

    def _learned_by_hub(self, vnet: str) -> list[Prefix]:
        hub = virtual_wan.hub_of(self.plan, vnet)
        found: dict[Prefix, None] = {}
        for name, gateway in self.declaration.topology.express_route_gateways.items():
            if hub is not None and self.declaration.canonical("virtualHubs", gateway.virtual_hub) == hub:
                for instance in self.plan.nodes.of(name):
                    found.update(dict.fromkeys(self.solution.prefixes(instance.speaker)))
        return list(found)

    def complete(self, vnet: str) -> bool:
        """Whether :meth:`nic_routes` holds everything that is declared."""
        return not self.missing(vnet)

    def missing(self, vnet: str) -> tuple[str, ...]:
        """What of the gateway routes of ``vnet`` is declared but not computed: routes that never settle."""
        return self.unsettled()

    def unsettled(self) -> tuple[str, ...]:
        """Routes that never settle, in words; empty if the control plane converges."""
        if self.solution.converged:
            return ()
        return tuple(
            f"routes to {', '.join(o.prefixes)} oscillate between {', '.join(o.speakers)}"
            for o in self.solution.oscillations
        )

    # -- tables -------------------------------------------------------------------------------------------------------

    def nodes(self) -> list[str]:
        """Every node that has a BGP table: gateways, route servers, MSEEs, devices."""
        return [n for n, instances in self.plan.nodes.by_node.items() if self._speaks(instances)]

    def _speaks(self, instances: tuple[Instance, ...]) -> bool:
        return any(i.speaker in self.plan.speakers for i in instances)

    def _instances(self, name: str) -> tuple[Instance, ...]:
        """The instances that ``name`` stands for.

        A node, a circuit (both MSEEs), a local network gateway (what it stands for), an ARM id, or an instance's
        address; empty for an object that is declared and speaks no BGP.
        """
        by_node = self.plan.nodes.by_node
        if name in by_node:
            return by_node[name]
        lower = name.lower()
        found = [
            i for n, own in by_node.items() if lower in (n.lower(), n.partition("/")[0].lower()) for i in own
        ]
        if found:
            return tuple(found)
        for section in _SPEAKING:
            canonical = self.declaration.canonical(section, name)
            if canonical is not None:
                return by_node.get(canonical, ())
        site = self.declaration.canonical("localNetworkGateways", name)
        if site is not None:
            declared = self.declaration.topology.local_network_gateways[site]
            far = declared.device or declared.gateway
            return self._instances(far) if far is not None else ()
        try:
            at = self.plan.nodes.at(canonical_address(name))
        except ValueError:
            at = None
        if at is None:
            raise UnknownNode(name, nearest(name, by_node))
        return (at,)

    def _at(self, instances: tuple[Instance, ...], address: str) -> tuple[Instance, ...]:
        """The instance with an address; where none has it, the first whose address is not declared (C-25)."""
        wanted = canonical_address(address)
        exact = tuple(i for i in instances if wanted in (i.address, i.ipv6))
        shown = self.plan.nodes.addresses.shown
        return exact or tuple(i for i in instances if shown(i.address) != i.address)[:1]

    def rib(
        self,
        node: str,
        received: str | None = None,
        advertised: str | None = None,
        local_address: str | None = None,
    ) -> Rib:
        """The BGP table of ``node``; or what it learned from ``received``, or sends to ``advertised``.

        ``local_address`` restricts the answer to one instance. Raises :class:`UnknownNode`.
        """
        instances = self._instances(node)
        if not instances:
            return Rib(node)
        if local_address is not None:
            instances = self._at(instances, local_address)
        if advertised is not None:
            return self._advertised(instances, advertised)
        peers = None
        if received is not None:
            peers = frozenset(i.speaker for i in self._instances(received))
        return table(self.plan, self.solution, instances, peers)

    def networks(self, node: str, received: str | None = None, advertised: str | None = None) -> set[Prefix]:
        """The prefixes of :meth:`rib` alone, without making its rows. Raises :class:`UnknownNode`."""
        instances = self._instances(node)
        peer = advertised if advertised is not None else received
        peers = frozenset(i.speaker for i in self._instances(peer)) if peer is not None else None
        if advertised is not None and peers is not None:
            return sent(self.plan, self.solution, instances, peers)
        return held(self.plan, self.solution, instances, peers)

    def chosen(self, node: str) -> Mapping[Prefix, Chosen]:
        """The best paths of a node by prefix. Raises :class:`UnknownNode`."""
        return chosen(self.plan, self.solution, self._instances(node))

    def announced(self, node: str) -> Mapping[str, Mapping[Prefix, tuple[str, ...]]]:
        """What a node sends, by receiving node and prefix: the AS paths. Raises :class:`UnknownNode`."""
        return announced(self.plan, self.solution, self._instances(node))

    def _advertised(self, instances: tuple[Instance, ...], peer: str) -> Rib:
        peers = frozenset(i.speaker for i in self._instances(peer))
        return advertised(self.plan, self.solution, instances, peers)

    # -- reasons ------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.plan, self.solution)

    def why(self, node: str, prefix: Prefix) -> list[Step]:
        """Why ``node`` holds what it holds for ``prefix`` (or an address), end to end, or where it was lost.

        Steps as :mod:`routeng.azure.why` describes them. Raises :class:`UnknownNode`.
        """
        return merged(iter(self._explainer.why(self._instances(node), prefix)))

    def why_programmed(self, vnet: str, prefix: Prefix) -> list[Step]:
        """What NICs that take gateway routes from ``vnet`` get for ``prefix``, how it came, or where it was lost."""
        plan = self.plan
        for role in _SERVING:
            serving = plan.serving(vnet, role)
            if serving:
                instances = [i for node in serving for i in plan.nodes.of(node)]
                routes = self.nic_routes(vnet)
                return merged(iter(self._explainer.programmed(vnet, instances, routes, prefix)))
        return []


def control_plane(
    declaration: Declaration, peerings: Peerings, *, enforce_limits: bool = False
) -> ControlPlane:
    """The control plane of a declaration. ``enforce_limits`` applies the consequences of breached limits."""
    return ControlPlane(declaration, peerings, enforce_limits=enforce_limits)
