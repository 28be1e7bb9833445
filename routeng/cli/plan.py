"""``routeng plan``: a migration plan, step by step."""

from __future__ import annotations

import sys

import click

from routeng.cli.output import output_options, say, show


@click.command("plan", short_help="Run a migration plan: routes and limits before and after every step.")
@click.argument("plan")
@click.option("--until", metavar="STEP", help="Stop after this step.")
@output_options
def command(plan: str, until: str | None, output: str, query: str | None) -> int:
    """Runs the migration plan in the file PLAN step by step.

    Each step is computed on top of the last and compared with it. Exit status 1 if a limit is newly breached, Azure
    would refuse a step, an expectation is not met or a rollback does not restore; 2 if a step is invalid, after
    reporting the steps before it.
    """
    from routeng.model.plan import load_plan
    from routeng.plan import run_plan
    from routeng.report.plan import report

    file = load_plan(plan)
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("base", total=len(file.plan.steps))
            found = run_plan(
                file,
                until=until,
                progress=lambda number, _, name: bar.update(
                    task, completed=number, description=f"step {name}"
                ),
            )
    else:
        found = run_plan(file, until=until)
    show(report(found), output, query)
    last = found.steps[-1]
    if last.errors is not None:
        for error in last.errors.errors:
            say(str(error))
        say(f"step {last.id} is invalid; the steps before it are reported")
        return 2
    return int(found.failed)
