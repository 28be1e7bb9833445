"""``routeng schema``: the JSON Schema of an input."""

from __future__ import annotations

import sys

import click


@click.command("schema", short_help="JSON Schema of an input.")
@click.argument("what", default="topology")
def command(what: str) -> int:
    """JSON Schema (2020-12) of WHAT, by default a topology."""
    import msgspec

    from routeng.model import schema

    try:
        found = schema(what)
    except (KeyError, ValueError) as error:
        raise click.UsageError(str(error.args[0] if error.args else error)) from None
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    return 0
