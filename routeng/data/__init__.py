"""Dated facts as data."""
