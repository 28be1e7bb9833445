# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""Prefixes, the strict parser, the prefix table and the stack look-up. Reached through ``routeng.lpm``."""

cimport cython
from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdlib cimport qsort
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

import ipaddress
import typing
import array
import operator
import sys
import types


cdef extern from *:
    """
    #include <Python.h>
    #include <structmember.h>
    typedef unsigned __int128 lpm_u128;
    static Py_ssize_t lpm_member_offset(PyObject *member) {
        PyMemberDef *definition = ((PyMemberDescrObject *)member)->d_member;
        return definition->type == T_OBJECT_EX ? definition->offset : 0;
    }
    /* The value of an exact, non-negative int of at most two digits (60 bits), without a call. */
    static inline int lpm_small_int(PyObject *number, uint64_t *value) {
    #if defined(PyPy) || PyLong_SHIFT != 30
        return 0;
    #else
    #if PY_VERSION_HEX >= 0x030C0000
        uintptr_t tag = ((PyLongObject *)number)->long_value.lv_tag;
        const digit *digits = ((PyLongObject *)number)->long_value.ob_digit;
        Py_ssize_t size = tag & 2 ? -1 : (Py_ssize_t)(tag >> 3);
    #else
        const digit *digits = ((PyLongObject *)number)->ob_digit;
        Py_ssize_t size = Py_SIZE(number);
    #endif
        if (size == 1) *value = digits[0];
        else if (size == 2) *value = (uint64_t)digits[1] << 30 | digits[0];
        else if (size == 0) *value = 0;
        else return 0;
        return 1;
    #endif
    }
    static void *lpm_member(void *object, Py_ssize_t offset) { return *(void **)((char *)object + offset); }
    """
    ctypedef unsigned long long u128 "lpm_u128"
    bint lpm_small_int(object, uint64_t*) noexcept
    Py_ssize_t lpm_member_offset(object)
    void* lpm_member(void*, Py_ssize_t) noexcept


cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    object PyUnicode_DecodeASCII(const char*, Py_ssize_t, const char*)
    bint PyUnicode_Check(object)
    bint PyLong_Check(object)
    bint PyLong_CheckExact(object)
    bint PyBool_Check(object)
    bint PyBytes_Check(object)
    long long PyLong_AsLongLongAndOverflow(object, int*)
    void* PyMem_RawMalloc(size_t)
    void* PyMem_RawRealloc(void*, size_t)
    void PyMem_RawFree(void*)
    void* PyList_GET_ITEM(list, Py_ssize_t)
    void PyList_SET_ITEM(list, Py_ssize_t, void*)
    Py_ssize_t PyList_GET_SIZE(list)
    void Py_INCREF(void*)
    void Py_DECREF(void*)
    Py_ssize_t Py_REFCNT(void*)
    object PyList_New(Py_ssize_t)
    void* new_int "PyLong_FromLongLong"(long long)
    char* PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)


cdef extern from "lpm_text.h" nogil:
    enum: LPM_TEXT_OK, LPM_TEXT_NO_LENGTH, LPM_TEXT_HAS_LENGTH, LPM_TEXT_CHARS
    const char** lpm_text_reasons
    void lpm_mask(uint64_t, uint64_t, int, uint64_t*, uint64_t*)
    bint lpm_same(uint64_t, uint64_t, uint64_t, uint64_t, int)
    int lpm_parse(const char*, size_t, uint64_t*, uint64_t*, int*, int*)
    size_t lpm_format(char*, uint64_t, uint64_t, int, int)


cdef extern from "lpm_trie.h" nogil:
    enum: LPM_LEVELS
    uint32_t LPM_ABSENT
    ctypedef struct lpm_slots:
        uint32_t* count
        uint32_t room
        uint32_t used
        uint32_t free
        uint32_t pending
    ctypedef struct lpm_walk:
        uint64_t hi
        uint64_t lo
        int length
        uint32_t slot
    ctypedef struct lpm_builder:
        int top
        uint32_t root
    ctypedef struct lpm_change:
        uint64_t hi
        uint64_t lo
        uint32_t left
        uint32_t right
        uint8_t length
    ctypedef struct lpm_changes:
        lpm_change* change
        size_t count
        size_t room
        int one_store
        int stop_early
        int one_sided
    struct arena_t "":
        uint64_t live_units
        uint32_t live_slabs
    arena_t lpm_arena
    ctypedef struct lpm_index:
        pass
    enum: LPM_ASCENDING, LPM_UNSORTED, LPM_WRONG
    unsigned lpm_index_levels(uint32_t)
    void lpm_make_index(int, lpm_index**, unsigned, uint32_t, uint32_t)
    uint32_t lpm_ask_index(int, const lpm_index*, uint64_t, uint64_t)
    void lpm_drop_index(lpm_index**)
    int lpm_build_arrays(int, lpm_builder*, const uint32_t*, const uint64_t*, const uint8_t*, size_t, uint32_t, uint32_t)
    int lpm_check_arrays(int, const uint32_t*, const uint64_t*, const uint8_t*, size_t, size_t*)
    bint lpm_processor_is_supported()
    size_t lpm_export(int, uint32_t, uint32_t*, uint64_t*, uint8_t*, uint32_t*)
    int lpm_reserve_slots(lpm_slots*, uint32_t)
    void lpm_drop_slot(lpm_slots*, uint32_t)
    void lpm_keep_slot(lpm_slots*, uint32_t)
    uint32_t lpm_longest(int, uint32_t, uint64_t, uint64_t, int*)
    uint32_t lpm_longest_upto(int, uint32_t, uint64_t, uint64_t, int, int*)
    uint32_t lpm_exact(int, uint32_t, uint64_t, uint64_t, int)
    int lpm_covering(int, uint32_t, uint64_t, uint64_t, int, uint8_t*, uint32_t*)
    int lpm_put(int, lpm_slots*, uint32_t*, uint64_t, uint64_t, int, uint32_t)
    int lpm_take(int, lpm_slots*, uint32_t*, uint64_t, uint64_t, int)
    void lpm_release(int, lpm_slots*, uint32_t)
    void lpm_keep(uint32_t)
    void lpm_start(int, lpm_walk*, uint32_t, uint64_t, uint64_t, int)
    int lpm_next(int, lpm_walk*)
    int lpm_next_outermost(int, lpm_walk*)
    int lpm_compare(int, lpm_changes*, uint32_t, uint32_t)
    uint64_t lpm_bytes(int, uint32_t, uint64_t*, uint64_t*)
    int lpm_build_add(int, lpm_builder*, uint64_t, uint64_t, int, uint32_t)
    int lpm_build_finish(int, lpm_builder*)
    void lpm_build_abandon(int, lpm_builder*)


_IPv4Address = ipaddress.IPv4Address
_IPv6Address = ipaddress.IPv6Address
_IPv4Interface = ipaddress.IPv4Interface
_IPv6Interface = ipaddress.IPv6Interface
_IPv4Network = ipaddress.IPv4Network
_IPv6Network = ipaddress.IPv6Network
cdef object _v4_address = _IPv4Address
cdef object _v6_address = _IPv6Address
cdef object _v4_network = _IPv4Network
cdef object _v6_network = _IPv6Network
cdef object _index = operator.index
cdef object _length_hint = operator.length_hint
cdef object _one = 1  # a Python int: shifts of it never overflow


class HostBitsError(ValueError):
    """A prefix has bits set beyond its length; ``masked`` is the :class:`Prefix` without them."""

    def __init__(self, message, masked=None):
        super().__init__(message)
        self.masked = masked

    def __reduce__(self):
        return type(self), (self.args[0], self.masked)


# ---------------------------------------------------------------------------------------------------------
# From Python objects to keys

cdef inline int _bits(int family) noexcept:
    return 32 if family == 4 else 128


cdef int _check_family(int family) except -1:
    if family != 4 and family != 6:
        raise ValueError(f"family is 4 or 6, not {family}")
    return 0


cdef int _check_length(object length, int family) except -1:
    """The length as a C int, or ValueError."""
    if PyBool_Check(length):
        raise TypeError(f"a prefix length is an int, not {length!r}")
    value = _index(length)
    if not 0 <= value <= _bits(family):
        raise ValueError(f"an IPv{family} prefix length is 0 to {_bits(family)}, not {value}")
    return value


cdef int _bad_int(object value, int family) except -1:
    _check_family(family)
    if PyBool_Check(value) or not PyLong_Check(value):
        raise TypeError(f"an address as a number is an int, not {value!r}")
    raise ValueError(f"not an IPv{family} address (0 to 2**{_bits(family)} - 1): {value}")


cdef inline int _key_from_int(object value, int family, Key* key) except -1:
    """An address as a non-negative int of the given family."""
    cdef uint64_t small
    if family == 4 and PyLong_CheckExact(value) and lpm_small_int(value, &small) and small >> 32 == 0:
        key.family = 4
        key.length = 32
        key.hi = small << 32
        key.lo = 0
        return 0
    return _key_from_any_int(value, family, key)


cdef int _key_from_any_int(object value, int family, Key* key) except -1:
    cdef u128 wide
    cdef long long narrow
    cdef int overflow
    key.family = family
    if family == 4:
        if PyBool_Check(value) or not PyLong_Check(value):
            return _bad_int(value, family)
        narrow = PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow or narrow >> 32:
            return _bad_int(value, family)
        key.length = 32
        key.hi = <uint64_t>narrow << 32
        key.lo = 0
        return 0
    if family != 6 or PyBool_Check(value) or not PyLong_Check(value):
        return _bad_int(value, family)
    try:
        wide = value
    except OverflowError:
        return _bad_int(value, family)
    key.length = 128
    key.hi = <uint64_t>(wide >> 64)
    key.lo = <uint64_t>wide
    return 0


