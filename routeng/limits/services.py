"""Limits of App Service integration, API Management and routing appliances (APP-4, APP-5, APIM-1, APIM-5)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from routeng.limits.ledger import Ledger
from routeng.limits.view import View
from routeng.model.network_manager import Delegated


def count(view: View, ledger: Ledger) -> None:
    """Enter what services declare about subnets, plans and units."""
    subnets: dict[str, set[str]] = {}
    vnets: dict[str, set[str]] = {}
    for name, service in view.topology.services.items():
        if service.type == "Microsoft.Web/sites":
            _app(view, ledger, name, service, subnets, vnets)
        else:
            _api_management(view, ledger, name, service)
    _distinct(ledger, "appsvc.integrations_per_plan", subnets.items())
    _distinct(ledger, "appsvc.gateway_vnets_per_plan", vnets.items())
    ledger.not_declared("vnra.bandwidth", view.topology.virtual_network_appliances)


def _distinct(ledger: Ledger, limit: str, sets: Iterable[tuple[str, set[str]]]) -> None:
    ledger.add_many(limit, ((plan, len(members)) for plan, members in sets))


def _app(
    view: View,
    ledger: Ledger,
    name: str,
    service: Delegated,
    subnets: dict[str, set[str]],
    vnets: dict[str, set[str]],
) -> None:
    if service.integration == "regional" and service.subnet:
        _subnet_length(view, ledger, "appsvc.integration_subnet_min", name, service.subnet)
        if service.plan:
            subnets.setdefault(service.plan, set()).add(service.subnet.lower())
    elif service.integration == "gateway-based" and service.plan:
        reached = service.vnet
        if reached is None and service.gateway is not None:
            gateway = view.declaration.canonical("virtualNetworkGateways", service.gateway)
            if gateway is not None:
                reached = view.topology.virtual_network_gateways[gateway].vnet
        if reached is not None:
            canonical = view.declaration.canonical("virtualNetworks", reached) or reached
            vnets.setdefault(service.plan, set()).add(canonical)


def _api_management(view: View, ledger: Ledger, name: str, service: Delegated) -> None:
    second = (service.sku or "").lower().replace(" ", "").endswith("v2")
    if service.subnet:
        limit = "apim.v2_subnet_min" if second else "apim.classic_subnet_min"
        _subnet_length(view, ledger, limit, name, service.subnet)
    if service.units is not None:
        ledger.add("apim.v2_units" if second else "apim.classic_units", name, service.units)


def _subnet_length(view: View, ledger: Ledger, limit: str, name: str, ref: str) -> None:
    """The longest IPv4 prefix that the subnet has; a subnet of several prefixes is as large as its largest."""
    vnet_ref, subnet_name = re.split(r"/subnets/|/(?=[^/]*$)", ref, flags=re.IGNORECASE)[:2]
    vnet = view.declaration.canonical("virtualNetworks", vnet_ref)
    if vnet is None:
        return
    for subnet in view.declaration.vnets[vnet].subnets.values():
        if subnet.name.lower() == subnet_name.lower():
            lengths = [prefix.length for prefix in subnet.prefixes if prefix.family == 4]
            if lengths:
                ledger.add(limit, f"{vnet}/{subnet.name} ({name})", min(lengths))
