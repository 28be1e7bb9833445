"""A changed network equals a fresh one, whatever was computed before the change and whatever it touches."""

import json

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from network.randomized import changes, topologies

import routeng
from routeng.checks import check
from routeng.inputs.errors import InputErrors
from routeng.model.loading import loads
from routeng.model.patch import merge_patch
from routeng.network import compute

RANDOM = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def fresh(doc):
    """The network of a document, computed from nothing; None if it is refused."""
    try:
        return compute(loads(json.dumps(doc).encode()))
    except InputErrors:
        return None


def everything(net):
    """All that can be asked of a network, as plain data."""
    return {
        "tables": {place: net.routes(place).to_dict() for place in net.places()},
        "ribs": {node: net.rib(node).rows() for node in net.nodes()},
        "limits": net.limits().to_dict(),
        "findings": [f.to_dict() for f in check(net)],
        "bgp findings": net.control_plane.findings,
        "links": {name: net.peerings.links(name) for name in net.declaration.vnets},
        "groups": {
            g.key: (g.candidates, set(g.members), dict(g.table.items()), g.left_out, g.refused)
            for g in net.fabric.groups
        },
    }


def warm(net, how):
    """Compute nothing, all stacks, one table, or everything before a change."""
    if how == "stacks":
        net.prepare()
    elif how == "a table":
        net.routes(net.places()[0]).rows()
    elif how == "all":
        everything(net)


@RANDOM
@given(st.data())
def test_a_changed_network_equals_a_fresh_one(data):
    doc = data.draw(topologies())
    net = fresh(doc)
    assume(net is not None)
    for _ in range(data.draw(st.integers(1, 3))):
        warm(net, data.draw(st.sampled_from(["nothing", "stacks", "a table", "all", "all"])))
        before = everything(net) if data.draw(st.booleans()) else None
        patch = data.draw(changes(doc))
        document = merge_patch(doc, patch)
        expected = fresh(document)
        if expected is None:
            event("refused")
            try:
                net.with_change(patch)
            except InputErrors:
                continue
            raise AssertionError("the changed network accepts what a fresh one refuses")
        event("accepted")
        found = net.with_change(patch)
        ours, theirs = everything(found), everything(expected)
        assert [part for part in theirs if ours[part] != theirs[part]] == []
        assert routeng.diff(found, expected).empty
        if before is not None:
            assert everything(net) == before
        doc, net = document, found
