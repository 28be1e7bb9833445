"""The neutral scenario format, read into a `Graph`; all errors at once, each with its JSON pointer.

The world of the format: a session is a point-to-point link, a router reaches the link subnets that touch a router of
its own AS or confederation (0 if connected, else 10 unless `igp` says otherwise), own routes carry MED 0 and
weight 32768 unless given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routeng.bgp.aspath import AsPath
from routeng.bgp.attributes import Attributes, address_key
from routeng.bgp.checked import Checked, Where
from routeng.bgp.decision import KEEP_OLDEST_STEPS, STANDARD_STEPS, Decision, Multipath
from routeng.bgp.graph import Graph
from routeng.bgp.igp import SubnetMetrics
from routeng.bgp.policy import Policy
from routeng.bgp.scenario_rules import communities, origin, rule
from routeng.bgp.session import End, RemovePrivate, Session, session_kind
from routeng.bgp.speaker import LOCAL_WEIGHT, Aggregate, Confederation, Origination, Speaker
from routeng.inputs.errors import InputErrors
from routeng.inputs.nearest import nearest
from routeng.lpm import Prefix

FAR_METRIC = 10
_PRIVATE: dict[str, RemovePrivate] = {
    "on": "on",
    "all": "all",
    "replace": "replace",
    "all-replace": "all-replace",
}


@dataclass(frozen=True)
class Scenario:
    """A scenario file: its `graph`, and the plain `document` as read (without recorded answers)."""

    name: str
    graph: Graph
    document: Mapping[str, Any]
    answers: Mapping[str, Any]


def read(document: Any, file: str = "<scenario>") -> Scenario:
    """Check and build a scenario from plain JSON: the scenario itself, or a recorded or computed answer around it.

    Raises InputErrors with everything that is wrong.
    """
    checked = Checked(file)
    where: Where = ()
    answers: Mapping[str, Any] = {}
    if isinstance(document, dict) and "scenario" in document:
        keys = ("scenario", "answers", "stable", "converged", "unique", "oscillations", "other_outcomes")
        outer = checked.object(document, (), keys)
        found = outer.get("answers", {})
        answers = found if isinstance(found, dict) else {}
        document, where = outer["scenario"], ("scenario",)
    graph = _Reader(checked, where).graph(document)
    if checked.errors or graph is None:
        raise InputErrors(checked.errors)
    return Scenario(document["name"], graph, document, answers)


class _Reader:
    def __init__(self, checked: Checked, root: Where) -> None:
        self.checked = checked
        self.root = root
        self.asns: dict[str, int] = {}
        self.public: dict[str, int] = {}
        self.subnets: dict[str, list[Prefix]] = {}
        self.pairs: set[frozenset[str]] = set()
        self.owners: dict[str, str] = {}

    def graph(self, value: Any) -> Graph | None:
        checked, root = self.checked, self.root
        keys = ("name", "description", "tests", "seed", "index", "routers", "sessions", "stages")
        scenario = checked.object(value, root, keys, ("name", "routers", "sessions"))
        if not scenario:
            return None
        checked.text(scenario.get("name", "?"), (*root, "name"))
        routers = checked.list(scenario.get("routers", []), (*root, "routers"))
        speakers = [self.speaker(item, where) for where, item in routers]
        self.identities(speakers, [where for where, _ in routers])
        sessions: list[Session] = []
        by_name = {speaker.name: speaker for speaker in speakers}
        for where, item in checked.list(scenario.get("sessions", []), (*root, "sessions")):
            session = self.session(item, where, by_name)
            if session is not None:
                sessions.append(session)
        stages = self.stages(scenario.get("stages", []), by_name)
        if checked.errors:
            return None
        parallel = [session.id for session in sessions]
        named = [
            s if parallel.count(s.id) == 1 else s.replace(name=f"{s.id}@{s.a.address}-{s.b.address}")
            for s in sessions
        ]
        return Graph(self.with_metrics(speakers, [item for _, item in routers]), named, stages)

    # -- routers ---------------------------------------------------------------------------------------------------

    def speaker(self, value: Any, where: Where) -> Speaker:
        checked = self.checked
        keys = ("name", "asn", "router_id", "originate", "aggregate", "igp", "bgp")
        router = checked.object(value, where, keys, ("name", "asn", "router_id"))
        name = checked.text(router.get("name", "?"), (*where, "name"))
        asn = checked.asn(router.get("asn", 1), (*where, "asn"))
        router_id = checked.router_id(router.get("router_id", "0.0.0.1"), (*where, "router_id"))
        routes = {
            what: checked.list(router.get(what, []), (*where, what)) for what in ("originate", "aggregate")
        }
        originate = [self.origination(item, place) for place, item in routes["originate"]]
        aggregates = [self.aggregate(item, place) for place, item in routes["aggregate"]]
        for items in routes.values():
            seen: set[str] = set()
            for place, item in items:
                text = item.get("prefix") if isinstance(item, dict) else None
                if isinstance(text, str) and text in seen:
                    checked.error((*place, "prefix"), "declared twice", text)
                elif isinstance(text, str):
                    seen.add(text)
        options = router.get("bgp", {})
        decision, multipath, confederation, cluster = self.options(options, (*where, "bgp"), asn)
        for place, item in checked.list(router.get("igp", []), (*where, "igp")):
            entry = checked.object(item, place, ("prefix", "metric"), ("prefix", "metric"))
            if "prefix" in entry:
                checked.prefix(entry["prefix"], (*place, "prefix"))
            if entry.get("metric") is not None:
                checked.integer(entry["metric"], (*place, "metric"))
        return Speaker(
            name,
            asn,
            router_id,
            tuple(originate),
            tuple(aggregates),
            decision,
            multipath,
            confederation,
            cluster,
        )

    def origination(self, value: Any, where: Where) -> Origination:
        checked = self.checked
        keys = ("prefix", "med", "origin", "communities", "weight", "prepend")
        route = checked.object(value, where, keys, ("prefix",))
        prepend = [
            checked.asn(asn, place)
            for place, asn in checked.list(route.get("prepend", []), (*where, "prepend"))
        ]
        attributes = Attributes(
            as_path=AsPath.of(*prepend),
            med=checked.integer(route.get("med", 0), (*where, "med")),
            origin=origin(checked, route.get("origin", "igp"), (*where, "origin")),
            weight=checked.integer(route.get("weight", LOCAL_WEIGHT), (*where, "weight"), 0, 65535),
            communities=communities(checked, route.get("communities", []), (*where, "communities")),
        )
        return Origination(checked.prefix(route.get("prefix", "0.0.0.0/0"), (*where, "prefix")), attributes)

    def aggregate(self, value: Any, where: Where) -> Aggregate:
        checked = self.checked
        item = checked.object(value, where, ("prefix", "summary_only", "as_set"), ("prefix",))
        return Aggregate(
            checked.prefix(item.get("prefix", "0.0.0.0/0"), (*where, "prefix")),
            checked.flag(item.get("summary_only", False), (*where, "summary_only")),
            checked.flag(item.get("as_set", False), (*where, "as_set")),
        )

    def options(
        self, value: Any, where: Where, asn: int
    ) -> tuple[Decision, Multipath, Confederation | None, str | None]:
        checked = self.checked
        flags = {
            "compare_routerid": True,
            "deterministic_med": True,
            "always_compare_med": False,
            "med_missing_as_worst": False,
            "ignore_as_path_length": False,
            "multipath_relax": False,
        }
        keys = (*flags, "max_paths_ebgp", "max_paths_ibgp", "cluster_id", "confederation")
        options = checked.object(value, where, keys)
        flag = {
            name: checked.flag(options.get(name, default), (*where, name)) for name, default in flags.items()
        }
        decision = Decision(
            STANDARD_STEPS if flag["compare_routerid"] else KEEP_OLDEST_STEPS,
            flag["always_compare_med"],
            flag["deterministic_med"],
            flag["med_missing_as_worst"],
        )
        if flag["ignore_as_path_length"]:
            decision = decision.without("as_path")
        multipath = Multipath(
            checked.integer(options.get("max_paths_ebgp", 1), (*where, "max_paths_ebgp"), 1, 256),
            checked.integer(options.get("max_paths_ibgp", 1), (*where, "max_paths_ibgp"), 1, 256),
            flag["multipath_relax"],
        )
        cluster = None
        if options.get("cluster_id") is not None:
            cluster = checked.router_id(options["cluster_id"], (*where, "cluster_id"))
        confederation = None
        if options.get("confederation") is not None:
            place = (*where, "confederation")
            item = checked.object(options["confederation"], place, ("id", "peers"), ("id",))
            members = [
                checked.asn(peer, at) for at, peer in checked.list(item.get("peers", []), (*place, "peers"))
            ]
            identifier = checked.asn(item.get("id", 1), (*place, "id"))
            if asn in members:
                checked.error((*place, "peers"), "the own member AS is listed as a peer", asn)
            confederation = Confederation(identifier, frozenset(members))
        return decision, multipath, confederation, cluster

    def identities(self, speakers: list[Speaker], places: list[Where]) -> None:
        for key, message in (("name", "this router exists twice"), ("router_id", "duplicate router id")):
            seen: dict[str, int] = {}
            for index, speaker in enumerate(speakers):
                value = getattr(speaker, key)
                if value in seen:
                    other = speakers[seen[value]].name
                    text = message if key == "name" else f"{message}, {other!r} has it too"
                    self.checked.error((*places[index], key), text, value)
                seen.setdefault(value, index)

    def with_metrics(self, speakers: list[Speaker], documents: list[Any]) -> list[Speaker]:
        owners: dict[Prefix, set[int]] = {}
        for speaker in speakers:
            for subnet in self.subnets.get(speaker.name, ()):
                owners.setdefault(subnet, set()).add(speaker.public_asn)
        out = []
        for speaker, document in zip(speakers, documents, strict=True):
            connected = set(self.subnets.get(speaker.name, ()))
            said = {Prefix(item["prefix"]): item["metric"] for item in document.get("igp", [])}
            metrics: dict[Prefix, int | None] = {}
            for subnet, asns in owners.items():
                if subnet in connected:
                    metrics[subnet] = 0
                elif speaker.public_asn in asns:
                    metrics[subnet] = FAR_METRIC
            for subnet, metric in said.items():
                if subnet not in connected:
                    metrics[subnet] = metric
            out.append(speaker.replace(igp=SubnetMetrics(tuple(metrics.items()))))
        return out

    # -- sessions --------------------------------------------------------------------------------------------------

    def session(self, value: Any, where: Where, speakers: Mapping[str, Speaker]) -> Session | None:
        checked = self.checked
        keys = ("a", "b", "a_addr", "b_addr", "plen", "a_opts", "b_opts")
        item = checked.object(value, where, keys, ("a", "b", "a_addr", "b_addr"))
        ends: list[End] = []
        for side in ("a", "b"):
            name = checked.text(item.get(side, "?"), (*where, side))
            if name not in speakers:
                checked.error((*where, side), "no router of this name", name, nearest(name, speakers))
            address = checked.address(item.get(f"{side}_addr", "0.0.0.0"), (*where, f"{side}_addr"))
            options = item.get(f"{side}_opts", {})
            ends.append(self.end(options, (*where, f"{side}_opts"), name, address or "0.0.0.0"))
        a, b = ends
        if a.speaker == b.speaker:
            checked.error((*where, "b"), "a router cannot have a session with itself", b.speaker)
            return None
        self.link_subnet(item, where, a, b)
        if a.speaker not in speakers or b.speaker not in speakers:
            return None
        session = Session(a, b)
        one, two = speakers[a.speaker], speakers[b.speaker]
        self.possible(session, where, one, two)
        if session_kind(session, one, two) == "ebgp":
            # Single-hop eBGP: routers do not use a next hop beyond the link (RFC 4271 §5.1.3).
            session = Session(a.replace(connected_next_hop=True), b.replace(connected_next_hop=True))
        return session

    def link_subnet(self, item: Mapping[str, Any], where: Where, a: End, b: End) -> None:
        checked = self.checked
        family = address_key(a.address)[0]
        bits = 32 if family == 4 else 128
        plen = checked.integer(item.get("plen", 30 if family == 4 else 126), (*where, "plen"), 0, bits)
        if address_key(b.address)[0] != family:
            checked.error((*where, "b_addr"), "the addresses are of different families", b.address)
            return
        if a.address == b.address:
            checked.error((*where, "b_addr"), "both ends have the same address", b.address)
        pair = frozenset((a.address, b.address))
        if pair in self.pairs:
            checked.error(where, "a session between these addresses exists already", sorted(pair))
        self.pairs.add(pair)
        for side, end in (("a", a), ("b", b)):
            owner = self.owners.setdefault(end.address, end.speaker)
            if owner != end.speaker:
                checked.error((*where, f"{side}_addr"), f"router {owner!r} has this address", end.address)
        subnet = Prefix(f"{a.address}/{plen}", strict=False)
        if Prefix(f"{b.address}/{plen}", strict=False) != subnet:
            checked.error((*where, "b_addr"), f"not in the link's subnet {subnet}", b.address)
        for end in (a, b):
            self.subnets.setdefault(end.speaker, []).append(subnet)

    def possible(self, session: Session, where: Where, a: Speaker, b: Speaker) -> None:
        """Refuse what no router would accept: the session's kind follows from the ASes."""
        checked = self.checked
        kind = session_kind(session, a, b)
        if kind == "ibgp" and (a.confederation is None) != (b.confederation is None):
            checked.error(
                where, f"{a.name} and {b.name} share AS {a.asn}, but only one is in a confederation"
            )
        elif kind == "ibgp" and a.public_asn != b.public_asn:
            checked.error(where, f"{a.name} and {b.name} share AS {a.asn} in different confederations")
        elif kind == "ebgp" and a.public_asn == b.public_asn:
            checked.error(where, f"an eBGP session inside AS {a.public_asn}", a.public_asn)
        for side, end in (("a", session.a), ("b", session.b)):
            place = (*where, f"{side}_opts")
            if kind != "ibgp" and end.rr_client:
                checked.error((*place, "rr_client"), f"a reflector client needs iBGP, this session is {kind}")
            if kind != "ebgp" and end.as_override is not None:
                checked.error((*place, "as_override"), f"as-override needs eBGP, this session is {kind}")
            if kind != "ebgp" and end.remove_private is not None:
                text = f"remove-private-as needs eBGP, this session is {kind}"
                checked.error((*place, "remove_private_as"), text)

    def end(self, value: Any, where: Where, name: str, address: str) -> End:
        checked = self.checked
        keys = (
            "import",
            "export",
            "import_default",
            "export_default",
            "weight",
            "next_hop_self",
            "rr_client",
            "allowas_in",
            "as_override",
            "remove_private_as",
        )
        options = checked.object(value, where, keys)
        policies = {}
        for direction in ("import", "export"):
            default = checked.choice(
                options.get(f"{direction}_default", "permit"),
                (*where, f"{direction}_default"),
                ("permit", "deny"),
            )
            rules = [
                rule(checked, item, place)
                for place, item in checked.list(options.get(direction, []), (*where, direction))
            ]
            policies[direction] = Policy(tuple(rules), default == "deny")
        next_hop = "default"
        self_option = options.get("next_hop_self", False)
        if self_option == "force":
            next_hop = "self-all"
        elif checked.flag(self_option, (*where, "next_hop_self")):
            next_hop = "self"
        private = options.get("remove_private_as")
        if private is not None:
            private = checked.choice(private, (*where, "remove_private_as"), tuple(_PRIVATE))
        override = checked.flag(options.get("as_override", False), (*where, "as_override"))
        return End(
            name,
            address,
            import_policy=policies["import"],
            export_policy=policies["export"],
            weight=checked.integer(options.get("weight", 0), (*where, "weight"), 0, 65535),
            allowas_in=checked.integer(options.get("allowas_in", 0), (*where, "allowas_in"), 0, 10),
            next_hop=next_hop,
            rr_client=checked.flag(options.get("rr_client", False), (*where, "rr_client")),
            as_override="replace" if override else None,
            remove_private=None if private is None else _PRIVATE[private],
        )

    def stages(self, value: Any, speakers: Mapping[str, Speaker]) -> list[list[str]]:
        checked = self.checked
        out: list[list[str]] = []
        seen: set[str] = set()
        for where, stage in checked.list(value, (*self.root, "stages")):
            names = []
            for at, item in checked.list(stage, where):
                name = checked.text(item, at)
                if name not in speakers:
                    checked.error(at, "no router of this name", name, nearest(name, speakers))
                if name in seen:
                    checked.error(at, "this router has started already", name)
                seen.add(name)
                names.append(name)
            out.append(names)
        missing = [name for name in speakers if name not in seen]
        if out and missing:
            checked.error((*self.root, "stages"), f"these routers never start: {', '.join(missing)}")
        return out
