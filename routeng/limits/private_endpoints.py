"""Limits of private endpoints: per VNet, per VNet with its peers, per subscription, per service (PE-8,
PE-10).
"""

from __future__ import annotations

from routeng.limits.ledger import Ledger
from routeng.limits.tally import Tally
from routeng.limits.view import View


def count(view: View, ledger: Ledger, tally: Tally) -> None:
    """Enter the endpoint limits."""
    held = [(facts, names) for facts, names in tally.groups.items() if facts.endpoints]
    if not held:
        return
    for raised in (False, True):
        groups = [(facts.endpoints, names) for facts, names in held if facts.high_scale is raised]
        ledger.add_groups("pe.per_vnet", groups, raised=raised)
    _peered(view, ledger, tally)
    known: dict[str, int] = {}
    unknown: list[str] = []
    for facts, names in held:
        if facts.subscription is None:
            unknown += names
        else:
            known[facts.subscription] = known.get(facts.subscription, 0) + facts.endpoints * len(names)
    ledger.add_many("pe.per_subscription", known.items())
    ledger.not_declared("pe.per_subscription", unknown, "no subscription declared")
    targets: dict[str, int] = {}
    for endpoint in view.topology.private_endpoints.values():
        if endpoint.target and "/privatelinkservices/" in endpoint.target.lower():
            key = endpoint.target.rpartition("/")[2]
            targets[key] = targets.get(key, 0) + 1
    ledger.add_many("pe.per_private_link_service", targets.items())


def _peered(view: View, ledger: Ledger, tally: Tally) -> None:
    """Own and directly peered endpoints (PE-10); 20,000 only if the VNet and every peer with endpoints has
    HSPE.
    """
    endpoints, high_scale = tally.endpoints, tally.high_scale
    uses: dict[bool, list[tuple[str, int]]] = {False: [], True: []}
    for facts, names in tally.groups.items():
        if not facts.halves and not view.reshaped:
            continue
        for name in names:
            remotes = [link.remote for link in view.peerings.links(name)]
            used = facts.endpoints + sum([endpoints.get(remote, 0) for remote in remotes])
            if remotes and used:
                everywhere = facts.high_scale and all(r in high_scale for r in remotes if r in endpoints)
                uses[everywhere].append((name, used))
    ledger.add_many("pe.peered", uses[False])
    ledger.add_many("pe.peered", uses[True], raised=True)
