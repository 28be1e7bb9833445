"""Every refusal: what is wrong, where it is said, and what is suggested. One row each, named after its rule."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

V = "virtualNetworks"
UDR = "routeTables.rt.routes"
BGP = "devices.nva.bgp"
VNET = {"addressSpace": ["10.9.0.0/16"]}
HALF = {"remoteVirtualNetwork": "hub"}


def route(prefix: Any, kind: str = "None", hop: Any = None) -> dict[str, Any]:
    made = {"addressPrefix": prefix, "nextHopType": kind}
    return made if hop is None else made | {"nextHopIpAddress": hop}


ROWS = [
    # what, path, value, pointer, part of the message, suggestion, rule, code
    ("routeng 2", "routeng", 2, "/routeng", "expected 1", "1", None, None),
    ("unknown section", "virtualNetwork", {}, "/virtualNetwork", "unknown key", V, None, None),
    ("unknown key", f"{V}.hub.adressSpace", [], f"/{V}/hub/adressSpace", "unknown key", "addressSpace", None, None),
    ("unknown key of a route", f"{UDR}.0.nextHop", "", "/routeTables/rt/routes/0/nextHop", "unknown key", "nextHopType", None, None),
    ("missing key", f"{V}.hub.addressSpace", ..., f"/{V}/hub", "missing key 'addressSpace'", None, None, None),
    ("a string for a list", f"{V}.hub.addressSpace", "10.0.0.0/16", f"/{V}/hub/addressSpace", "expected a list of strings or an object, got a string", None, None, None),
    ("a string for a flag", "peerings.0.gatewayTransit", "true", "/peerings/0/gatewayTransit", "expected true or false, got a string", "true", None, None),
    ("a string for a number", f"{BGP}.asn", "65001", "/devices/nva/bgp/asn", "expected a whole number, got a string", "65001", None, None),
    ("a flag for a number", f"{BGP}.asn", True, "/devices/nva/bgp/asn", "expected a whole number", None, None, None),
    ("a fraction", f"{BGP}.asn", 1.5, "/devices/nva/bgp/asn", "expected a whole number", None, None, None),
    ("an ASN of 33 bits", f"{BGP}.asn", 2**32, "/devices/nva/bgp/asn", "out of range", None, None, None),
    ("a negative count", f"{V}.hub.privateEndpointCount", -1, f"/{V}/hub/privateEndpointCount", "out of range", None, None, None),
    ("null", f"{V}.hub.subnets", None, f"/{V}/hub/subnets", "expected an object, got null", "leaving the key out", None, None),
    ("an object for a name", "connections.gw-er.peer", {}, "/connections/gw-er/peer", "expected a string", None, None, None),
    ("wrong enumeration value", "virtualNetworkGateways.gw.gatewayType", "ExpresRoute", "/virtualNetworkGateways/gw/gatewayType", "expected one of ExpressRoute, Vpn", "ExpressRoute", None, None),
    ("an empty name", f"{V}.", VNET, f"/{V}/", "a name is empty", None, None, None),
    # prefixes and addresses
    ("host bits", f"{V}.hub.addressSpace.0", "10.0.0.1/16", f"/{V}/hub/addressSpace/0", "bits set beyond the prefix length", "10.0.0.0/16", None, None),
    ("host bits of a subnet", f"{V}.hub.subnets.nva.addressPrefix", "10.0.2.4/24", f"/{V}/hub/subnets/nva/addressPrefix", "bits set beyond", "10.0.2.0/24", None, None),
    ("no length", f"{V}.hub.addressSpace.0", "10.0.0.0", f"/{V}/hub/addressSpace/0", "no prefix length", "10.0.0.0/32", None, None),
    ("no CIDR", f"{V}.hub.addressSpace.0", "10.0.0.0/33", f"/{V}/hub/addressSpace/0", "not a CIDR", None, None, None),
    ("leading zeros", f"{V}.hub.addressSpace.0", "010.0.0.0/16", f"/{V}/hub/addressSpace/0", "not a CIDR", None, None, None),
    ("an empty space", f"{V}.hub.addressSpace", [], f"/{V}/hub/addressSpace", "needs a prefix", None, None, None),
    ("a duplicate prefix", f"{V}.hub.addressSpace", ["10.0.0.0/16", "10.0.0.0/16"], f"/{V}/hub/addressSpace/1", "duplicate prefix", None, None, None),
    ("a wrapped space", f"{V}.hub.addressSpace", {"addressPrefixes": ["10.0.0.0/16", "10.300.0.0/16"]}, f"/{V}/hub/addressSpace/addressPrefixes/1", "not a CIDR", None, None, None),
    ("overlap inside a space", f"{V}.hub.addressSpace", ["10.0.0.0/16", "10.0.128.0/17"], f"/{V}/hub/addressSpace", "10.0.128.0/17 lies in 10.0.0.0/16", None, None, None),
    ("wrong summary", f"{V}.hub.summarizedGatewayPrefixes", ["10.0.0.0/8", "10.0.0.0/8"], f"/{V}/hub/summarizedGatewayPrefixes/1", "duplicate prefix", None, None, None),
    ("SYS-9 subnet outside", f"{V}.hub.subnets.nva.addressPrefix", "10.2.2.0/24", f"/{V}/hub/subnets/nva/addressPrefix", "outside the address space of 'hub' (10.0.0.0/16)", None, "SYS-9", None),
    ("SYS-9 subnet wider than its VNet", f"{V}.hub.subnets.nva.addressPrefix", "10.0.0.0/15", f"/{V}/hub/subnets/nva/addressPrefix", "outside the address space", None, "SYS-9", None),
    ("SYS-9 too small", f"{V}.hub.subnets.nva.addressPrefix", "10.0.2.0/30", f"/{V}/hub/subnets/nva/addressPrefix", "smaller than a /29", "10.0.2.0/29", "SYS-9", None),
    ("SYS-9 IPv6 subnet", f"{V}.spoke.subnets.vm.addressPrefix", "fd00:1::/56", f"/{V}/spoke/subnets/vm/addressPrefix", "an IPv6 subnet is a /64", None, "SYS-9", None),
    ("SYS-10 multicast", f"{V}.m", {"addressSpace": ["224.0.0.0/24"]}, f"/{V}/m/addressSpace", "overlaps 224.0.0.0/4, which no VNet may use", None, "SYS-10", None),
    ("SYS-10 platform address", f"{V}.m", {"addressSpace": ["168.63.0.0/16"]}, f"/{V}/m/addressSpace", "overlaps 168.63.129.16/32", None, "SYS-10", None),
    ("subnets overlap", f"{V}.hub.subnets.more", {"addressPrefix": "10.0.2.128/25"}, f"/{V}/hub/subnets/more/addressPrefix", "overlaps subnet 'nva' (10.0.2.0/24)", None, None, None),
    ("an address that is none", "devices.nva.ip", "10.0.2.256", "/devices/nva/ip", "not an IP address", None, None, None),
    ("an address with a length", "devices.nva.ip", "10.0.2.4/32", "/devices/nva/ip", "not an IP address", "10.0.2.4", None, None),
    ("an address outside its subnet", "devices.nva.ip", "10.0.3.4", "/devices/nva/ip", "not in subnet hub/nva (10.0.2.0/24)", None, None, None),
    ("an endpoint outside its subnet", "privateEndpoints.pe", {"subnet": "spoke/vm", "ip": "10.0.2.5"}, "/privateEndpoints/pe/ip", "not in subnet spoke/vm", None, None, None),
    # names
    ("names by case", f"{V}.Hub", VNET, f"/{V}/Hub", "differs only by case from 'hub'", None, None, None),
    ("subnet names by case", f"{V}.hub.subnets.NVA", {"addressPrefix": "10.0.3.0/24"}, f"/{V}/hub/subnets/NVA", "differs only by case from 'nva'", None, None, None),
    ("peering names by case", f"{V}.hub.virtualNetworkPeerings", {"a": {"remoteVirtualNetwork": "spoke"}, "A": {"remoteVirtualNetwork": "spoke"}}, f"/{V}/hub/virtualNetworkPeerings/A", "differs only by case from 'a'", None, None, None),
    ("group names by case", "networkManagers.avnm.networkGroups.ALL", {}, "/networkManagers/avnm/networkGroups/ALL", "differs only by case from 'all'", None, None, None),
    ("NIC names by case", "devices.ce.nics", {"a": "10.0.0.1", "A": "10.0.0.2"}, "/devices/ce/nics/A", "differs only by case from 'a'", None, None, None),
    ("connection names by case", "routeServers.rs.bgpConnections.NVA", {"peerIp": "10.0.2.9", "peerAsn": 65009}, "/routeServers/rs/bgpConnections/NVA", "differs only by case from 'nva'", None, None, None),
    ("neighbours by case", f"{BGP}.neighbors.RS", {}, "/devices/nva/bgp/neighbors/RS", "differs only by case from 'rs'", None, None, None),
    ("a name taken in another section", "devices.hub", {"kind": "onprem"}, "/devices/hub", "the name is taken in virtualNetworks", None, None, None),
    ("a name taken, by case", "azureFirewalls.GW", {"subnet": "hub/nva", "ip": "10.0.2.9"}, "/azureFirewalls/GW", "the name is taken in virtualNetworkGateways", None, None, None),
    # references
    ("no such VNet", "peerings.0.spokes.0", "spok", "/peerings/0/spokes/0", "no such virtual network", "spoke", None, None),
    ("no such hub", "peerings.0.hub", "hubb", "/peerings/0/hub", "no such virtual network", "hub", None, None),
    ("no such route table", f"{V}.spoke.subnets.vm.routeTable", "rt1", f"/{V}/spoke/subnets/vm/routeTable", "no such route table", "rt", None, None),
    ("no such subnet", "devices.nva.subnet", "hub/nvas", "/devices/nva/subnet", "no such subnet", "hub/nva", None, None),
    ("no subnet at all", "devices.nva.subnet", "hub", "/devices/nva/subnet", "not a subnet", "hub/nva", None, None),
    ("no such VNet of a subnet", "probes.vm.subnet", "spok/vm", "/probes/vm/subnet", "no such virtual network", "spoke/vm", None, None),
    ("ARM id of another name", "virtualNetworkGateways.gw.vnet", "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub2", "/virtualNetworkGateways/gw/vnet", "no such virtual network", None, None, None),
    ("no such gateway", "connections.gw-er.virtualNetworkGateway1", "gw1", "/connections/gw-er/virtualNetworkGateway1", "no such gateway", "gw", None, None),
    ("no such circuit", "connections.gw-er.peer", "er1", "/connections/gw-er/peer", "no such circuit", "er", None, None),
    ("no such device of a circuit", "expressRouteCircuits.er.peerings.AzurePrivatePeering.peer", "ce1", "/expressRouteCircuits/er/peerings/AzurePrivatePeering/peer", "no such device", "ce", None, None),
    ("no such device of one link", "expressRouteCircuits.er.peerings.AzurePrivatePeering.peer", {"primary": "ce", "secondary": "ce2"}, "/expressRouteCircuits/er/peerings/AzurePrivatePeering/peer/secondary", "no such device", "ce", None, None),
    ("no such device of a route server", "routeServers.rs.bgpConnections.nva.peer", "nva1", "/routeServers/rs/bgpConnections/nva/peer", "no such device", "nva", None, None),
    ("no such neighbour", f"{BGP}.neighbors.rs1", {}, "/devices/nva/bgp/neighbors/rs1", "no such BGP neighbour", "rs", None, None),
    ("no such link of a circuit", f"{BGP}.neighbors.er/first", {}, "/devices/nva/bgp/neighbors/er~1first", "primary and secondary", "er/primary", None, None),
    ("no such next-hop device", f"{UDR}.0.nextHopIpAddress", "@nva1", "/routeTables/rt/routes/0/nextHopIpAddress", "no such device", "@nva", None, None),
    ("a next-hop device without address", f"{UDR}.0.nextHopIpAddress", "@ce", "/routeTables/rt/routes/0/nextHopIpAddress", "the device has no address", None, None, None),
    ("no such member", "networkManagers.avnm.networkGroups.all.members.0", "spok", "/networkManagers/avnm/networkGroups/all/members/0", "no such virtual network", "spoke", None, None),
    ("no such network group", "networkManagers.avnm.connectivityConfigurations.mesh.appliesToGroups.0.networkGroup", "al", "/networkManagers/avnm/connectivityConfigurations/mesh/appliesToGroups/0/networkGroup", "no such network group", "all", None, None),
    ("no such hub of a configuration", "networkManagers.avnm.connectivityConfigurations.mesh.hubs", ["hubs"], "/networkManagers/avnm/connectivityConfigurations/mesh/hubs/0", "no such virtual network", "hub", None, None),
    ("a condition about nothing known", "networkManagers.avnm.networkGroups.all.members", {"where": {"wave": "1"}}, "/networkManagers/avnm/networkGroups/all/members/where/wave", "name or tags.<tag>", "tags.wave", None, None),
    ("no such service", "probes.vm", {"service": "app"}, "/probes/vm/service", "no such service", None, None, None),
    ("no such hub of Virtual WAN", "expressRouteGateways.eg", {"virtualHub": "vh"}, "/expressRouteGateways/eg/virtualHub", "no such virtual hub", None, None, None),
    ("no such local network gateway", "connections.vpn", {"connectionType": "IPsec", "virtualNetworkGateway1": "gw", "localNetworkGateway2": "lng"}, "/connections/vpn/localNetworkGateway2", "no such local network gateway", None, None, None),
    ("no such reach", "expressRouteCircuits.er.globalReach", ["er2"], "/expressRouteCircuits/er/globalReach/0", "no such circuit", "er", None, None),
    # peerings
    ("three ends", "peerings.0", {"vnets": ["hub", "spoke", "hub"]}, "/peerings/0/vnets", "a peering has two ends", None, None, None),
    ("both forms", "peerings.0", {"vnets": ["hub", "spoke"], "hub": "hub"}, "/peerings/0", "one form or the other", None, None, None),
    ("neither form", "peerings.0", {"hub": "hub"}, "/peerings/0", "needs vnets, or hub and spokes", None, None, None),
    ("transit between equals", "peerings.0", {"vnets": ["hub", "spoke"], "gatewayTransit": True}, "/peerings/0/gatewayTransit", "needs the form with hub and spokes", None, None, None),
    ("PEER-6 with itself", "peerings.0", {"vnets": ["hub", "hub"]}, "/peerings/0/vnets/0", "cannot be peered with itself", None, "PEER-6", None),
    ("PEER-6 twice", "peerings.0.spokes", ["spoke", "spoke"], "/peerings/0/spokes/1", "a second peering of 'hub' with", None, "PEER-6", None),
    ("PEER-6 own half and sugar", f"{V}.spoke.virtualNetworkPeerings", {"up": HALF}, "/peerings/0/spokes/0", "a second peering of 'spoke' with", None, "PEER-6", None),
    ("PEER-11 no such subnet", "peerings.0", {"vnets": ["hub", "spoke"], "peerCompleteVnets": False, "localSubnetNames": ["nvas"], "remoteSubnetNames": ["vm"]}, "/peerings/0/localSubnetNames", "no such subnet in 'hub'", "nva", "PEER-11", None),
    ("GW-5 own gateway", "virtualNetworkGateways.gw2", {"gatewayType": "Vpn", "vnet": "spoke"}, "/peerings/0/spokes/0", "'spoke' has its own gateway 'gw2'", None, "GW-5", None),
    ("GW-5 own route server", "routeServers.rs2", {"vnet": "spoke"}, "/peerings/0/spokes/0", "'spoke' has its own route server 'rs2'", None, "GW-5", None),
    # user routes
    ("UDR-1 equal prefixes", f"{UDR}.0.addressPrefix", ["0.0.0.0/0", "0.0.0.0/0"], "/routeTables/rt/routes/0/addressPrefix", "a second route of this table for", None, "UDR-1", "RouteConflict"),
    ("a route name twice", UDR, [route("10.0.0.0/8") | {"name": "a"}, route("11.0.0.0/8") | {"name": "A"}], "/routeTables/rt/routes/1/name", "the name of another route", None, None, None),
    ("no prefix", f"{UDR}.0.addressPrefix", [], "/routeTables/rt/routes/0/addressPrefix", "a route needs a prefix", None, None, None),
    ("neither prefix nor tag", f"{UDR}.0.addressPrefix", "10.0.0.0/8x", "/routeTables/rt/routes/0/addressPrefix", "not a CIDR", None, None, None),
    ("UDR-2 wrong type", f"{UDR}.0.nextHopType", "VirtualAplliance", "/routeTables/rt/routes/0/nextHopType", "not a next-hop type", "VirtualAppliance", "UDR-2", None),
    ("UDR-2 peering as type", UDR, [route("10.0.0.0/8", "VNetPeering")], "/routeTables/rt/routes/0/nextHopType", "not a next-hop type", None, "UDR-2", None),
    ("UDR-2 no address", UDR, [route("10.0.0.0/8", "VirtualAppliance")], "/routeTables/rt/routes/0", "VirtualAppliance needs nextHopIpAddress", None, "UDR-2", None),
    ("UDR-2 an address without use", UDR, [route("10.0.0.0/8", "Internet", "10.0.2.4")], "/routeTables/rt/routes/0/nextHopIpAddress", "only appliances have a next-hop address", None, "UDR-2", None),
    ("UDR-2 one ECMP hop", UDR, [route("10.0.0.0/8", "VirtualApplianceEcmp", ["10.0.2.4"])], "/routeTables/rt/routes/0/nextHopIpAddress", "takes 2 to 64 addresses", None, "UDR-2", None),
    ("a next hop that is none", f"{UDR}.0.nextHopIpAddress", "10.0.2", "/routeTables/rt/routes/0/nextHopIpAddress", "not an IP address", None, None, None),
    ("GW-14 default route", f"{V}.hub.subnets.GatewaySubnet.routeTable", "rt", f"/{V}/hub/subnets/GatewaySubnet/routeTable", "may not hold a route 0.0.0.0/0", None, "GW-14", None),
    # gateways, circuits, connections
    ("two gateways of a type", "virtualNetworkGateways.gw2", {"gatewayType": "ExpressRoute", "vnet": "hub"}, "/virtualNetworkGateways/gw2/vnet", "has a gateway of type ExpressRoute already ('gw')", None, "T4", None),
    ("wrong gateway address", "virtualNetworkGateways.gw.bgpAddresses", ["10.0.0.12", "x"], "/virtualNetworkGateways/gw/bgpAddresses/1", "not an IP address", None, None, None),
    ("wrong public address", "virtualNetworkGateways.gw.publicIPAddresses", [{"ip": "1.2.3"}], "/virtualNetworkGateways/gw/publicIPAddresses/0/ip", "not an IP address", None, None, None),
    ("wrong pool", "virtualNetworkGateways.gw.vpnClientAddressPool", ["172.16.0.1/24"], "/virtualNetworkGateways/gw/vpnClientAddressPool/0", "bits set beyond", "172.16.0.0/24", None, None),
    ("E1 no far side", "connections.gw-er.peer", ..., "/connections/gw-er", "has peer and no other far side (given: none)", None, None, None),
    ("E1 two far sides", "connections.gw-er.virtualNetworkGateway2", "gw", "/connections/gw-er", "no other far side (given: peer, virtualNetworkGateway2)", None, None, None),
    ("E1 wrong gateway type", "virtualNetworkGateways.gw.gatewayType", "Vpn", "/connections/gw-er/virtualNetworkGateway1", "needs a gateway of type ExpressRoute", None, "E1", None),
    ("E1 link length", "expressRouteCircuits.er.peerings.AzurePrivatePeering.primaryPeerAddressPrefix", "192.168.0.0/29", "/expressRouteCircuits/er/peerings/AzurePrivatePeering/primaryPeerAddressPrefix", "a link is an IPv4 /30", None, "E1", None),
    ("E1 IPv6 link length", "expressRouteCircuits.er.peerings.AzurePrivatePeering.ipv6PeeringConfig", {"secondaryPeerAddressPrefix": "fd00::/64"}, "/expressRouteCircuits/er/peerings/AzurePrivatePeering/ipv6PeeringConfig/secondaryPeerAddressPrefix", "a link is an IPv6 /126", None, "E1", None),
    ("links overlap", "expressRouteCircuits.er.peerings.AzurePrivatePeering", {"primaryPeerAddressPrefix": "192.168.0.0/30", "secondaryPeerAddressPrefix": "192.168.0.0/30"}, "/expressRouteCircuits/er/peerings/AzurePrivatePeering/secondaryPeerAddressPrefix", "overlaps the other link", None, None, None),
    ("A7 on a circuit", "expressRouteCircuits.er.peerings.AzurePrivatePeering.peerASN", 65516, "/expressRouteCircuits/er/peerings/AzurePrivatePeering/peerASN", "reserved by Azure", None, "A7", None),
    ("A7 behind a circuit", "devices.ce.bgp.asn", 65517, "/devices/ce/bgp/asn", "reserved by Azure", None, "A7", None),
    ("A7 65515 on an appliance", f"{BGP}.asn", 65515, "/devices/nva/bgp/asn", "reserved by Azure", None, "A7", None),
    ("A7 IANA on an appliance", f"{BGP}.asn", 64500, "/devices/nva/bgp/asn", "reserved by IANA", None, "A7", None),
    ("A7 on a local network gateway", "localNetworkGateways.l", {"asn": 23456, "device": "ce"}, "/localNetworkGateways/l/asn", "reserved by IANA", None, "A7", None),
    ("A7 on a bare peer", "routeServers.rs.bgpConnections.x", {"peerIp": "10.0.2.9", "peerAsn": 65520}, "/routeServers/rs/bgpConnections/x/peerAsn", "reserved by Azure", None, "A7", None),
    ("a site for two", "localNetworkGateways.l", {"device": "ce", "gateway": "gw"}, "/localNetworkGateways/l", "not for both", None, None, None),
    # route servers
    ("A3 ASN", "routeServers.rs.virtualRouterAsn", 65514, "/routeServers/rs/virtualRouterAsn", "the ASN of a route server is 65515", "65515", "A3", None),
    ("A3 subnet", "routeServers.rs.subnet", "hub/nva", "/routeServers/rs/subnet", "a subnet named RouteServerSubnet", "hub/RouteServerSubnet", "A3", None),
    ("A3 no place", "routeServers.rs.subnet", ..., "/routeServers/rs", "needs subnet or vnet", None, "A3", None),
    ("A3 two in a VNet", "routeServers.rs2", {"vnet": "hub"}, "/routeServers/rs2", "'hub' has a route server already", None, "A3", None),
    ("A3 three instances", "routeServers.rs.virtualRouterIps", ["10.0.1.4", "10.0.1.5", "10.0.1.6"], "/routeServers/rs/virtualRouterIps", "has two instances", None, "A3", None),
    ("a peer of nowhere", "routeServers.rs.bgpConnections.x", {"peerIp": "10.77.0.9", "peerAsn": 65009}, "/routeServers/rs/bgpConnections/x/peerIp", "no virtual network holds this address", None, "R24", None),
    ("a peer without ASN", "routeServers.rs.bgpConnections.x", {"peerIp": "10.0.2.9"}, "/routeServers/rs/bgpConnections/x", "peerIp needs peerAsn", None, None, None),
    ("a peer that is none", "routeServers.rs.bgpConnections.x", {}, "/routeServers/rs/bgpConnections/x", "needs peer, or peerIp and peerAsn", None, None, None),
    ("a peer twice", "routeServers.rs.bgpConnections.x", {"peer": "NVA"}, "/routeServers/rs/bgpConnections/x", "the peer of connection 'nva'", None, None, None),
    # devices
    ("router id", f"{BGP}.routerId", "fd00::1", "/devices/nva/bgp/routerId", "written as an IPv4 address", None, None, None),
    ("network", f"{BGP}.networks", ["10.0.0.1/8"], "/devices/nva/bgp/networks/0", "bits set beyond", "10.0.0.0/8", None, None),
    ("static route", "devices.nva.staticRoutes", [{"prefix": "10.0.0.0/40"}], "/devices/nva/staticRoutes/0/prefix", "not a CIDR", None, None, None),
    ("static route to nobody", "devices.nva.staticRoutes", [{"prefix": "10.0.0.0/8", "via": "cee"}], "/devices/nva/staticRoutes/0/via", "neither an address nor a device", "ce", None, None),
    ("prefix rule", f"{BGP}.neighbors.rs.export", [{"match": {"prefix": ["10.0.0.0/8 le 40"]}}], "/devices/nva/bgp/neighbors/rs/export/0/match/prefix/0", "8 <= ge <= le <= 32", None, None, None),
    ("prefix rule upside down", f"{BGP}.neighbors.rs.import", [{"match": {"prefix": "10.0.0.0/8 ge 24 le 16"}}], "/devices/nva/bgp/neighbors/rs/import/0/match/prefix", "ge <= le", None, None, None),
    ("AS-path expression", f"{BGP}.neighbors.rs.import", [{"match": {"asPathRegex": "_65001("}}], "/devices/nva/bgp/neighbors/rs/import/0/match/asPathRegex", "not an AS-path expression", None, None, None),
    ("community", f"{BGP}.neighbors.rs.export", [{"set": {"community": ["65000:1", "a b"]}}], "/devices/nva/bgp/neighbors/rs/export/0/set/community/1", "not a community", None, None, None),
    ("deny and accept", f"{BGP}.neighbors.rs.export", [{"deny": True, "accept": True}], "/devices/nva/bgp/neighbors/rs/export/0", "not both", None, None, None),
    ("instance", f"{BGP}.neighbors.rs.instances", {"first": {}}, "/devices/nva/bgp/neighbors/rs/instances/first", "not an IP address", None, None, None),
    # the rest
    ("AVNM-2 no hub", "networkManagers.avnm.connectivityConfigurations.mesh.connectivityTopology", "HubAndSpoke", "/networkManagers/avnm/connectivityConfigurations/mesh", "needs a hub", None, "AVNM-2", None),
    ("profile value", "profile", {"H3": "on"}, "/profile/H3", "expected one of off, legacy-on", None, None, None),
    ("profile key", "profile", {"system-none-route": "2023"}, "/profile/system-none-route", "no such switch", "system-none-routes", None, None),
    ("a probe of two ends", "probes.vm.device", "ce", "/probes/vm", "needs one of", None, None, None),
    ("a service without VNet", "services.a", {"type": "Microsoft.Web/sites", "integration": "gateway-based"}, "/services/a", "needs vnet", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "at", "says", "suggestion", "rule", "code"),
    [r[1:] for r in ROWS],
    ids=[r[0] for r in ROWS],
)
def test_a_refusal(
    path: str,
    value: Any,
    at: str,
    says: str,
    suggestion: str | None,
    rule: str | None,
    code: str | None,
    put: Callable[..., Any],
    errors: Callable[..., Any],
) -> None:
    found = errors(put(path, value))
    matching = [e for e in found if e.pointer == at and says in e.message]
    assert matching, [str(e) for e in found]
    error = matching[0]
    assert (error.file, error.suggestion, error.rule, error.code) == ("t.json", suggestion, rule, code)


def test_the_document_itself_is_accepted(document: dict[str, Any], declared: Callable[..., Any]) -> None:
    assert declared(document).findings == ()


def test_all_errors_of_a_file_come_at_once(errors: Callable[..., Any]) -> None:
    found = errors(
        {
            "virtualNetworks": {
                "a": {"addressSpace": ["10.0.0.1/16"], "subnet": {}},
                "b": {"addressSpace": "10.1.0.0/16"},
                "c": {
                    "addressSpace": ["10.2.0.0/16"],
                    "subnets": {"s": {"addressPrefix": "10.3.0.0/24", "routeTable": "r"}},
                },
            },
            "peerings": [{"vnets": ["a", "b"]}, {"gatewayTransit": 1}, {"vnets": ["c", "d"]}],
        }
    )
    assert [e.pointer for e in found] == [
        "/virtualNetworks/a/subnet",
        "/virtualNetworks/b/addressSpace",
        "/peerings/1/gatewayTransit",
        "/peerings/1",
        "/peerings/2/vnets/1",
        "/virtualNetworks/a/addressSpace/0",
        "/virtualNetworks/c/subnets/s/addressPrefix",
        "/virtualNetworks/c/subnets/s/routeTable",
    ]


def test_an_object_too_wrong_to_be_used_does_not_make_references_to_it_errors(
    errors: Callable[..., Any],
) -> None:
    (error,) = errors(
        {
            "virtualNetworks": {"a": {"addressSpace": ["10.0.0.0/16"]}, "b": {}},
            "peerings": [{"vnets": ["a", "B"]}],
            "probes": {"p": {"subnet": "b/vm"}},
        }
    )
    assert error.message == "missing key 'addressSpace'"


def test_duplicate_keys_are_told_together_with_the_other_errors(errors: Callable[..., Any]) -> None:
    found = errors(
        b'{"name": "x", "virtualNetworks": {"a": {"addressSpace": []}, "a": {"addressSpace": []}}}'
    )
    assert [(e.pointer, e.message) for e in found] == [
        ("/virtualNetworks/a", "duplicate key"),
        ("/virtualNetworks/a/addressSpace", "an address space needs a prefix"),
    ]


def test_thousands_of_errors_take_no_time_worth_speaking_of(errors: Callable[..., Any]) -> None:
    vnets = {f"v{i}": {"addressSpace": [f"10.{i // 256}.{i % 256}.0/24"]} for i in range(2000)}
    spokes = [f"w{i}" for i in range(2000)]
    found = errors({"virtualNetworks": vnets, "peerings": [{"hub": "v0", "spokes": spokes}]})
    assert len(found) == 2000
    assert {i for i, e in enumerate(found) if e.suggestion is not None} <= set(range(100))
    assert found[50].suggestion == "v50"


@pytest.mark.parametrize("whole", [[], "x", 1, None, True])
def test_a_document_that_is_no_object_is_refused(whole: Any, errors: Callable[..., Any]) -> None:
    (error,) = errors(whole)
    assert (error.pointer, error.message.split(",")[0]) == ("", "expected an object")


def test_subnets_of_every_vnet_are_compared(errors: Callable[..., Any]) -> None:
    def vnet(i: int) -> dict[str, Any]:
        subnets = {
            "b": f"10.{i}.2.0/24",
            "B": f"10.{i}.1.0/24",
            "c": f"10.{i}.1.128/25",
            "d": f"10.{i}.2.0/25",
        }
        return {
            "addressSpace": [f"10.{i}.0.0/16"],
            "subnets": {n: {"addressPrefix": p} for n, p in subnets.items()},
        }

    found = errors({"virtualNetworks": {f"v{i}": vnet(i) for i in range(3)}})
    per_vnet = ["c/addressPrefix", "d/addressPrefix", "B"]
    assert sorted(e.pointer for e in found) == sorted(
        f"/virtualNetworks/v{i}/subnets/{at}" for i in range(3) for at in per_vnet
    )
