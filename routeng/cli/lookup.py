"""``routeng lookup``: which prefix of a table covers each address of a stream."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from routeng.cli.output import say, topology_options

if TYPE_CHECKING:
    from routeng.lookup import Answer, Table


@click.command("lookup", short_help="Longest match of any number of addresses in any table of prefixes.")
@click.argument("table")
@click.argument("addresses", nargs=-1, metavar="[ADDRESSES]...")
@topology_options
@click.option(
    "--at", "place", metavar="PLACE", help="TABLE is a topology: use the effective routes of this place."
)
@click.option(
    "--column", metavar="NAME", help="The address is in this column (name, or number from 1) of CSV or TSV."
)
@click.option(
    "--field",
    type=click.Choice(["src", "dst"]),
    default="dst",
    show_default=True,
    help="Which address of a flow log.",
)
@click.option("--count", is_flag=True, help="Only how many addresses each prefix answered for.")
@click.option("--unmatched", is_flag=True, help="Only the addresses that nothing covers.")
@click.option(
    "--skip-invalid", is_flag=True, help="Leave out what is no address, and say how many there were."
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["tsv", "jsonl"]),
    default="tsv",
    show_default=True,
    help="Form of the output.",
)
def command(
    table: str,
    addresses: tuple[str, ...],
    overlay: tuple[str, ...],
    enforce_limits: bool,
    place: str | None,
    column: str | None,
    field: str,
    count: bool,
    unmatched: bool,
    skip_invalid: bool,
    output: str,
) -> int:
    """Longest match of addresses in a table of prefixes.

    TABLE is a prefix list, a CSV or TSV with a header, effective routes as JSON (az or routeng), or with --at a
    topology. ADDRESSES are files (one address a line, a --column, or Azure flow logs), - for standard input
    (the default), or addresses themselves. Files of any size are read as a stream.
    """
    from routeng import lookup

    if not addresses and table == "-":
        raise click.UsageError("TABLE and ADDRESSES cannot both come from standard input.")
    routes = _table(table, place, overlay, enforce_limits)
    if routes.inactive:
        say(f"{routes.inactive} rows of {table} are not active and were left out")
    skipped: list[int] | None = [] if skip_invalid else None
    found = _answers(routes, addresses or ("-",), column, field, skipped)
    if unmatched:
        found = (answer for answer in found if answer.entry is None)
    if count:
        rows = (lookup.row(routes, None, entry, number) for entry, number in lookup.counts(found))
    else:
        rows = (lookup.row(routes, answer.address, answer.entry) for answer in found)
    _write(rows, ["count" if count else "address", "prefix", *routes.columns], output)
    if skipped:
        say(f"{len(skipped)} lines are no addresses and were left out (the first is line {skipped[0]})")
    return 0


def _table(path: str, place: str | None, overlay: tuple[str, ...], enforce_limits: bool) -> Table:
    from routeng.lookup import read_table, rows_table

    if place is not None:
        from routeng.cli.files import network

        return rows_table(network(path, overlay, enforce_limits=enforce_limits).routes(place).rows(), place)
    if overlay or enforce_limits:
        raise click.UsageError(
            "--overlay and --enforce-limits belong to a topology; give --at PLACE as well."
        )
    with _opened(path) as file:
        return read_table(file.read(), _name(path))


def _answers(
    table: Table, sources: tuple[str, ...], column: str | None, field: str, skipped: list[int] | None
) -> Iterator[Answer]:
    from routeng.lookup import addresses, answers
    from routeng.lpm import parse_address

    for source in sources:
        try:
            parse_address(source)
        except ValueError:
            with _opened(source) as file:
                batches = addresses(file, _name(source), column=column, field=field)
                yield from answers(table, batches, _name(source), skip=skipped)
        else:
            yield from answers(table, [[(1, source)]], "argument")


def _write(rows: Iterable[dict[str, Any]], columns: list[str], output: str) -> None:
    from routeng.lookup import batched

    stream = sys.stdout.buffer
    sys.stdout.flush()
    if output == "tsv":
        stream.write(("\t".join(map(_cell, columns)) + "\n").encode())
        lines = ("\t".join([_cell(value) for value in row.values()]) for row in rows)
    else:
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    for group in batched(lines):
        stream.write(("\n".join(group) + "\n").encode("utf-8", "backslashreplace"))
    stream.flush()


def _cell(value: Any) -> str:
    """One cell of TSV: no tabs, no line ends, nothing for None."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() else " ".join(text.split())


def _name(path: str) -> str:
    return "<stdin>" if path == "-" else path


def _opened(path: str) -> contextlib.AbstractContextManager[IO[bytes]]:
    return contextlib.nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb")
