"""Write the checked-in examples again from their generators: ``python examples/regenerate.py``."""

from __future__ import annotations

from pathlib import Path

from routeng import gallery

CHECKED_IN: tuple[tuple[str, dict[str, int | str]], ...] = (
    *((name, {}) for name in gallery.names() if name != "mesh"),
    ("summarized-prefixes", {"stack": "dual"}),
)
"""Examples and options; the mesh of any size is for measuring and is not kept."""


def files() -> dict[str, bytes]:
    """File name -> content, for everything that is checked in."""
    return {
        file: gallery.render(document)
        for name, options in CHECKED_IN
        for file, document in gallery.build(name, **options).items()
    }


if __name__ == "__main__":
    here = Path(__file__).parent
    for file, content in files().items():
        (here / file).write_bytes(content)
        print(f"{file}: {len(content)} bytes")