cdef int _key_from_bytes(object data, Key* key) except -1:
    """A packed address: 4 bytes are IPv4, 16 are IPv6."""
    cdef const unsigned char* p = <const unsigned char*>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef int i
    if size == 4:
        key.family = 4
        key.length = 32
        key.hi = (<uint64_t>p[0] << 56) | (<uint64_t>p[1] << 48) | (<uint64_t>p[2] << 40) | (<uint64_t>p[3] << 32)
        key.lo = 0
    elif size == 16:
        key.family = 6
        key.length = 128
        key.hi = 0
        key.lo = 0
        for i in range(8):
            key.hi = key.hi << 8 | p[i]
            key.lo = key.lo << 8 | p[8 + i]
    else:
        raise ValueError(f"a packed address has 4 or 16 bytes, not {size}: {data!r}")
    return 0


cdef object _text_error(object text, int error):
    return ValueError(f"{(<bytes>lpm_text_reasons[error]).decode()}: {text!r}")


cdef inline int _scan(object text, Key* key) noexcept:
    """Parse a str; an lpm_text_error. ``key.length`` is -1 without a slash."""
    if not PyUnicode_IS_ASCII(text):
        return LPM_TEXT_CHARS
    return lpm_parse(<const char*>PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text),
                     &key.hi, &key.lo, &key.family, &key.length)


cdef int _trim(Key* key, bint strict, object shown) except -1:
    """Clear the host bits, or raise HostBitsError about ``shown``."""
    cdef uint64_t hi, lo
    lpm_mask(key.hi, key.lo, key.length, &hi, &lo)
    if hi != key.hi or lo != key.lo:
        key.hi = hi
        key.lo = lo
        if strict:
            masked = _make(key)
            raise HostBitsError(f"host bits set: {shown!r} (did you mean {masked})", masked)
    return 0


cdef Py_ssize_t _slot_offset(object cls, object name):
    """Where instances of exactly this class keep a slot, or 0 if it is not a plain one."""
    member = cls.__dict__.get(name)
    if type(member) is not types.MemberDescriptorType:
        return 0
    return lpm_member_offset(member)


cdef Py_ssize_t _v4_offset = _slot_offset(ipaddress.IPv4Address, "_ip")
cdef Py_ssize_t _v6_offset = _slot_offset(ipaddress.IPv6Address, "_ip")
cdef Py_ssize_t _zone_offset = _slot_offset(ipaddress.IPv6Address, "_scope_id")


cdef int _key_from_ip(object ip, Key* key) except -1:
    """An ``ipaddress`` address object. Reading its slot directly takes a tenth of the documented int()."""
    cdef void* value
    if type(ip) is _v4_address and _v4_offset:
        value = lpm_member(<void*>ip, _v4_offset)
        if value != NULL:
            return _key_from_int(<object>value, 4, key)
    elif type(ip) is _v6_address and _v6_offset and _zone_offset:
        value = lpm_member(<void*>ip, _v6_offset)
        if value != NULL and lpm_member(<void*>ip, _zone_offset) == <void*>None:
            return _key_from_int(<object>value, 6, key)
    if getattr(ip, "scope_id", None) is not None:
        raise ValueError(f"an address with a zone has no place in a routing table: {str(ip)!r}")
    return _key_from_int(int(ip), ip.version, key)


cdef int _to_prefix(object thing, int family, bint strict, Key* key) except -1:
    """Fill ``key`` from any accepted form of a prefix. ``family`` is for integers only."""
    cdef int error
    cdef Prefix prefix
    if type(thing) is Prefix:
        prefix = <Prefix>thing
        if prefix._family == 0:
            raise ValueError("an uninitialised Prefix")
        key.hi = prefix._hi
        key.lo = prefix._lo
        key.length = prefix._length
        key.family = prefix._family
        return 0
    if PyUnicode_Check(thing):
        error = _scan(thing, key)
        if error == LPM_TEXT_OK and key.length < 0:
            error = LPM_TEXT_NO_LENGTH
        if error != LPM_TEXT_OK:
            raise _text_error(thing, error)
        return _trim(key, strict, thing)
    if isinstance(thing, tuple):
        if not 2 <= PyTuple_GET_SIZE(thing) <= 3:
            raise ValueError(f"a prefix as a tuple is (int, length), (int, length, family) or (bytes, length): {thing!r}")
        network = thing[0]
        if PyTuple_GET_SIZE(thing) == 3:
            family = _index(thing[2])
        if PyBytes_Check(network):
            _key_from_bytes(network, key)
            if PyTuple_GET_SIZE(thing) == 3 and key.family != family:
                raise ValueError(f"{PyBytes_GET_SIZE(network)} bytes are not an IPv{family} address: {thing!r}")
        else:
            _key_from_int(network, family, key)
        key.length = _check_length(thing[1], key.family)
        return _trim(key, strict, thing)
    if isinstance(thing, (_v4_network, _v6_network)):
        _key_from_ip(thing.network_address, key)
        key.length = thing.prefixlen
        return 0
    if isinstance(thing, (_IPv4Interface, _IPv6Interface)):
        _key_from_ip(thing, key)
        key.length = thing.network.prefixlen
        return _trim(key, strict, str(thing))
    if hasattr(thing, "prefixlen") and hasattr(thing, "version") and hasattr(thing, "value"):
        # netaddr.IPNetwork: `value` keeps the host bits.
        _key_from_int(thing.value, thing.version, key)
        key.length = _check_length(thing.prefixlen, key.family)
        return _trim(key, strict, str(thing))
    raise TypeError(f"not a prefix: {thing!r} ({type(thing).__name__})")


cdef int _to_address(object thing, int family, Key* key) except -1:
    """Fill ``key`` from any accepted form of an address; a prefix is taken whole, with its length."""
    cdef int error
    if PyUnicode_Check(thing):
        error = _scan(thing, key)
        if error != LPM_TEXT_OK:
            raise _text_error(thing, error)
        if key.length < 0:
            key.length = _bits(key.family)
            return 0
        return _trim(key, True, thing)
    if PyLong_Check(thing):
        return _key_from_int(thing, family, key)
    if PyBytes_Check(thing):
        return _key_from_bytes(thing, key)
    if type(thing) is _v4_address or isinstance(thing, (_v4_address, _v6_address)):
        return _key_from_ip(thing, key)
    if type(thing) is Prefix or isinstance(thing, (tuple, _v4_network, _v6_network)):
        return _to_prefix(thing, family, True, key)
    if hasattr(thing, "prefixlen"):
        return _to_prefix(thing, family, True, key)
    if hasattr(thing, "version") and hasattr(thing, "value"):
        return _key_from_int(thing.value, thing.version, key)  # netaddr.IPAddress
    if hasattr(thing, "__index__"):
        return _key_from_int(_index(thing), family, key)
    if isinstance(thing, (bytearray, memoryview)):
        return _key_from_bytes(bytes(thing), key)
    raise TypeError(f"not an address: {thing!r} ({type(thing).__name__})")


# ---------------------------------------------------------------------------------------------------------
# Prefix

cdef inline object _int_from(uint64_t hi, uint64_t lo, int family):
    if family == 4:
        return hi >> 32
    return <u128>hi << 64 | <u128>lo


cdef inline object _text(uint64_t hi, uint64_t lo, int family, int length):
    cdef char buffer[64]
    cdef size_t size = lpm_format(buffer, hi, lo, family, length)
    return PyUnicode_DecodeASCII(buffer, <Py_ssize_t>size, NULL)


