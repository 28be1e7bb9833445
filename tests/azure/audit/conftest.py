"""Make the helpers of the neighbouring directories importable (``control.bgp``, ``forwarding.tables``)."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
