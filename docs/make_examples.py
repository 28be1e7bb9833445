"""Write ``docs/examples.md`` from the gallery: ``python docs/make_examples.py``."""

from __future__ import annotations

from pathlib import Path

from routeng import gallery
from routeng.gallery import Example

INTRODUCTION = """\
# Examples

`routeng example` lists them, `routeng example NAME` writes the files of one, at any size where it has options.
At their default sizes they are checked in under `examples/`, except the mesh for measuring; this page and those
files are written from the generators in `routeng/gallery` (`docs/make_examples.py`, `examples/regenerate.py`).

Where an example has two topologies, compare them:

    routeng example hub-and-spoke
    routeng diff hub-and-spoke.json hub-and-spoke-firewall.json

where it has a plan, run it:

    routeng example mesh-migration
    routeng plan mesh-plan.json
"""


def page() -> str:
    """The whole page as Markdown."""
    return (
        "\n".join([INTRODUCTION, *(_section(gallery.example(name)) for name in gallery.names())]).rstrip()
        + "\n"
    )


def _section(found: Example) -> str:
    lines = [f"## {found.name}\n", f"*{found.title}.*\n", f"{found.shows}\n"]
    files = ", ".join(f"`{file}`" for file in gallery.build(found.name))
    lines.append(f"Files: {files}.\n")
    if found.options:
        lines.append("| option | default | accepts | meaning |\n|---|---|---|---|")
        for option in found.options:
            accepts = ", ".join(option.choices) if option.choices else f"{option.least:,} to {option.most:,}"
            lines.append(f"| `--{option.name}` | {option.default} | {accepts} | {option.help} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    Path(__file__).with_name("examples.md").write_text(page(), encoding="utf-8")
