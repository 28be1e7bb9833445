"""Comparing the stacks of a place in two networks: layer by layer and mask by mask, never row by row.

What is shared between places is compared once and remembered: contents of layers by pair, what a shared mask hides by
layer and mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from routeng.azure.effective import Stack
from routeng.azure.layers import Layer, LayerKey, Route, SharedLayer
from routeng.azure.masks import Mask
from routeng.diff.lines import PrefixSet, RouteChange, describe, line, sides, symbolic
from routeng.lpm import Prefix
from routeng.network import Network

_FEW = 256
"""Up to this many differing prefixes are looked at one by one."""


class Comparison:
    """Remembers what two networks' layers and masks have in common."""

    def __init__(self, before: Network, after: Network) -> None:
        self.before = before
        self.after = after
        self._same: dict[tuple[int, int], bool] = {}
        self._content: dict[
            tuple[int, int],
            tuple[dict[Prefix, Route], dict[Prefix, Route], dict[Prefix, tuple[Route, Route]]],
        ] = {}
        self._hidden: dict[
            tuple[object, ...], tuple[Mask, Mapping[tuple[str, str], Mapping[Prefix, Any]]]
        ] = {}
        self._handed: dict[LayerKey, bool] = {}

    def untouched(self, vnet: str) -> bool:
        """True if nothing that the VNet's tables are made of differs; cheap where one network came from the other."""
        old, new = self.before.fabric, self.after.fabric
        keys = old.keys(vnet)
        return (
            keys is new.keys(vnet)
            and self.before.declaration.vnets[vnet] is self.after.declaration.vnets[vnet]
            and self.before.peerings.links(vnet) is self.after.peerings.links(vnet)
            and all(self._handed_on(key) for key in keys if key[0] not in {"own", "peering"})
            and self.before.declaration.route_tables is self.after.declaration.route_tables
        )

    def _handed_on(self, key: LayerKey) -> bool:
        """True if both networks have the same layer under a key."""
        known = self._handed.get(key)
        if known is None:
            known = self._handed[key] = self.same(self.before.fabric.layer(key), self.after.fabric.layer(key))
        return known

    def changes(self, vnet: str, subnet: str) -> tuple[RouteChange, ...]:
        """How the routes of one place change; empty if they do not."""
        old, new = self.before.fabric.stack(vnet, subnet), self.after.fabric.stack(vnet, subnet)
        return () if self._same_stacks(old, new) else self._changes(old, new)

    def _changes(self, old: Stack, new: Stack) -> tuple[RouteChange, ...]:
        olds, news = _by_slot(old), _by_slot(new)
        changes: list[RouteChange] = []
        for slot in {**olds, **news}:
            changes += self._slot(old, olds.get(slot), new, news.get(slot))
        return tuple(changes)

    def _same_stacks(self, old: Stack, new: Stack) -> bool:
        if len(old.layers) != len(new.layers) or old.families != new.families:
            return False
        if not all(a.kind == b.kind and self.same(a, b) for a, b in zip(old.layers, new.layers, strict=True)):
            return False
        has_group = any(layer.kind == "group" for layer in old.layers)
        name = old.vnet.name
        return not has_group or self.before.peerings.links(name) == self.after.peerings.links(name)

    def same(self, a: Layer, b: Layer) -> bool:
        """True if two layers hold equal routes."""
        if a is b:
            return True
        key = (id(a), id(b))
        known = self._same.get(key)
        if known is None:
            known = self._same[key] = a.content() == b.content()
        return known

    def _slot(self, old: Stack, i: int | None, new: Stack, j: int | None) -> Iterator[RouteChange]:
        before = old.layers[i] if i is not None else None
        after = new.layers[j] if j is not None else None
        hidden_before = old.removed[i] if i is not None else ()
        hidden_after = new.removed[j] if j is not None else ()
        if (
            before is not None
            and after is not None
            and i is not None
            and j is not None
            and hidden_before == hidden_after
            and old.invalid[i] == new.invalid[j]
            and self.same(before, after)
        ):
            return
        if before is None:
            assert after is not None
            assert j is not None
            yield from _listed("+", after, new, j, _entries(after), hidden_after)
            yield from symbolic("+", after)
            return
        if after is None:
            assert i is not None
            yield from _listed("-", before, old, i, _entries(before), hidden_before)
            yield from symbolic("-", before)
            return
        assert i is not None
        assert j is not None
        gained: Mapping[Prefix, Route] = {}
        lost: Mapping[Prefix, Route] = {}
        both: Mapping[Prefix, tuple[Route, Route]] = {}
        if not self.same(before, after):
            gained, lost, both = self._delta(before, after)
            if before.symbolic != after.symbolic:
                yield from symbolic("-", before)
                yield from symbolic("+", after)
        yield from _listed("+", after, new, j, gained, hidden_after)
        yield from _listed("-", before, old, i, lost, hidden_before)
        yield from self._masked(before, old, i, after, new, j, hidden_before, hidden_after, gained, lost)
        visible = {
            p: pair for p, pair in both.items() if not _in(p, hidden_before) and not _in(p, hidden_after)
        }
        states = {
            p: (r, s)
            for p in {**old.invalid[i], **new.invalid[j]}
            if (p in old.invalid[i]) != (p in new.invalid[j])
            and p not in visible
            and (r := before.get(p)) is not None
            and (s := after.get(p)) is not None
            and not _in(p, hidden_before)
            and not _in(p, hidden_after)
        }
        grouped: dict[tuple[str, str, str], list[Prefix]] = {}
        for p, (r, s) in {**visible, **states}.items():
            was = describe(r, p in old.invalid[i])
            now = describe(s, p in new.invalid[j])
            if was != now and p.family in new.families:
                grouped.setdefault((was, now, new.invalid[j].get(p) or s.rule), []).append(p)
        for (was, now, rule), prefixes in grouped.items():
            yield line("~", after, PrefixSet(prefixes), was, now, rule)

    def _masked(
        self,
        before: Layer,
        old: Stack,
        i: int,
        after: Layer,
        new: Stack,
        j: int,
        hidden_before: tuple[Mask, ...],
        hidden_after: tuple[Mask, ...],
        gained: Mapping[Prefix, Route],
        lost: Mapping[Prefix, Route],
    ) -> Iterator[RouteChange]:
        """Rows of routes that both layers have, of which one stack masks what the other does not."""
        if not hidden_before and not hidden_after:
            return
        old_only = [m for m in hidden_before if not any(m is n or m == n for n in hidden_after)]
        new_only = [m for m in hidden_after if not any(m is n or m == n for n in hidden_before)]
        for op, masks, others, layer, other, apart, stack, k in (
            ("-", new_only, hidden_before, before, after, lost, old, i),
            ("+", old_only, hidden_after, after, before, gained, new, j),
        ):
            for n, mask in enumerate(masks):
                for (text, rule), prefixes in self._covered(layer, other, mask, stack, k).items():
                    said = (dict.fromkeys(apart, rule), *others, *masks[:n])  # by another mask already
                    visible = PrefixSet(prefixes, said)
                    if len(visible):
                        yield line(op, layer, visible, *sides(op, text), rule)

    def _covered(
        self, layer: Layer, other: Layer, mask: Mask, stack: Stack, index: int
    ) -> Mapping[tuple[str, str], Mapping[Prefix, Any]]:
        """The rows of ``layer`` that ``mask`` hides and ``other`` has too, by description and rule.

        Masks of pairs of shared layers are shared between places, so this is remembered.
        """
        invalid = stack.invalid[index]
        key = (id(layer), id(other), id(mask), stack.families)
        if not invalid and key in self._hidden:
            return self._hidden[key][1]
        rows: dict[tuple[str, str], dict[Prefix, None]] = {}
        for prefix, rule in mask.items():
            route = layer.get(prefix)
            if route is not None and prefix.family in stack.families and other.get(prefix) is not None:
                rows.setdefault((describe(route, prefix in invalid), rule), {})[prefix] = None
        if not invalid:
            self._hidden[key] = (mask, rows)  # the mask is kept, so that its id stays its own
        return rows

    def _delta(
        self, before: Layer, after: Layer
    ) -> tuple[dict[Prefix, Route], dict[Prefix, Route], dict[Prefix, tuple[Route, Route]]]:
        """Prefixes only in ``after``, only in ``before``, and with different routes in both; kept per pair."""
        key = (id(before), id(after))
        known = self._content.get(key)
        if known is None:
            if (
                isinstance(before, SharedLayer)
                and isinstance(after, SharedLayer)
                and _row(before.only) == _row(after.only)
            ):
                found = before.table.difference(after.table)
                gained = {p: after.only for p, _ in found.added}
                lost = {p: before.only for p, _ in found.removed}
                known = self._content[key] = (gained, lost, {})
                return known
            old, new = dict(before.items()), dict(after.items())
            gained = {p: r for p, r in new.items() if p not in old}
            lost = {p: r for p, r in old.items() if p not in new}
            both = {p: (old[p], r) for p, r in new.items() if p in old and _row(old[p]) != _row(r)}
            known = self._content[key] = (gained, lost, both)
        return known

    def _differing(self, old: Stack, new: Stack) -> set[Prefix] | None:
        """The prefixes whose rows may differ between two stacks; None if they are too many to look at apart."""
        olds, news = _by_slot(old), _by_slot(new)
        found: set[Prefix] = set()
        for slot in {**olds, **news}:
            i, j = olds.get(slot), news.get(slot)
            if i is None or j is None:
                layer = old.layers[i] if i is not None else new.layers[j or 0]
                if len(layer) > _FEW:
                    return None
                found.update(p for p, _ in layer.items())
                continue
            before, after = old.layers[i], new.layers[j]
            if not self.same(before, after):
                for part in self._delta(before, after):
                    found.update(part)
            if before.kind == "user" and before.key != after.key:
                found.update(p for p, _ in (*before.items(), *after.items()))
            for masks, others in ((old.removed[i], new.removed[j]), (new.removed[j], old.removed[i])):
                for mask in masks:
                    if not any(mask is other or mask == other for other in others):
                        found.update(mask)
            if old.invalid[i] != new.invalid[j]:
                found.update({**old.invalid[i], **new.invalid[j]})
            if len(found) > _FEW:
                return None
        return found

    def lost(self, place: str) -> tuple[str, ...]:
        """Prefixes that ``place`` could send to before and can no longer (no row, or a row of type None)."""
        vnet, _, subnet = place.partition("/")
        old, new = self.before.fabric.stack(vnet, subnet), self.after.fabric.stack(vnet, subnet)
        differing = self._differing(old, new)
        candidates: dict[Prefix, None] = {}
        for i, layer in enumerate(old.layers):
            match = next((m for m in new.layers if m.key == layer.key), None)
            if layer.kind == "default" or (
                match is not None and layer.kind == "own" and self.same(layer, match)
            ):
                continue
            near = layer.items() if differing is None else _starting_in(layer, differing)
            candidates.update((p, None) for p, _ in near if not _in(p, old.removed[i]))
        for layer in new.layers:
            if layer.kind == "user":
                candidates.update((p, None) for p, r in layer.items() if r.next_hop_type == "None")
        return tuple(
            str(p) for p in sorted(candidates) if _usable(old, p) and not _usable(new, p, _type(old, p))
        )


