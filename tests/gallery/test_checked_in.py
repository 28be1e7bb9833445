import importlib.util
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).parents[2] / "examples"


def _regenerate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples_regenerate", EXAMPLES / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_checked_in_examples_are_what_the_generators_write() -> None:
    stale = [
        file
        for file, content in _regenerate().files().items()
        if not (EXAMPLES / file).exists() or (EXAMPLES / file).read_bytes() != content
    ]
    assert stale == [], "run: python examples/regenerate.py"


def test_every_checked_in_json_file_comes_from_a_generator() -> None:
    assert {path.name for path in EXAMPLES.glob("*.json")} == set(_regenerate().files())


def test_no_checked_in_example_is_larger_than_400_kilobytes() -> None:
    assert {path.name for path in EXAMPLES.glob("*.json") if path.stat().st_size >= 400_000} == set()
