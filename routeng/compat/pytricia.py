"""``PyTricia`` on top of :class:`~routeng.lpm.PrefixTable`: code written for pytricia switches by one import.

    from routeng.compat.pytricia import PyTricia

Documented behaviour is kept: ``[]``, ``get`` and ``in`` are longest matches, ``has_key``, ``del``, ``children`` and
``parent`` want exactly stored prefixes, keys are text (or packed with ``raw_output``), ``freeze`` forbids changes.

What pytricia gets wrong is not kept: IPv4 and IPv6 never answer for each other; IPv6 is refused by a 32-bit
trie instead of being lost in it; wrong text ("10.0.0.0/33", "1.2.3.4/8/9", octal) is a ValueError and not some
other prefix; host bits of a key are cleared; reference cycles through values are collected; ``freeze`` is not
needed before pickling.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Generic, TypeVar

from routeng.lpm import Prefix, PrefixTable, parse_address

__all__ = ["PyTricia"]

V = TypeVar("V")
_ABSENT = object()


class PyTricia(Generic[V]):
    """A trie of prefixes with pytricia's methods.

    ``maxbits``: the longest prefix that is accepted; above 32 also IPv6 keys. ``family`` (``socket.AF_INET`` or
    ``AF_INET6``) is how integer keys are read. ``raw_output``: keys come back as ``(bytes, length)``.
    """

    def __init__(self, maxbits: int = 32, family: int = socket.AF_INET, raw_output: bool = False) -> None:
        if not 0 <= maxbits <= 128:
            raise ValueError("Invalid number of maximum bits; must be between 0 and 128, inclusive")
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise ValueError("Invalid address family; must be AF_INET or AF_INET6")
        self._maxbits = maxbits
        self._family = 4 if family == socket.AF_INET else 6
        self._raw = bool(raw_output)
        self._frozen = False
        self._table: PrefixTable[V] = PrefixTable()

    # -- changes

    def insert(self, prefix: Any, *data: Any) -> None:
        """``insert(prefix, data)`` or ``insert(address, length, data)``: map the prefix to data."""
        if len(data) == 2:
            length, value = data
            prefix = self._prefix(prefix, length)
        elif len(data) == 1:
            (value,) = data
            prefix = self._prefix(prefix)
        else:
            raise TypeError("insert takes (prefix, data) or (address, length, data)")
        self._thawed()
        self._table[prefix] = value

    def __setitem__(self, prefix: Any, data: V) -> None:
        prefix = self._prefix(prefix)
        self._thawed()
        self._table[prefix] = data

    def delete(self, prefix: Any) -> None:
        """Take out exactly this prefix; KeyError if it is not there."""
        self._thawed()
        if not self._table.delete(self._prefix(prefix)):
            raise KeyError("Prefix doesn't exist.")

    __delitem__ = delete

    def freeze(self) -> None:
        """Refuse changes until ``thaw()``."""
        self._frozen = True

    def thaw(self) -> None:
        """Allow changes again."""
        self._frozen = False

    # -- longest match

    def get(self, prefix: Any, default: Any = None) -> Any:
        """The data of the longest stored prefix that covers ``prefix``, or ``default``."""
        if type(prefix) is str:
            try:
                return self._table.lookup(prefix, default)
            except ValueError:  # host bits, which pytricia takes, or no prefix at all
                pass
        return self._table.lookup(self._prefix(prefix), default)

    def __getitem__(self, prefix: Any) -> Any:
        found = self.get(prefix, _ABSENT)
        if found is _ABSENT:
            raise KeyError("Prefix not found.")
        return found

    def __contains__(self, prefix: Any) -> bool:
        return self.get(prefix, _ABSENT) is not _ABSENT

    def get_key(self, prefix: Any) -> Any:
        """The longest stored prefix that covers ``prefix``, or None."""
        found = self._table.lookup_prefix(self._prefix(prefix))
        return None if found is None else self._shown(found[0])

    # -- exactly stored prefixes

    def has_key(self, prefix: Any) -> bool:
        """Whether exactly this prefix is stored."""
        return self._prefix(prefix) in self._table

    def children(self, prefix: Any) -> list[Any]:
        """All stored prefixes inside ``prefix``, which must be stored itself (KeyError)."""
        outer = self._stored(prefix)
        return [self._shown(inner) for inner in self._table.keys(within=outer) if inner != outer]

    def parent(self, prefix: Any) -> Any:
        """The longest stored prefix around ``prefix``, which must be stored itself (KeyError), or None."""
        found = self._table.parent(self._stored(prefix))
        return None if found is None else self._shown(found[0])

    def keys(self) -> list[Any]:
        """All stored prefixes in address order."""
        return [self._shown(prefix) for prefix in self._table]

    def __iter__(self) -> Iterator[Any]:
        return (self._shown(prefix) for prefix in self._table)

    def __len__(self) -> int:
        return len(self._table)

    # -- keys

    def _thawed(self) -> None:
        if self._frozen:
            raise ValueError("can not modify a frozen pytricia!  Thaw?")

    def _stored(self, prefix: Any) -> Prefix:
        key = self._prefix(prefix)
        if key not in self._table:
            raise KeyError("Prefix doesn't exist.")
        return key

    def _prefix(self, key: Any, length: int | None = None) -> Prefix:
        """Any key that pytricia documents: text, packed bytes, int, ipaddress objects, ``(bytes, length)``."""
        try:
            prefix = self._read(key, length)
        except TypeError:
            raise ValueError(f"Invalid key type: {key!r}") from None
        if prefix.length > self._maxbits or (prefix.family == 6 and self._maxbits <= 32):
            raise ValueError(f"Invalid prefix: {prefix} in a trie of {self._maxbits} bits")
        return prefix

    def _read(self, key: Any, length: int | None) -> Prefix:
        if isinstance(key, tuple):
            return Prefix(key, strict=False)
        if isinstance(key, str):
            if "/" in key:
                if length is not None:
                    raise ValueError(f"Invalid prefix: {key!r} has a length already")
                return Prefix(key, strict=False)
            family, address = parse_address(key)
        elif isinstance(key, bytes):
            family, address = (4 if len(key) == 4 else 6), int.from_bytes(key, "big")
            if len(key) not in (4, 16):
                raise ValueError(f"Invalid prefix: {key!r} is neither 4 nor 16 bytes")
        elif isinstance(key, int):
            family, address = self._family, key
        elif type(key) in (IPv4Address, IPv6Address):
            family, address = key.version, int(key)
        else:
            return Prefix(key, strict=False)
        bits = 32 if family == 4 else 128
        return Prefix((address, bits if length is None else length, family), strict=False)

    def _shown(self, prefix: Prefix) -> Any:
        return (prefix.packed, prefix.length) if self._raw else str(prefix)
