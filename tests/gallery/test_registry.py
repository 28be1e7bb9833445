import json

import pytest

from routeng import gallery


def test_every_example_has_a_title_a_description_and_files() -> None:
    assert len(gallery.names()) == len(set(gallery.names()))
    for name in gallery.names():
        title, blank, shows = gallery.describe(name).split("\n", 2)
        assert title
        assert blank == ""
        assert shows.endswith(".")
        files = gallery.build(name)
        assert files
        assert all(file.endswith(".json") for file in files)


def test_file_names_of_different_examples_do_not_collide() -> None:
    owners: dict[str, set[str]] = {}
    for name in gallery.names():
        for file, document in gallery.build(name).items():
            owners.setdefault(file, set()).add(json.dumps(document))
    assert [file for file, contents in owners.items() if len(contents) > 1] == []


def test_an_unknown_example_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'hub-and-spoke'"):
        gallery.build("hub-and-spokes")


def test_an_unknown_option_names_the_ones_there_are() -> None:
    with pytest.raises(ValueError, match="has no option 'spoke'; it has spokes"):
        gallery.build("hub-and-spoke", spoke=3)


@pytest.mark.parametrize("value", [0, 1001, "4", True, 2.0])
def test_an_option_out_of_range_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="spokes"):
        gallery.build("hub-and-spoke", spokes=value)  # type: ignore[arg-type]


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'triple' is none of ipv4, dual"):
        gallery.build("summarized-prefixes", stack="triple")


def test_building_twice_gives_the_same_bytes() -> None:
    for name in gallery.names():
        first = {file: gallery.render(document) for file, document in gallery.build(name).items()}
        second = {file: gallery.render(document) for file, document in gallery.build(name).items()}
        assert first == second
