"""The policy rules of the neutral scenario format."""

from __future__ import annotations

from typing import Any

from routeng.bgp.attributes import Origin
from routeng.bgp.checked import Checked, Where
from routeng.bgp.policy import PrefixMatch, Rule
from routeng.lpm import HostBitsError, Prefix

_ORIGINS = ("igp", "egp", "incomplete")


def rule(checked: Checked, value: Any, where: Where) -> Rule:
    """One import or export rule: `match`, `action`, `set`."""
    item = checked.object(value, where, ("match", "action", "set"))
    action = checked.choice(item.get("action", "permit"), (*where, "action"), ("permit", "deny"))
    place = (*where, "match")
    match = checked.object(item.get("match", {}), place, ("prefixes", "community", "as_path_contains"))
    prefixes = None
    if "prefixes" in match:
        entries = [
            prefix_match(checked, entry, at)
            for at, entry in checked.list(match["prefixes"], (*place, "prefixes"))
        ]
        if not entries:
            checked.error((*place, "prefixes"), "an empty prefix list matches nothing")
        prefixes = tuple(entry for some in entries for entry in some)
    contains = match.get("as_path_contains")
    required = []
    if "community" in match:
        required.append(checked.community(match["community"], (*place, "community")))
    return Rule(
        deny=action == "deny",
        prefixes=prefixes,
        communities=frozenset(required),
        as_path_contains=None if contains is None else checked.asn(contains, (*place, "as_path_contains")),
        **settings(checked, item.get("set", {}), (*where, "set")),
    )


def prefix_match(checked: Checked, value: Any, where: Where) -> tuple[PrefixMatch, ...]:
    """A prefix-list entry; `any` matches both families."""
    if value == "any":
        return PrefixMatch(Prefix("0.0.0.0/0"), le=32), PrefixMatch(Prefix("::/0"), le=128)
    try:
        match = PrefixMatch.parse(value if isinstance(value, str) else "")
    except HostBitsError as error:
        checked.error(where, "the prefix has host bits set", value, str(error.masked))
        return ()
    except ValueError as error:
        checked.error(where, f"a prefix with ge / le, or any, is wanted ({error})", value)
        return ()
    if str(match.prefix) != value.split()[0]:
        checked.error(where, "the prefix is not in canonical form", value, str(match.prefix))
    return (match,)


def settings(checked: Checked, value: Any, where: Where) -> dict[str, Any]:
    """The `set` part of a rule, as the fields of `Rule`."""
    keys = (
        "weight",
        "local_pref",
        "med",
        "origin",
        "prepend",
        "communities",
        "replace_communities",
        "next_hop",
    )
    item = checked.object(value, where, keys)
    out: dict[str, Any] = {}
    for name, high in (("weight", 65535), ("local_pref", 2**32 - 1), ("med", 2**32 - 1)):
        if name in item:
            out[f"set_{name}"] = checked.integer(item[name], (*where, name), 0, high)
    if "origin" in item:
        out["set_origin"] = origin(checked, item["origin"], (*where, "origin"))
    if "prepend" in item:
        places = checked.list(item["prepend"], (*where, "prepend"))
        out["prepend"] = tuple(checked.asn(asn, at) for at, asn in places)
    if "communities" in item:
        out["add_communities"] = communities(checked, item["communities"], (*where, "communities"))
    if "replace_communities" in item:
        out["replace_communities"] = checked.flag(
            item["replace_communities"], (*where, "replace_communities")
        )
    if "next_hop" in item:
        out["set_next_hop"] = checked.address(item["next_hop"], (*where, "next_hop"))
    return out


def origin(checked: Checked, value: Any, where: Where) -> Origin:
    """An ORIGIN by name."""
    return Origin(_ORIGINS.index(checked.choice(value, where, _ORIGINS)))


def communities(checked: Checked, value: Any, where: Where) -> frozenset[str]:
    """A set of standard communities."""
    found = [checked.community(item, at) for at, item in checked.list(value, where)]
    return frozenset(text for text in found if text)