def _starting_in(layer: Layer, differing: Iterable[Prefix]) -> Iterator[tuple[Prefix, Any]]:
    """The prefixes of a layer whose first address lies in one of ``differing``."""
    for prefix in differing:
        yield from layer.table.covered(prefix)
        yield from (
            (wide, value) for wide, value in layer.table.covering(prefix) if wide.network == prefix.network
        )


def _type(stack: Stack, prefix: Prefix) -> str | None:
    found = stack.lookup(prefix.address_text(0))
    return found[1].next_hop_type if found is not None else None


def _usable(stack: Stack, prefix: Prefix, was: str | None = None) -> bool:
    """True if the first address of ``prefix`` has a row that forwards; falling back to the Internet is a loss."""
    kind = _type(stack, prefix)
    if kind is None or kind == "None":
        return False
    return not (kind == "Internet" and was not in {None, "Internet"})


def _by_slot(stack: Stack) -> dict[tuple[str, str], int]:
    """Layers by what they are compared with: their kind, and for connected groups which one."""
    return {
        (layer.kind, layer.key[1] if layer.kind == "group" else ""): i for i, layer in enumerate(stack.layers)
    }


def _entries(layer: Layer) -> Mapping[Prefix, Route]:
    return _Shared(layer) if isinstance(layer, SharedLayer) else layer.entries


