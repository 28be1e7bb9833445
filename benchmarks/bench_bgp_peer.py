"""The peer of ``bench_bgp.py``: the same Gao-Rexford topology in ``bgpy_pkg``, run by the interpreter that has it.

Reads ``{"customers": [[provider, customer]...], "peers": [[a, b]...], "origins": {asn: prefix}}`` from stdin, writes
``{"cpu": seconds, "best": count, "digest": number}``.  Only the propagation is timed.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import zlib


def main() -> None:
    from bgpy.as_graphs.base import ASGraph, ASGraphInfo
    from bgpy.as_graphs.base.links import CustomerProviderLink, PeerLink
    from bgpy.simulation_engine import BGP, Announcement, SimulationEngine
    from bgpy.simulation_framework import Scenario

    shape = json.load(sys.stdin)
    info = ASGraphInfo(
        customer_provider_links=frozenset(
            CustomerProviderLink(provider_asn=provider, customer_asn=customer)
            for provider, customer in shape["customers"]
        ),
        peer_links=frozenset(PeerLink(a, b) for a, b in shape["peers"]),
    )
    engine = SimulationEngine(ASGraph(info, BasePolicyCls=BGP))
    announcements = tuple(
        Announcement(prefix=prefix, as_path=(int(asn),), seed_asn=int(asn))
        for asn, prefix in shape["origins"].items()
    )
    engine._seed_announcements(announcements)
    scenario = Scenario.__new__(Scenario)
    gc.collect()
    start = time.process_time()
    engine._propagate(0, scenario)
    cpu = time.process_time() - start
    best, digest = 0, 0
    for as_ in engine.as_graph:
        for prefix, announcement in as_.policy.local_rib.items():
            best += 1
            path = " ".join(map(str, announcement.as_path[1:]))
            digest ^= zlib.crc32(f"{as_.asn} {prefix} {path}".encode())
    json.dump({"cpu": cpu, "best": best, "digest": digest}, sys.stdout)


if __name__ == "__main__":
    main()
