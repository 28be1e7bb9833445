"""Types of the algebra of prefix sets."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from routeng._lpm import Prefix, PrefixLike, PrefixTable

PrefixSet = PrefixTable[Any] | Iterable[PrefixLike] | PrefixLike

class Summary(NamedTuple):
    prefixes: list[Prefix]
    extra: int

def aggregate(prefixes: PrefixSet) -> list[Prefix]: ...
def subtract(prefixes: PrefixSet, others: PrefixSet) -> list[Prefix]: ...
def intersect(prefixes: PrefixSet, others: PrefixSet) -> list[Prefix]: ...
def gaps(prefixes: PrefixSet, within: PrefixSet) -> list[Prefix]: ...
def first_free(prefixes: PrefixSet, length: int, within: PrefixSet) -> Prefix | None: ...
def summarize(
    prefixes: PrefixSet, max_prefixes: int | None = None, max_extra: int | None = None
) -> Summary: ...