class _Shared(Mapping[Prefix, Route]):
    """A shared layer as a mapping, without copying it."""

    def __init__(self, layer: SharedLayer) -> None:
        self.layer = layer

    def __getitem__(self, prefix: Prefix) -> Route:
        route = self.layer.get(prefix)
        if route is None:
            raise KeyError(prefix)
        return route

    def __contains__(self, prefix: object) -> bool:
        return isinstance(prefix, Prefix) and prefix in self.layer.table

    def __iter__(self) -> Iterator[Prefix]:
        return iter(self.layer.table)

    def __len__(self) -> int:
        return len(self.layer.table)


def _listed(
    op: str, layer: Layer, stack: Stack, index: int, entries: Mapping[Prefix, Route], hidden: tuple[Mask, ...]
) -> Iterator[RouteChange]:
    """Changes for ``entries`` of a layer that are not hidden, one line per kind of row."""
    if not entries:
        return
    invalid = stack.invalid[index]
    if isinstance(layer, SharedLayer) and not invalid and layer.families <= stack.families:
        visible = PrefixSet(entries, hidden)
        if len(visible):
            text = describe(layer.only, False)
            yield line(op, layer, visible, *sides(op, text), layer.only.rule, isinstance(entries, _Shared))
        return
    rows: dict[tuple[str, str], list[Prefix]] = {}
    for prefix, route in entries.items():
        if prefix.family in stack.families and not _in(prefix, hidden):
            why = invalid.get(prefix)
            rows.setdefault((describe(route, why is not None), why or route.rule), []).append(prefix)
    for (text, rule), prefixes in rows.items():
        yield line(op, layer, PrefixSet(prefixes), *sides(op, text), rule)


def _row(route: Route) -> tuple[str, str, tuple[str, ...]]:
    return route.source, route.next_hop_type, tuple(sorted(route.next_hops))


def _in(prefix: Prefix, masks: tuple[Mask, ...]) -> bool:
    return any(prefix in m for m in masks)
