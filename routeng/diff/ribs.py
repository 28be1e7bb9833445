"""BGP before and after: what each node reaches differently, and what it announces differently, grouped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from routeng.lpm import Prefix
from routeng.network import Network

NAMED = 12
"""Up to this many prefixes are listed one by one."""


class RibChange(msgspec.Struct, frozen=True):
    """Prefixes that change alike at a node. ``op``: ``+`` new, ``-`` gone, ``~`` another best path or AS path.

    ``peers`` is empty for the node's own table, else the neighbours that it announces to. ``before`` and ``after``
    say the best paths, or the AS paths sent.
    """

    op: str
    node: str
    peers: tuple[str, ...]
    count: int
    prefixes: tuple[str, ...]
    before: str | None
    after: str | None

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        return {f: list(v) if isinstance(v := getattr(self, f), tuple) else v for f in self.__struct_fields__}


def rib_changes(before: Network, after: Network) -> list[RibChange]:
    """The changes of every node's table and announcements, nodes in declaration order."""
    old, new = before.control_plane, after.control_plane
    if old is new:
        return []
    found: list[RibChange] = []
    was_there, is_there = old.nodes(), new.nodes()
    for node in dict.fromkeys([*was_there, *is_there]):
        was = old.chosen(node) if node in was_there else {}
        now = new.chosen(node) if node in is_there else {}
        found += _grouped(node, (), _texts(was), _texts(now))
        sent = old.announced(node) if node in was_there else {}
        sends = new.announced(node) if node in is_there else {}
        alike: dict[tuple[str, int, tuple[str, ...], str | None, str | None], list[str]] = {}
        for peer in dict.fromkeys([*sent, *sends]):
            for change in _grouped(node, (peer,), _joined(sent.get(peer, {})), _joined(sends.get(peer, {}))):
                key = (change.op, change.count, change.prefixes, change.before, change.after)
                alike.setdefault(key, []).append(peer)
        for (op, count, prefixes, old_text, new_text), peers in alike.items():
            found.append(RibChange(op, node, tuple(peers), count, prefixes, old_text, new_text))
    return found


def _texts(table: Mapping[Prefix, Any]) -> dict[Prefix, str]:
    """Prefix -> description; one text per shared object."""
    texts: dict[int, str] = {}
    found = {}
    for prefix, value in table.items():
        key = id(value)
        if key not in texts:
            texts[key] = str(value)
        found[prefix] = texts[key]
    return found


def _joined(table: Mapping[Prefix, tuple[str, ...]]) -> dict[Prefix, str]:
    return {prefix: " or ".join(paths) for prefix, paths in table.items()}


def _grouped(
    node: str, peers: tuple[str, ...], was: dict[Prefix, str], now: dict[Prefix, str]
) -> list[RibChange]:
    if was == now:
        return []
    groups: dict[tuple[str, str | None, str | None], list[Prefix]] = {}
    for prefix, text in was.items():
        other = now.get(prefix)
        if other != text:
            groups.setdefault(("-" if other is None else "~", text, other), []).append(prefix)
    for prefix, text in now.items():
        if prefix not in was:
            groups.setdefault(("+", None, text), []).append(prefix)
    changes = []
    for (op, before, after), prefixes in groups.items():
        prefixes.sort()
        named = tuple(str(p) for p in prefixes[:NAMED])
        changes.append(RibChange(op, node, peers, len(prefixes), named, before, after))
    return changes
