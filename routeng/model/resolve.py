"""From a topology as declared to a :class:`~routeng.model.declaration.Declaration`, with every error found on the way.

``resolve`` runs once per topology and remembers its result. It parses all prefixes, resolves references, expands
the short notations and refuses what Azure refuses; what Azure accepts but a reader should know becomes a finding.

Map: ``virtual_networks`` (spaces, subnets, regions) -> ``sugar`` (peering halves) -> ``spaces`` (overlaps) ->
``user_routes`` -> ``endpoints`` and places -> ``validation`` (gateways, circuits, route servers, devices, managers).
"""

from __future__ import annotations

from collections.abc import Mapping

from routeng.model.declaration import Declaration
from routeng.model.endpoints import resolve_endpoints, resolve_places
from routeng.model.problems import Problems
from routeng.model.references import Names
from routeng.model.topology import Topology
from routeng.model.user_routes import resolve_tables
from routeng.model.validation import check_all
from routeng.model.validation.subnets import special_subnets
from routeng.model.virtual_networks import resolve_virtual_networks

__all__ = ["collect", "resolve"]


def resolve(topology: Topology, file: str = "<topology>", previous: Declaration | None = None) -> Declaration:
    """The declaration of ``topology``, computed once; raises InputErrors with every problem found.

    ``previous`` is that of another topology: what it has resolved of the same objects is used again.
    """
    memo: Declaration | None = topology.__dict__.get("declaration")
    if memo is not None:
        return memo
    problems = Problems(file)
    declaration = collect(topology, problems, previous=previous)
    problems.check()
    topology.__dict__["declaration"] = declaration
    return declaration


def collect(
    topology: Topology,
    problems: Problems,
    absent: Mapping[str, frozenset[str]] | None = None,
    previous: Declaration | None = None,
) -> Declaration:
    """Resolve all that can be resolved, adding what is wrong to ``problems``.

    ``absent`` are names of objects that were left out because their own shape is wrong, by section.
    """
    names = Names(topology, problems, absent)
    tables = resolve_tables(topology, names)
    known = None
    if previous is not None and previous.topology.route_tables is topology.route_tables:
        known = previous.vnets
    vnets = resolve_virtual_networks(topology, names, known)
    endpoints = resolve_endpoints(topology, vnets, names)
    places = resolve_places(topology, vnets, names)
    special = special_subnets(vnets.values()) if tables else frozenset()
    declaration = Declaration(topology, vnets, tables, endpoints, names.of, places, special)
    check_all(declaration, names)
    declaration.findings_by_check = problems.findings
    return declaration
