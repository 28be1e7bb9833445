"""Strict JSON in: duplicate keys, JSON pointers, nearest names, bounds on depth and size."""
