"""The command line: arguments, files, exit status; one file per command.

:mod:`~routeng.cli.app` lists the commands and turns errors into exit statuses; every other module but
:mod:`~routeng.cli.files` and :mod:`~routeng.cli.output` holds one ``command``, imported only when it is
asked for.
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

COLLECT_EVERY = 200_000
"""New containers between two runs of the cycle collector: a command lives for a moment and makes few cycles."""


def main() -> NoReturn:
    """Run the command line of this process and exit with its status."""
    gc.set_threshold(COLLECT_EVERY, 50, 50)
    from routeng.cli.app import run

    sys.exit(run(sys.argv[1:]))
