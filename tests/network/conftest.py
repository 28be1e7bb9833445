"""Make the helpers of this directory importable as ``network.randomized``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
