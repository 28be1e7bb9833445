"""The BGP engine's speed: whole tables, a big topology beside ``bgpy_pkg``, one session down and up, linear growth.

Run: ``python benchmarks/bench_bgp.py [--write]``; ``--write`` keeps the figures in ``benchmarks/results/bgp.md``.  The
peer runs in the interpreter named by ``BGPY_PYTHON`` (default: this one); without ``bgpy_pkg`` there the table says so.
CPU seconds of the measuring process; each figure is the median of its rounds, contenders taking turns.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from routeng.bgp import (
    LOCAL_WEIGHT,
    Attributes,
    Decision,
    End,
    Graph,
    Multipath,
    Origination,
    Policy,
    Rule,
    Session,
    Speaker,
    Transform,
    solve,
)
from routeng.bgp.bulk import decide_table, share_table
from routeng.bgp.compiled_state import CompiledState
from routeng.bgp.generate import gao_rexford, relations
from routeng.lpm import Prefix

HERE = Path(__file__).parent
Row = tuple[str, str, str]


def cpu_of(call: Callable[[], Any], rounds: int = 5) -> float:
    """Median CPU seconds of a call."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def prefix(n: int) -> Prefix:
    return Prefix.from_int((10 << 24) + (n << 8), 24, 4)


# -- (a) and (e): whole tables from columns ------------------------------------------------------------------------


