"""Answers to table, JSON, JSON lines, TSV and Markdown."""
