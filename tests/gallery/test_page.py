import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_examples_is_what_the_gallery_says() -> None:
    spec = importlib.util.spec_from_file_location("make_examples", DOCS / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (DOCS / "examples.md").read_text(encoding="utf-8")
    assert written == module.page(), "run: python docs/make_examples.py"
