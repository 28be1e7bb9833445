# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""Prefixes, the strict parser, the prefix table and the stack look-up. Reached through ``routeng.lpm``."""

cimport cython
from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

import ipaddress
import operator


cdef extern from *:
    """
    typedef unsigned __int128 lpm_u128;
    """
    ctypedef unsigned long long u128 "lpm_u128"


cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    object PyUnicode_DecodeASCII(const char*, Py_ssize_t, const char*)
    bint PyUnicode_Check(object)
    bint PyLong_Check(object)
    bint PyBool_Check(object)
    bint PyBytes_Check(object)
    char* PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)


cdef extern from "lpm_text.h" nogil:
    enum: LPM_TEXT_OK, LPM_TEXT_NO_LENGTH, LPM_TEXT_HAS_LENGTH, LPM_TEXT_CHARS
    const char** lpm_text_reasons
    void lpm_mask(uint64_t, uint64_t, int, uint64_t*, uint64_t*)
    bint lpm_same(uint64_t, uint64_t, uint64_t, uint64_t, int)
    int lpm_parse(const char*, size_t, uint64_t*, uint64_t*, int*, int*)
    size_t lpm_format(char*, uint64_t, uint64_t, int, int)


# An address or a prefix: first address left-aligned in (hi, lo), family 4 or 6, length in bits.
cdef struct Key:
    uint64_t hi
    uint64_t lo
    int family
    int length


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


cdef int _key_from_int(object value, int family, Key* key) except -1:
    """An address as a non-negative int of the given family."""
    cdef u128 wide
    cdef uint64_t narrow
    _check_family(family)
    if PyBool_Check(value):
        raise TypeError(f"an address is not a bool: {value!r}")
    key.family = family
    key.length = _bits(family)
    try:
        if family == 4:
            narrow = value
            if narrow >> 32:
                raise OverflowError
            key.hi = narrow << 32
            key.lo = 0
        else:
            wide = value
            key.hi = <uint64_t>(wide >> 64)
            key.lo = <uint64_t>wide
    except OverflowError:
        raise ValueError(f"not an IPv{family} address (0 to 2**{_bits(family)} - 1): {value}") from None
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


cdef int _key_from_ip(object ip, Key* key) except -1:
    """An ``ipaddress`` address object or anything alike (``_ip`` or int(), ``version``)."""
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


_MISSING = object()


class PrefixTable:
    def __init__(self, source=()):
        self._d = {}
        self.update(source)

    @staticmethod
    def _key(p, strict=True, family=4):
        cdef Key key
        _to_prefix(p, family, strict, &key)
        return _make(&key)

    def insert(self, prefix, value=None, *, strict=True, family=4):
        self._d[self._key(prefix, strict, family)] = value

    def __setitem__(self, prefix, value):
        self._d[self._key(prefix)] = value

    def get(self, prefix, default=None, *, strict=True, family=4):
        return self._d.get(self._key(prefix, strict, family), default)

    def __getitem__(self, prefix):
        return self._d[self._key(prefix)]

    def delete(self, prefix, *, strict=True, family=4):
        return self._d.pop(self._key(prefix, strict, family), _MISSING) is not _MISSING

    def __delitem__(self, prefix):
        del self._d[self._key(prefix)]

    def pop(self, prefix, *default):
        return self._d.pop(self._key(prefix), *default)

    def clear(self):
        self._d = {}

    def lookup_prefix(self, address, *, family=4):
        cdef Key key
        _to_address(address, family, &key)
        p = _make(&key)
        for length in range(key.length, -1, -1):
            q = p.supernet(length)
            if q in self._d:
                return q, self._d[q]
        return None

    def lookup(self, address, default=None, *, family=4):
        found = self.lookup_prefix(address, family=family)
        return default if found is None else found[1]

    def covering(self, prefix, *, strict=True, family=4):
        cdef Key key
        _to_address(prefix, family, &key)
        p = _make(&key)
        return [(q, self._d[q]) for q in (p.supernet(n) for n in range(key.length + 1)) if q in self._d]

    def covered(self, prefix, *, strict=True, family=4):
        p = self._key(prefix, strict, family)
        return [(q, v) for q, v in self.items() if p.covers(q)]

    def children(self, prefix, *, strict=True, family=4):
        p = self._key(prefix, strict, family)
        out = []
        for q, v in self.covered(p):
            if q != p and not any(r.covers(q) for r, _ in out):
                out.append((q, v))
        return out

    def parent(self, prefix, *, strict=True, family=4):
        p = self._key(prefix, strict, family)
        found = [c for c in self.covering(p) if c[0] != p]
        return found[-1] if found else None

    def overlaps(self, other):
        if isinstance(other, PrefixTable):
            return any(a.overlaps(b) for a in self._d for b in other._d)
        p = self._key(other)
        return any(a.overlaps(p) for a in self._d)

    def __contains__(self, prefix):
        return self._key(prefix) in self._d

    def __len__(self):
        return len(self._d)

    def __iter__(self):
        return iter(sorted(self._d))

    def keys(self):
        return iter(sorted(self._d))

    def items(self):
        return iter([(q, self._d[q]) for q in sorted(self._d)])

    def values(self):
        return iter([self._d[q] for q in sorted(self._d)])

    def update(self, source):
        if isinstance(source, PrefixTable):
            self._d.update(source._d)
            return
        for k, v in source.items() if hasattr(source, "items") else source:
            self._d[self._key(k)] = v

    def snapshot(self):
        t = PrefixTable()
        t._d = dict(self._d)
        return t

    copy = snapshot

    def __or__(self, other):
        t = self.snapshot()
        t.update(other)
        return t

    def __eq__(self, other):
        return isinstance(other, PrefixTable) and self._d == other._d

    __hash__ = None
    __class_getitem__ = classmethod(lambda cls, item: cls)

    def __repr__(self):
        return f"PrefixTable({len(self)} prefixes)"


class LayerStack:
    __class_getitem__ = classmethod(lambda cls, item: cls)

    def __init__(self, layers):
        self._layers = tuple(layers)

    def covering(self, address, *, family=4):
        found = []
        for i, (table, mask) in enumerate(self._layers):
            for p, v in table.covering(address, family=family):
                if mask is None or p not in mask:
                    found.append((i, p, v))
        found.sort(key=lambda f: (f[1].length, f[0]))
        return found

    def lookup(self, address, *, family=4):
        best = None
        for f in self.covering(address, family=family):
            if best is None or f[1].length > best[1].length:
                best = f
        return best

    def lookup_value(self, address, default=None, *, family=4):
        f = self.lookup(address, family=family)
        return default if f is None else f[2]
