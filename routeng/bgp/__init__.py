"""Vendor-neutral BGP: paths, policies, the decision process with reasons, propagation to a fixed point."""
