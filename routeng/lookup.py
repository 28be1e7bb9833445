"""Bulk look-ups: one table of prefixes, any number of addresses, in memory that does not grow with them.

    table  = read_table(path)            a prefix list, a CSV or TSV, effective routes as JSON
    source = addresses(stream, ...)      batches of (line number, address)
    answers(table, batches)              one Answer an address

Tables: one prefix a line (what follows it is its label; ``#`` comments), delimited text with a header, or the JSON
of ``az network nic show-effective-route-table`` and of ``routeng routes -o json``, of which active rows count.
Addresses: one a line, a column of delimited text, or Azure flow logs (virtual network flow logs and NSG flow logs
version 1 and 2: JSON of any size, read as a stream; only their comma-separated tuples are looked at).
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple

from routeng.inputs.errors import InputError, InputErrors
from routeng.lpm import FrozenPrefixTable, HostBitsError, Prefix, parse_prefix, try_prefix

CHUNK = 1 << 18
"""Bytes read at a time; also the longest line."""

PREFIX_COLUMNS = ("prefix", "addressprefix", "address_prefix", "cidr", "network", "route", "destination")
"""Names of the column that holds the prefix, in lower case; otherwise the first column that is one."""


class Entry(NamedTuple):
    """One prefix of a table and what its source says about it."""

    prefix: Prefix
    fields: Mapping[str, Any]


class Table(NamedTuple):
    """A frozen table of entries, the names of their fields in order, and how many rows were not active."""

    frozen: FrozenPrefixTable[Entry]
    columns: tuple[str, ...]
    inactive: int


class Answer(NamedTuple):
    """What covers one address: ``entry`` is None where nothing does."""

    line: int
    address: str
    entry: Entry | None


# --------------------------------------------------------------------------- tables


def make_table(entries: Iterable[Entry], inactive: int = 0) -> Table:
    """A table of entries; of equal prefixes the first one counts, as in a list that is read from the top."""
    columns: dict[str, None] = {}
    found: dict[Prefix, Entry] = {}
    for entry in entries:
        columns.update(dict.fromkeys(entry.fields))
        found.setdefault(entry.prefix, entry)
    return Table(FrozenPrefixTable(found), tuple(columns), inactive)


def read_table(data: bytes, name: str) -> Table:
    """The table in ``data``, whose form is recognised; ``name`` is what errors call it.

    Raises InputErrors with every wrong line or row.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputErrors([InputError(name, "", f"not UTF-8 text (byte {error.start})")]) from None
    if text.lstrip()[:1] in ("{", "["):
        return _json_table(text, name)
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    delimiter = next((mark for mark in ("\t", ",", ";") if mark in first), None)
    if delimiter is not None and try_prefix(first.split(delimiter)[0].strip()) is None:
        return _delimited_table(text, name, delimiter)
    return _plain_table(text, name)


def _plain_table(text: str, name: str) -> Table:
    entries: list[Entry] = []
    errors: list[InputError] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        prefix, *label = re.split(r"[\s,;]+", content, maxsplit=1)
        found = _prefix(prefix, f"{name}:{number}", errors)
        if found is not None:
            entries.append(Entry(found, {"label": label[0].strip()} if label else {}))
    return _checked(entries, errors, name)


def _delimited_table(text: str, name: str, delimiter: str) -> Table:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    entries: list[Entry] = []
    errors: list[InputError] = []
    header: list[str] = []
    at = -1
    for row in rows:
        if not any(row) or row[0].startswith("#"):
            continue
        if not header:
            header = [cell.strip() for cell in row]
            named = [i for i, cell in enumerate(header) if cell.lower() in PREFIX_COLUMNS]
            at = named[0] if named else -1
            continue
        if at < 0:
            at = next((i for i, cell in enumerate(row) if try_prefix(cell.strip()) is not None), -1)
        if not 0 <= at < len(row):
            errors.append(
                InputError(f"{name}:{rows.line_num}", "", "no column holds a prefix", ",".join(row))
            )
            continue
        found = _prefix(row[at].strip(), f"{name}:{rows.line_num}", errors)
        if found is not None:
            pairs = zip(header, row, strict=False)
            entries.append(Entry(found, {key: cell for i, (key, cell) in enumerate(pairs) if i != at}))
    return _checked(entries, errors, name)


