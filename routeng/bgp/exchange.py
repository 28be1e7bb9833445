"""What happens to a route that crosses one direction of a session: the export side, then the import side.

`export` and `accept` are pure functions of the link, the attributes and what is known about the source; the
solver memoises them.  Every refusal is a `Reject` whose reason is one of

    export: split_horizon, ibgp_rule (RFC 4271 §9.2), no_advertise, no_export, local_as (RFC 1997), suppressed,
            export_policy, path_too_long (RFC 4271 §4.1), or a transform's / selector's own
    import: as_loop (RFC 4271 §9.1.2), refused_asn, originator_loop, cluster_loop (RFC 4456 §8), next_hop_own,
            import_policy, or a transform's own
    not competing: next_hop_unreachable, next_hop_not_connected (RFC 4271 §9.1.2.1, §5.1.3)
"""

from __future__ import annotations

from collections.abc import Hashable

from routeng.bgp.aspath import MAX_ASNS, AsPath, is_private
from routeng.bgp.attributes import DEFAULT_LOCAL_PREF, NO_ATTRIBUTES, Attributes
from routeng.bgp.policy import Reject
from routeng.bgp.session import Crossing, Link, SourceKind, Transform
from routeng.lpm import Prefix

SPLIT_HORIZON = Reject("split_horizon")
SUPPRESSED = Reject("suppressed", "summary-only aggregate")
UNREACHABLE = Reject("next_hop_unreachable")
NOT_CONNECTED = Reject("next_hop_not_connected")


def may_send(link: Link, kind: SourceKind, source: Link | None) -> Reject | None:
    """The rules that do not look at attributes: split horizon and the iBGP rule with reflection.

    `source` is the link over which the sender learned the route, None for its own.
    """
    if source is not None:
        horizon = link.out.split_horizon
        if horizon == "session" and source.session.id == link.session.id:
            return SPLIT_HORIZON
        if horizon == "peer" and source.sender.name == link.receiver.name:
            return SPLIT_HORIZON
    if kind == "ibgp" and link.kind == "ibgp":
        assert source is not None
        from_client, to_client = source.into.rr_client, link.out.rr_client
        if not (from_client or to_client):
            return Reject("ibgp_rule", "learned over iBGP, neither side is a reflector client")
        if from_client and to_client and not link.sender.reflect_clients:
            return Reject("ibgp_rule", "client-to-client reflection is off")
    return None


def _communities(link: Link, attributes: Attributes) -> Reject | None:
    held = attributes.communities & link.sender.honours
    if "no-advertise" in held:
        return Reject("no_advertise")
    if "no-export" in held and link.kind == "ebgp":
        return Reject("no_export")
    if "local-as" in held and link.kind != "ibgp":
        return Reject("local_as")
    return None


def remove_private(path: AsPath, mode: str, own: int, peer: int) -> AsPath:
    """FRR's `remove-private-AS`: `on` and `replace` act only when the whole path is private; the peer's AS stays."""
    if mode in ("on", "replace") and not (path.asns and all(map(is_private, path.asns))):
        return path
    if mode in ("replace", "all-replace"):
        return path.map(lambda asn: own if is_private(asn) and asn != peer else asn)
    return path.map(lambda asn: None if is_private(asn) and asn != peer else asn)


def _outgoing_path(link: Link, path: AsPath) -> AsPath:
    if link.kind != "ebgp":
        return path
    out, own, peer = link.out, link.sender.asn, link.receiver.public_asn
    if out.remove_private is not None:
        path = remove_private(path, out.remove_private, own, peer)
    if out.as_override == "replace":
        path = path.replace(peer, own)
    elif out.as_override == "delete":
        path = path.without((peer,))
    return path.without(out.strip_asns) if out.strip_asns else path


_NEXT_HOP_MODES = frozenset({"default", "self", "self-all", "unchanged", "third-party"})


def _outgoing_next_hop(link: Link, attributes: Attributes, reflected: bool) -> str:
    mode, own, current = link.out.next_hop, link.out.address, attributes.next_hop
    if current is None or mode == "self-all":
        return own if mode in _NEXT_HOP_MODES else mode
    if mode == "third-party":
        shared = link.out.subnet is not None and current in link.out.subnet
        return current if shared or link.kind != "ebgp" else own
    if mode == "default":
        return own if link.kind == "ebgp" else current
    if mode == "self":
        return current if reflected else own
    return current if mode == "unchanged" else mode


def _with_own_as(link: Link, path: AsPath) -> AsPath:
    if link.kind == "ebgp":
        path = path.without_leading_confed()
        return path.prepend(link.sender.public_asn) if link.out.prepend_own else path
    return path.prepend_confed(link.sender.asn) if link.kind == "confed" else path


def run_transforms(
    transforms: tuple[Transform, ...], attributes: Attributes, crossing: Crossing, prefix: Prefix
) -> Attributes | Reject:
    """Apply a platform's transforms in order; the first `Reject` ends it."""
    for transform in transforms:
        if transform.prefix_class is not None:
            here = Crossing(
                crossing.session,
                crossing.sender,
                crossing.receiver,
                crossing.direction,
                crossing.source_kind,
                transform.prefix_class(prefix),
            )
        else:
            here = crossing
        result = transform.fn(attributes, here)
        if isinstance(result, Reject):
            return result
        attributes = result
    return attributes


