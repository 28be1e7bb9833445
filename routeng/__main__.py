"""``python -m routeng`` is the command ``routeng``."""

from routeng.cli import main

main()
