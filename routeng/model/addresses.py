"""CIDRs and addresses as they stand in a file, with the error that each kind of mistake deserves."""

from __future__ import annotations

from routeng.lpm import HostBitsError, Prefix, parse_address, parse_prefix, try_prefix
from routeng.model.problems import Problems

Path = tuple[str | int, ...]


def prefix_at(text: str, path: Path, problems: Problems) -> Prefix | None:
    """The prefix written in ``text``, or a problem at ``path``."""
    prefix = try_prefix(text)
    if prefix is None:
        report_prefix(text, path, problems)
    return prefix


def prefixes_at(texts: list[str], path: Path, problems: Problems) -> tuple[Prefix, ...]:
    """The prefixes of a list; wrong and duplicate ones are problems and left out."""
    found: dict[Prefix, None] = {}
    for i, text in enumerate(texts):
        prefix = prefix_at(text, (*path, i), problems)
        if prefix is None:
            continue
        if prefix in found:
            problems.add((*path, i), "duplicate prefix", text)
        found[prefix] = None
    return tuple(found)


def report_prefix(text: str, path: Path, problems: Problems) -> None:
    """Say what is wrong with a CIDR that does not parse."""
    try:
        parse_prefix(text)
    except HostBitsError as error:
        problems.add(path, "bits set beyond the prefix length", text, suggestion=str(error.masked))
    except ValueError as error:
        try:
            family, _ = parse_address(text)
        except ValueError:
            problems.add(path, f"not a CIDR ({str(error).partition(':')[0]})", text)
        else:
            problems.add(path, "no prefix length", text, suggestion=f"{text}/{32 if family == 4 else 128}")


def host(text: str) -> Prefix | None:
    """The host prefix (/32 or /128) of an address, or None."""
    if "/" in text:
        return None
    return try_prefix(text + "/128" if ":" in text else text + "/32")


def host_at(text: str, path: Path, problems: Problems) -> Prefix | None:
    """As ``host``, but what is no address is a problem at ``path``."""
    found = host(text)
    if found is None:
        bare = text.partition("/")[0]
        suggestion = bare if bare != text and host(bare) is not None else None
        problems.add(path, "not an IP address", text, suggestion=suggestion)
    return found


def hosts_at(texts: list[str], path: Path, problems: Problems) -> list[Prefix]:
    """The host prefixes of a list of addresses."""
    found = [host_at(text, (*path, i), problems) for i, text in enumerate(texts)]
    return [p for p in found if p is not None]
