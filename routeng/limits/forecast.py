"""How much more fits: "14 more spokes of this shape until the limit".

A forecast takes the shape that most objects of a kind have today (the commonest spoke of a hub, the
commonest member of a group), says what one more of it adds, and divides the headroom by that. It is
arithmetic on today's counts; nothing is computed again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from routeng.limits.expressroute import advertised
from routeng.limits.report import LimitReport, LimitRow
from routeng.limits.tally import Tally
from routeng.limits.view import View
from routeng.lpm import Prefix

if TYPE_CHECKING:
    from routeng.model.declaration import Declaration
    from routeng.network import Network

_ONE_EACH = {
    "ars.bgp_peers": "peer",
    "udr.routes_per_table": "route",
    "er.vnet_links": "connection",
    "er.circuits_per_gateway": "circuit",
}
"""Limits where one more of the counted thing adds one."""


class Forecast(msgspec.Struct, frozen=True):
    """How many more of ``what`` fit at ``object``: each adds ``adds`` to the use, ``more`` of them fit.

    ``like`` is an object of that shape, where there is one. ``more`` is None where one more adds nothing.
    """

    id: str
    object: str
    what: str
    like: str | None
    adds: int
    more: int | None
    limit: int

    @property
    def text(self) -> str:
        """The forecast as a sentence."""
        if self.more is None:
            return f"{self.object}: more {self.what}s add nothing to {self.id}"
        shape = f" like {self.like}" if self.like else ""
        noun = self.what if self.more == 1 else f"{self.what}s"
        return (
            f"{self.object}: {self.more:,} more {noun}{shape} until the limit of {self.limit:,} ({self.id})"
        )

    def to_dict(self) -> dict[str, Any]:
        """The forecast as plain data."""
        return {field: getattr(self, field) for field in self.__struct_fields__} | {"text": self.text}


def forecasts(source: Network | Declaration, report: LimitReport) -> list[Forecast]:
    """Forecasts for the limits of ``report`` that grow with spokes, members, peers or routes, tightest first."""
    view = View.of(source)
    tally = Tally(view)
    found: list[Forecast] = []
    for row in report:
        if row.used is not None:
            found += _forecast(view, tally, row)
    found.sort(key=lambda f: (f.more is None, f.more or 0, f.id, f.object))
    return found


def _forecast(view: View, tally: Tally, row: LimitRow) -> Iterator[Forecast]:
    limit = row.id
    if limit in ("er.prefixes_to_onprem_v4", "er.prefixes_to_onprem_v6"):
        yield from _spokes_of_connection(view, row, 4 if limit.endswith("v4") else 6)
    elif limit == "vnet.peerings":
        # One forecast a hub; a VNet with a single peering is somebody's spoke and is not expected to grow.
        if row.used is not None and row.used > 1:
            for name in row.objects:
                yield _make(row, name, "peering", None, 1)
    elif limit in ("avnm.vnets_per_connected_group", "avnm.private_endpoints_per_connected_group"):
        yield from _members(view, tally, row)
    elif limit == "pe.peered":
        yield from _peers_with_endpoints(view, tally, row)
    else:
        for prefix, what in _ONE_EACH.items():
            if limit == prefix or limit.startswith(f"{prefix}."):
                for name in row.objects:
                    yield _make(row, name, what, None, 1)


def _make(row: LimitRow, name: str, what: str, like: str | None, adds: int) -> Forecast:
    headroom = max(row.headroom or 0, 0)
    return Forecast(row.id, name, what, like, adds, headroom // adds if adds else None, row.limit)


def _spokes_of_connection(view: View, row: LimitRow, family: int) -> Iterator[Forecast]:
    """The commonest spoke of the hub, counted by those of its prefixes that the gateway advertises."""
    for link in view.connections.circuits:
        if link.name not in row.objects:
            continue
        gateway = view.topology.virtual_network_gateways[link.gateway]
        hub = view.declaration.canonical("virtualNetworks", gateway.vnet)
        if hub is None:
            continue
        sent = advertised(view, hub)[family == 6]
        shapes: dict[str, int] = {}
        for owner, prefix in view.spaces.space(hub):
            if owner != hub:
                shapes[owner] = shapes.get(owner, 0) + _counts(prefix, family, sent)
        shape = _commonest(shapes)
        if shape is not None:
            yield _make(row, link.name, "spoke", *shape)


def _counts(prefix: Prefix, family: int, sent: set[Prefix]) -> bool:
    return prefix.family == family and prefix in sent


def _members(view: View, tally: Tally, row: LimitRow) -> Iterator[Forecast]:
    for group in view.groups:
        if group.label not in row.objects:
            continue
        if row.id == "avnm.vnets_per_connected_group":
            yield _make(row, group.label, "member", None, 1)
            continue
        shape = _commonest({name: tally.endpoints.get(name, 0) for name in group.candidates})
        if shape is not None:
            yield _make(row, group.label, "member", *shape)


def _peers_with_endpoints(view: View, tally: Tally, row: LimitRow) -> Iterator[Forecast]:
    for name in row.objects:
        links = view.peerings.links(name)
        shape = _commonest({link.remote: tally.endpoints.get(link.remote, 0) for link in links})
        if shape is not None and len(links) > 1:
            yield _make(row, name, "peer", *shape)


def _commonest(shapes: dict[str, int]) -> tuple[str, int] | None:
    """The count that most objects have, with the last object that has it: the one most like the next."""
    if not shapes:
        return None
    count = Counter(shapes.values()).most_common(1)[0][0]
    return next(name for name in reversed(shapes) if shapes[name] == count), count
