"""The three designs of chapter 6: every RIB and NIC table of the examples, written out."""

import pytest
from control.bgp import best, example, lines, nic, paths, prefixes

HUBS = ("10.0.0.0/16", "10.1.0.0/16")
SPOKES = ("192.168.0.0/24", "192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24")
SITE = "10.2.0.0/16"
SIDES = {1: ("10.0.0.0/16", *SPOKES[:2]), 2: ("10.1.0.0/16", *SPOKES[2:])}
CIRCUITS = ("exr1/primary", "exr1/secondary", "exr2/primary", "exr2/secondary")


def mirrored(side):
    """Names and addresses of a side and of the other one."""
    other = 3 - side
    return {
        "own": SIDES[side],
        "far": SIDES[other],
        "asn": 65000 + side,
        "far_asn": 65000 + other,
        "far_nva": f"10.{other - 1}.1.4",
        "server": [f"10.{side - 1}.2.4", f"10.{side - 1}.2.5"],
        "far_server": [f"10.{other - 1}.2.4", f"10.{other - 1}.2.5"],
        "near": f"exr{side}",
    }


def table(rows, *extra):
    return lines(rows, *extra)


def by_msee(gateway, circuit, path, weight):
    return [f"{SITE} {path} via unknown {weight} {circuit}/{link}" for link in ("primary", "secondary")]


@pytest.fixture(scope="module")
def full():
    return example("two-hubs-full-inspection")


@pytest.fixture(scope="module")
def bypass():
    return example("two-hubs-bypass-onprem-inspection")


@pytest.fixture(scope="module")
def transit():
    return example("two-hubs-transit-vnets")


# -- 6.1 full inspection -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, 2])
def test_full_inspection_route_server(full, side):
    at = mirrored(side)
    override = f"{at['far_asn']}-{at['far_asn']}"
    for instance in at["server"]:
        assert table(full.rib(f"ars{side}", local_address=instance).rows(), "best") == sorted(
            [f"{p} - via itself True" for p in at["own"]]
            + [f"{p} {override} via {at['far_nva']} True" for p in at["far"]]
            + [f"{SITE} 12076-65000 via unknown True", f"{SITE} 12076-65000 via unknown False"]
        )


@pytest.mark.parametrize("side", [1, 2])
def test_full_inspection_appliance(full, side):
    at = mirrored(side)
    far = f"65515-{at['far_asn']}-{at['far_asn']}"
    expected = [f"{p} 65515 via {ip}" for p in at["own"] for ip in at["server"]]
    for p in at["far"]:
        expected += [f"{p} 65515 via {ip}" for ip in at["far_server"]]
        expected += [f"{p} {far} via {ip}" for ip in at["server"]]
    expected += [f"{SITE} 65515-12076-65000 via {ip}" for ip in (*at["server"], *at["far_server"])]
    assert table(full.rib(f"nva{side}").rows()) == sorted(expected)
    for p in at["far"]:
        assert best(full, f"nva{side}", p) == {"65515"}


