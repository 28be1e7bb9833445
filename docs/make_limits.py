"""Write ``docs/limits.md`` from the catalogue: ``python docs/make_limits.py``."""

from __future__ import annotations

from pathlib import Path

from routeng.data.limits import Catalogue, Limit, catalogue

HEADINGS = {
    "vnet": "Virtual networks",
    "subnet": "Subnets",
    "peering": "Peerings",
    "udr": "Route tables and user routes",
    "avnm": "Network managers and connected groups",
    "pe": "Private endpoints",
    "er": "ExpressRoute",
    "ars": "Route servers",
    "vpn": "VPN gateways",
    "vnra": "Routing appliances",
    "appsvc": "App Service",
    "apim": "API Management",
}
"""First part of a limit's id -> the heading that it stands under."""

CONSEQUENCES = {
    "create_refused": "the object is refused",
    "update_refused": "the change is refused",
    "deploy_refused": "the deployment is refused",
    "connection_down": "the connection goes down, both directions, until the count is below the limit",
    "bgp_session_dropped": "the BGP session drops",
    "packet_drops": "packets are dropped",
    "silent_degradation": "nothing is refused; packets are lost",
    "instability": "the gateway becomes unstable",
    "fallback_to_gateway": "traffic falls back to the gateway",
}
"""What the platform does beyond a limit, in words."""

CHECKS = {
    "not declared": "A topology does not hold this count; the report says so.",
    "constant": "Listed for reference.",
    "not expressible": "Listed for reference: the notation cannot express it.",
}

INTRODUCTION = """\
# Platform limits

`routeng limits TOPOLOGY` counts what a topology uses of every limit below and shows what is left, the tightest
first; `routeng diff` and `routeng plan` show the same before and after. This page is written from
`routeng/data/limits.json` by `docs/make_limits.py`; the catalogue is dated {dated}.

- **Limits move.** A topology overrides any value by its id: `"limits": {{"er.prefixes_to_onprem_v4": 1000}}`.
- A limit is *near* from 80 % of its value on, and *breached* beyond it. Limits of one, minima and prefix lengths
  only hold or do not hold.
- Where several limits bind one count, the strictest counts, and the row names it: the peerings of a hub with an
  ExpressRoute gateway stay at 500 even under a network manager.
- Counts over a subscription are made only where objects declare their subscription.
- What follows beyond a limit is *documented* where a source says so, and *inferred* where it only says that there
  is a limit.

Looked for and not found: {not_found}.
"""


def page(found: Catalogue) -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION.format(dated=found.dated, not_found="; ".join(found.not_found))]
    by_heading: dict[str, list[Limit]] = {}
    for limit in found.limits:
        by_heading.setdefault(HEADINGS[limit.id.partition(".")[0]], []).append(limit)
    for heading, limits in by_heading.items():
        parts.append(f"## {heading}\n")
        parts.append("| id | what | value | beyond it |\n|---|---|---|---|")
        parts.append("\n".join(_line(limit) for limit in limits) + "\n")
        parts += [_details(limit) for limit in limits]
    return "\n".join(parts).rstrip() + "\n"


def _line(limit: Limit) -> str:
    value = f"{limit.default:,}"
    if limit.minimum:
        value = f"at least {value}"
    elif limit.unit == "prefix length":
        value = f"/{limit.default}"
    if limit.max is not None and limit.max != limit.default:
        value += f", up to {limit.max:,}"
    beyond = CONSEQUENCES[limit.consequence] if limit.consequence else "not said"
    return f"| [`{limit.id}`](#{_anchor(limit)}) | {limit.title} | {value} | {beyond} |"


def _anchor(limit: Limit) -> str:
    return limit.id.replace(".", "-").replace("_", "-")


def _details(limit: Limit) -> str:
    lines = [f'### <a id="{_anchor(limit)}"></a>`{limit.id}`\n', f"{limit.title}.\n"]
    lines.append(f"- Counted: {limit.counted}, for each {limit.scope}.")
    raised = ""
    if limit.max is not None and limit.max != limit.default:
        raised = f"; {limit.max:,} by {limit.max_by}"
    elif limit.max_by:
        raised = f"; more by {limit.max_by}"
    unit = "" if limit.unit == "prefix length" else f" {limit.unit}"
    lines.append(f"- Value: {'/' if not unit else ''}{limit.default:,}{unit}{raised}.")
    if limit.conditions:
        lines.append(f"- Conditions: {limit.conditions}.")
    if limit.consequence:
        lines.append(f"- Beyond it: {CONSEQUENCES[limit.consequence]} ({limit.consequence_basis}).")
    if limit.check in CHECKS:
        lines.append(f"- {CHECKS[limit.check]}")
    if limit.disagreements:
        lines.append(f"- Sources disagree: {limit.disagreements}")
    if limit.note:
        lines.append(f"- {limit.note}")
    if limit.facts:
        lines.append(f"- Rules: {', '.join(limit.facts)}.")
    dated = limit.dated or "undated"
    sources = ", ".join(f"<{s}>" if s.startswith("http") else s for s in limit.sources)
    lines.append(f"- Source ({limit.confidence}, {dated}; read {limit.seen}): {sources}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("limits.md").write_text(page(catalogue()), encoding="utf-8")
