"""What the commands share: options for output, and writing to stdout and files.

Everything on stdout is UTF-8, whatever the locale, so that the same input gives the same bytes anywhere.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from routeng.report import Report

FORMATS = ("table", "json", "jsonl", "tsv", "markdown")

HELD = 4 * 1024 * 1024
"""Characters of output that are held back, so that what fails halfway (a query on some later row) writes nothing."""

Function = TypeVar("Function", bound=Callable[..., Any])


def output_options(function: Function) -> Function:
    """Add ``-o/--output`` and ``--query``; the command gets ``output`` and ``query``."""
    query = click.option("--query", metavar="JMESPATH", help="Select from the JSON form, as in az.")
    output = click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Form of the output.",
    )
    return output(query(function))


def topology_options(function: Function) -> Function:
    """Add ``--overlay`` (repeatable) and ``--enforce-limits``; the command gets ``overlay``, ``enforce_limits``."""
    overlay = click.option(
        "--overlay",
        multiple=True,
        metavar="FILE",
        help="Merge FILE on top of the topology (RFC 7396; repeatable).",
    )
    enforce = click.option(
        "--enforce-limits",
        is_flag=True,
        help="Apply what happens beyond breached limits, instead of only reporting them.",
    )
    return overlay(enforce(function))


def show(report: Report, output: str, query: str | None = None) -> None:
    """Write a report to stdout in one of ``FORMATS``, after ``query`` if there is one."""
    from routeng.report import render, select

    stream = sys.stdout.buffer
    sys.stdout.flush()
    held, size = [], 0
    for text in render(select(report, query) if query else report, output, colour=use_colour()):
        held.append(text)
        size += len(text)
        if size > HELD:
            stream.write("".join(held).encode("utf-8", "backslashreplace"))
            held, size = [], 0
    stream.write("".join(held).encode("utf-8", "backslashreplace"))
    stream.flush()


def stream(chunks: Iterable[bytes]) -> None:
    """Write bytes to stdout as they come: rows without end, in UTF-8."""
    sys.stdout.flush()
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def say(message: str) -> None:
    """Write a message for people to stderr."""
    click.echo(f"routeng: {message}", err=True)


def use_colour() -> bool:
    """Colour on a terminal; NO_COLOR and FORCE_COLOR override it, the former first."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: to a neighbour first, then renamed over ``path``."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