@pytest.mark.parametrize("side", [1, 2])
def test_full_inspection_gateway_learns(full, side):
    at = mirrored(side)
    far = f"exr{3 - side}"
    rows = [r for r in full.rib(f"gw{side}").rows() if r["origin"] != "IBgp" or r["network"] != SITE]
    expected = [f"{p} - via itself 32768 unknown" for p in at["own"]]
    expected += [
        f"{p} {at['far_asn']}-{at['far_asn']} via {at['far_nva']} 32768 {ip}"
        for p in at["far"]
        for ip in at["server"]
    ]
    expected += by_msee(side, at["near"], "12076-65000", 32869) + by_msee(side, far, "12076-65000", 32769)
    assert table(rows, "weight", "sourcePeer") == sorted(expected * 2)
    assert {r["weight"] for r in rows if r["best"] and r["network"] == SITE} == {32869}


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize("circuit", CIRCUITS)
def test_full_inspection_gateway_announces(full, side, circuit):
    at = mirrored(side)
    far = f"65515-{at['far_asn']}-{at['far_asn']}"
    expected = [f"{p} 65515 via unknown" for p in at["own"]] + [f"{p} {far} via unknown" for p in at["far"]]
    assert table(full.rib(f"gw{side}", advertised=circuit).rows()) == sorted(expected)


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_full_inspection_msee(full, circuit):
    """Both gateways offer everything; the one with the VNet wins. What the router reflects loses (A14)."""
    rows = [r for r in full.rib(circuit).rows() if "12076" not in r["asPath"]]
    expected = [f"{SITE} 65000 via unknown {'ce' + circuit[3]}"]
    for side in (1, 2):
        at = mirrored(side)
        far = f"65515-{at['far_asn']}-{at['far_asn']}"
        expected += [f"{p} 65515 via unknown gw{side}" for p in at["own"]] * 2
        expected += [f"{p} {far} via unknown gw{side}" for p in at["far"]] * 2
    assert table(rows, "sourcePeer") == sorted(expected)
    for side in (1, 2):
        winners = {r["sourcePeer"] for r in rows if r["best"] and r["network"] in SIDES[side]}
        assert winners == {f"gw{side}"}


@pytest.mark.parametrize("router", ["ce1", "ce2"])
def test_full_inspection_on_premises_hears_12076_only(full, router):
    assert prefixes(full, router) == {SITE, *HUBS, *SPOKES}
    assert {r["asPath"] for r in full.rib(router).rows()} == {"", "12076"}


def test_full_inspection_nics(full):
    assert nic(full, "spoke1/vm") == {}
    assert nic(full, "nva1") == {
        SITE: ["unknown"],
        "192.168.2.0/24": ["10.1.1.4"],
        "192.168.3.0/24": ["10.1.1.4"],
    }
    assert nic(full, "hub1/GatewaySubnet") == nic(full, "nva1")
    assert nic(full, "nva2") == {
        SITE: ["unknown"],
        "192.168.0.0/24": ["10.0.1.4"],
        "192.168.1.0/24": ["10.0.1.4"],
    }


def test_full_inspection_why_exr1_prefers_gw1(full):
    steps = full.why("exr1/primary", "192.168.0.0/24").control
    wins = next(s for s in steps if s["verdict"] == "wins")
    assert (wins["peer"], wins["as_path"], wins["rule"]) == ("gw1", "65515", "5.1")
    assert "gw2" in wins["because"]
    assert "65515-65001-65001" in wins["because"]
    loses = [s for s in steps if s["verdict"] == "loses" and s["peer"] == "gw2"]
    assert [s["because"] for s in loses] == ["as_path: the path from gw1"]


def test_full_inspection_why_spoke1_has_no_route_to_spoke3(full):
    found = full.why("spoke1/vm", "192.168.2.0/24")
    assert any(hint.startswith("GW-13") for hint in found.hints)
    story = [(s["verdict"], s["node"]) for s in found.control]
    assert story == [
        ("programmed", "hub1"),
        ("wins", "ars1"),
        ("origin", "ars2"),
        ("via", "nva2"),
        ("via", "ars1"),
    ]


# -- 6.2 bypass on-premises inspection --------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "supernet"), [(1, "192.168.2.0/23"), (2, "192.168.0.0/23")])
def test_bypass_route_server_and_gateway(bypass, side, supernet):
    at = mirrored(side)
    for instance in at["server"]:
        assert paths(bypass, f"ars{side}", supernet, at=instance) == [
            f"{at['far_asn']} via {at['far_nva']} *"
        ]
    assert best(bypass, f"gw{side}", supernet) == {str(at["far_asn"])}


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_bypass_msee_uses_the_specific_routes_and_keeps_the_supernet_for_failure(bypass, circuit):
    for spoke in SPOKES[2:]:
        rows = [r for r in bypass.rib(circuit).rows() if r["network"] == spoke and "12076" not in r["asPath"]]
        assert {(r["asPath"], r["sourcePeer"]) for r in rows} == {("65515", "gw2")}
    rows = [
        r
        for r in bypass.rib(circuit).rows()
        if r["network"] == "192.168.2.0/23" and "12076" not in r["asPath"]
    ]
    assert {(r["asPath"], r["sourcePeer"]) for r in rows} == {("65515-65002", "gw1")}


