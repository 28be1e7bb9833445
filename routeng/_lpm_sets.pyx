# cython: language_level=3, boundscheck=False, wraparound=False
"""Algebra of prefix sets: every function takes tables or iterables of prefixes and answers with prefixes.

A set is the addresses that its prefixes cover; the answers are the fewest prefixes of exactly the resulting
addresses, in order, IPv4 first. Reached through ``routeng.lpm``.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from routeng._lpm cimport Key, _to_prefix, is_table, prefix_from_key, table_keys, table_size

import typing


cdef extern from "lpm_sets.h" nogil:
    ctypedef unsigned long long wide "lpm_wide"
    ctypedef struct lpm_range:
        wide first
        wide last
    ctypedef struct lpm_ranges:
        lpm_range* range
        size_t count
        size_t room
    ctypedef struct lpm_block:
        wide first
        uint8_t length
    ctypedef struct lpm_blocks:
        lpm_block* block
        size_t count
        size_t room
    int lpm_ranges_add(lpm_ranges*, wide, wide)
    void lpm_ranges_normalise(lpm_ranges*)
    int lpm_ranges_subtract(const lpm_ranges*, const lpm_ranges*, lpm_ranges*)
    int lpm_ranges_intersect(const lpm_ranges*, const lpm_ranges*, lpm_ranges*)
    int lpm_range_blocks(wide, wide, int, lpm_blocks*)
    int lpm_first_block(const lpm_ranges*, int, int, wide*)
    int lpm_summarize(const lpm_block*, uint32_t, uint32_t, int, lpm_blocks*, wide*)


cdef extern from "Python.h":
    void* PyMem_RawMalloc(size_t)
    void PyMem_RawFree(void*)


class Summary(typing.NamedTuple):
    """A cover by few prefixes: the prefixes, and how many addresses they hold beyond the set."""

    prefixes: list
    extra: int


cdef class _Addresses:
    """A set of addresses of one family."""

    cdef lpm_ranges set
    cdef lpm_blocks blocks
    cdef int bits

    def __cinit__(self, int family):
        self.bits = 32 if family == 4 else 128

    def __dealloc__(self):
        PyMem_RawFree(self.set.range)
        PyMem_RawFree(self.blocks.block)


cdef int _insert(_Addresses addresses, uint64_t hi, uint64_t lo, int length) except -1:
    cdef wide first = <wide>hi << 64 | <wide>lo if addresses.bits == 128 else <wide>(hi >> 32)
    cdef int size = addresses.bits - length
    cdef wide last = first | ((<wide>1 << size) - 1 if size < 128 else ~<wide>0)
    if lpm_ranges_add(&addresses.set, first, last):
        raise MemoryError
    return 0


cdef int _split(_Addresses addresses) except -1:
    """Fill ``blocks`` with the prefixes of ``set``."""
    cdef size_t i
    addresses.blocks.count = 0
    for i in range(addresses.set.count):
        if lpm_range_blocks(addresses.set.range[i].first, addresses.set.range[i].last, addresses.bits,
                            &addresses.blocks):
            raise MemoryError
    return 0


cdef object _prefix_at(const lpm_blocks* blocks, size_t i, int bits):
    cdef Key key
    cdef wide first = blocks.block[i].first
    key.family = 4 if bits == 32 else 6
    key.hi = <uint64_t>first << 32 if bits == 32 else <uint64_t>(first >> 64)
    key.lo = 0 if bits == 32 else <uint64_t>first
    key.length = blocks.block[i].length
    return prefix_from_key(&key)


cdef tuple _collect(object source):
    """(IPv4, IPv6) addresses of a table or an iterable of prefixes; a single prefix is a set of one."""
    cdef _Addresses narrow = _Addresses(4), large = _Addresses(6), one
    cdef Key key
    cdef uint64_t* wide_keys
    cdef uint32_t* narrow_keys
    cdef uint32_t* slots
    cdef uint8_t* lengths
    cdef Py_ssize_t count, i
    cdef int family
    if is_table(source):
        for family in (4, 6):
            one = narrow if family == 4 else large
            count = table_size(source, family)
            wide_keys = <uint64_t*>PyMem_RawMalloc(25 * count + 1)
            if wide_keys == NULL:
                raise MemoryError
            try:
                slots = <uint32_t*>(wide_keys + 2 * count)
                narrow_keys = slots + count
                lengths = <uint8_t*>(narrow_keys + count)
                table_keys(source, family, narrow_keys, wide_keys, lengths, slots)
                for i in range(count):
                    if family == 4:
                        _insert(one, <uint64_t>narrow_keys[i] << 32, 0, lengths[i])
                    else:
                        _insert(one, wide_keys[2 * i], wide_keys[2 * i + 1], lengths[i])
            finally:
                PyMem_RawFree(wide_keys)
    else:
        if isinstance(source, str) or hasattr(source, "prefixlen") or hasattr(source, "num_addresses"):
            source = (source,)
        for prefix in source:
            _to_prefix(prefix, 4, True, &key)
            _insert(narrow if key.family == 4 else large, key.hi, key.lo, key.length)
    lpm_ranges_normalise(&narrow.set)
    lpm_ranges_normalise(&large.set)
    return narrow, large


cdef list _answer(tuple sets):
    cdef _Addresses one
    cdef list found = []
    cdef size_t i
    for one in sets:
        _split(one)
        for i in range(one.blocks.count):
            found.append(_prefix_at(&one.blocks, i, one.bits))
    return found


cdef tuple _combine(tuple left, tuple right, bint subtract):
    cdef _Addresses a, b, out
    cdef list sets = []
    cdef int result
    for a, b in zip(left, right):
        out = _Addresses(4 if a.bits == 32 else 6)
        if subtract:
            result = lpm_ranges_subtract(&a.set, &b.set, &out.set)
        else:
            result = lpm_ranges_intersect(&a.set, &b.set, &out.set)
        if result:
            raise MemoryError
        sets.append(out)
    return tuple(sets)


def aggregate(prefixes):
    """The fewest prefixes that cover exactly the same addresses."""
    return _answer(_collect(prefixes))


def subtract(prefixes, others):
    """The fewest prefixes of the addresses in ``prefixes`` but not in ``others``."""
    return _answer(_combine(_collect(prefixes), _collect(others), True))


def intersect(prefixes, others):
    """The fewest prefixes of the addresses in both."""
    return _answer(_combine(_collect(prefixes), _collect(others), False))


def gaps(prefixes, within):
    """The fewest prefixes of the addresses of ``within`` (a prefix or several) that ``prefixes`` leave free."""
    return subtract(within, prefixes)


def first_free(prefixes, length, within):
    """The first prefix of ``length`` bits inside ``within`` that overlaps none of ``prefixes``, or None.

    ``within`` is a prefix or several of one family; ValueError if it is empty or mixed.
    """
    cdef tuple spaces = _collect(within)
    cdef _Addresses space, free
    cdef lpm_blocks one
    cdef lpm_block block
    cdef int wanted
    cdef int side = 0 if (<_Addresses>spaces[0]).set.count else 1
    if ((<_Addresses>spaces[0]).set.count != 0) == ((<_Addresses>spaces[1]).set.count != 0):
        raise ValueError(f"the space to search must be of one family: {within!r}")
    space = <_Addresses>spaces[side]
    if not 0 <= length <= space.bits:
        raise ValueError(f"an IPv{4 if space.bits == 32 else 6} prefix length is 0 to {space.bits}, not {length}")
    wanted = length
    free = <_Addresses>_combine(spaces, _collect(prefixes), True)[side]
    if not lpm_first_block(&free.set, wanted, free.bits, &block.first):
        return None
    block.length = <uint8_t>wanted
    one.block = &block
    one.count = 1
    return _prefix_at(&one, 0, free.bits)


def summarize(prefixes, max_prefixes=None, max_extra=None):
    """A :class:`Summary`: the set covered by few prefixes, with the fewest addresses too many.

    ``max_prefixes``: at most so many prefixes; the over-cover is the least possible for that number.
    ``max_extra``: the fewest prefixes whose over-cover is at most so many addresses.
    One of the two must be given, and the set must be of one family (ValueError). The answer is exact; time and
    memory grow with the number of aggregated prefixes times the number of prefixes of the answer.
    """
    cdef _Addresses one, result
    cdef wide extra = 0
    cdef uint32_t most
    if (max_prefixes is None) == (max_extra is None):
        raise ValueError("give either max_prefixes or max_extra")
    if max_prefixes is not None and max_prefixes < 1:
        raise ValueError(f"max_prefixes is at least 1, not {max_prefixes}")
    if max_extra is not None and max_extra < 0:
        raise ValueError(f"max_extra is at least 0, not {max_extra}")
    sets = _collect(prefixes)
    if (<_Addresses>sets[0]).set.count and (<_Addresses>sets[1]).set.count:
        raise ValueError("a summary is of one family: addresses of IPv4 and IPv6 do not compare")
    one = <_Addresses>(sets[0] if (<_Addresses>sets[0]).set.count else sets[1])
    _split(one)
    if one.blocks.count < 2 or max_extra == 0 or (max_prefixes is not None and max_prefixes >= one.blocks.count):
        return Summary(_answer((one,)), 0)
    if one.blocks.count > 0x3fffffff:
        raise MemoryError
    most = max_prefixes if max_prefixes is not None else 1
    while True:
        result = _Addresses(4 if one.bits == 32 else 6)
        if lpm_summarize(one.blocks.block, <uint32_t>one.blocks.count, most, one.bits, &result.blocks, &extra):
            raise MemoryError
        found = <object>extra
        if max_extra is None:
            break
        if found <= max_extra:
            # The over-cover falls with every further prefix: halve until the fewest that suffice.
            return _fewest(one, most // 2 + 1, most, max_extra)
        most = <uint32_t>min(<uint64_t>most * 2, <uint64_t>one.blocks.count)
    return Summary([_prefix_at(&result.blocks, i, one.bits) for i in range(result.blocks.count)], found)


cdef object _fewest(_Addresses one, uint32_t low, uint32_t high, object max_extra):
    """The summary by the fewest of low..high prefixes that meets ``max_extra`` (``high`` does)."""
    cdef _Addresses result
    cdef wide extra = 0
    cdef uint32_t middle
    while low < high:
        middle = (low + high) // 2
        result = _Addresses(4 if one.bits == 32 else 6)
        if lpm_summarize(one.blocks.block, <uint32_t>one.blocks.count, middle, one.bits, &result.blocks, &extra):
            raise MemoryError
        if <object>extra <= max_extra:
            high = middle
        else:
            low = middle + 1
    result = _Addresses(4 if one.bits == 32 else 6)
    if lpm_summarize(one.blocks.block, <uint32_t>one.blocks.count, high, one.bits, &result.blocks, &extra):
        raise MemoryError
    return Summary([_prefix_at(&result.blocks, i, one.bits) for i in range(result.blocks.count)], <object>extra)
