"""Import and export policies of devices: the topology's rules as policies of the BGP engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routeng.bgp.attributes import community
from routeng.bgp.policy import DENY_ALL, PERMIT_ALL, Policy, PrefixMatch, Rule
from routeng.model.devices import Rule as DeclaredRule


def policy(rules: Sequence[DeclaredRule], asn: int, peer_names: Sequence[str], *, imported: bool) -> Policy:
    """The policy that ``rules`` state for one neighbour: the first match wins, nothing matching means accept.

    ``asn`` is the device's own, which a numeric ``prepend`` repeats; ``peer_names`` are what the neighbour is called,
    for ``match.from`` on import. Raises ``ValueError`` for a prefix, community or expression that is none.
    """
    if not rules:
        return PERMIT_ALL
    if len(rules) == 1 and rules[0].deny and rules[0].match is None:
        return DENY_ALL
    return Policy(
        tuple(converted for rule in rules for converted in _convert(rule, asn, peer_names, imported))
    )


def _convert(rule: DeclaredRule, asn: int, peer_names: Sequence[str], imported: bool) -> Iterator[Rule]:
    """One declared rule; none at all when it asks for another neighbour than this one."""
    match, change = rule.match, rule.set
    conditions: dict[str, object] = {}
    if match is not None:
        if match.prefix is not None:
            texts = [match.prefix] if isinstance(match.prefix, str) else match.prefix
            conditions["prefixes"] = tuple(PrefixMatch.parse(t) for t in texts)
        if match.community is not None:
            names = [match.community] if isinstance(match.community, str) else match.community
            conditions["communities"] = frozenset(community(n) for n in names)
        if match.as_path_contains is not None:
            conditions["as_path_contains"] = match.as_path_contains
        if match.as_path_regex is not None:
            conditions["as_path_regex"] = match.as_path_regex
        if match.from_ is not None:
            source = match.from_.lower()
            if imported and source not in {n.lower() for n in peer_names}:
                return
            if not imported:
                conditions["tags"] = frozenset({("peer", source)})
    if rule.deny:
        yield Rule(deny=True, **conditions)  # type: ignore[arg-type]
        return
    changes: dict[str, object] = {}
    if change is not None:
        if change.prepend is not None:
            changes["prepend"] = (
                (asn,) * change.prepend if isinstance(change.prepend, int) else tuple(change.prepend)
            )
        if change.local_preference is not None:
            changes["set_local_pref"] = change.local_preference
        if change.weight is not None:
            changes["set_weight"] = change.weight
        if change.med is not None:
            changes["set_med"] = change.med
        if change.next_hop is not None:
            changes["set_next_hop"] = change.next_hop
        if change.community is not None:
            names = [change.community] if isinstance(change.community, str) else change.community
            changes["add_communities"] = frozenset(
                community(n.removeprefix("+")) for n in names if not n.startswith("-")
            )
            changes["remove_communities"] = frozenset(community(n[1:]) for n in names if n.startswith("-"))
    yield Rule(**conditions, **changes)  # type: ignore[arg-type]