def test_bypass_appliance(bypass):
    assert {p: best(bypass, "nva1", p) for p in ("10.1.0.0/16", *SPOKES[2:], SITE)} == {
        "10.1.0.0/16": {"65515"},
        SPOKES[2]: {"65515"},
        SPOKES[3]: {"65515"},
        SITE: {"65515-12076-65000"},
    }


def test_bypass_nics(bypass):
    assert nic(bypass, "spoke1/vm") == {SITE: ["unknown"], "192.168.2.0/23": ["10.1.1.4"]}
    states = {
        r["addressPrefix"][0]: (r["source"], r["state"])
        for r in bypass.routes("spoke1/vm").rows()
        if r["state"] == "Invalid"
    }
    assert states == {"192.168.2.0/23": ("VirtualNetworkGateway", "Invalid")}
    assert nic(bypass, "nva1") == {SITE: ["unknown"], "192.168.2.0/23": ["10.1.1.4"]}


# -- 6.3 appliances in transit VNets ---------------------------------------------


def test_transit_route_servers(transit):
    assert paths(transit, "ars1", "192.168.0.0/23", at="10.0.2.4") == ["65001 via 10.10.0.4 *"]
    assert paths(transit, "ars1", "192.168.2.0/23", at="10.0.2.4") == ["65002-65002-65002 via 10.20.0.4 *"]
    assert paths(transit, "ars2", "192.168.2.0/23", at="10.1.2.5") == ["65002 via 10.20.0.4 *"]
    assert paths(transit, "ars2", "192.168.0.0/23", at="10.1.2.5") == ["65001-65001-65001 via 10.10.0.4 *"]


def test_transit_gateways_announce(transit):
    assert table(transit.rib("gw1", advertised="exr2/primary").rows()) == [
        "10.0.0.0/16 65515 via unknown",
        "10.10.0.0/24 65515 via unknown",
        "192.168.0.0/23 65515-65001 via unknown",
        "192.168.2.0/23 65515-65002-65002-65002 via unknown",
    ]
    assert table(transit.rib("gw2", advertised="exr1/secondary").rows()) == [
        "10.1.0.0/16 65515 via unknown",
        "10.20.0.0/24 65515 via unknown",
        "192.168.0.0/23 65515-65001-65001-65001 via unknown",
        "192.168.2.0/23 65515-65002 via unknown",
    ]


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_transit_msee_prefers_the_local_gateway_with_prepends(transit, circuit):
    for supernet, gateway in (("192.168.0.0/23", "gw1"), ("192.168.2.0/23", "gw2")):
        rows = transit.rib(circuit).rows()
        assert {r["sourcePeer"] for r in rows if r["network"] == supernet and r["best"]} == {gateway}


def test_transit_appliance_prefers_the_far_server(transit):
    found = paths(transit, "nva1", "192.168.2.0/23")
    assert [f for f in found if f.endswith("*")] == ["65515-65002 via 10.1.2.4 *"]
    assert sum(f.startswith("65515-65002-65002-65002 ") for f in found) == 2


def test_transit_nics(transit):
    assert nic(transit, "spoke1/vm") == {}
    expected = {SITE: ["unknown"], "192.168.0.0/23": ["10.10.0.4"], "192.168.2.0/23": ["10.20.0.4"]}
    assert nic(transit, "nva1") == expected
    assert nic(transit, "hub1/GatewaySubnet") == expected
