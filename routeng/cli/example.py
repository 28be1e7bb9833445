"""``routeng example``: ready examples, at any size."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from routeng.cli.output import say, show, write_file


class ExampleCommand(click.Command):
    """A command that learns the options of an example from the gallery, once its name is known."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse with the options of the example that ``args`` name."""
        name = next((arg for arg in args if not arg.startswith("-")), None)
        self.params = [param for param in self.params if not isinstance(param, ExampleOption)]
        if name is not None:
            self.params += _options(name)
        return super().parse_args(ctx, args)


class ExampleOption(click.Option):
    """An option that only the example named on the command line has."""


@click.command("example", cls=ExampleCommand, short_help="Write a ready example, at any size.")
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="DIR|FILE|-",
    help="Folder to write to (the current one if not given), a file name that ends in .json if the example "
    "is one file, or - for standard output.",
)
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def command(name: str | None, target: str | None, force: bool, **options: Any) -> int:
    """Write the files of the example NAME and print their paths. Without NAME, list the examples.

    routeng example NAME --help shows the options of that example.
    """
    from routeng import gallery

    if name is None:
        _list()
        return 0
    given = {key: value for key, value in options.items() if value is not None}
    try:
        files = {file: gallery.render(document) for file, document in gallery.build(name, **given).items()}
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if len(files) > 1 and target is not None and (target == "-" or target.endswith(".json")):
        raise click.UsageError(f"{name} is {len(files)} files ({', '.join(files)}): name a folder with -o.")
    if target == "-":
        sys.stdout.buffer.write(next(iter(files.values())))
        return 0
    paths = _paths(target, files)
    taken = [str(path) for path in paths if path.exists()]
    if taken and not force:
        raise click.UsageError(f"{', '.join(taken)}: there already; --force replaces.")
    for path, data in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
        click.echo(path)
    return 0


def _paths(target: str | None, files: Mapping[str, bytes]) -> dict[Path, bytes]:
    if target is not None and target.endswith(".json"):
        return {Path(target): data for data in files.values()}
    folder = Path(target) if target is not None else Path()
    return {folder / file: data for file, data in files.items()}


def _options(name: str) -> list[ExampleOption]:
    """The options of an example, for click."""
    from routeng import gallery

    try:
        example = gallery.example(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    found = []
    for option in example.options:
        kind: click.ParamType[Any] = (
            click.Choice(option.choices) if option.choices else click.IntRange(option.least, option.most)
        )
        words = f"{option.help} [default: {option.default}]"
        found.append(
            ExampleOption([f"--{option.name.replace('_', '-')}", option.name], type=kind, help=words)
        )
    return found


def _list() -> None:
    from routeng import gallery
    from routeng.report import Column
    from routeng.report.listing import listing

    rows = []
    for name in gallery.names():
        example = gallery.example(name)
        options = " ".join(f"--{o.name.replace('_', '-')} {o.default}" for o in example.options)
        rows.append({"name": name, "title": example.title, "options": options})
    columns = (Column("name", "Name"), Column("title", "Shows"), Column("options", "Options"))
    show(listing(rows, columns), "table")
    say("routeng example NAME writes it; routeng example NAME --help shows its options")
