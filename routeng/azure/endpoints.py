"""Private endpoints (/32 rows) and service endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from routeng.azure.layers import Layer, Route
from routeng.azure.peering import Link
from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration, EndpointDecl, SubnetDecl
from routeng.model.virtual_network import ServiceEndpoint

RULES = (
    Rule(
        "PE-1",
        "A private endpoint gives an InterfaceEndpoint host row in its VNet and in every directly peered"
        " VNet, not two hops away.",
        "recorded",
        "L10, L14, PEOV",
    ),
    Rule(
        "PE-9",
        "With high-scale private endpoints in the endpoint's VNet the host rows are not programmed.",
        "inferred",
        "seed 001",
        "PE-9",
    ),
    Rule(
        "AVNM-16",
        "Endpoint host rows reach the members of a connected group as they reach peers.",
        "inferred",
        "HSPE",
        "AVNM-16",
    ),
    Rule(
        "SE-1",
        "A service endpoint gives its subnet one row with the service's public prefixes; peers get none.",
        "recorded",
        "UDR, SEP, L10",
    ),
    Rule(
        "SE-5",
        "The prefixes of a service are Microsoft's data; without them the row names the service.",
        "documented",
        "SEP",
    ),
)


SERVICE_TAGS: Mapping[str, str] = {
    "Microsoft.AzureActiveDirectory": "AzureActiveDirectory",
    "Microsoft.AzureCosmosDB": "AzureCosmosDB",
    "Microsoft.CognitiveServices": "CognitiveServicesManagement",
    "Microsoft.ContainerRegistry": "AzureContainerRegistry",
    "Microsoft.EventHub": "EventHub",
    "Microsoft.KeyVault": "AzureKeyVault",
    "Microsoft.ServiceBus": "ServiceBus",
    "Microsoft.Sql": "Sql",
    "Microsoft.Storage": "Storage",
    "Microsoft.Storage.Global": "Storage",
    "Microsoft.Web": "AppService",
}
"""The service tag of a service endpoint: a user route to the tag has the prefixes of the endpoint's row (UDR-6)."""


class Endpoints:
    """The endpoints of a declaration that give rows; ``vnets`` are all VNets that hold any endpoint."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        kept = setting(declaration.topology.profile, "PE-9") == "kept"
        self._by_vnet: dict[str, list[EndpointDecl]] = {}
        self.vnets = frozenset(e.vnet for e in declaration.endpoints.values())
        hidden = {
            name
            for name in self.vnets
            if not kept and declaration.vnets[name].declared.private_endpoint_vnet_policies == "Basic"
        }
        for endpoint in declaration.endpoints.values() if len(hidden) < len(self.vnets) else ():
            if endpoint.vnet not in hidden:
                self._by_vnet.setdefault(endpoint.vnet, []).append(endpoint)

    @property
    def holders(self) -> Mapping[str, list[EndpointDecl]]:
        """The VNets with endpoints that give host rows (PE-9), with those endpoints."""
        return self._by_vnet

    def programmed(self, vnet: str) -> Sequence[EndpointDecl]:
        """The endpoints of ``vnet`` that give host rows (PE-9)."""
        return self._by_vnet.get(vnet, ())

    def layer(
        self, vnet: str, links: Iterable[Link], members: Iterable[tuple[str, PrefixTable[str]]]
    ) -> Layer:
        """The endpoint rows that subnets of ``vnet`` have (PE-1).

        A link or a group brings a host row only from space that it brings itself: not from subnets outside a
        subnet peering, nor from space that a group leaves out. ``members``: VNets met in a group, with its table.
        """
        entries: dict[Prefix, Route] = {}
        for endpoint in self.programmed(vnet):
            entries[endpoint.host] = self._route(endpoint, "PE-1")
        for link in links:
            for endpoint in self.programmed(link.remote):
                if any(p.covers(endpoint.host) for p in link.prefixes):
                    entries.setdefault(endpoint.host, self._route(endpoint, "PE-1"))
        for member, space in members:
            for endpoint in self.programmed(member):
                if not space.covering(endpoint.host):
                    continue
                entries.setdefault(endpoint.host, self._route(endpoint, "AVNM-16"))
        return Layer(("endpoint", vnet), entries)

    def _route(self, endpoint: EndpointDecl, rule: str) -> Route:
        subnet = self.declaration.vnets[endpoint.vnet].subnets[endpoint.subnet]
        return Route(
            "Default",
            "InterfaceEndpoint",
            rule,
            owner=f"{endpoint.vnet}/{endpoint.subnet}",
            detail=subnet.declared.private_endpoint_network_policies,
        )


def service_layer(subnet: SubnetDecl) -> Layer:
    """One symbolic row per service endpoint of ``subnet`` (SE-1, SE-5)."""
    names = (e.service if isinstance(e, ServiceEndpoint) else e for e in subnet.declared.service_endpoints)
    rows = tuple(
        (f"service:{name}", Route("Default", "VirtualNetworkServiceEndpoint", "SE-5", owner=name))
        for name in dict.fromkeys(names)
    )
    return Layer(("service", f"{subnet.vnet}/{subnet.name}"), {}, rows)
