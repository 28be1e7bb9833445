"""The notation's page shows documents that load, and names every section."""

from __future__ import annotations

import json
import re
from pathlib import Path

from routeng.model.loading import loads
from routeng.model.plan import load_plan
from routeng.model.topology import Topology

PAGE = (Path(__file__).parents[2] / "docs" / "topology.md").read_text()


def test_every_example_of_the_page_loads() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        if "routengPlan" in json.loads(block):
            assert load_plan(block.encode()).plan.steps
        else:
            assert loads(block.encode())


def test_every_section_is_on_the_page() -> None:
    missing = [
        key for key in Topology.__struct_encode_fields__ if f"`{key}`" not in PAGE and f'"{key}"' not in PAGE
    ]
    assert missing == []
