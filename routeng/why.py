"""Why a place has the route that it has for a destination, why other routes lost, or why there is none.

For a place, every layer of its stack is asked for all prefixes that cover the destination; what does not win says
which rule removed it, made it Invalid, or which longer or higher-ranking row beat it. For a node, and behind a
gateway route of a place, the control plane explains how the route came about, or where it was filtered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from routeng.azure.catalogue import rule_register
from routeng.azure.control_plane import UnknownNode
from routeng.azure.effective import Stack
from routeng.azure.layers import Layer, Route
from routeng.lpm import Prefix, parse_address, try_prefix

if TYPE_CHECKING:
    from routeng.network import Network


class Candidate(msgspec.Struct, frozen=True):
    """A route that covers the destination: its row, what became of it, and the rule that decided.

    ``verdict``: ``wins``, ``beaten`` (Active but shorter or lower in rank), ``invalid`` or ``removed``.
    """

    prefix: str
    source: str
    next_hop_type: str
    next_hops: tuple[str, ...]
    owner: str | None
    made_by: str
    verdict: str
    rule: str
    because: str

    def to_dict(self) -> dict[str, Any]:
        """The candidate as plain data."""
        return {f: list(v) if isinstance(v := getattr(self, f), tuple) else v for f in self.__struct_fields__}


class Why(msgspec.Struct, frozen=True):
    """The explanation for one destination at one place or node.

    ``candidates`` are a place's routes, the winner first; ``hints`` say why whole sources of routes are missing;
    ``control`` is the control plane's story, as plain data.
    """

    at: str
    destination: str
    found: bool
    candidates: tuple[Candidate, ...] = ()
    hints: tuple[str, ...] = ()
    control: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {
            "at": self.at,
            "destination": self.destination,
            "found": self.found,
            "candidates": [c.to_dict() for c in self.candidates],
            "hints": list(self.hints),
            "control": list(self.control),
        }

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict a candidate or step."""
        return [{"part": "route", **c.to_dict()} for c in self.candidates] + [
            {"part": "control", **step} for step in self.control
        ]


def why(network: Network, at: str, destination: str) -> Why:
    """Explain ``destination`` (a prefix or an address) at a place or node.

    Raises ``UnknownPlace`` for an unknown place or node and ``ValueError`` for a bad destination.
    """
    prefix = _destination(destination)
    with suppress(UnknownNode):
        steps = tuple(network.control_plane.why(at, prefix))
        found = any(s.get("verdict") == "wins" for s in steps)
        return Why(at, str(prefix), found, control=steps)
    vnet, subnet = network.place(at)
    stack = network.fabric.stack(vnet, subnet)
    candidates = _candidates(stack, prefix)
    found = bool(candidates) and candidates[0].verdict == "wins" and candidates[0].next_hop_type != "None"
    gateway = network.peerings.gateway_source(vnet)
    story: tuple[dict[str, Any], ...] = ()
    if gateway is not None:
        story = tuple(network.control_plane.why_programmed(gateway, prefix))
    return Why(
        f"{vnet}/{subnet}", str(prefix), found, tuple(candidates), tuple(_hints(network, stack)), story
    )


def _destination(text: str) -> Prefix:
    prefix = try_prefix(text)
    if prefix is not None:
        return prefix
    if "/" in text:
        return Prefix(text)  # raises, naming what is wrong
    family, value = parse_address(text)
    return Prefix.from_int(value, 32 if family == 4 else 128, family)


def _candidates(stack: Stack, destination: Prefix) -> list[Candidate]:
    """All routes that cover the destination, the winner first, then by length and rank."""
    found: list[tuple[int, int, Layer, Prefix, Route, str | None, str | None]] = []
    for i, layer in enumerate(stack.layers):
        for prefix, value in layer.table.covering(destination):
            if prefix.family in stack.families:
                gone = stack.gone(i, prefix)
                found.append(
                    (-prefix.length, i, layer, prefix, layer.route(value), gone, stack.invalid[i].get(prefix))
                )
    found.sort(key=lambda c: (c[0], c[1]))
    active = [c for c in found if c[5] is None and c[6] is None]
    winner = active[0] if active else None
    ordered = ([winner] if winner else []) + [c for c in found if c is not winner]
    register = rule_register()
    candidates = []
    for candidate in ordered:
        _, _, _, prefix, route, gone, invalid = candidate
        if candidate is winner:
            verdict, rule, because = "wins", "PREC-1", "the longest Active prefix that covers the destination"
        elif gone is not None:
            verdict, rule = "removed", gone
            because = register[gone].says if gone in register else gone
        elif invalid is not None:
            verdict, rule = "invalid", invalid
            because = register[invalid].says if invalid in register else invalid
        else:
            assert winner is not None
            shorter = prefix.length < winner[3].length
            verdict, rule = "beaten", "PREC-1" if shorter else "PREC-2"
            because = f"{winner[3]} is longer" if shorter else f"{winner[4].next_hop_type} ranks above it"
        candidates.append(
            Candidate(
                prefix=str(prefix),
                source=route.source,
                next_hop_type=route.next_hop_type,
                next_hops=route.next_hops,
                owner=route.owner,
                made_by=route.rule,
                verdict=verdict,
                rule=rule,
                because=because,
            )
        )
    return candidates


def _hints(network: Network, stack: Stack) -> Iterator[str]:
    """Why the place lacks whole sources of routes: propagation off, a peering without gateway transit."""
    table = stack.subnet.route_table
    name = stack.vnet.name
    source = network.peerings.gateway_source(name)
    if table is not None and source is not None and "gateway" not in stack.by_kind:
        yield f"GW-13: route table {table} has disableBgpRoutePropagation, so no gateway route of {source} is here"
    if source is None:
        for link in network.peerings.links(name):
            if link.remote in network.peerings.gateway_vnets:
                yield (
                    f"GW-4: {name} does not use the gateways of {link.remote}: it takes useRemoteGateways in {name}"
                    f" and allowGatewayTransit in {link.remote}"
                )
    for half in stack.vnet.peerings:
        if half.declared.peering_state != "Connected":
            yield f"PEER-3: the peering {half.name} to {half.remote} is {half.declared.peering_state}"
