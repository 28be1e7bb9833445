"""``routeng routes``: effective routes of any place, VM or no VM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from routeng.cli.output import output_options, say, show, stream, topology_options

if TYPE_CHECKING:
    from routeng.network import Network, RouteTable


@click.command("routes", short_help="Effective routes of a subnet, NIC or gateway subnet, VM or no VM.")
@click.argument("topology")
@topology_options
@click.option(
    "--at",
    "places",
    multiple=True,
    metavar="PLACE",
    help="vnet/subnet, NIC or device; a glob such as 'spoke-*/vm' means all that match (repeatable).",
)
@click.option("--all", "everywhere", is_flag=True, help="Every subnet.")
@click.option("--where", metavar="JMESPATH", help="Only rows for which this is true: \"state == 'Invalid'\".")
@click.option("--wide", is_flag=True, help="All prefixes of a row, its name, and the rule with its grade.")
@click.option(
    "--parquet",
    metavar="FILE",
    help="Write the rows to a Parquet file instead (needs the extra routeng[tables]).",
)
@output_options
def command(
    topology: str,
    overlay: tuple[str, ...],
    enforce_limits: bool,
    places: tuple[str, ...],
    everywhere: bool,
    where: str | None,
    wide: bool,
    parquet: str | None,
    output: str,
    query: str | None,
) -> int:
    """Effective routes, as az shows them for a NIC, of any subnet.

    Without --at and --all, lists the places that can be asked.
    """
    from routeng.cli.files import network

    net = network(topology, overlay, enforce_limits=enforce_limits)
    if not places and not everywhere:
        _list_places(net, output, query)
        return 0
    asked = net.places() if everywhere else [name for place in places for name in _matching(net, place)]
    unique = list(dict.fromkeys(asked))
    tables = _Tables(net, unique)
    keep: Callable[[Mapping[str, Any]], bool] | None = None
    if parquet is not None:
        if where is not None or query is not None:
            raise click.UsageError("--parquet writes all rows: it goes with neither --where nor --query")
        _write_parquet(tables, parquet)
        return 0
    if where is not None:
        from routeng.report.query import row_filter

        keep = row_filter(where)
    if output == "jsonl" and keep is None and query is None:
        from routeng.expand import jsonl

        stream(jsonl(tables))
    else:
        from routeng.report.routes import report

        show(report(tables, keep, wide=wide, headings=len(unique) > 1), output, query)
    if not tables.complete and output != "table":
        say("not complete: " + "; ".join(tables.missing))
    return 0


class _Tables:
    """The tables of the places asked, each made when it is shown; remembers what they lack."""

    def __init__(self, net: Network, places: list[str]) -> None:
        self._net = net
        self._places = places
        self.missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every table shown so far is complete."""
        return not self.missing

    def __iter__(self) -> Iterator[RouteTable]:
        for table in self._net.tables(self._places):
            self.missing = tuple(dict.fromkeys((*self.missing, *table.missing)))
            yield table


def _write_parquet(tables: _Tables, file: str) -> None:
    from routeng.tables_parquet import MissingExtra, write_parquet

    try:
        count = write_parquet(tables, file)
    except MissingExtra as error:
        raise click.UsageError(str(error)) from None
    say(
        f"{count:,} rows in {file}"
        + ("" if tables.complete else "; not complete: " + "; ".join(tables.missing))
    )


def _matching(net: Network, place: str) -> list[str]:
    """The place itself, or the places that match a glob; raises if there are none."""
    if not any(c in place for c in "*?["):
        vnet, subnet = net.place(place)
        return [f"{vnet}/{subnet}"]
    found = [name for name in net.places() if fnmatchcase(name.lower(), place.lower())]
    if not found:
        raise click.UsageError(f"--at {place}: no subnet matches; there are {len(net.places()):,}")
    return found


def _list_places(net: Network, output: str, query: str | None) -> None:
    from routeng.report import Column
    from routeng.report.listing import listing

    rows = [{"place": place} for place in net.places()]
    show(listing(rows, [Column("place", "Place")], empty="The topology has no subnets."), output, query)
    say("choose a place with --at PLACE, or --all")
