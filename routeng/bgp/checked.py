"""Reading plain JSON values with all errors at once: each getter notes what is wrong and returns a usable value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from routeng.bgp.aspath import MAX_ASN
from routeng.bgp.attributes import address_key, community
from routeng.inputs.errors import ABSENT, InputError, pointer
from routeng.inputs.nearest import nearest
from routeng.lpm import HostBitsError, Prefix

T = TypeVar("T")
Where = tuple[str | int, ...]


class Checked:
    """Collects errors of one document; `file` names it in them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[InputError] = []

    def error(
        self, where: Where, message: str, value: object = ABSENT, suggestion: str | None = None
    ) -> None:
        """Note one error."""
        self.errors.append(InputError(self.file, pointer(*where), message, value, suggestion))

    def object(
        self, value: Any, where: Where, known: Iterable[str], required: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """An object with only `known` keys and all `required` ones."""
        if not isinstance(value, dict):
            self.error(where, "an object is wanted", value)
            return {}
        names = list(known)
        for key in value:
            if key not in names:
                self.error((*where, key), "unknown key", key, nearest(key, names))
        for key in required:
            if key not in value:
                self.error(where, f"the key {key!r} is missing")
        return value

    def list(self, value: Any, where: Where) -> Sequence[tuple[Where, Any]]:
        """The items of an array with their places."""
        if not isinstance(value, list):
            self.error(where, "an array is wanted", value)
            return []
        return [((*where, index), item) for index, item in enumerate(value)]

    def text(self, value: Any, where: Where) -> str:
        """A string that is not empty."""
        if not isinstance(value, str) or not value:
            self.error(where, "a text is wanted", value)
            return ""
        return value

    def flag(self, value: Any, where: Where) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.error(where, "true or false is wanted", value)
            return False
        return value

    def integer(self, value: Any, where: Where, low: int = 0, high: int = 2**32 - 1) -> int:
        """A whole number in `low`..`high`."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.error(where, "a whole number is wanted", value)
            return low
        if not low <= value <= high:
            self.error(where, f"must be in {low}..{high}", value)
            return low
        return value

    def asn(self, value: Any, where: Where) -> int:
        """An AS number."""
        return self.integer(value, where, 1, MAX_ASN)

    def choice(self, value: Any, where: Where, choices: Sequence[str]) -> str:
        """One of some words."""
        if value not in choices or not isinstance(value, str):
            self.error(where, f"must be one of {', '.join(choices)}", value, nearest(value, choices))
            return choices[0]
        return value

    def prefix(self, value: Any, where: Where) -> Prefix:
        """A canonical prefix: no host bits, spelled as routers print it."""
        fallback = Prefix("0.0.0.0/0")
        if not isinstance(value, str):
            self.error(where, "a prefix is wanted", value)
            return fallback
        try:
            prefix = Prefix(value)
        except HostBitsError as error:
            self.error(where, "the prefix has host bits set", value, str(error.masked))
            return fallback
        except ValueError:
            self.error(where, "a prefix is wanted", value)
            return fallback
        if str(prefix) != value:
            self.error(where, "the prefix is not in canonical form", value, str(prefix))
        return prefix

    def address(self, value: Any, where: Where) -> str:
        """A canonical IPv4 or IPv6 address."""
        return self.convert(value, where, _canonical_address, "an address is wanted")

    def router_id(self, value: Any, where: Where) -> str:
        """A router id or cluster id in dotted form, not 0.0.0.0 (RFC 6286 §2.1)."""
        text = self.convert(value, where, _canonical_address, "a router id in dotted form is wanted")
        if text in ("", "0.0.0.0") or ":" in text:
            if text:
                self.error(where, "a router id in dotted form, not 0.0.0.0, is wanted", value)
            return "0.0.0.1"
        return text

    def community(self, value: Any, where: Where) -> str:
        """A standard community in canonical form."""
        return self.convert(value, where, community, "a community is wanted")

    def convert(self, value: Any, where: Where, read: Callable[[str], str], message: str) -> str:
        """A text that `read` accepts and leaves as it is."""
        if not isinstance(value, str):
            self.error(where, message, value)
            return ""
        try:
            found = read(value)
        except ValueError as error:
            self.error(where, f"{message} ({error})", value)
            return ""
        return found


def _canonical_address(text: str) -> str:
    import ipaddress

    address_key(text)
    canonical = str(ipaddress.ip_address(text))
    if canonical != text:
        raise ValueError(f"canonical form is {canonical}")
    return text