def _json_table(text: str, name: str) -> Table:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputErrors([InputError(name, "", f"not JSON: {error}")]) from None
    entries: list[Entry] = []
    errors: list[InputError] = []
    inactive = 0
    for pointer, row in _rows(document):
        prefixes = _listed(row.get("addressPrefix", row.get("addressPrefixes", row.get("prefix"))))
        if not prefixes or not all(isinstance(p, str) for p in prefixes):
            errors.append(InputError(name, pointer, "a route has an addressPrefix (text or a list of it)"))
            continue
        if str(row.get("state", "Active")).lower() != "active":
            inactive += 1
            continue
        fields = {
            key: ", ".join(map(str, value)) if isinstance(value, list) else value
            for key, value in row.items()
            if key not in ("addressPrefix", "addressPrefixes", "prefix") and not isinstance(value, dict)
        }
        for prefix in prefixes:
            found = _prefix(prefix, name, errors, f"{pointer}/addressPrefix")
            if found is not None:
                entries.append(Entry(found, fields))
    return _checked(entries, errors, name, inactive)


def _rows(document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The route objects of a document with their JSON pointers."""
    if isinstance(document, dict):
        for key in ("value", "routes", "effectiveRoutes"):
            if isinstance(document.get(key), list):
                yield from ((f"/{key}{pointer}", row) for pointer, row in _rows(document[key]))
                return
        yield "", document
    elif isinstance(document, list):
        for index, row in enumerate(document):
            if isinstance(row, dict) and isinstance(row.get("routes"), list):
                yield from ((f"/{index}/routes{pointer}", inner) for pointer, inner in _rows(row["routes"]))
            else:
                yield f"/{index}", row if isinstance(row, dict) else {}


def rows_table(rows: Sequence[Mapping[str, Any]], name: str) -> Table:
    """A table of effective routes that were computed and not read (``RouteTable.rows()``)."""
    return _json_table(json.dumps(list(rows)), name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _prefix(text: str, where: str, errors: list[InputError], pointer: str = "") -> Prefix | None:
    """The prefix, or None after noting what is wrong. A bare address is a host route."""
    found = try_prefix(text)
    if found is None and "/" not in text:
        found = try_prefix(f"{text}/{128 if ':' in text else 32}")
    if found is None:
        try:
            parse_prefix(text)
        except HostBitsError as error:
            errors.append(InputError(where, pointer, "host bits are set", text, str(error.masked)))
        except ValueError as error:
            errors.append(InputError(where, pointer, str(error).rpartition(": ")[0] or str(error), text))
    return found


def _checked(entries: list[Entry], errors: list[InputError], name: str, inactive: int = 0) -> Table:
    if errors:
        raise InputErrors(errors)
    if not entries:
        raise InputErrors([InputError(name, "", "there is no prefix in it")])
    return make_table(entries, inactive)


# --------------------------------------------------------------------------- addresses

Batch = list[tuple[int, str]]

_TUPLE = re.compile(rb'"(\d{10,13}),([^",]+),([^",]+),\d*,\d*,[^"]*"')
_TAIL = 512
"""A flow tuple is at most so long; so much of each chunk is kept in case one straddles the border."""


def addresses(
    stream: IO[bytes], name: str, *, column: str | None = None, field: str = "dst"
) -> Iterator[Batch]:
    """Batches of (line number, address text) of a stream.

    ``column``: for delimited text, the number (from 1) or the name in the header of the column that holds the
    address. Otherwise a stream that begins with ``{`` is a flow log, of which ``field`` ("src" or "dst") is taken
    (numbered by tuple, not by line), and any other holds one address a line.
    """
    first = stream.read(CHUNK)
    if column is not None:
        return _column(_lines(first, stream, name), name, column)
    if first.lstrip()[:1] == b"{":
        return _flow_tuples(first, stream, 1 if field == "src" else 2)
    return _plain(_lines(first, stream, name))


def _chunks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    while first:
        yield first
        first = stream.read(CHUNK)


def _lines(first: bytes, stream: IO[bytes], name: str) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first one, whole lines) of each chunk."""
    rest, number = b"", 1
    for chunk in _chunks(first, stream):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > CHUNK:
            raise InputErrors(
                [InputError(f"{name}:{number + len(whole)}", "", f"a line longer than {CHUNK} bytes")]
            )
        if whole:
            yield number, whole
        number += len(whole)
    if rest:
        yield number, [rest]


def _plain(lines: Iterator[tuple[int, list[bytes]]]) -> Iterator[Batch]:
    for number, whole in lines:
        texts = b"\n".join(whole).decode("utf-8", "replace").split("\n")
        yield [
            (at, text)
            for at, line in enumerate(texts, number)
            if (text := line.strip() if "#" not in line else line.partition("#")[0].strip())
        ]


def _column(lines: Iterator[tuple[int, list[bytes]]], name: str, column: str) -> Iterator[Batch]:
    at = int(column) - 1 if column.isdecimal() else None
    delimiter = None
    for number, whole in lines:
        batch: Batch = []
        for line_number, raw in enumerate(whole, number):
            line = raw.decode("utf-8", "replace").strip("\r\ufeff")
            if not line.strip():
                continue
            if delimiter is None:
                delimiter = next((mark for mark in ("\t", ",", ";") if mark in line), " ")
            cells = next(csv.reader([line], delimiter=delimiter))
            if at is None:
                names = [cell.strip().lower() for cell in cells]
                if column.lower() not in names:
                    message = f"no column {column!r}; there are {', '.join(names)}"
                    raise InputErrors([InputError(f"{name}:{line_number}", "", message)])
                at = names.index(column.lower())
                continue
            if at >= len(cells) or at < 0:
                message = f"no column {column}: the line has {len(cells)}"
                raise InputErrors([InputError(f"{name}:{line_number}", "", message, line)])
            batch.append((line_number, cells[at].strip()))
        yield batch


def _flow_tuples(first: bytes, stream: IO[bytes], group: int) -> Iterator[Batch]:
    rest, number = b"", 0
    for chunk in _chunks(first, stream):
        text = rest + chunk
        batch: Batch = []
        end = 0
        for found in _TUPLE.finditer(text):
            number += 1
            batch.append((number, found.group(group + 1).decode("ascii", "replace")))
            end = found.end()
        rest = text[max(end, len(text) - _TAIL) :]
        yield batch


# --------------------------------------------------------------------------- answers


def answers(
    table: Table, batches: Iterable[Batch], name: str, *, skip: list[int] | None = None
) -> Iterator[Answer]:
    """One answer an address, in order.

    A text that is no address raises InputErrors with its line; with ``skip`` (a list) its line number is
    appended there instead, and no answer given.
    """
    for batch in batches:
        texts = [text for _, text in batch]
        try:
            found = table.frozen.lookup_many(texts)
        except ValueError:
            batch, found = _one_by_one(table, batch, name, skip)
        for (line, text), entry in zip(batch, found, strict=True):
            yield Answer(line, text, entry)


def _one_by_one(
    table: Table, batch: Batch, name: str, skip: list[int] | None
) -> tuple[Batch, list[Entry | None]]:
    """The good ones of a batch in which something is no address."""
    good: Batch = []
    found: list[Entry | None] = []
    for line, text in batch:
        try:
            found.append(table.frozen.lookup(text))
        except ValueError as error:
            if skip is None:
                reason = str(error).rpartition(": ")[0] or str(error)
                raise InputErrors([InputError(f"{name}:{line}", "", reason, text)]) from None
            skip.append(line)
            continue
        good.append((line, text))
    return good, found


def counts(found: Iterable[Answer]) -> list[tuple[Entry | None, int]]:
    """How many addresses each entry answered for, most first; None counts those that nothing covers."""
    numbers: Counter[Prefix | None] = Counter()
    entries: dict[Prefix | None, Entry | None] = {None: None}
    for answer in found:
        key = None if answer.entry is None else answer.entry.prefix
        numbers[key] += 1
        entries[key] = answer.entry
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0] is None, str(item[0])))
    return [(entries[key], number) for key, number in ordered]


def row(table: Table, address: str | None, entry: Entry | None, number: int | None = None) -> dict[str, Any]:
    """A flat row: address or count, the prefix, then the fields of the table (empty where nothing matches)."""
    out: dict[str, Any] = {"address": address} if number is None else {"count": number}
    out["prefix"] = None if entry is None else str(entry.prefix)
    fields = {} if entry is None else entry.fields
    return out | {key: fields.get(key) for key in table.columns if key not in out}


def batched(rows: Iterable[str], size: int = 4096) -> Iterator[list[str]]:
    """Lines in lists of ``size``, for writing."""
    source = iter(rows)
    while group := list(itertools.islice(source, size)):
        yield group