@cython.final
@cython.freelist(256)
cdef class Prefix:
    """One IPv4 or IPv6 prefix: immutable, hashable, ordered by (family, network, length).

    ``Prefix("10.0.0.0/8")`` also takes ``ipaddress`` networks, ``netaddr.IPNetwork``, ``(int, length, family)``
    and ``(bytes, length)``. Host bits raise :class:`HostBitsError` unless ``strict=False``, which clears them.
    IPv4-mapped IPv6 prefixes (``::ffff:0:0/96``) stay IPv6: nothing is unmapped.
    """

    cdef uint64_t _hi
    cdef uint64_t _lo
    cdef uint8_t _length
    cdef uint8_t _family

    def __init__(self, text, strict=True):
        cdef Key key
        if self._family:
            raise TypeError("a Prefix is immutable")
        _to_prefix(text, 4, strict, &key)
        self._hi = key.hi
        self._lo = key.lo
        self._length = <uint8_t>key.length
        self._family = <uint8_t>key.family

    @staticmethod
    def from_int(network, length, family):
        """The prefix of ``length`` bits at the integer ``network``; host bits raise HostBitsError."""
        cdef Key key
        _key_from_int(network, _index(family), &key)
        key.length = _check_length(length, key.family)
        _trim(&key, True, (network, length, family))
        return _make(&key)

    @property
    def family(self):
        """4 or 6."""
        return self._family

    @property
    def network(self):
        """The first address as an int."""
        return _int_from(self._hi, self._lo, self._family)

    @property
    def first(self):
        """The first address as an int (the same as ``network``)."""
        return _int_from(self._hi, self._lo, self._family)

    @property
    def last(self):
        """The last address as an int."""
        return self.first + self.num_addresses - 1

    @property
    def length(self):
        """The number of fixed bits."""
        return self._length

    @property
    def bits(self):
        """32 or 128: the length of an address."""
        return _bits(self._family)

    @property
    def num_addresses(self):
        """How many addresses the prefix holds."""
        return _one << (_bits(self._family) - self._length)

    @property
    def packed(self):
        """The first address as 4 or 16 bytes."""
        return self.network.to_bytes(_bits(self._family) // 8, "big")

    def covers(self, Prefix other not None):
        """True if ``other`` equals this prefix or lies inside it. Families never cover each other."""
        return _covers(self, other)

    def overlaps(self, Prefix other not None):
        """True if the two share an address."""
        return _covers(self, other) or _covers(other, self)

    def contains_address(self, address):
        """True if the integer ``address`` of the same family lies inside."""
        cdef Key key
        _key_from_int(address, self._family, &key)
        return lpm_same(self._hi, self._lo, key.hi, key.lo, self._length)

    def supernet(self, length):
        """The prefix of ``length`` bits that covers this one (``length`` at most its own)."""
        cdef Key key
        key.length = _check_length(length, self._family)
        if key.length > self._length:
            raise ValueError(f"{self} has no supernet of length {length}")
        key.family = self._family
        lpm_mask(self._hi, self._lo, key.length, &key.hi, &key.lo)
        return _make(&key)

    def subnets(self, length):
        """All prefixes of ``length`` bits inside this one, in address order (a generator)."""
        cdef int wanted = _check_length(length, self._family)
        if wanted < self._length:
            raise ValueError(f"{self} has no subnets of length {length}")
        step = _one << (_bits(self._family) - wanted)
        for network in range(self.first, self.last + 1, step):
            yield Prefix.from_int(network, wanted, self._family)

    def address_text(self, n):
        """The text of the n-th address (0 is the network address, -1 the last one)."""
        cdef Key key
        offset = _index(n)
        if offset < 0:
            offset += self.num_addresses
        if not 0 <= offset < self.num_addresses:
            raise IndexError(f"{self} has no address number {n}")
        _key_from_int(self.network + offset, self._family, &key)
        return _text(key.hi, key.lo, self._family, -1)

    def __contains__(self, other):
        """``address in prefix`` and ``prefix in prefix``; a plain int is of this family."""
        cdef Key key
        _to_address(other, self._family, &key)
        return (key.family == self._family and key.length >= self._length
                and lpm_same(self._hi, self._lo, key.hi, key.lo, self._length))

    def __str__(self):
        return _text(self._hi, self._lo, self._family, self._length)

    def __repr__(self):
        return f"Prefix('{self}')"

    def __hash__(self):
        cdef uint64_t h = self._hi * <uint64_t>0x9E3779B97F4A7C15ULL
        h ^= (self._lo + (<uint64_t>self._length << 3) + self._family) * <uint64_t>0xC2B2AE3D27D4EB4FULL
        h ^= h >> 29
        h *= <uint64_t>0xBF58476D1CE4E5B9ULL
        h ^= h >> 32
        return <Py_hash_t>h

    def __richcmp__(self, other, int op):
        cdef Prefix a, b
        cdef int order
        if type(other) is not Prefix:
            return NotImplemented
        a = self
        b = <Prefix>other
        if op == Py_EQ or op == Py_NE:
            return (a._hi == b._hi and a._lo == b._lo and a._length == b._length
                    and a._family == b._family) == (op == Py_EQ)
        if a._family != b._family:
            order = -1 if a._family < b._family else 1
        elif a._hi != b._hi:
            order = -1 if a._hi < b._hi else 1
        elif a._lo != b._lo:
            order = -1 if a._lo < b._lo else 1
        else:
            order = <int>a._length - <int>b._length
        if op == Py_LT:
            return order < 0
        if op == Py_LE:
            return order <= 0
        if op == Py_GT:
            return order > 0
        return order >= 0

    def __reduce__(self):
        return _restore_prefix, (self.network, self._length, self._family)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def _restore_prefix(network, length, family):
    return Prefix.from_int(network, length, family)


cdef inline Prefix _make(const Key* key):
    cdef Prefix prefix = Prefix.__new__(Prefix)
    prefix._hi = key.hi
    prefix._lo = key.lo
    prefix._length = <uint8_t>key.length
    prefix._family = <uint8_t>key.family
    return prefix


cdef inline Prefix _prefix(uint64_t hi, uint64_t lo, int length, int family):
    cdef Prefix prefix = Prefix.__new__(Prefix)
    prefix._hi = hi
    prefix._lo = lo
    prefix._length = <uint8_t>length
    prefix._family = <uint8_t>family
    return prefix


cdef inline bint _covers(Prefix a, Prefix b) noexcept:
    return (a._family == b._family and a._length <= b._length
            and lpm_same(a._hi, a._lo, b._hi, b._lo, a._length))


cdef int scan_text(const char* text, size_t size, Key* key) noexcept nogil:
    return lpm_parse(text, size, &key.hi, &key.lo, &key.family, &key.length)


cdef object text_error(object text, int error):
    return _text_error(text, error)


cdef object prefix_from_key(const Key* key):
    return _make(key)


def parse_prefix(text, strict=True):
    """The :class:`Prefix` written in ``text`` (``a.b.c.d/len`` or IPv6 ``.../len``).

    Raises HostBitsError (with ``.masked``) for host bits unless ``strict=False``, and ValueError with the
    offending text for everything else.
    """
    cdef Key key
    _to_prefix(text, 4, strict, &key)
    return _make(&key)


def try_prefix(text):
    """The :class:`Prefix` written in the str ``text``, or None: no exception, no message."""
    cdef Key key
    cdef uint64_t hi, lo
    if not PyUnicode_Check(text) or _scan(text, &key) != LPM_TEXT_OK or key.length < 0:
        return None
    lpm_mask(key.hi, key.lo, key.length, &hi, &lo)
    if hi != key.hi or lo != key.lo:
        return None
    return _make(&key)


def parse_address(text):
    """``(family, value)`` of the address written in ``text``; ValueError with the offending text."""
    cdef Key key
    cdef int error
    if not PyUnicode_Check(text):
        raise TypeError(f"an address to parse is a str, not {text!r}")
    error = _scan(text, &key)
    if error == LPM_TEXT_OK and key.length >= 0:
        error = LPM_TEXT_HAS_LENGTH
    if error != LPM_TEXT_OK:
        raise _text_error(text, error)
    return key.family, _int_from(key.hi, key.lo, key.family)


def format_address(value, family):
    """The canonical text of an integer address (RFC 5952 for IPv6)."""
    cdef Key key
    _key_from_int(value, _index(family), &key)
    return _text(key.hi, key.lo, key.family, -1)


# ---------------------------------------------------------------------------------------------------------
# Values: one store for a table and all its snapshots

@cython.final
@cython.no_gc_clear
cdef class _Store:
    """The values of a table and its relatives, named by slot numbers that the trie nodes count.

    The list takes part in garbage collection; it is what gets cleared in a reference cycle, so every access
    checks its length.
    """

    cdef list values
    cdef lpm_slots slots
    cdef uint32_t live

    def __cinit__(self):
        self.values = [None]
        self.slots.used = 1

    def __dealloc__(self):
        PyMem_RawFree(self.slots.count)


cdef int _cleared() except -1:
    raise RuntimeError("the table is being destroyed by the garbage collector")


cdef inline uint32_t _new_slot(_Store store, object value) except? 0xffffffff:
    """A slot for the value with one count, which the caller owns. None is slot 0."""
    cdef uint32_t slot
    cdef void* old
    if value is None:
        return 0
    if PyList_GET_SIZE(store.values) != store.slots.used:
        _cleared()
    slot = store.slots.free
    if slot:
        store.slots.free = store.slots.count[slot]
        Py_INCREF(<void*>value)
        old = PyList_GET_ITEM(store.values, slot)
        PyList_SET_ITEM(store.values, slot, <void*>value)
        Py_DECREF(old)  # None
    else:
        slot = store.slots.used
        if slot >= store.slots.room and lpm_reserve_slots(&store.slots, slot + 1):
            raise MemoryError
        store.values.append(value)
        store.slots.used += 1
    store.slots.count[slot] = 0  # one name
    store.live += 1
    return slot


cdef int _drain(_Store store) except -1:
    """Drop the objects of the slots that no trie names any more (their destructors may run anything)."""
    cdef uint32_t slot
    cdef void* old
    while store.slots.pending:
        slot = store.slots.pending
        store.slots.pending = store.slots.count[slot]
        store.slots.count[slot] = store.slots.free
        store.slots.free = slot
        store.live -= 1
        if slot < <uint32_t>PyList_GET_SIZE(store.values):
            old = PyList_GET_ITEM(store.values, slot)
            Py_INCREF(<void*>None)
            PyList_SET_ITEM(store.values, slot, <void*>None)
            Py_DECREF(old)
    if store.live == 0 and store.slots.used > 1024 and PyList_GET_SIZE(store.values) == store.slots.used:
        store.values = [None]
        PyMem_RawFree(store.slots.count)
        store.slots.count = NULL
        store.slots.room = 0
        store.slots.used = 1
        store.slots.free = 0
    return 0


cdef inline object _value(_Store store, uint32_t slot):
    if slot >= <uint32_t>PyList_GET_SIZE(store.values):
        _cleared()
    return <object>PyList_GET_ITEM(store.values, slot)


# ---------------------------------------------------------------------------------------------------------
# The table

_MISSING = object()
cdef bint _borrow_store = False  # the table being created gets the store of another one


cdef enum:
    LPM_MOST = 129  # prefixes that cover one address


class TableDiff(typing.NamedTuple):
    """How a newer table differs from an older one; every list is in address order.

    ``added`` and ``removed`` hold ``(prefix, value)``, ``changed`` holds ``(prefix, old, new)``.
    """

    added: list
    removed: list
    changed: list


class Memory(typing.NamedTuple):
    """Bytes behind a table: all its nodes, those no other table shares, and the store of its family."""

    nodes: int
    node_bytes: int
    own_bytes: int
    store_bytes: int


@cython.final
@cython.no_gc_clear
cdef class PrefixTable:
    """A mutable mapping from IPv4 and IPv6 prefixes to any objects, with longest-prefix match.

    ``PrefixTable(source)`` takes another table, a mapping, or ``(prefix, value)`` pairs. The families have
    separate tries and never answer for each other; IPv4-mapped IPv6 addresses are IPv6. A prefix may be given
    as :class:`Prefix` (fastest), ``str``, ``ipaddress`` or ``netaddr`` object, ``(int, length[, family])`` or
    ``(bytes, length)``; an address also as ``int`` or packed ``bytes``. Integers are IPv4 unless
    ``family=6``. Host bits raise :class:`HostBitsError` unless ``strict=False``.

    ``snapshot()`` takes constant time and shares all memory; later changes of either table copy only the path
    to the changed prefix. Iterators notice changes (RuntimeError). All methods hold the GIL: any number of
    threads may read, and snapshots may be read while another thread writes.
    """

    cdef _Store store
    cdef uint32_t root4
    cdef uint32_t root6
    cdef uint32_t zero4  # slot of 0.0.0.0/0, or LPM_ABSENT
    cdef uint32_t zero6
    cdef uint32_t count4
    cdef uint32_t count6
    cdef uint32_t version
    cdef uint32_t asked4  # look-ups since the last change or index
    cdef uint32_t asked6
    cdef lpm_index* index4  # if it was asked often
    cdef lpm_index* index6
    cdef object __weakref__

    __hash__ = None

    def __cinit__(self):
        global _borrow_store
        self.zero4 = LPM_ABSENT
        self.zero6 = LPM_ABSENT
        if _borrow_store:
            _borrow_store = False
        else:
            self.store = _Store()

    def __init__(self, source=()):
        if self.store is None:
            self.store = _Store()
        self.update(source)

    def __dealloc__(self):
        if self.store is None:
            return
        _changed(self)
        if Py_REFCNT(<void*>self.store) == 1:  # the values go with the store
            lpm_release(4, NULL, self.root4)
            lpm_release(6, NULL, self.root6)
        else:
            _empty(self)
            _drain(self.store)

    @classmethod
    def __class_getitem__(cls, item):
        return cls

    # -- changes

    def insert(self, prefix, value=None, *, bint strict=True, int family=4):
        """Store ``value`` under ``prefix``, replacing what was there."""
        cdef Key key
        _to_prefix(prefix, family, strict, &key)
        _put(self, &key, value)

    def __setitem__(self, prefix, value):
        cdef Key key
        _to_prefix(prefix, 4, True, &key)
        _put(self, &key, value)

    def delete(self, prefix, *, bint strict=True, int family=4):
        """Take out ``prefix``; True if it was stored."""
        cdef Key key
        _to_prefix(prefix, family, strict, &key)
        return _take(self, &key)

    def __delitem__(self, prefix):
        cdef Key key
        _to_prefix(prefix, 4, True, &key)
        if not _take(self, &key):
            raise KeyError(prefix)

    def pop(self, prefix, default=_MISSING, *, bint strict=True, int family=4):
        """Take out ``prefix`` and return its value; ``default`` or KeyError if it is not stored."""
        cdef Key key
        cdef uint32_t slot
        _to_prefix(prefix, family, strict, &key)
        slot = _exact(self, &key)
        if slot == LPM_ABSENT:
            if default is _MISSING:
                raise KeyError(prefix)
            return default
        value = _value(self.store, slot)
        _take(self, &key)
        return value

    def setdefault(self, prefix, default=None, *, bint strict=True, int family=4):
        """The value of ``prefix``, storing ``default`` first if there is none."""
        cdef Key key
        cdef uint32_t slot
        _to_prefix(prefix, family, strict, &key)
        slot = _exact(self, &key)
        if slot != LPM_ABSENT:
            return _value(self.store, slot)
        _put(self, &key, default)
        return default

    def clear(self):
        """Take out everything."""
        _changed(self)
        _empty(self)
        _drain(self.store)

    def update(self, source):
        """Store all of a table, a mapping or an iterable of ``(prefix, value)`` pairs; later ones win.

        An empty table is built bottom-up, which is fastest when the prefixes come in address order.
        """
        if type(source) is PrefixTable:
            _merge(self, <PrefixTable>source)
        else:
            _load(self, source)

    @staticmethod
    def fromkeys(prefixes, value=None):
        """A table with the same value under each of the prefixes."""
        cdef PrefixTable table = PrefixTable()
        _load(table, ((prefix, value) for prefix in prefixes))
        return table

    @staticmethod
    def from_arrays(networks, lengths, values=None, *, int family=4):
        """A table from arrays (anything with the buffer protocol).

        ``networks``: uint32 for IPv4; for IPv6 an (N, 2) array of uint64 (upper and lower half).
        ``lengths``: uint8. ``values``: a sequence as long, or None for all. Address order is fastest.
        """
        cdef PrefixTable table = PrefixTable()
        _load_arrays(table, networks, lengths, values, family)
        return table

    # -- one prefix

    def get(self, prefix, default=None, *, bint strict=True, int family=4):
        """The value stored under exactly ``prefix``, or ``default``."""
        cdef Key key
        cdef uint32_t slot
        _to_prefix(prefix, family, strict, &key)
        slot = _exact(self, &key)
        return default if slot == LPM_ABSENT else _value(self.store, slot)

    def __getitem__(self, prefix):
        cdef Key key
        cdef uint32_t slot
        _to_prefix(prefix, 4, True, &key)
        slot = _exact(self, &key)
        if slot == LPM_ABSENT:
            raise KeyError(prefix)
        return _value(self.store, slot)

    def __contains__(self, prefix):
        cdef Key key
        _to_prefix(prefix, 4, True, &key)
        return _exact(self, &key) != LPM_ABSENT

    # -- longest match and its neighbours

    def lookup(self, address, default=None, *, int family=4):
        """The value of the longest prefix that covers ``address`` (or a whole prefix), else ``default``."""
        cdef Key key
        cdef uint32_t slot
        _to_address(address, family, &key)
        slot = _longest_slot(self, &key)
        return default if slot == LPM_ABSENT else _value(self.store, slot)

    def lookup_prefix(self, address, *, int family=4):
        """``(prefix, value)`` of the longest prefix that covers ``address`` (or a whole prefix), or None."""
        cdef Key key
        cdef uint32_t slot
        _to_address(address, family, &key)
        slot = _longest(self, &key, &key.length)
        if slot == LPM_ABSENT:
            return None
        lpm_mask(key.hi, key.lo, key.length, &key.hi, &key.lo)
        return _make(&key), _value(self.store, slot)

    def covering(self, prefix, *, bint strict=True, int family=4):
        """``(prefix, value)`` of all stored prefixes that cover a prefix or an address, shortest first.

        The prefix itself is among them if it is stored.
        """
        cdef Key key
        cdef uint8_t lengths[LPM_MOST]
        cdef uint32_t slots[LPM_MOST]
        cdef int number, i
        if strict:
            _to_address(prefix, family, &key)
        else:
            _to_loose(prefix, family, &key)
        number = _covering(self, &key, lengths, slots)
        return [_pair(self.store, key.hi, key.lo, lengths[i], key.family, slots[i]) for i in range(number)]

    def parent(self, prefix, *, bint strict=True, int family=4):
        """``(prefix, value)`` of the longest stored prefix that is shorter than ``prefix`` and covers it."""
        cdef Key key
        cdef uint32_t slot
        _to_prefix(prefix, family, strict, &key)
        if key.length == 0:
            return None
        key.length -= 1
        slot = _longest_upto(self, &key, key.length, &key.length)
        if slot == LPM_ABSENT:
            return None
        return _pair(self.store, key.hi, key.lo, key.length, key.family, slot)

    def covered(self, prefix, *, bint strict=True, int family=4):
        """``(prefix, value)`` of all stored prefixes inside ``prefix``, itself included, in address order."""
        cdef Key key
        _to_prefix(prefix, family, strict, &key)
        return _inside(self, &key, True, False)

    def children(self, prefix, *, bint strict=True, int family=4):
        """Those inside ``prefix`` with no other stored prefix between; ``prefix`` itself is left out."""
        cdef Key key
        _to_prefix(prefix, family, strict, &key)
        return _inside(self, &key, False, True)

    def overlaps(self, other):
        """True if any stored prefix shares an address with ``other`` (a prefix or a table)."""
        cdef Key key
        cdef lpm_walk walk
        cdef PrefixTable few, many
        cdef int family
        if type(other) is not PrefixTable:
            _to_prefix(other, 4, True, &key)
            return _touches(self, &key)
        few, many = self, <PrefixTable>other
        if few.count4 + few.count6 > many.count4 + many.count6:
            few, many = many, few
        for family in (4, 6):
            if _zero(few, family)[0] != LPM_ABSENT and _count(many, family)[0]:
                return True
            lpm_start(family, &walk, _root(few, family)[0], 0, 0, 0)
            key.family = family
            while lpm_next_outermost(family, &walk):
                key.hi = walk.hi
                key.lo = walk.lo
                key.length = walk.length
                if _touches(many, &key):
                    return True
        return False

    # -- all prefixes

    def __len__(self):
        return <Py_ssize_t>self.count4 + self.count6

    def __bool__(self):
        return self.count4 != 0 or self.count6 != 0

    def count(self, int family):
        """The number of prefixes of one family (4 or 6)."""
        _check_family(family)
        return _count(self, family)[0]

    def __iter__(self):
        return _iterate(self, 0, None, None)

    def keys(self, *, family=None, within=None):
        """The prefixes in address order, IPv4 first; of one ``family``, or inside one prefix ``within``."""
        return _iterate(self, 0, family, within)

    def values(self, *, family=None, within=None):
        """The values in the order of the prefixes."""
        return _iterate(self, 1, family, within)

    def items(self, *, family=None, within=None):
        """``(prefix, value)`` in address order."""
        return _iterate(self, 2, family, within)

    # -- whole tables

    def snapshot(self):
        """An independent table of the same content, in constant time; memory is shared until changed."""
        return _snapshot(self)

    def copy(self):
        """The same as ``snapshot()``."""
        return _snapshot(self)

    def __copy__(self):
        return _snapshot(self)

    def __or__(self, other):
        cdef PrefixTable result
        if type(self) is not PrefixTable or type(other) is not PrefixTable:
            return NotImplemented
        result = _snapshot(<PrefixTable>self)
        _merge(result, <PrefixTable>other)
        return result

    def __ior__(self, other):
        self.update(other)
        return self

    def __eq__(self, other):
        if type(other) is not PrefixTable:
            return NotImplemented
        return _equal(self, <PrefixTable>other)

    def difference(self, PrefixTable newer not None):
        """A :class:`TableDiff` from this table to ``newer``. Memory that both share is not walked."""
        return _difference(self, newer)

    def memory(self):
        """A :class:`Memory`: what the table's nodes and the store of its family take."""
        cdef uint64_t own = 0, nodes = 0, total
        total = lpm_bytes(4, self.root4, &own, &nodes) + lpm_bytes(6, self.root6, &own, &nodes)
        return Memory(nodes, total, own, 8 * PyList_GET_SIZE(self.store.values) + 4 * <uint64_t>self.store.slots.room)

    def __repr__(self):
        return f"PrefixTable({self.count4} IPv4, {self.count6} IPv6 prefixes)"

    def __reduce__(self):
        return _restore_table, _dump(self)


cdef inline uint32_t* _root(PrefixTable table, int family) noexcept:
    return &table.root4 if family == 4 else &table.root6


cdef inline uint32_t* _zero(PrefixTable table, int family) noexcept:
    return &table.zero4 if family == 4 else &table.zero6


cdef inline uint32_t* _count(PrefixTable table, int family) noexcept:
    return &table.count4 if family == 4 else &table.count6


cdef object _pair(_Store store, uint64_t hi, uint64_t lo, int length, int family, uint32_t slot):
    lpm_mask(hi, lo, length, &hi, &lo)
    return _prefix(hi, lo, length, family), _value(store, slot)


cdef int _to_loose(object thing, int family, Key* key) except -1:
    """As _to_address, but host bits of prefixes are cleared."""
    if isinstance(thing, tuple) or (PyUnicode_Check(thing) and "/" in thing) or hasattr(thing, "prefixlen"):
        return _to_prefix(thing, family, False, key)
    return _to_address(thing, family, key)


cdef int _put(PrefixTable table, Key* key, object value) except -1:
    return _put_slot(table, key, _new_slot(table.store, value))


cdef int _put_slot(PrefixTable table, Key* key, uint32_t slot) except -1:
    """Store a slot, one count of which passes to the table (also when this fails)."""
    cdef int new
    if key.length == 0:
        new = _zero(table, key.family)[0] == LPM_ABSENT
        if not new:
            lpm_drop_slot(&table.store.slots, _zero(table, key.family)[0])
        _zero(table, key.family)[0] = slot
    else:
        new = lpm_put(key.family, &table.store.slots, _root(table, key.family), key.hi, key.lo, key.length, slot)
        if new < 0:
            lpm_drop_slot(&table.store.slots, slot)
            _drain(table.store)
            raise MemoryError
    _count(table, key.family)[0] += new
    _changed(table)
    if table.store.slots.pending:
        _drain(table.store)
    return 0


cdef int _take(PrefixTable table, Key* key) except -1:
    """1 if the prefix was there."""
    if _exact(table, key) == LPM_ABSENT:
        return 0
    if key.length == 0:
        lpm_drop_slot(&table.store.slots, _zero(table, key.family)[0])
        _zero(table, key.family)[0] = LPM_ABSENT
    elif lpm_take(key.family, &table.store.slots, _root(table, key.family), key.hi, key.lo, key.length):
        raise MemoryError
    _count(table, key.family)[0] -= 1
    _changed(table)
    if table.store.slots.pending:
        _drain(table.store)
    return 1


cdef void _empty(PrefixTable table) noexcept:
    """Give up all nodes; the caller drains the store."""
    cdef int family
    cdef uint32_t n
    for family in (4, 6):
        n = _root(table, family)[0]
        _root(table, family)[0] = 0
        lpm_release(family, &table.store.slots, n)
        if _zero(table, family)[0] != LPM_ABSENT:
            lpm_drop_slot(&table.store.slots, _zero(table, family)[0])
            _zero(table, family)[0] = LPM_ABSENT
        _count(table, family)[0] = 0


cdef inline uint32_t _exact(PrefixTable table, const Key* key) noexcept:
    if key.length == 0:
        return _zero(table, key.family)[0]
    return lpm_exact(key.family, _root(table, key.family)[0], key.hi, key.lo, key.length)


cdef inline uint32_t _longest_upto(PrefixTable table, const Key* key, int most, int* length) noexcept:
    cdef uint32_t slot = lpm_longest_upto(key.family, _root(table, key.family)[0], key.hi, key.lo, most, length)
    if slot == LPM_ABSENT:
        length[0] = 0
        slot = _zero(table, key.family)[0]
    return slot


cdef inline uint32_t _longest(PrefixTable table, const Key* key, int* length) noexcept:
    cdef uint32_t slot
    if key.length != _bits(key.family):
        return _longest_upto(table, key, key.length, length)
    slot = lpm_longest(key.family, _root(table, key.family)[0], key.hi, key.lo, length)
    if slot == LPM_ABSENT:
        length[0] = 0
        slot = _zero(table, key.family)[0]
    return slot


cdef inline uint32_t _longest_slot(PrefixTable table, const Key* key) noexcept:
    """As _longest, without the length, and with the help of the index."""
    cdef lpm_index* index
    cdef int length
    if key.length != _bits(key.family):
        return _longest(table, key, &length)
    index = table.index4 if key.family == 4 else table.index6
    if index == NULL and not _wants_index(table, key.family, &index):
        return _longest(table, key, &length)
    return lpm_ask_index(key.family, index, key.hi, key.lo)


cdef inline bint _wants_index(PrefixTable table, int family, lpm_index** index) noexcept:
    """Count a look-up; now and then see whether they have paid for half of the entries of an index."""
    cdef uint32_t* asked = &table.asked4 if family == 4 else &table.asked6
    asked[0] += 1
    return asked[0] & 127 == 0 and _make_index(table, family, asked, index)


cdef bint _make_index(PrefixTable table, int family, uint32_t* asked, lpm_index** index) noexcept:
    cdef unsigned levels = lpm_index_levels(_count(table, family)[0])
    cdef lpm_index** owner = &table.index4 if family == 4 else &table.index6
    if levels == 0 or asked[0] < <uint32_t>1 << (4 * levels - 1):
        return False
    asked[0] = 0
    lpm_make_index(family, owner, levels, _root(table, family)[0], _zero(table, family)[0])
    index[0] = owner[0]
    return index[0] != NULL


cdef inline void _changed(PrefixTable table) noexcept:
    """Tell iterators, and drop what was derived from the old content."""
    table.version += 1
    table.asked4 = table.asked6 = 0
    if table.index4 != NULL:
        lpm_drop_index(&table.index4)
    if table.index6 != NULL:
        lpm_drop_index(&table.index6)


cdef int _covering(PrefixTable table, const Key* key, uint8_t* lengths, uint32_t* slots) noexcept:
    cdef int number = 0
    if _zero(table, key.family)[0] != LPM_ABSENT:
        lengths[0] = 0
        slots[0] = _zero(table, key.family)[0]
        number = 1
    return number + lpm_covering(key.family, _root(table, key.family)[0], key.hi, key.lo, key.length,
                                 lengths + number, slots + number)


cdef list _inside(PrefixTable table, const Key* key, bint itself, bint outermost):
    """Stored prefixes inside ``key``; ``outermost`` leaves out those inside another one that is listed."""
    cdef lpm_walk walk
    cdef list found = []
    if key.length == 0 and itself and _zero(table, key.family)[0] != LPM_ABSENT:
        found.append(_pair(table.store, 0, 0, 0, key.family, _zero(table, key.family)[0]))
    lpm_start(key.family, &walk, _root(table, key.family)[0], key.hi, key.lo, key.length)
    if outermost:
        if not lpm_next(key.family, &walk):
            return found
        if walk.length == key.length:
            if not lpm_next_outermost(key.family, &walk):
                return found
        else:
            # Begin again, this time leaving out what lies inside the first one.
            lpm_start(key.family, &walk, _root(table, key.family)[0], key.hi, key.lo, key.length)
            lpm_next_outermost(key.family, &walk)
        found.append(_found(table, &walk, key.family))
        while lpm_next_outermost(key.family, &walk):
            found.append(_found(table, &walk, key.family))
        return found
    while lpm_next(key.family, &walk):
        found.append(_found(table, &walk, key.family))
    return found


cdef inline tuple _found(PrefixTable table, const lpm_walk* walk, int family):
    return _prefix(walk.hi, walk.lo, walk.length, family), _value(table.store, walk.slot)


cdef bint _touches(PrefixTable table, const Key* key) noexcept:
    cdef lpm_walk walk
    cdef int length
    if _longest_upto(table, key, key.length, &length) != LPM_ABSENT:
        return True
    lpm_start(key.family, &walk, _root(table, key.family)[0], key.hi, key.lo, key.length)
    return lpm_next(key.family, &walk) != 0


cdef PrefixTable _snapshot(PrefixTable table):
    global _borrow_store
    cdef PrefixTable copy
    _borrow_store = True
    copy = PrefixTable.__new__(PrefixTable)
    copy.store = table.store
    copy.root4 = table.root4
    copy.root6 = table.root6
    lpm_keep(copy.root4)
    lpm_keep(copy.root6)
    copy.zero4 = table.zero4
    copy.zero6 = table.zero6
    if copy.zero4 != LPM_ABSENT:
        lpm_keep_slot(&copy.store.slots, copy.zero4)
    if copy.zero6 != LPM_ABSENT:
        lpm_keep_slot(&copy.store.slots, copy.zero6)
    copy.count4 = table.count4
    copy.count6 = table.count6
    return copy


# ---------------------------------------------------------------------------------------------------------
# Walking in address order

@cython.final
cdef class _Iterator:
    cdef PrefixTable table
    cdef lpm_walk walk
    cdef Key within
    cdef uint32_t version
    cdef int what  # 0 prefixes, 1 values, 2 both
    cdef int family  # being walked
    cdef int last  # the last family to walk; 0 at the end
    cdef bint zero  # the prefix of length 0 is still to come

    def __iter__(self):
        return self

    def __next__(self):
        cdef uint64_t hi = 0, lo = 0
        cdef int length = 0
        cdef uint32_t slot
        if self.last == 0:
            raise StopIteration
        if self.version != self.table.version:
            self.last = 0
            raise RuntimeError("the prefix table was changed during iteration")
        while True:
            if self.zero:
                self.zero = False
                slot = _zero(self.table, self.family)[0]
                if slot == LPM_ABSENT:
                    continue
            elif lpm_next(self.family, &self.walk):
                hi = self.walk.hi
                lo = self.walk.lo
                length = self.walk.length
                slot = self.walk.slot
            elif self.family == self.last:
                self.last = 0
                raise StopIteration
            else:
                self.family = 6
                self.zero = self.within.length == 0
                lpm_start(6, &self.walk, self.table.root6, 0, 0, 0)
                continue
            if self.what == 0:
                return _prefix(hi, lo, length, self.family)
            if self.what == 1:
                return _value(self.table.store, slot)
            return _prefix(hi, lo, length, self.family), _value(self.table.store, slot)


cdef _Iterator _iterate(PrefixTable table, int what, object family, object within):
    cdef _Iterator walk = _Iterator.__new__(_Iterator)
    walk.table = table
    walk.version = table.version
    walk.what = what
    walk.within.hi = 0
    walk.within.lo = 0
    walk.within.length = 0
    walk.family = 4
    walk.last = 6
    if family is not None:
        walk.family = walk.last = _index(family)
        _check_family(walk.family)
    if within is not None:
        _to_prefix(within, walk.family, True, &walk.within)
        if family is not None and walk.family != walk.within.family:
            raise ValueError(f"{within!r} is not of family {family}")
        walk.family = walk.last = walk.within.family
    walk.zero = walk.within.length == 0
    lpm_start(walk.family, &walk.walk, _root(table, walk.family)[0], walk.within.hi, walk.within.lo,
              walk.within.length)
    return walk


# ---------------------------------------------------------------------------------------------------------
# Loading many

cdef struct Item:
    uint64_t hi
    uint64_t lo
    uint32_t slot
    uint32_t order
    uint8_t length
    uint8_t family


cdef int _by_address(const void* a, const void* b) noexcept nogil:
    cdef const Item* x = <const Item*>a
    cdef const Item* y = <const Item*>b
    if x.family != y.family:
        return -1 if x.family < y.family else 1
    if x.hi != y.hi:
        return -1 if x.hi < y.hi else 1
    if x.lo != y.lo:
        return -1 if x.lo < y.lo else 1
    if x.length != y.length:
        return -1 if x.length < y.length else 1
    return -1 if x.order < y.order else 1


cdef inline bint _ascending(const Item* a, const Item* b) noexcept:
    """True if b comes strictly after a."""
    if a.hi != b.hi and a.family == b.family:
        return a.hi < b.hi
    if a.family != b.family:
        return a.family < b.family
    if a.lo != b.lo:
        return a.lo < b.lo
    return a.length < b.length


cdef class _Batch:
    """Prefixes with slots of one store, on their way into a table. Slots left over are given back."""

    cdef _Store store
    cdef Item* item
    cdef size_t count
    cdef size_t room
    cdef bint sorted

    def __cinit__(self, _Store store not None):
        self.store = store
        self.sorted = True

    def __dealloc__(self):
        cdef size_t i
        if self.store is not None:
            for i in range(self.count):
                if self.item[i].slot != LPM_ABSENT:
                    lpm_drop_slot(&self.store.slots, self.item[i].slot)
            _drain(self.store)
        PyMem_RawFree(self.item)


cdef int _reserve(_Batch batch, size_t room) except -1:
    cdef Item* item
    if room > batch.room:
        if room < batch.room + batch.room // 2:
            room = batch.room + batch.room // 2
        item = <Item*>PyMem_RawRealloc(batch.item, room * sizeof(Item))
        if item == NULL:
            raise MemoryError
        batch.item = item
        batch.room = room
    return 0


cdef inline int _add(_Batch batch, const Key* key, object value) except -1:
    cdef Item* item
    if batch.count == batch.room:
        _reserve(batch, batch.count + 64)
    item = batch.item + batch.count
    item.hi = key.hi
    item.lo = key.lo
    item.length = <uint8_t>key.length
    item.family = <uint8_t>key.family
    item.order = <uint32_t>batch.count
    item.slot = _new_slot(batch.store, value)
    batch.count += 1
    if batch.sorted and batch.count > 1 and not _ascending(item - 1, item):
        batch.sorted = False
    return 0


cdef int _add_pair(_Batch batch, object pair) except -1:
    cdef Key key
    if type(pair) is tuple and PyTuple_GET_SIZE(pair) == 2:
        _to_prefix(<object>PyTuple_GET_ITEM(pair, 0), 4, True, &key)
        return _add(batch, &key, <object>PyTuple_GET_ITEM(pair, 1))
    if PyUnicode_Check(pair) or type(pair) is Prefix:
        raise TypeError(f"expected (prefix, value) pairs, got {pair!r}; see PrefixTable.fromkeys")
    prefix, value = pair
    _to_prefix(prefix, 4, True, &key)
    return _add(batch, &key, value)


cdef int _load(PrefixTable table, object source) except -1:
    cdef _Batch batch = _Batch(table.store)
    cdef Key key
    cdef Py_ssize_t hint
    if type(source) is dict:
        _reserve(batch, len(<dict>source))
        for prefix, value in (<dict>source).items():
            _to_prefix(prefix, 4, True, &key)
            _add(batch, &key, value)
    else:
        if hasattr(source, "keys") and hasattr(source, "items"):
            source = source.items()
        hint = _length_hint(source, 0)
        if hint > 64:
            _reserve(batch, min(hint, 1 << 24))
        for pair in source:
            _add_pair(batch, pair)
    return _settle(table, batch)


cdef int _settle(PrefixTable table, _Batch batch) except -1:
    """Put a batch into its table: bottom-up if the table is empty, else one by one."""
    cdef size_t i, kept = 0
    cdef Item* item = batch.item
    cdef int new
    cdef bint empty = table.count4 == 0 and table.count6 == 0
    if batch.count == 0:
        return 0
    if <uint64_t>batch.count + table.count4 + table.count6 >= 0xfffffffe:
        raise MemoryError
    _changed(table)
    if empty:
        if not batch.sorted:
            qsort(item, batch.count, sizeof(Item), _by_address)
            for i in range(batch.count):  # the last of equal ones wins
                if i + 1 < batch.count and not _ascending(item + i, item + i + 1):
                    lpm_drop_slot(&batch.store.slots, item[i].slot)
                    item[i].slot = LPM_ABSENT
                    continue
                if kept != i:
                    item[kept] = item[i]
                    item[i].slot = LPM_ABSENT
                kept += 1
            batch.count = kept
        _build(table, item, batch.count)
        batch.count = 0  # the slots belong to the table now
    else:
        for i in range(batch.count):
            if item[i].length == 0:
                new = _zero(table, item[i].family)[0] == LPM_ABSENT
                if not new:
                    lpm_drop_slot(&batch.store.slots, _zero(table, item[i].family)[0])
                _zero(table, item[i].family)[0] = item[i].slot
            else:
                new = lpm_put(item[i].family, &batch.store.slots, _root(table, item[i].family), item[i].hi,
                              item[i].lo, item[i].length, item[i].slot)
                if new < 0:
                    raise MemoryError
            item[i].slot = LPM_ABSENT
            _count(table, item[i].family)[0] += new
    if table.store.slots.pending:
        _drain(table.store)
    return 0


cdef int _build(PrefixTable table, const Item* item, size_t count) except -1:
    """Fill an empty table from items in address order, none twice. Takes over their slots, or raises."""
    cdef lpm_builder builder
    cdef uint32_t roots[2]
    cdef uint32_t zeros[2]
    cdef size_t counts[2]
    cdef size_t i = 0, start
    cdef int family, side
    roots[0] = roots[1] = 0
    zeros[0] = zeros[1] = LPM_ABSENT
    for side in range(2):
        family = 4 if side == 0 else 6
        builder.top = -1
        start = i
        if i < count and item[i].family == family and item[i].length == 0:
            zeros[side] = item[i].slot
            i += 1
        while i < count and item[i].family == family:
            if lpm_build_add(family, &builder, item[i].hi, item[i].lo, item[i].length, item[i].slot):
                break
            i += 1
        counts[side] = i - start
        if (i < count and item[i].family == family) or lpm_build_finish(family, &builder):
            # Out of memory. The nodes of a finished IPv4 side still name slots that the batch owns: give
            # them a count each before the release takes it back.
            lpm_build_abandon(family, &builder)
            if roots[0]:
                for i in range(counts[0]):
                    if item[i].length:
                        lpm_keep_slot(&table.store.slots, item[i].slot)
                lpm_release(4, &table.store.slots, roots[0])
            raise MemoryError
        roots[side] = builder.root
    table.root4 = roots[0]
    table.root6 = roots[1]
    table.zero4 = zeros[0]
    table.zero6 = zeros[1]
    table.count4 = <uint32_t>counts[0]
    table.count6 = <uint32_t>counts[1]
    return 0


cdef int _load_arrays(PrefixTable table, object networks, object lengths, object values, int family) except -1:
    cdef const uint32_t[::1] narrow
    cdef const uint64_t[:, ::1] wide
    cdef const uint8_t[::1] length = lengths
    cdef const uint32_t* narrow_start = NULL
    cdef const uint64_t* wide_start = NULL
    cdef Py_ssize_t count
    cdef object objects
    _check_family(family)
    if family == 4:
        narrow = networks
        count = narrow.shape[0]
        if count:
            narrow_start = &narrow[0]
    else:
        wide = networks
        count = wide.shape[0]
        if count:
            if wide.shape[1] != 2:
                raise ValueError(f"IPv6 networks are an (N, 2) array of uint64, not (N, {wide.shape[1]})")
            wide_start = &wide[0, 0]
    if length.shape[0] != count:
        raise ValueError(f"{count} networks but {length.shape[0]} lengths")
    objects = values
    if values is not None:
        if type(values) is not list:
            objects = list(values)
        if len(objects) != count:
            raise ValueError(f"{count} networks but {len(objects)} values")
    if count:
        _load_raw(table, family, narrow_start, wide_start, &length[0], count, objects)
    return 0


cdef list _start_with_none(Py_ssize_t count):
    """A list of None and ``count`` empty places."""
    cdef list fresh = PyList_New(count + 1)
    Py_INCREF(<void*>None)
    PyList_SET_ITEM(fresh, 0, <void*>None)
    return fresh


cdef list _with_none_first(list values):
    """``[None, *values]`` in one copy."""
    cdef Py_ssize_t count = PyList_GET_SIZE(values), i
    cdef list copy = _start_with_none(count)
    cdef void* value
    for i in range(count):
        value = PyList_GET_ITEM(values, i)
        Py_INCREF(value)
        PyList_SET_ITEM(copy, i + 1, value)
    return copy


cdef int _load_raw(PrefixTable table, int family, const uint32_t* narrow, const uint64_t* wide,
                   const uint8_t* lengths, size_t count, list values) except -1:
    """Add one family to a table. ``values`` has ``count`` entries, or is None."""
    cdef size_t i = 0
    cdef uint32_t first = 0, step = 0
    cdef bint fresh
    cdef _Batch batch
    cdef Key key
    cdef _Store store = table.store
    cdef int verdict = lpm_check_arrays(family, narrow, wide, lengths, count, &i)
    key.family = family
    if verdict == LPM_WRONG:
        value = <object>narrow[i] if family == 4 else (<u128>wide[2 * i] << 64 | <u128>wide[2 * i + 1])
        _key_from_int(value, family, &key)
        key.length = _check_length(lengths[i], family)
        _trim(&key, True, (value, lengths[i], family))
    if verdict == LPM_UNSORTED or _count(table, family)[0] or count >= 0xfffffff0 - store.slots.used:
        batch = _Batch(store)
        _reserve(batch, count)
        for i in range(count):
            key.hi = <uint64_t>narrow[i] << 32 if family == 4 else wide[2 * i]
            key.lo = 0 if family == 4 else wide[2 * i + 1]
            key.length = lengths[i]
            _add(batch, &key, None if values is None else values[i])
        return _settle(table, batch)
    if values is not None:
        if PyList_GET_SIZE(store.values) != store.slots.used:
            _cleared()
        first = store.slots.used
        step = 1
        fresh = store.slots.count == NULL
        if lpm_reserve_slots(&store.slots, first + <uint32_t>count):
            raise MemoryError
        if first == 1:
            store.values = _with_none_first(values)
        else:
            store.values.extend(values)
        if <size_t>PyList_GET_SIZE(store.values) != first + count:
            raise RuntimeError("the values changed while they were read")
        if not fresh:
            for i in range(count):
                store.slots.count[first + i] = 0
        store.slots.used += <uint32_t>count
        store.live += <uint32_t>count
    _changed(table)
    try:
        _build_raw(table, family, narrow, wide, lengths, count, first, step)
    except MemoryError:
        if step:
            for i in range(count):
                lpm_drop_slot(&store.slots, first + <uint32_t>i)
            _drain(store)
        raise
    return 0


cdef int _build_raw(PrefixTable table, int family, const uint32_t* narrow, const uint64_t* wide,
                    const uint8_t* lengths, size_t count, uint32_t first, uint32_t step) except -1:
    """Build one family, which is empty, from checked arrays; entry i gets the slot first + i * step."""
    cdef lpm_builder builder
    cdef uint32_t zero = LPM_ABSENT
    cdef size_t skip = 0
    if lengths[0] == 0:
        zero = first
        skip = 1
    builder.top = -1
    if lpm_build_arrays(family, &builder, narrow + skip if family == 4 else NULL,
                        wide + 2 * skip if family == 6 else NULL, lengths + skip, count - skip,
                        first + <uint32_t>skip * step, step):
        lpm_build_abandon(family, &builder)
        raise MemoryError
    _zero(table, family)[0] = zero
    _root(table, family)[0] = builder.root
    _count(table, family)[0] = <uint32_t>count
    return 0


# ---------------------------------------------------------------------------------------------------------
# Two tables

cdef class _Changes:
    """Where two tries of one family differ, with both tables held still meanwhile."""

    cdef lpm_changes found
    cdef PrefixTable left
    cdef PrefixTable right
    cdef int family

    def __cinit__(self, PrefixTable left not None, PrefixTable right not None, int family, bint stop_early):
        cdef uint32_t a, b
        cdef int result
        self.left = left
        self.right = right
        self.family = family
        self.found.one_store = left.store is right.store
        self.found.stop_early = stop_early
        result = 0
        a = _zero(left, family)[0]
        b = _zero(right, family)[0]
        if a != b or (a != LPM_ABSENT and a != 0 and not self.found.one_store):
            result = _compare_zero(&self.found, a, b)
        if result == 0 and not (stop_early and self.found.one_sided):
            result = lpm_compare(family, &self.found, _root(left, family)[0], _root(right, family)[0])
        if result < 0:
            raise MemoryError

    def __dealloc__(self):
        PyMem_RawFree(self.found.change)


cdef int _compare_zero(lpm_changes* out, uint32_t a, uint32_t b) noexcept:
    cdef lpm_change* change
    if a == LPM_ABSENT or b == LPM_ABSENT:
        out.one_sided = 1
    change = <lpm_change*>PyMem_RawMalloc(16 * sizeof(lpm_change))
    if change == NULL:
        return -1
    out.change = change
    out.room = 16
    out.count = 1
    change.hi = change.lo = 0
    change.length = 0
    change.left = a
    change.right = b
    return 0


cdef bint _same_value(object a, object b) except -1:
    return a is b or a == b


cdef bint _equal(PrefixTable left, PrefixTable right) except -1:
    cdef _Changes changes
    cdef size_t i
    cdef int family
    if left is right:
        return True
    if left.count4 != right.count4 or left.count6 != right.count6:
        return False
    left = _snapshot(left)  # comparing values may run code that changes the tables
    right = _snapshot(right)
    for family in (4, 6):
        changes = _Changes(left, right, family, True)
        if changes.found.one_sided:
            return False
        for i in range(changes.found.count):
            if not _same_value(_value(left.store, changes.found.change[i].left),
                               _value(right.store, changes.found.change[i].right)):
                return False
    return True


cdef object _difference(PrefixTable older, PrefixTable newer):
    cdef _Changes changes
    cdef lpm_change* change
    cdef size_t i
    cdef int family
    added, removed, changed = [], [], []
    older = _snapshot(older)
    newer = _snapshot(newer)
    for family in (4, 6):
        changes = _Changes(older, newer, family, False)
        for i in range(changes.found.count):
            change = changes.found.change + i
            prefix = _prefix(change.hi, change.lo, change.length, family)
            if change.left == LPM_ABSENT:
                added.append((prefix, _value(newer.store, change.right)))
            elif change.right == LPM_ABSENT:
                removed.append((prefix, _value(older.store, change.left)))
            else:
                old = _value(older.store, change.left)
                new = _value(newer.store, change.right)
                if not _same_value(old, new):
                    changed.append((prefix, old, new))
    return TableDiff(added, removed, changed)


cdef int _merge(PrefixTable table, PrefixTable other) except -1:
    """Store everything of ``other``; with a common origin only what differs is touched."""
    cdef _Changes changes
    cdef lpm_change* change
    cdef Key key
    cdef PrefixTable still
    cdef size_t i
    cdef int family
    if other is table or (other.count4 == 0 and other.count6 == 0):
        return 0
    if table.count4 == 0 and table.count6 == 0:
        # Everything is new: become a snapshot (the store may be another one).
        still = _snapshot(other)
        _changed(table)
        table.store, still.store = still.store, table.store
        table.root4, table.root6, table.zero4, table.zero6 = still.root4, still.root6, still.zero4, still.zero6
        table.count4, table.count6 = still.count4, still.count6
        still.root4 = still.root6 = 0
        still.zero4 = still.zero6 = LPM_ABSENT
        return 0
    still = _snapshot(table)
    other = _snapshot(other)
    for family in (4, 6):
        changes = _Changes(still, other, family, False)
        key.family = family
        for i in range(changes.found.count):
            change = changes.found.change + i
            if change.right != LPM_ABSENT:
                key.hi = change.hi
                key.lo = change.lo
                key.length = change.length
                if other.store is table.store:
                    lpm_keep_slot(&table.store.slots, change.right)
                    _put_slot(table, &key, change.right)
                else:
                    _put(table, &key, _value(other.store, change.right))
    return 0


# ---------------------------------------------------------------------------------------------------------
# Pickle: little-endian words and lengths of each family, then the values in the same order; integers that fit
# into 64 bits travel packed as well.

cdef bytes _little(object data, object code):
    """Native words to little-endian ones or back."""
    if sys.byteorder == "little":
        return bytes(data)
    words = array.array(code, bytes(data))
    words.byteswap()
    return words.tobytes()


cdef tuple _dump(PrefixTable table):
    cdef Py_ssize_t total = <Py_ssize_t>table.count4 + table.count6, i = 0
    cdef uint32_t* slots = <uint32_t*>PyMem_RawMalloc((total + 1) * sizeof(uint32_t))
    cdef int32_t* small
    cdef int64_t* large
    cdef int64_t number = 0
    cdef int overflow
    cdef uint64_t plain
    if slots == NULL:
        raise MemoryError
    try:
        networks4, lengths4 = _dump_keys(table, 4, slots)
        networks6, lengths6 = _dump_keys(table, 6, slots + table.count4)
        packed = PyBytes_FromStringAndSize(NULL, 4 * total)
        small = <int32_t*>PyBytes_AS_STRING(packed)
        for i in range(total):
            value = _value(table.store, slots[i])
            if type(value) is not int:
                break
            if lpm_small_int(value, &plain) and plain < 0x80000000:
                small[i] = <int32_t>plain
                continue
            number = PyLong_AsLongLongAndOverflow(value, &overflow)
            if overflow or number != <int32_t>number:
                break
            small[i] = <int32_t>number
        else:
            return networks4, lengths4, networks6, lengths6, _little(packed, "i")
        packed = PyBytes_FromStringAndSize(NULL, 8 * total)
        large = <int64_t*>PyBytes_AS_STRING(packed)
        for i in range(total):
            value = _value(table.store, slots[i])
            if type(value) is not int:
                break
            large[i] = PyLong_AsLongLongAndOverflow(value, &overflow)
            if overflow:
                break
        else:
            return networks4, lengths4, networks6, lengths6, _little(packed, "q")
        values = [_value(table.store, slots[i]) for i in range(total)]
        return networks4, lengths4, networks6, lengths6, values
    finally:
        PyMem_RawFree(slots)


cdef tuple _dump_keys(PrefixTable table, int family, uint32_t* slots):
    """Packed networks and lengths in address order; the slots go to the array."""
    cdef Py_ssize_t count = _count(table, family)[0], i = 0
    cdef bytes networks = PyBytes_FromStringAndSize(NULL, (4 if family == 4 else 16) * count)
    cdef bytes lengths = PyBytes_FromStringAndSize(NULL, count)
    cdef uint32_t* narrow = <uint32_t*>PyBytes_AS_STRING(networks)
    cdef uint64_t* wide = <uint64_t*>PyBytes_AS_STRING(networks)
    cdef uint8_t* length = <uint8_t*>PyBytes_AS_STRING(lengths)
    if _zero(table, family)[0] != LPM_ABSENT:
        if family == 4:
            narrow[0] = 0
        else:
            wide[0] = wide[1] = 0
        length[0] = 0
        slots[0] = _zero(table, family)[0]
        i = 1
    lpm_export(family, _root(table, family)[0], narrow + i if family == 4 else NULL,
               wide + 2 * i if family == 6 else NULL, length + i, slots + i)
    return _little(networks, "I" if family == 4 else "Q"), lengths


def _restore_table(bytes networks4, bytes lengths4, bytes networks6, bytes lengths6, values):
    """Rebuild a pickled table. Everything is checked: damaged bytes raise ValueError."""
    cdef PrefixTable table = PrefixTable()
    cdef size_t count4 = PyBytes_GET_SIZE(lengths4), count6 = PyBytes_GET_SIZE(lengths6)
    cdef size_t total = count4 + count6, i = 0
    cdef const int32_t* small
    cdef const int64_t* large
    cdef list objects
    cdef void* number
    if (<size_t>PyBytes_GET_SIZE(networks4) != 4 * count4 or <size_t>PyBytes_GET_SIZE(networks6) != 16 * count6
            or total >= 0xfffffff0):
        raise ValueError("a pickled prefix table is damaged: sizes")
    if type(values) is bytes and len(values) == 4 * total:
        values = _little(values, "i")
        small = <const int32_t*>PyBytes_AS_STRING(values)
        objects = _start_with_none(total)
        for i in range(total):
            number = new_int(small[i])
            if number == NULL:
                raise MemoryError
            PyList_SET_ITEM(objects, i + 1, number)
    elif type(values) is bytes and len(values) == 8 * total:
        values = _little(values, "q")
        large = <const int64_t*>PyBytes_AS_STRING(values)
        objects = _start_with_none(total)
        for i in range(total):
            number = new_int(large[i])
            if number == NULL:
                raise MemoryError
            PyList_SET_ITEM(objects, i + 1, number)
    elif type(values) is list and len(values) == total:
        objects = _with_none_first(values)
    else:
        raise ValueError("a pickled prefix table is damaged: values")
    networks4 = _little(networks4, "I")
    networks6 = _little(networks6, "Q")
    if (lpm_check_arrays(4, <const uint32_t*>PyBytes_AS_STRING(networks4), NULL,
                         <const uint8_t*>PyBytes_AS_STRING(lengths4), count4, &i) != LPM_ASCENDING
            or lpm_check_arrays(6, NULL, <const uint64_t*>PyBytes_AS_STRING(networks6),
                                <const uint8_t*>PyBytes_AS_STRING(lengths6), count6, &i) != LPM_ASCENDING):
        raise ValueError("a pickled prefix table is damaged: prefixes")
    if lpm_reserve_slots(&table.store.slots, 1 + <uint32_t>total):
        raise MemoryError
    table.store.values = objects
    table.store.slots.used = 1 + <uint32_t>total
    table.store.live = <uint32_t>total
    if count4:
        _build_raw(table, 4, <const uint32_t*>PyBytes_AS_STRING(networks4), NULL,
                   <const uint8_t*>PyBytes_AS_STRING(lengths4), count4, 1, 1)
    if count6:
        _build_raw(table, 6, NULL, <const uint64_t*>PyBytes_AS_STRING(networks6),
                   <const uint8_t*>PyBytes_AS_STRING(lengths6), count6, 1 + <uint32_t>count4, 1)
    return table


# ---------------------------------------------------------------------------------------------------------
# For the other compiled modules

cdef bint is_table(object thing) noexcept:
    return type(thing) is PrefixTable


cdef Py_ssize_t table_size(object table, int family) except -1:
    return _count(<PrefixTable?>table, family)[0]


cdef int table_keys(object table, int family, uint32_t* narrow, uint64_t* wide, uint8_t* lengths,
                    uint32_t* slots) except -1:
    """All prefixes of a family in address order, as IPv4 words or IPv6 pairs of words."""
    cdef PrefixTable source = <PrefixTable?>table
    cdef size_t i = 0
    if _zero(source, family)[0] != LPM_ABSENT:
        if family == 4:
            narrow[0] = 0
        else:
            wide[0] = wide[1] = 0
        lengths[0] = 0
        slots[0] = _zero(source, family)[0]
        i = 1
    lpm_export(family, _root(source, family)[0], narrow + i if family == 4 else NULL,
               wide + 2 * i if family == 6 else NULL, lengths + i, slots + i)
    return 0


cdef list table_values(object table):
    return (<PrefixTable?>table).store.values


# ---------------------------------------------------------------------------------------------------------
# Several tables at once

@cython.final
cdef class LayerStack:
    """Longest match over several shared tables, some of whose prefixes are masked out.

    ``LayerStack([(table, mask), ...])``: ``mask`` is None or a PrefixTable whose exact keys count as absent
    in that layer (a shorter unmasked prefix of the layer may answer instead). The longest unmasked prefix of
    all layers wins; at equal length the earlier layer does. The tables are referred to, not copied: building a
    stack costs a few pointers, and later changes of a table are seen.
    """

    cdef tuple tables
    cdef tuple masks
    cdef int size

    def __init__(self, layers):
        tables, masks = [], []
        for layer in layers:
            table, mask = (layer, None) if type(layer) is PrefixTable else layer
            if type(table) is not PrefixTable or not (mask is None or type(mask) is PrefixTable):
                raise TypeError(f"a layer is (PrefixTable, PrefixTable or None), not {layer!r}")
            tables.append(table)
            masks.append(mask)
        self.tables = tuple(tables)
        self.masks = tuple(masks)
        self.size = len(tables)

    @classmethod
    def __class_getitem__(cls, item):
        return cls

    def __len__(self):
        return self.size

    def lookup(self, address, *, int family=4):
        """``(layer index, prefix, value)`` of the longest unmasked prefix covering ``address``, or None."""
        cdef Key key
        cdef uint32_t slot
        cdef int layer
        _to_address(address, family, &key)
        layer = self._find(&key, &slot)
        if layer < 0:
            return None
        return layer, _make(&key), _value((<PrefixTable>self.tables[layer]).store, slot)

    def lookup_value(self, address, default=None, *, int family=4):
        """The value alone, or ``default``."""
        cdef Key key
        cdef uint32_t slot
        cdef int layer
        _to_address(address, family, &key)
        layer = self._find(&key, &slot)
        return default if layer < 0 else _value((<PrefixTable>self.tables[layer]).store, slot)

    def covering(self, address, *, int family=4):
        """``(layer index, prefix, value)`` of all unmasked prefixes covering ``address``.

        Shortest first; of equal length in the order of the layers.
        """
        cdef Key key, found
        cdef uint8_t lengths[LPM_MOST]
        cdef uint32_t slots[LPM_MOST]
        cdef int number, i, layer
        cdef PrefixTable table
        cdef list answer = []
        _to_address(address, family, &key)
        found.family = key.family
        for layer in range(self.size):
            table = <PrefixTable>self.tables[layer]
            number = _covering(table, &key, lengths, slots)
            for i in range(number):
                found.length = lengths[i]
                lpm_mask(key.hi, key.lo, found.length, &found.hi, &found.lo)
                if self.masks[layer] is None or _exact(<PrefixTable>self.masks[layer], &found) == LPM_ABSENT:
                    answer.append((lengths[i], layer, _make(&found), _value(table.store, slots[i])))
        if self.size > 1:
            answer.sort(key=_length_then_layer)
        return [entry[1:] for entry in answer]

    cdef int _find(self, Key* key, uint32_t* slot) noexcept:
        """The winning layer or -1; ``key`` becomes the winning prefix."""
        cdef int layer, length, best = -1, best_length = -1
        cdef uint32_t found
        cdef PrefixTable table, mask
        cdef Key tried
        tried.family = key.family
        for layer in range(self.size):
            table = <PrefixTable>PyTuple_GET_ITEM(self.tables, layer)
            found = _longest(table, key, &length)
            if found == LPM_ABSENT or length <= best_length:
                continue
            if <object>PyTuple_GET_ITEM(self.masks, layer) is not None:
                mask = <PrefixTable>PyTuple_GET_ITEM(self.masks, layer)
                while True:
                    tried.length = length
                    lpm_mask(key.hi, key.lo, length, &tried.hi, &tried.lo)
                    if _exact(mask, &tried) == LPM_ABSENT:
                        break
                    if length - 1 <= best_length:
                        found = LPM_ABSENT
                        break
                    found = _longest_upto(table, key, length - 1, &length)
                    if found == LPM_ABSENT:
                        break
                if found == LPM_ABSENT or length <= best_length:
                    continue
            best = layer
            best_length = length
            slot[0] = found
        if best >= 0:
            key.length = best_length
            lpm_mask(key.hi, key.lo, best_length, &key.hi, &key.lo)
        return best


def _length_then_layer(entry):
    return entry[:2]


def arena_bytes():
    """``(used, held)``: bytes of all trie nodes of this process, and of the slabs that hold them."""
    return lpm_arena.live_units * 8, <uint64_t>lpm_arena.live_slabs * 16384


if not lpm_processor_is_supported():
    raise ImportError("routeng needs a processor with the POPCNT instruction (x86-64-v2)")
