"""Checks of everything that is not a VNet or a route table."""

from __future__ import annotations

from routeng.model.declaration import Declaration
from routeng.model.references import Names


def validate_rest(declaration: Declaration, names: Names) -> None:
    """Check references and values of gateways, circuits, route servers, devices and managers."""
