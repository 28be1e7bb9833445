"""``routeng diff``: what a change does to routing."""

from __future__ import annotations

import click

from routeng.cli.output import output_options, say, show, topology_options


@click.command("diff", short_help="What a change does: declaration, routes grouped by shape, limits.")
@click.argument("before")
@click.argument("after", required=False)
@topology_options
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs, as diff(1) does.")
@output_options
def command(
    before: str,
    after: str | None,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    exit_code: bool,
    output: str,
    query: str | None,
) -> int:
    """What changes in routing from the topology BEFORE to the topology AFTER.

    An --overlay is merged on top of both; with BEFORE alone, the diff is what the overlay itself changes.
    Exit status 1 if anything got worse: a limit newly breached, a destination lost.
    """
    from routeng.cli.files import topology

    if after is None and not overlay:
        raise click.UsageError("Missing AFTER: another topology, or --overlay FILE on top of BEFORE.")
    if before == after == "-":
        raise click.UsageError("Only one of BEFORE and AFTER can be standard input.")
    old = topology(before, overlay if after is not None else ())
    new = topology(after if after is not None else before, overlay)

    from routeng.diff import diff
    from routeng.network import compute
    from routeng.report.diff import report

    found = diff(compute(old, enforce_limits=enforce_limits), compute(new, enforce_limits=enforce_limits))
    show(report(found, before, after or " + ".join((before, *overlay))), output, query)
    if not found.complete and output not in ("table", "markdown"):
        say("not complete: " + "; ".join(found.missing))
    return int(bool(found.worse) or (exit_code and not found.empty))
