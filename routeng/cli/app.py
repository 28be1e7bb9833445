"""The command ``routeng``: which commands there are, and what becomes of errors.

Exit status: 0 nothing got worse, 1 something did (each command says what), 2 bad input or usage, 70 a fault
of routeng itself, 130 interrupted, 141 nobody reads the output any more. Messages go to stderr, data to
stdout.

Nothing heavy is imported here: ``--help`` and ``--version`` must not wait for what only a computation needs.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

import routeng

COMMANDS = {
    "diff": "What a change does: declaration, routes grouped by shape, limits.",
    "routes": "Effective routes of a subnet, NIC or gateway subnet, VM or no VM.",
    "rib": "BGP table of a gateway, route server, MSEE, NVA or on-prem router.",
    "why": "Why a route won, why others lost, or why there is none.",
    "limits": "Platform limits: used, limit, headroom, and what happens beyond.",
    "lookup": "Longest match of any number of addresses in any table of prefixes.",
    "check": "Findings: what Azure would refuse, or accept and you would regret.",
    "plan": "Run a migration plan: routes and limits before and after every step.",
    "bgp": "Plain BGP simulation of a scenario file.",
    "example": "Write a ready example, at any size.",
    "rules": "The rule behind an answer, with its evidence and source.",
    "schema": "JSON Schema of an input.",
}
"""The commands in the order of ``--help``; each is ``command`` in the module of the same name."""

FAULT, INTERRUPTED, PIPE_CLOSED = 70, 130, 141

EPILOG = """\
A TOPOLOGY is a topology.json, a step of a plan (plan.json#STEP), or - for standard input. Exit status:
0 nothing got worse, 1 something did, 2 bad input or usage.

Completion: eval "$(_ROUTENG_COMPLETE=bash_source routeng)" in ~/.bashrc; zsh_source and fish_source likewise.
"""


class ReaderGone(Exception):
    """Nobody reads stdout any more. Not an OSError: click would turn it into status 1, which means "worse"."""


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"routeng.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` name; a wrong one is answered with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from routeng.inputs.nearest import nearest

            near = nearest(args[0], COMMANDS)
            hint = f" Did you mean {near!r}?" if near else f" There are {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The epilog as it is written."""
        formatter.write("\n" + EPILOG)


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(routeng.__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Compute the routes an Azure network would have, and what a change does to them."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit status; no exception escapes for bad input."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app.main(list(arguments), prog_name="routeng", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        print("routeng: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as error:
        return int(error.code or 0)  # how click ends shell completion
    except (ReaderGone, BrokenPipeError):
        return _reader_gone()
    except Exception as error:
        return _explain(error)


def _reader_gone() -> int:
    """Nobody reads stdout any more; without this the interpreter would complain when it flushes at exit."""
    sys.stdout = sys.__stdout__
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return PIPE_CLOSED


def _explain(error: Exception) -> int:
    """Say on stderr what is wrong, and with whom."""
    from routeng.inputs.errors import InputErrors

    if isinstance(error, InputErrors):
        from routeng.report.parts import printable

        for each in error.errors:
            print(printable(str(each)), file=sys.stderr)
        count = len(error.errors)
        print(f"routeng: {count} error{'s' if count > 1 else ''}; nothing was computed", file=sys.stderr)
        return 2
    if _is(error, "routeng.network", "UnknownPlace") or _is(error, "routeng.report.query", "QueryError"):
        print(f"routeng: {error}", file=sys.stderr)
        return 2
    if isinstance(error, OSError):
        print(f"routeng: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)
        return 2
    if os.environ.get("ROUTENG_DEBUG"):
        import traceback

        traceback.print_exception(error)
    text = f"{type(error).__name__}: {error}"
    print(
        f"routeng: a fault of routeng itself, please report it: {text}\n"
        "routeng: ROUTENG_DEBUG=1 shows where it happened",
        file=sys.stderr,
    )
    return FAULT


def _is(error: Exception, module: str, *names: str) -> bool:
    """Whether ``error`` is of a class of ``module``; a module that was never imported raised nothing."""
    home = sys.modules.get(module)
    return home is not None and isinstance(error, tuple(getattr(home, name) for name in names))
