"""JSON Schema 2020-12 of the inputs, derived from the structs so that the two cannot drift apart.

A schema knows shapes, not references or prefixes: a document that it accepts may still be refused by ``load``.
Enumeration values are listed in ARM's spelling; ``load`` takes them in any case.
"""

from __future__ import annotations

from typing import Any

import msgspec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FREE = frozenset({"tags", "where"})


def schema(what: str = "topology") -> dict[str, Any]:
    """The JSON Schema of ``topology`` or ``plan``; ValueError for anything else."""
    kinds = _kinds()
    if what not in kinds:
        raise ValueError(f"no schema of {what!r}: one of {', '.join(kinds)}")
    struct, title = kinds[what]
    made: dict[str, Any] = msgspec.json.schema(struct)
    definitions = made["$defs"]
    for definition in definitions.values():
        _allow_extensions(definition)
    if what == "topology":
        definitions["Topology"]["properties"]["profile"]["additionalProperties"] = {
            "type": ["string", "integer"]
        }
    else:
        definitions["Plan"]["required"].append("routengPlan")
    return {"$schema": DIALECT, "title": title, **made}


def _kinds() -> dict[str, tuple[type[msgspec.Struct], str]]:
    from routeng.model.plan import Plan
    from routeng.model.topology import Topology

    return {
        "topology": (Topology, "routeng topology"),
        "plan": (Plan, "routeng migration plan"),
    }


def _allow_extensions(definition: dict[str, Any]) -> None:
    """``x-...`` keys pass in every object and in every map of objects."""
    if definition.get("additionalProperties") is False:
        definition["patternProperties"] = {"^x-": {}}
    for name, property_ in definition.get("properties", {}).items():
        for part in (property_, *property_.get("anyOf", ())):
            if (
                part.get("type") == "object"
                and isinstance(part.get("additionalProperties"), dict)
                and name not in _FREE
            ):
                part["patternProperties"] = {"^x-": {}}
