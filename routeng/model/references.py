"""Names and references: a reference is a name in any case, an ARM id, or ``vnet/subnet``.

``Names`` knows every declared name of every section by its lower-case spelling and by its lower-case ARM id; names that
differ only by case, and names that come twice among the sections that share one name space, are errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from routeng.model.problems import Problems

if TYPE_CHECKING:
    from routeng.model.base import Resource
    from routeng.model.topology import Topology

SECTIONS = {
    "virtualNetworks": "virtual_networks",
    "routeTables": "route_tables",
    "networkInterfaces": "network_interfaces",
    "loadBalancers": "load_balancers",
    "azureFirewalls": "azure_firewalls",
    "virtualNetworkAppliances": "virtual_network_appliances",
    "virtualNetworkGateways": "virtual_network_gateways",
    "connections": "connections",
    "localNetworkGateways": "local_network_gateways",
    "expressRouteCircuits": "express_route_circuits",
    "routeServers": "route_servers",
    "devices": "devices",
    "networkManagers": "network_managers",
    "privateEndpoints": "private_endpoints",
    "services": "services",
    "virtualHubs": "virtual_hubs",
    "expressRouteGateways": "express_route_gateways",
    "probes": "probes",
}
"""JSON key of every section that maps names to objects -> attribute of Topology."""

SHARED = (
    "virtualNetworks",
    "virtualNetworkGateways",
    "expressRouteGateways",
    "routeServers",
    "expressRouteCircuits",
    "devices",
    "azureFirewalls",
    "loadBalancers",
)
"""Sections among which a name may come only once (topology format)."""

KIND = {
    "virtualNetworks": "virtual network",
    "routeTables": "route table",
    "networkInterfaces": "network interface",
    "loadBalancers": "load balancer",
    "azureFirewalls": "firewall",
    "virtualNetworkAppliances": "appliance",
    "virtualNetworkGateways": "gateway",
    "connections": "connection",
    "localNetworkGateways": "local network gateway",
    "expressRouteCircuits": "circuit",
    "routeServers": "route server",
    "devices": "device",
    "networkManagers": "network manager",
    "privateEndpoints": "private endpoint",
    "services": "service",
    "virtualHubs": "virtual hub",
    "expressRouteGateways": "ExpressRoute gateway",
    "probes": "probe",
}

NameKey = tuple[str, str]


def report_case(names: Iterable[str], path: tuple[str | int, ...], problems: Problems) -> bool:
    """Names of one map differ by more than case: report those that do not; True if all do."""
    fine = True
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name:
            fine = False
            problems.add((*path, name), f"differs only by case from {other!r}", name)
    return fine


class Names:
    """The names of a topology; ``of`` maps (section, lower-case name or id) to the name as declared.

    ``distinct`` holds sets of subnet names whose case has been checked, which many VNets share.
    """

    __slots__ = ("absent", "distinct", "of", "problems", "topology")

    def __init__(
        self,
        topology: Topology,
        problems: Problems,
        absent: Mapping[str, frozenset[str]] | None = None,
        known: dict[NameKey, str] | None = None,
    ) -> None:
        """``absent`` are names of objects too wrong to be used, by section: references to them are no errors.

        ``known`` are the names of a topology that has the same ones, checked already.
        """
        self.topology = topology
        self.problems = problems
        self.of: dict[NameKey, str] = {}
        self.absent = absent or {}
        self.distinct: set[tuple[str, ...]] = set()
        if known is not None:
            self.of = known
            return
        for section, attribute in SECTIONS.items():
            objects: Mapping[str, Resource] = getattr(topology, attribute)
            if objects:
                self._enter(section, objects)
        self._check_shared()

    def _enter(self, section: str, objects: Mapping[str, Resource]) -> None:
        of = self.of
        before = len(of)
        of.update({(section, name.lower()): name for name in objects})
        if len(of) - before != len(objects):
            report_case(objects, (section,), self.problems)
        if "" in objects:
            self.problems.add((section, ""), "a name is empty", "")
        if section != "probes":
            for name, thing in objects.items():
                if thing.id is not None:
                    of[section, thing.id.lower()] = name

    def _check_shared(self) -> None:
        """SHARED sections have one name space, whatever the case."""
        first: dict[str, NameKey] = {}
        for section in SHARED:
            for name in getattr(self.topology, SECTIONS[section]):
                other = first.setdefault(name.lower(), (section, name))
                if other[0] != section:
                    self.problems.add((section, name), f"the name is taken in {other[0]}", name)

    def find(self, section: str, ref: str) -> str | None:
        """The declared name that ``ref`` stands for in ``section``, or None."""
        key = ref.lower()
        name = self.of.get((section, key))
        if name is not None or "/" not in ref:
            return name
        return self._by_id(section, key)

    def _by_id(self, section: str, key: str) -> str | None:
        """An ARM id of an object declared without its id: the name matches and no declared part contradicts."""
        parts = key.strip("/").split("/")
        if parts[0] != "subscriptions" or len(parts) < 8:
            return None
        name = self.of.get((section, parts[-1]))
        if name is None:
            return None
        thing = getattr(self.topology, SECTIONS[section])[name]
        if thing.id is not None:
            return None
        defaults = self.topology.defaults
        group = thing.resource_group or defaults.resource_group
        if group is not None and group.lower() != parts[3]:
            return None
        subscription = thing.subscription or defaults.subscription
        if subscription is not None and subscription.lower() != parts[1]:
            return None
        return name

    def renamed(self, section: str, lost: Iterable[str], gained: Iterable[str]) -> None:
        """Take names of objects without ids out and put others in, on a copy of what was known."""
        self.of = self.of.copy()
        for name in lost:
            self.of.pop((section, name.lower()), None)
        for name in gained:
            key = name.lower()
            taken = [s for s in (SHARED if section in SHARED else (section,)) if (s, key) in self.of]
            if not name:
                self.problems.add((section, name), "a name is empty", name)
            for other in taken:
                self.problems.add((section, name), f"the name is taken in {other}", name)
            self.of[section, key] = name

    def need(self, section: str, ref: str, path: tuple[str | int, ...]) -> str | None:
        """As ``find``, but a reference that leads nowhere is a problem at ``path``."""
        name = self.find(section, ref)
        if name is None and not self.is_absent(section, ref):
            known = getattr(self.topology, SECTIONS[section])
            self.problems.add(path, f"no such {KIND[section]}", ref, valid=known)
        return name

    def is_absent(self, section: str, ref: str) -> bool:
        """True if ``ref`` names an object that is declared, but too wrong to be used."""
        names = self.absent.get(section)
        return names is not None and ref.lower().rpartition("/")[2] in names

    def subnet(self, ref: str, path: tuple[str | int, ...]) -> tuple[str, str] | None:
        """(VNet, subnet) of ``vnet/subnet`` or of a subnet's ARM id; otherwise a problem at ``path``."""
        key = ref.lower()
        arm = key.startswith("/subscriptions/")
        at = key.rfind("/subnets/") if arm else key.find("/")
        vnet_ref, subnet_ref = (ref[:at], ref[at + (9 if arm else 1) :]) if at > 0 else (ref, "")
        if not subnet_ref:
            self.problems.add(path, "not a subnet (vnet/subnet or an ARM id)", ref, valid=self._subnets(None))
            return None
        vnet = self.find("virtualNetworks", vnet_ref)
        if vnet is None:
            if not self.is_absent("virtualNetworks", vnet_ref):
                self.problems.add(path, "no such virtual network", ref, valid=self._subnets(None))
            return None
        name = self.subnet_of(vnet, subnet_ref)
        if name is None:
            if not self.is_absent("virtualNetworks/" + vnet, subnet_ref):
                self.problems.add(path, "no such subnet", ref, valid=self._subnets(vnet))
            return None
        return vnet, name

    def subnet_of(self, vnet: str, ref: str) -> str | None:
        """The declared name of a subnet of ``vnet`` (a canonical name), whatever the case of ``ref``."""
        subnets = self.topology.virtual_networks[vnet].subnets
        if ref in subnets:
            return ref
        key = ref.lower()
        for name in subnets:
            if name.lower() == key:
                return name
        return None

    def _subnets(self, vnet: str | None) -> list[str]:
        networks = self.topology.virtual_networks
        return [f"{v}/{s}" for v in ([vnet] if vnet else networks) for s in networks[v].subnets]
