"""``routeng rules``: the rule behind an answer."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, show


@click.command("rules", short_help="The rule behind an answer, with its evidence and source.")
@click.argument("rule", required=False, metavar="[ID]")
@output_options
def command(rule: str | None, output: str, query: str | None) -> int:
    """The rule ID with its evidence and source; without ID, all rules that routeng implements."""
    from routeng.azure.catalogue import rule_register
    from routeng.azure.profile import SWITCHES
    from routeng.report.rules import report_all, report_one

    register = rule_register()
    if rule is None:
        show(report_all(list(register.values())), output, query)
        return 0
    found = register.get(rule) or next((r for r in register.values() if r.id.lower() == rule.lower()), None)
    if found is None:
        from routeng.inputs.nearest import nearest

        near = nearest(rule, register)
        raise click.UsageError(f"No rule {rule!r}." + (f" Did you mean {near!r}?" if near else ""))
    switch = SWITCHES.get(found.switch) if found.switch else None
    show(report_one(found, switch.values if switch else ()), output, query)
    return 0
