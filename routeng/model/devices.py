"""Appliances in Azure and routers on-premises, with their BGP configuration."""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

from typing import Literal

import msgspec

from routeng.model.base import Asn, Count, Declared, Resource


class Match(Declared, frozen=True, kw_only=True):
    """The conditions of a policy rule; all that are given must hold."""

    prefix: str | list[str] | None = None
    community: str | list[str] | None = None
    as_path_contains: Asn | None = None
    as_path_regex: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")


class Set(Declared, frozen=True, kw_only=True):
    """What a matching rule changes on the route."""

    prepend: int | list[int] | None = None
    community: str | list[str] | None = None
    local_preference: Count | None = None
    weight: Count | None = None
    med: Count | None = None
    next_hop: str | None = None


class Rule(Declared, frozen=True, kw_only=True):
    """One rule of an import or export policy; the first rule that matches decides."""

    match: Match | None = None
    set: Set | None = None
    deny: bool = False
    accept: bool = False


class NeighborOptions(Declared, frozen=True, kw_only=True):
    """What a device configures for a BGP neighbour."""

    as_override: bool = False
    strip_as: list[Asn] = []
    allowas_in: Count | bool = 0
    next_hop_self: bool = False
    next_hop: str | None = None
    weight: Count | None = None
    local_preference: Count | None = None
    import_: list[Rule] = msgspec.field(default_factory=list, name="import")
    export: list[Rule] = []
    max_paths: Count | None = None
    enabled: bool = True
    local_address: str | None = None


class Neighbor(NeighborOptions, frozen=True, kw_only=True):
    """A BGP neighbour of a device; ``instances`` overrides keys for one instance address."""

    instances: dict[str, NeighborOptions] = {}


class Bgp(Declared, frozen=True, kw_only=True):
    """The BGP process of a device."""

    asn: Asn
    router_id: str | None = None
    networks: list[str] = []
    redistribute: list[Literal["static", "connected"]] = []
    max_paths: Count | None = None
    enabled: bool = True
    network_origin: Literal["igp", "egp", "incomplete"] = "igp"
    tie_break: list[str] = []
    neighbors: dict[str, Neighbor] = {}


class DeviceNic(Declared, frozen=True, kw_only=True):
    """One interface of a device."""

    subnet: str | None = None
    ip: str | None = None
    vlan: Count | None = None
    outer_vlan: Count | None = None
    enable_ip_forwarding: bool = msgspec.field(default=True, name="enableIPForwarding")


class StaticRoute(Declared, frozen=True, kw_only=True):
    """A static route of a device."""

    prefix: str
    via: str | None = None


class Device(Resource, frozen=True, kw_only=True):
    """A network virtual appliance or an on-premises router."""

    kind: Literal["nva", "onprem"]
    software: str | None = None
    subnet: str | None = None
    ip: str | None = None
    ips: list[str] = []
    nics: dict[str, DeviceNic | str] = {}
    loopback: str | None = None
    forwarding: bool = True
    enable_ip_forwarding: bool = msgspec.field(default=True, name="enableIPForwarding")
    next_hop_ip: str | None = None
    static_routes: list[StaticRoute] = []
    bgp: Bgp | None = None
