"""Make the helpers of this directory importable as ``control.bgp``, and those of the forwarding side."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