def export(
    link: Link, attributes: Attributes, kind: SourceKind, source: Link | None, prefix: Prefix
) -> Attributes | Reject:
    """What the receiver is sent for a path of `attributes` that the sender knows by `kind` from `source`."""
    refused = may_send(link, kind, source) or _communities(link, attributes)
    if refused is not None:
        return refused
    internal = link.kind != "ebgp"
    reflected = kind == "ibgp" and link.kind == "ibgp"
    changes: dict[str, object] = {
        "weight": 0,
        "as_path": _outgoing_path(link, attributes.as_path),
        "next_hop": _outgoing_next_hop(link, attributes, reflected),
        "local_pref": None,
        "originator_id": None,
        "cluster_list": (),
    }
    if internal:
        held = attributes.local_pref
        changes["local_pref"] = DEFAULT_LOCAL_PREF if held is None else held
    elif kind not in ("local", "aggregate") and not link.out.send_med:
        changes["med"] = None
    if reflected:
        assert source is not None
        changes["originator_id"] = attributes.originator_id or source.sender.router_id
        changes["cluster_list"] = (link.sender.cluster, *attributes.cluster_list)
    return _finish(link, attributes.replace(**changes), kind, prefix)


def _finish(link: Link, sent: Attributes, kind: SourceKind, prefix: Prefix) -> Attributes | Reject:
    shaped = link.out.export_policy.apply(sent, prefix, link.receiver.name, "export")
    if isinstance(shaped, Reject):
        return shaped
    if link.out.export_transforms:
        crossing = Crossing(link.session.id, link.sender.name, link.receiver.name, "export", kind)
        shaped = run_transforms(link.out.export_transforms, shaped, crossing, prefix)
        if isinstance(shaped, Reject):
            return shaped
    path = _with_own_as(link, shaped.as_path)
    if len(path.asns) > MAX_ASNS:
        return Reject("path_too_long", f"{len(path.asns)} AS numbers do not fit an UPDATE")
    local_pref = shaped.local_pref if link.kind != "ebgp" else None
    return shaped.replace(as_path=path, weight=0, local_pref=local_pref)


def default_route(link: Link, prefix: Prefix) -> Attributes | Reject:
    """What `default_originate` sends: the sender's own default, through the export policy."""
    changes: dict[str, object] = {"next_hop": _outgoing_next_hop(link, NO_ATTRIBUTES, False), "med": 0}
    if link.kind != "ebgp":
        changes["local_pref"] = DEFAULT_LOCAL_PREF
    return _finish(link, NO_ATTRIBUTES.replace(**changes), "local", prefix)


def _loops(link: Link, path: AsPath) -> Reject | None:
    receiver, into = link.receiver, link.into
    own = {receiver.asn, receiver.public_asn}
    for asn in sorted(own - into.allow_asns):
        times = path.asns.count(asn)
        if times > into.allowas_in:
            return Reject("as_loop", f"own AS {asn} occurs {times} times, {into.allowas_in} allowed")
    refused = (receiver.refuse_asns | into.refuse_asns) - into.allow_asns
    for asn in path.asns:
        if asn in refused and asn not in own:
            return Reject("refused_asn", f"AS {asn}")
    if into.refuse_asns and not into.refuse_asns.isdisjoint(path.asns):
        return Reject("refused_asn", f"AS {min(into.refuse_asns.intersection(path.asns))}")
    return None


def accept(
    link: Link, sent: Attributes, prefix: Prefix, own_addresses: frozenset[Hashable]
) -> Attributes | Reject:
    """What the receiver makes of announced attributes: its path's attributes, or why it drops them."""
    refused = _loops(link, sent.as_path)
    if refused is not None:
        return refused
    receiver, into = link.receiver, link.into
    if sent.originator_id == receiver.router_id:
        return Reject("originator_loop", f"ORIGINATOR_ID {sent.originator_id} is the own router id")
    if receiver.cluster in sent.cluster_list:
        return Reject("cluster_loop", f"CLUSTER_LIST holds the own cluster id {receiver.cluster}")
    if sent.next_hop in own_addresses:
        return Reject("next_hop_own", f"next hop {sent.next_hop} is an own address")
    local_pref = sent.local_pref if into.local_pref is None else into.local_pref
    held = sent.replace(weight=into.weight, local_pref=local_pref)
    shaped = into.import_policy.apply(held, prefix, link.sender.name, "import")
    if isinstance(shaped, Reject) or not into.import_transforms:
        return shaped
    crossing = Crossing(link.session.id, link.sender.name, link.receiver.name, "import", None)
    return run_transforms(into.import_transforms, shaped, crossing, prefix)


def next_hop_metric(link: Link, next_hop: str | None) -> int | None:
    """The receiver's metric to the next hop; None when the path cannot compete."""
    receiver = link.receiver
    if receiver.igp is None or next_hop is None:
        return 0
    metric = receiver.igp(next_hop)
    if metric is not None and metric > 0 and link.into.connected_next_hop:
        return None
    return metric
