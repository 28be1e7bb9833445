"""The example designs and their generators: topologies and plans as plain JSON documents.

``names()`` lists them, ``describe(name)`` says what one shows, ``build(name, **options)`` returns its files
as ``{file name: document}``, and ``render(document)`` gives the bytes that are checked in under
``examples/``.
"""

from routeng.gallery.registry import Document, Example, Option, build, describe, example, names
from routeng.gallery.rendering import render

__all__ = ["Document", "Example", "Option", "build", "describe", "example", "names", "render"]
