"""What Azure refuses, beyond VNets and route tables: one concept a file, all called by ``check_all``.

Each check adds errors for what Azure refuses and findings for what it accepts but does not work.
"""

from __future__ import annotations

from routeng.model.declaration import Declaration
from routeng.model.references import Names
from routeng.model.validation.circuits import check_circuits
from routeng.model.validation.connections import check_connections, check_local_gateways
from routeng.model.validation.devices import check_devices
from routeng.model.validation.gateways import check_gateways, check_remote_gateways
from routeng.model.validation.managers import check_managers
from routeng.model.validation.others import check_hubs, check_probes, check_profile, check_services
from routeng.model.validation.peerings import check_peerings
from routeng.model.validation.route_servers import check_route_servers
from routeng.model.validation.subnets import check_special_subnets

CHECKS = (
    check_gateways,
    check_route_servers,
    check_remote_gateways,
    check_peerings,
    check_connections,
    check_local_gateways,
    check_circuits,
    check_devices,
    check_special_subnets,
    check_managers,
    check_hubs,
    check_services,
    check_probes,
    check_profile,
)


def check_all(declaration: Declaration, names: Names) -> None:
    """Run every check over the whole topology."""
    for check in CHECKS:
        names.problems.scope = check.__name__
        check(declaration, names)


__all__ = ["CHECKS", "check_all"]