def columns(prefixes: int, each: int) -> tuple[array[int], dict[str, array[int]]]:
    """Paths that tie down to the peer address, of two neighbour ASes."""
    rows = prefixes * each
    same = {
        "weight": 0,
        "local_pref": 100,
        "local_origin": 2,
        "as_path": 3,
        "origin": 0,
        "med": 5,
        "external": 0,
        "igp_metric": 10,
        "confed_external": 0,
        "router_id": 7,
        "cluster_list": 0,
    }
    made = {name: array("I", [value]) * rows for name, value in same.items()}
    made["peer_address"] = array("I", ((row * 2654435761) & 0xFFFFFFFF for row in range(rows)))
    made["med_group"] = array("I", [65001, 65002]) * (rows // 2)
    return array("q", range(0, rows + 1, each)), made


def bulk(prefixes: int, each: int, rounds: int = 5) -> tuple[float, float]:
    """Nanoseconds a path: decision with reasons and losers; and with the multipath mask on top."""
    offsets, made = columns(prefixes, each)
    rows = prefixes * each
    kind, same = array("I", [1]) * rows, array("I", [0]) * rows
    decision = Decision()
    choices = decide_table(offsets, made, decision)

    def mask() -> Any:
        return share_table(
            offsets,
            made,
            decision,
            choices,
            kind=kind,
            same=same,
            next_hop=made["peer_address"],
            ebgp=8,
            ibgp=8,
        )

    assert choices.reason(int(choices.lost_to[0] < 0)) == "peer_address"
    decide = cpu_of(lambda: decide_table(offsets, made, decision), rounds)
    shared = cpu_of(mask, rounds)
    return decide / rows * 1e9, (decide + shared) / rows * 1e9


def bulk_rows() -> list[Row]:
    out = []
    for prefixes, each in ((1_000_000, 2), (100_000, 4), (10_000, 16)):
        decide, both = bulk(prefixes, each)
        out.append(
            (
                f"(a) {prefixes:,} prefixes x {each} paths, tied to the last step, deterministic MED",
                f"{decide:.0f} ns a path; {both:.0f} ns with the multipath mask",
                "<= 100 ns",
            )
        )
    sizes = (10_000, 100_000, 1_000_000, 10_000_000)
    figures = [bulk(size // 2, 2, 3)[1] for size in sizes]
    text = ", ".join(f"{size:,}: {figure:.0f} ns" for size, figure in zip(sizes, figures, strict=True))
    out.append(("(e) cost a path by number of paths", text, "constant"))
    return out


# -- (b): a Gao-Rexford topology -----------------------------------------------------------------------------------


def digest(solution: Any) -> tuple[int, int]:
    count, found = 0, 0
    for c, state in solution.states.items():
        for name, speaker in solution.graph.speakers.items():
            best = state.best(name)
            if best is not None:
                count += 1
                text = f"{speaker.asn} {c.representative} {best.attributes.as_path}"
                found ^= zlib.crc32(text.encode())
    return count, found


def peer(shape: Any, origins: dict[int, Prefix]) -> dict[str, Any] | None:
    python = os.environ.get("BGPY_PYTHON", sys.executable)
    document = {
        "customers": shape.customers,
        "peers": shape.peers,
        "origins": {asn: str(p) for asn, p in origins.items()},
    }
    done = subprocess.run(
        [python, str(HERE / "bench_bgp_peer.py")],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        if "No module named 'bgpy'" in done.stderr:
            return None
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def topology_rows(rounds: int) -> list[Row]:
    shape = relations(1000, 2302, 7)
    origins = {asn: prefix(asn) for asn in shape.asns}
    graph = gao_rexford(shape, {asn: (p,) for asn, p in origins.items()})
    ours, theirs = [], []
    other: dict[str, Any] | None = None
    for _ in range(rounds):
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        solution = solve(Graph(graph.speakers.values(), graph.sessions.values()))
        ours.append(time.process_time() - start)
        if len(ours) == 1:
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        other = peer(shape, origins)
        if other is not None:
            theirs.append(other["cpu"])
    compiled = [s for s in solution.states.values() if isinstance(s, CompiledState)]
    held = sum(len(state.table) for state in compiled)
    best = sum(state.table.chosen() for state in compiled)
    cpu = statistics.median(ours)
    name = f"(b) 1,000 ASes, {len(shape.customers) + len(shape.peers):,} links, 1,000 origins"
    out: list[Row] = [
        (
            name,
            f"{best:,} best routes, {held:,} held paths, {cpu:.2f} s CPU, {cpu / best * 1e6:.2f} us a best route",
            "",
        ),
        ("(b) memory a held path", f"{grown / held:.0f} B", "<= 300 B"),
    ]
    if other is None:
        out.append(
            ("(b) beside bgpy_pkg", "not measured: bgpy_pkg is not installed (set BGPY_PYTHON)", ">= 5x")
        )
        return out
    count, found = digest(solution)
    assert (count, found) == (other["best"], other["digest"]), "the two disagree about some best path"
    peer_cpu = statistics.median(theirs)
    out.append(
        (
            "(b) beside bgpy_pkg",
            f"bgpy_pkg {peer_cpu:.2f} s CPU, {peer_cpu / best * 1e6:.2f} us a best route: "
            f"{peer_cpu / cpu:.0f}x less CPU; all {best:,} best paths equal",
            ">= 5x, aim 20x",
        )
    )
    return out


# -- (c): one session down and up ----------------------------------------------------------------------------------


def two_hubs(each: int, transform: bool) -> Graph:
    """Two hubs of two instances, four appliances with one prefix each way, two edges, two sites: 12 speakers.

    Appliances pass nothing on, so a session carries what its own end brings and what hub and site routes need it.
    """
    own_only = Policy((Rule(as_path_length=(0, 0)),), default_deny=True)
    hooks = (Transform(lambda attributes, crossing: attributes, "as it is"),) if transform else ()
    serial = iter(range(100))

    def origins() -> tuple[Origination, ...]:
        first = next(serial) * each
        return tuple(
            Origination(prefix(first + n), Attributes(weight=LOCAL_WEIGHT, med=n)) for n in range(each)
        )

    speakers = [
        *(Speaker(f"hub{h}{i}", 65000 + h, f"10.255.{h}.{i}", origins()) for h in (1, 2) for i in (0, 1)),
        *(Speaker(f"nva{n}", 65100 + n, f"10.254.0.{n}", origins()) for n in range(1, 5)),
        *(Speaker(f"edge{n}", 65200 + n, f"10.253.0.{n}") for n in (1, 2)),
        *(Speaker(f"site{n}", 65300 + n, f"10.252.0.{n}", origins()) for n in (1, 2)),
    ]
    pairs = [(f"nva{n}", f"hub{1 + (n > 2)}{i}") for n in range(1, 5) for i in (0, 1)]
    pairs += [(f"hub{h}{i}", f"edge{h}") for h in (1, 2) for i in (0, 1)]
    pairs += [("edge1", "site1"), ("edge2", "site2"), ("edge1", "site2")]
    sessions = []
    for n, (a, b) in enumerate(pairs):
        quiet = own_only if a.startswith("nva") else Policy()
        there = End(a, f"172.17.{n}.1", export_policy=quiet, export_transforms=hooks)
        back = End(b, f"172.17.{n}.2", export_policy=own_only if b.startswith("hub") else Policy())
        sessions.append(Session(there, back))
    return Graph(speakers, sessions)


def what_if_rows() -> list[Row]:
    out = []
    for title, each, transform in (("standard features", 200, False), ("with transforms", 40, True)):
        graph = two_hubs(each, transform)
        solution = solve(graph)
        total = len(solution.partition.classes)
        fresh = cpu_of(lambda graph=graph: solve(graph), 3)
        for name in ("nva1-hub10", "edge2-site2"):
            down_graph = graph.session_down(name)
            down = solution.resolve_with(down_graph)
            session = graph.sessions[name]
            crossing = sum(
                state.announces(name, session.a.speaker) or state.announces(name, session.b.speaker)
                for state in solution.states.values()
            )
            up = down.resolve_with(graph)
            assert down.recomputed == crossing
            for what, start, changed, after in (
                ("down", solution, down_graph, down),
                ("up", down, graph, up),
            ):
                spent = cpu_of(lambda start=start, changed=changed: start.resolve_with(changed), 5)
                share = fresh * after.recomputed / total
                ratio = (
                    f"{spent / share:.2f}x their share of a fresh run"
                    if after.recomputed
                    else "nothing to do"
                )
                out.append(
                    (
                        f"(c) {name} {what}, 12 speakers, {title}",
                        f"{after.recomputed:,} of {total:,} classes anew, {spent * 1e3:.1f} ms, {ratio}",
                        "<= 2x",
                    )
                )
    return out


# -- (d): a route server -------------------------------------------------------------------------------------------


def route_server_rows() -> list[Row]:
    out = []
    for title, spread, step in (
        ("16 paths a prefix, every prefix its own class", 1, 1),
        ("16 paths a prefix, one class", 1, 0),
        ("16,000 prefixes, every prefix its own class", 16, 1),
    ):
        peers = [
            Speaker(
                f"p{n}",
                65001 + n,
                f"10.1.0.{n + 1}",
                tuple(
                    Origination(
                        prefix(i if spread == 1 else n * 1000 + i),
                        Attributes(weight=LOCAL_WEIGHT, med=i * step),
                    )
                    for i in range(1000)
                ),
            )
            for n in range(16)
        ]
        server = Speaker("server", 65000, "10.2.0.1", multipath=Multipath(ebgp=8, relax=True))
        sessions = [
            Session(End("server", f"172.16.{n}.1"), End(p.name, f"172.16.{n}.2")) for n, p in enumerate(peers)
        ]
        graph = Graph([server, *peers], sessions)
        spent = cpu_of(lambda graph=graph: solve(graph), 3)
        out.append((f"(d) 16 peers x 1,000 routes, {title}", f"{spent * 1e3:.0f} ms", ""))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results/bgp.md")
    parser.add_argument("--rounds", type=int, default=3, help="rounds beside the peer")
    arguments = parser.parse_args()
    rows = topology_rows(arguments.rounds) + bulk_rows() + what_if_rows() + route_server_rows()
    lines = ["| measurement | figure | goal |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {goal} |" for what, figure, goal in rows]
    print("\n".join(lines))
    if arguments.write:
        head = [
            "# BGP engine",
            "",
            f"`python benchmarks/bench_bgp.py --write` on {platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}. CPU time, medians; the peer runs in turn with the engine in the same run.",
            "",
        ]
        target = HERE / "results" / "bgp.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text("\n".join([*head, *lines, ""]))


if __name__ == "__main__":
    main()
