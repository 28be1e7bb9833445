# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""The frozen prefix table: immutable, compact, for look-ups by the million. Reached through ``routeng.lpm``."""

cimport cython
from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS,
    PyBUF_FORMAT,
    PyBUF_WRITABLE,
    PyBuffer_Release,
    PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

from routeng._lpm cimport (
    Key,
    _to_address,
    is_table,
    scan_text,
    table_keys,
    table_size,
    table_values,
    text_error,
)

import array
import json
import mmap
import os
import sys

from routeng import _lpm


cdef extern from "lpm_frozen.h" nogil:
    enum: FROZEN_NONE, FROZEN_PORTABLE, FROZEN_KERNELS
    int frozen_kernel
    ctypedef struct frozen_word:
        pass
    ctypedef struct frozen_table:
        uint64_t hi
        uint64_t lo
        uint64_t words
        uint64_t answers
        uint32_t family
        uint32_t common
        uint32_t top
        int32_t outside
        frozen_word* word
        int32_t* answer
        int32_t* direct
    int frozen_build(frozen_table*, int, int, const uint32_t*, const uint64_t*, const uint8_t*, size_t, int32_t)
    int frozen_check(const frozen_table*, uint64_t)
    int frozen_make_direct(frozen_table*)
    void frozen_clear(frozen_table*)
    int32_t frozen_find(const frozen_table*, uint64_t, uint64_t)
    void frozen_find4_many(const frozen_table*, const uint32_t*, size_t, int32_t*)
    void frozen_find6_many(const frozen_table*, const uint8_t*, size_t, int32_t*, int)
    int frozen_kernel_works(int)


cdef extern from *:
    """
    #define LPM_PREFETCH(place) __builtin_prefetch(place)
    #define LPM_PREFETCH_WRITE(place) __builtin_prefetch(place, 1)
    """
    void LPM_PREFETCH(const void*) nogil
    void LPM_PREFETCH_WRITE(const void*) nogil


cdef extern from "Python.h":
    void* PyMem_RawMalloc(size_t) nogil
    void PyMem_RawFree(void*) nogil
    bint PyUnicode_CheckExact(object)
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    list PyList_New(Py_ssize_t)
    void* PyList_GET_ITEM(list, Py_ssize_t)
    Py_ssize_t PyList_GET_SIZE(list)
    void PyList_SET_ITEM(list, Py_ssize_t, void*)
    void Py_INCREF(void*)


cdef extern from *:
    """
    static void **lpm_items(PyObject *list) { return (void **)((PyListObject *)list)->ob_item; }
    """
    void** lpm_items(list) noexcept


cdef enum:
    BLOCK = 512  # addresses parsed, looked up and answered together

_KERNELS = ("portable", "avx2", "avx512")
_MAGIC = b"routeng frozen 1"
for _kernel in range(FROZEN_KERNELS):
    if frozen_kernel_works(_kernel):
        frozen_kernel = _kernel
del _kernel


def kernels():
    """The names of the look-up kernels that this processor can run, the best one last."""
    return tuple(_KERNELS[i] for i in range(FROZEN_KERNELS) if frozen_kernel_works(i))


def use_kernel(name):
    """Choose the kernel for all tables (for tests and measurements); returns the one used before."""
    global frozen_kernel
    before = _KERNELS[frozen_kernel]
    if name not in kernels():
        raise ValueError(f"no such kernel here: {name!r} (there are {', '.join(kernels())})")
    frozen_kernel = _KERNELS.index(name)
    return before


cdef object _new_indices(Py_ssize_t count):
    """A writable int32 buffer: a NumPy array where NumPy is loaded, else an array.array."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        return numpy.empty(count, "int32")
    return array.array("i", bytes(4 * count))


@cython.final
cdef class FrozenPrefixTable:
    """An immutable prefix table for bulk look-ups, IPv4 and IPv6.

    ``FrozenPrefixTable(source)`` freezes a :class:`PrefixTable`, a mapping or ``(prefix, value)`` pairs. The
    values are numbered in address order, IPv4 first; bulk look-ups may answer with these indices (-1 = no match).
    ``mode="compact"`` takes about 9 bytes a prefix on a full table (besides the list of values);
    ``mode="speed"`` adds 64 MiB for IPv4, one load for nearly all addresses. Everything is read-only after
    construction: any number of threads may look up, and look-ups on arrays and text run without the GIL.
    """

    cdef frozen_table four
    cdef frozen_table six
    cdef list _values
    cdef Py_ssize_t count4
    cdef Py_ssize_t count6
    cdef bint speed
    cdef object owner  # of the memory of a loaded table
    cdef object __weakref__

    def __init__(self, source=(), *, mode="compact"):
        if self._values is not None:
            raise TypeError("a FrozenPrefixTable is immutable")
        if mode not in ("compact", "speed"):
            raise ValueError(f"mode is 'compact' or 'speed', not {mode!r}")
        table = source if is_table(source) else _lpm.PrefixTable(source)
        self.speed = mode == "speed"
        self._values = []
        self.count4 = table_size(table, 4)
        self.count6 = table_size(table, 6)
        _freeze(self, &self.four, table, 4)
        _freeze(self, &self.six, table, 6)

    def __dealloc__(self):
        if self.owner is not None:
            # The words and answers lie in the mapped file.
            self.four.word = self.six.word = NULL
            self.four.answer = self.six.answer = NULL
        frozen_clear(&self.four)
        frozen_clear(&self.six)

    @classmethod
    def __class_getitem__(cls, item):
        return cls

    @staticmethod
    def from_arrays(networks, lengths, values=None, *, int family=4, mode="compact"):
        """From arrays as :meth:`PrefixTable.from_arrays` takes them."""
        return FrozenPrefixTable(_lpm.PrefixTable.from_arrays(networks, lengths, values, family=family), mode=mode)

    @property
    def mode(self):
        """"compact" or "speed"."""
        return "speed" if self.speed else "compact"

    @property
    def nbytes(self):
        """Bytes of the look-up structure, without the values."""
        return _bytes(&self.four) + _bytes(&self.six)

    def __len__(self):
        return self.count4 + self.count6

    def count(self, int family):
        """The number of prefixes of one family (4 or 6)."""
        if family != 4 and family != 6:
            raise ValueError(f"family is 4 or 6, not {family}")
        return self.count4 if family == 4 else self.count6

    def values(self):
        """All values in the order of their indices."""
        return list(self._values)

    def value(self, index):
        """The value with this index."""
        if not 0 <= index < len(self._values):
            raise IndexError(f"no value has the index {index}")
        return self._values[index]

    def __repr__(self):
        return f"FrozenPrefixTable({self.count4} IPv4, {self.count6} IPv6 prefixes, mode={self.mode!r})"

    # -- one address

    def index(self, address, *, int family=4):
        """The index of the value of the longest prefix that covers ``address``, or -1."""
        return _index_of(self, address, family)

    def lookup(self, address, default=None, *, int family=4):
        """The value of the longest prefix that covers ``address``, else ``default``."""
        cdef int32_t found = _index_of(self, address, family)
        if found < 0:
            return default
        return <object>PyList_GET_ITEM(self._values, found)

    # -- many addresses

    def lookup_many(self, addresses, *, default=None, indices=None, out=None):
        """Look up many addresses at once.

        ``addresses``: a list (or any iterable) of addresses in any form; a bytes-like object (also a memory map)
        with one address a line; an array of uint32 (IPv4); an array of shape (N, 2) of uint64, upper half first,
        or (N, 16) of uint8 in network order (IPv6); an Arrow array of uint32 or of 16-byte binary.

        Answers with a list of values (``default`` where nothing matches), or with int32 indices (-1 where
        nothing matches) if ``indices`` is true, if ``out`` (a writable int32 buffer of that length) is given,
        or, unless ``indices=False``, for arrays of numbers. A wrong address is a ValueError that names it.
        """
        cdef Py_buffer view
        cdef Py_buffer target
        cdef Py_ssize_t count
        cdef int kind
        cdef const void* data
        cdef object keep = None
        if self._values is None:
            _uninitialised()
        if hasattr(addresses, "__arrow_c_array__"):
            keep = _ArrowArray(addresses)
            data = (<_ArrowArray>keep).data
            count = (<_ArrowArray>keep).count
            kind = (<_ArrowArray>keep).kind
            return _many_numbers(self, data, count, kind, default, indices, out)
        if isinstance(addresses, (list, tuple)) or not PyObject_CheckBuffer(addresses):
            return _many_objects(self, addresses if type(addresses) is list else list(addresses), default,
                                 indices, out)
        PyObject_GetBuffer(addresses, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
        try:
            kind = _kind_of(&view)
            if kind == 0:
                return _many_lines(self, <const char*>view.buf, view.len, default, indices, out)
            return _many_numbers(self, view.buf, view.shape[0], kind, default, indices, out)
        finally:
            PyBuffer_Release(&view)

    # -- files and pickle

    def save(self, path):
        """Write the table to a file that :meth:`load` maps into memory.

        The values are written as JSON, so they must be None, bool, int, float, str, or lists and dicts of these;
        TypeError otherwise (save plain numbers, and keep the objects elsewhere).
        """
        values = json.dumps(self._values, separators=(",", ":")).encode()
        if json.loads(values) != self._values:
            raise TypeError("the values do not survive JSON: tuples, or dicts with keys that are not text")
        packed = _pack(self)
        temporary = f"{os.fspath(path)}.{os.getpid()}.part"
        try:
            with open(temporary, "wb") as file:
                file.write(packed)
                file.write(values)
            os.replace(temporary, path)
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)

    @staticmethod
    def load(path):
        """A table that :meth:`save` wrote, mapped read-only. Every index is checked: ValueError if damaged.

        The file must not be overwritten in place while it is mapped; ``save`` replaces it by renaming.
        """
        cdef Py_ssize_t end
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise ValueError(f"not a frozen prefix table: {os.fspath(path)!r} is empty")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            table, end = _unpack(memoryview(mapped), mapped)
            values = json.loads(mapped[end:])
            _adopt(table, values)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)!r}: {error}") from None
        return table

    def __reduce__(self):
        if self._values is None:
            _uninitialised()
        return _restore_frozen, (_pack(self), self._values)


def _restore_frozen(bytes packed, list values):
    table, end = _unpack(memoryview(packed), packed)
    if end != len(packed):
        raise ValueError("a frozen prefix table is damaged: too long")
    _adopt(table, values)
    return table


# ---------------------------------------------------------------------------------------------------------
# Freezing

cdef int _freeze(FrozenPrefixTable self, frozen_table* target, object table, int family) except -1:
    cdef Py_ssize_t count = table_size(table, family), i
    cdef size_t key = 4 if family == 4 else 16
    cdef Py_ssize_t before = PyList_GET_SIZE(self._values)
    cdef char* memory = <char*>PyMem_RawMalloc((key + 5) * <size_t>count + 1)
    cdef uint32_t* slots
    cdef uint8_t* lengths
    cdef list all_values = table_values(table)
    cdef list values
    cdef void* value
    cdef int failed
    if memory == NULL:
        raise MemoryError
    try:
        slots = <uint32_t*>(memory + key * <size_t>count)
        lengths = <uint8_t*>(slots + count)
        table_keys(table, family, <uint32_t*>memory if family == 4 else NULL,
                   <uint64_t*>memory if family == 6 else NULL, lengths, slots)
        values = PyList_New(count)
        for i in range(count):
            value = PyList_GET_ITEM(all_values, slots[i])
            Py_INCREF(value)
            PyList_SET_ITEM(values, i, value)
        if before:
            self._values.extend(values)
        else:
            self._values = values
        if <uint64_t>before + <uint64_t>count > 0x7ffffff0:
            raise MemoryError
        with nogil:
            failed = frozen_build(target, family, self.speed, <uint32_t*>memory if family == 4 else NULL,
                                  <uint64_t*>memory if family == 6 else NULL, lengths, count, <int32_t>before)
        if failed:
            raise MemoryError
    finally:
        PyMem_RawFree(memory)
    return 0


cdef object _bytes(const frozen_table* table):
    return 16 * table.words + 4 * table.answers + (<uint64_t>4 << 24 if table.direct != NULL else 0)


# ---------------------------------------------------------------------------------------------------------
# Asking

cdef int _uninitialised() except -1:
    raise ValueError("an uninitialised FrozenPrefixTable")


cdef inline int32_t _index_of(FrozenPrefixTable self, object address, int family) except -2:
    cdef Key key
    if self._values is None:
        _uninitialised()
    if PyUnicode_CheckExact(address) and PyUnicode_IS_ASCII(address):
        if (scan_text(<const char*>PyUnicode_DATA(address), PyUnicode_GET_LENGTH(address), &key) == 0
                and key.length < 0):
            return frozen_find(&self.four if key.family == 4 else &self.six, key.hi, key.lo)
    _to_address(address, family, &key)
    _refuse_prefix(&key, address)
    return frozen_find(&self.four if key.family == 4 else &self.six, key.hi, key.lo)


cdef inline int _refuse_prefix(const Key* key, object shown) except -1:
    if key.length != (32 if key.family == 4 else 128):
        raise ValueError(f"a frozen table is asked for addresses, not prefixes: {shown!r}")
    return 0


# Kinds of numeric input.
cdef enum:
    TEXT = 0
    WORDS4 = 1  # uint32
    PAIRS6 = 2  # two uint64
    PACKED6 = 3  # 16 bytes


cdef int _kind_of(const Py_buffer* view) except -1:
    cdef bytes format = view.format if view.format != NULL else b"B"
    native = format.lstrip(b"@=<" if sys.byteorder == "little" else b"@=>!")
    if view.ndim == 1 and view.itemsize == 1 and native in (b"B", b"b", b"c"):
        return TEXT
    if view.ndim == 1 and view.itemsize == 4 and native in (b"I", b"L"):
        return WORDS4
    if view.ndim == 2 and view.itemsize == 8 and native in (b"Q", b"L") and view.shape[1] == 2:
        return PAIRS6
    if view.ndim == 2 and view.itemsize == 1 and native == b"B" and view.shape[1] == 16:
        return PACKED6
    if view.ndim == 1 and view.itemsize == 16 and native in (b"16s", b"16x"):
        return PACKED6
    shape = tuple(view.shape[i] for i in range(view.ndim))
    raise TypeError("addresses as an array are uint32, (N, 2) uint64 or (N, 16) uint8, "
                    f"not format {format.decode('ascii', 'replace')!r} of shape {shape}")


cdef class _Output:
    """Where indices go: the caller's buffer, a new one, or scratch memory for answers as objects."""

    cdef Py_buffer view
    cdef bint held
    cdef object array
    cdef int32_t* index
    cdef int32_t* scratch

    def __dealloc__(self):
        if self.held:
            PyBuffer_Release(&self.view)
        PyMem_RawFree(self.scratch)


cdef _Output _output(Py_ssize_t count, bint wanted, object out):
    cdef _Output output = _Output()
    if not wanted:
        output.scratch = <int32_t*>PyMem_RawMalloc(4 * <size_t>count + 1)
        if output.scratch == NULL:
            raise MemoryError
        output.index = output.scratch
        return output
    output.array = out if out is not None else _new_indices(count)
    PyObject_GetBuffer(output.array, &output.view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE)
    output.held = True
    kind = (<bytes>output.view.format).lstrip(b"@=<" if sys.byteorder == "little" else b"@=>!")
    if output.view.ndim != 1 or output.view.itemsize != 4 or kind not in (b"i", b"l"):
        raise TypeError("the output is a one-dimensional array of int32")
    if output.view.shape[0] != count:
        raise ValueError(f"{count} addresses, but the output has room for {output.view.shape[0]}")
    output.index = <int32_t*>output.view.buf
    return output


cdef bint _wants_indices(object indices, object out, bint usual) except -1:
    if out is not None:
        if indices is not None and not indices:
            raise ValueError("an output buffer takes indices")
        return True
    return usual if indices is None else bool(indices)


cdef list _objects(FrozenPrefixTable self, const int32_t* index, Py_ssize_t count, object default):
    """The values of the indices. Their reference counts are what misses the cache: fetch them ahead."""
    cdef list found = PyList_New(count)
    _put_objects(self, index, count, default, found, 0)
    return found


cdef void _put_objects(FrozenPrefixTable self, const int32_t* index, Py_ssize_t count, object default, list found,
                       Py_ssize_t at) noexcept:
    cdef void** items = lpm_items(self._values)
    cdef void* value
    cdef Py_ssize_t i, far = 32, near = 16
    for i in range(min(far, count)):
        if index[i] >= 0:
            LPM_PREFETCH(items + index[i])
    for i in range(min(near, count)):
        if index[i] >= 0:
            LPM_PREFETCH_WRITE(items[index[i]])
    for i in range(count):
        if i + far < count and index[i + far] >= 0:
            LPM_PREFETCH(items + index[i + far])
        if i + near < count and index[i + near] >= 0:
            LPM_PREFETCH_WRITE(items[index[i + near]])
        value = items[index[i]] if index[i] >= 0 else <void*>default
        Py_INCREF(value)
        PyList_SET_ITEM(found, at + i, value)


cdef object _many_numbers(FrozenPrefixTable self, const void* data, Py_ssize_t count, int kind, object default,
                          object indices, object out):
    cdef bint wanted = _wants_indices(indices, out, True)
    cdef _Output output = _output(count, wanted, out)
    cdef int32_t* index = output.index
    with nogil:
        if kind == WORDS4:
            frozen_find4_many(&self.four, <const uint32_t*>data, count, index)
        else:
            frozen_find6_many(&self.six, <const uint8_t*>data, count, index, kind == PACKED6)
    return output.array if wanted else _objects(self, index, count, default)


# A block of parsed addresses of either family, and where their answers go.
cdef struct Block:
    uint32_t four[BLOCK]
    uint64_t six[2 * BLOCK]
    uint32_t at4[BLOCK]
    uint32_t at6[BLOCK]
    int32_t found[BLOCK]
    Py_ssize_t count4
    Py_ssize_t count6


cdef inline void _put_address(Block* block, const Key* key, Py_ssize_t at) noexcept nogil:
    if key.family == 4:
        block.four[block.count4] = <uint32_t>(key.hi >> 32)
        block.at4[block.count4] = <uint32_t>at
        block.count4 += 1
    else:
        block.six[2 * block.count6] = key.hi
        block.six[2 * block.count6 + 1] = key.lo
        block.at6[block.count6] = <uint32_t>at
        block.count6 += 1


cdef void _answer_block(const frozen_table* four, const frozen_table* six, Block* block, int32_t* index) noexcept nogil:
    cdef Py_ssize_t i
    if block.count6 == 0:
        frozen_find4_many(four, block.four, block.count4, index)
    else:
        frozen_find4_many(four, block.four, block.count4, block.found)
        for i in range(block.count4):
            index[block.at4[i]] = block.found[i]
        frozen_find6_many(six, <const uint8_t*>block.six, block.count6, block.found, 0)
        for i in range(block.count6):
            index[block.at6[i]] = block.found[i]
    block.count4 = block.count6 = 0


cdef object _many_objects(FrozenPrefixTable self, list addresses, object default, object indices, object out):
    cdef Py_ssize_t count = PyList_GET_SIZE(addresses), start, i, n
    cdef bint wanted = _wants_indices(indices, out, False)
    cdef _Output output
    cdef Block block
    cdef Key key
    cdef int32_t scratch[BLOCK]
    cdef list found = None
    cdef object address
    output = _output(count if wanted else 0, wanted, out)
    if not wanted:
        found = PyList_New(count)
    block.count4 = block.count6 = 0
    for start in range(0, count, BLOCK):
        n = min(count - start, <Py_ssize_t>BLOCK)
        for i in range(n):
            if start + i >= PyList_GET_SIZE(addresses):
                raise RuntimeError("the list of addresses changed while it was read")
            address = <object>PyList_GET_ITEM(addresses, start + i)
            if (PyUnicode_CheckExact(address) and PyUnicode_IS_ASCII(address)
                    and scan_text(<const char*>PyUnicode_DATA(address), PyUnicode_GET_LENGTH(address), &key) == 0
                    and key.length < 0):
                pass
            else:
                _to_address(address, 4, &key)
                _refuse_prefix(&key, address)
            _put_address(&block, &key, i)
        if wanted:
            _answer_block(&self.four, &self.six, &block, output.index + start)
        else:
            _answer_block(&self.four, &self.six, &block, scratch)
            _put_objects(self, scratch, n, default, found, start)
    return output.array if wanted else found


cdef Py_ssize_t _count_lines(const char* text, Py_ssize_t size) noexcept nogil:
    cdef const char* p = text
    cdef const char* end = text + size
    cdef Py_ssize_t lines = 0
    while p < end:
        lines += 1
        p = <const char*>memchr(p, 10, end - p)
        if p == NULL:
            break
        p += 1
    return lines


cdef object _many_lines(FrozenPrefixTable self, const char* text, Py_ssize_t size, object default, object indices,
                        object out):
    cdef Py_ssize_t count, line = 0, i = 0, start = 0, width = 0
    cdef const char* p = text
    cdef const char* end = text + size
    cdef const char* stop
    cdef int error = 0
    cdef Block block
    cdef Key key
    cdef bint wanted = _wants_indices(indices, out, False)
    cdef _Output output
    cdef int32_t* index
    with nogil:
        count = _count_lines(text, size)
    output = _output(count, wanted, out)
    index = output.index
    block.count4 = block.count6 = 0
    with nogil:
        while p < end:
            stop = <const char*>memchr(p, 10, end - p)
            if stop == NULL:
                stop = end
            width = stop - p
            if width and p[width - 1] == 13:  # a line of a Windows file
                width -= 1
            error = scan_text(p, width, &key)
            if error or key.length >= 0:
                error = error if error else -1
                break
            _put_address(&block, &key, i)
            i += 1
            line += 1
            if i == BLOCK:
                _answer_block(&self.four, &self.six, &block, index + start)
                start += BLOCK
                i = 0
            p = stop + 1
        if error == 0:
            _answer_block(&self.four, &self.six, &block, index + start)
    if error:
        shown = PyBytes_FromStringAndSize(p, min(width, <Py_ssize_t>100)).decode("utf-8", "replace")
        if error < 0:
            raise ValueError(f"line {line + 1}: a frozen table is asked for addresses, not prefixes: {shown!r}")
        raise ValueError(f"line {line + 1}: {text_error(shown, error)}")
    return output.array if wanted else _objects(self, index, count, default)


# ---------------------------------------------------------------------------------------------------------
# Arrow arrays (the C data interface, by capsules: https://arrow.apache.org/docs/format/CDataInterface.html)

cdef extern from "Python.h":
    void* PyCapsule_GetPointer(object, const char*) except NULL

cdef struct ArrowSchema:
    const char* format
    const char* name
    const char* metadata
    int64_t flags
    int64_t n_children
    ArrowSchema** children
    ArrowSchema* dictionary
    void* release
    void* private_data

cdef struct ArrowData:
    int64_t length
    int64_t null_count
    int64_t offset
    int64_t n_buffers
    int64_t n_children
    const void** buffers
    ArrowData** children
    ArrowData* dictionary
    void* release
    void* private_data


cdef class _ArrowArray:
    """The addresses inside an Arrow array; the capsules keep it alive."""

    cdef object schema_capsule
    cdef object array_capsule
    cdef const char* data
    cdef Py_ssize_t count
    cdef int kind

    def __cinit__(self, source):
        cdef ArrowSchema* schema
        cdef ArrowData* content
        self.schema_capsule, self.array_capsule = source.__arrow_c_array__()
        schema = <ArrowSchema*>PyCapsule_GetPointer(self.schema_capsule, b"arrow_schema")
        content = <ArrowData*>PyCapsule_GetPointer(self.array_capsule, b"arrow_array")
        if schema.release == NULL or content.release == NULL:
            raise ValueError("the Arrow array was released")
        format = <bytes>schema.format
        if format == b"I":
            self.kind = WORDS4
        elif format == b"w:16":
            self.kind = PACKED6
        else:
            raise TypeError(f"addresses in Arrow are uint32 or 16-byte binary, not {format.decode()!r}")
        if content.n_buffers != 2:
            raise TypeError("an Arrow array of addresses has two buffers")
        if content.null_count != 0 and content.buffers[0] != NULL:
            raise ValueError("an Arrow array of addresses has no nulls")
        self.count = <Py_ssize_t>content.length
        self.data = <const char*>content.buffers[1]
        if self.count:
            if self.data == NULL:
                raise ValueError("an Arrow array without data")
            self.data += content.offset * (4 if self.kind == WORDS4 else 16)


# ---------------------------------------------------------------------------------------------------------
# The packed form: a header, then for each family the words and the answers, each part 64-byte aligned.

cdef struct Header:
    char magic[16]
    uint64_t one  # 1, to tell the byte order
    uint64_t speed
    uint64_t count4
    uint64_t count6
    uint64_t field[2][8]  # hi, lo, words, answers, family, common, top, outside


cdef object _aligned(object size):
    return (size + 63) // 64 * 64


cdef bytes _pack(FrozenPrefixTable self):
    cdef Header header
    cdef frozen_table* table
    cdef int side
    cdef object size = _aligned(sizeof(Header))
    cdef bytes packed
    cdef char* place
    cdef size_t at
    memcpy(header.magic, PyBytes_AS_STRING(_MAGIC), 16)
    header.one = 1
    header.speed = self.speed
    header.count4 = self.count4
    header.count6 = self.count6
    for side in range(2):
        table = &self.four if side == 0 else &self.six
        header.field[side][0] = table.hi
        header.field[side][1] = table.lo
        header.field[side][2] = table.words
        header.field[side][3] = table.answers
        header.field[side][4] = table.family
        header.field[side][5] = table.common
        header.field[side][6] = table.top
        header.field[side][7] = <uint32_t>table.outside
        size += _aligned(16 * table.words) + _aligned(4 * table.answers)
    packed = bytes(size)
    place = PyBytes_AS_STRING(packed)
    memcpy(place, &header, sizeof(Header))
    at = _aligned(sizeof(Header))
    for side in range(2):
        table = &self.four if side == 0 else &self.six
        memcpy(place + at, table.word, 16 * table.words)
        at += _aligned(16 * table.words)
        memcpy(place + at, table.answer, 4 * table.answers)
        at += _aligned(4 * table.answers)
    return packed


cdef tuple _unpack(object view, object owner):
    """(table without values, end of its part). Raises ValueError unless every look-up is safe."""
    cdef const uint8_t[::1] data = view
    cdef Header header
    cdef FrozenPrefixTable self = FrozenPrefixTable.__new__(FrozenPrefixTable)
    cdef frozen_table* table
    cdef int side, wrong
    cdef uint64_t size = data.shape[0], at = _aligned(sizeof(Header)), field
    if size < at:
        raise ValueError("a frozen prefix table is damaged: too short")
    memcpy(&header, &data[0], sizeof(Header))
    if (<const char*>header.magic)[:16] != _MAGIC:
        raise ValueError("not a frozen prefix table")
    if header.one != 1:
        raise ValueError("a frozen prefix table of another byte order")
    if header.speed > 1 or header.count4 > 0x7fffffff or header.count6 > 0x7fffffff - header.count4:
        raise ValueError("a frozen prefix table is damaged: header")
    self.owner = owner
    self.count4 = <Py_ssize_t>header.count4
    self.count6 = <Py_ssize_t>header.count6
    for side in range(2):
        table = &self.four if side == 0 else &self.six
        for field in range(2, 8):
            if header.field[side][field] > 0xffffffff:
                raise ValueError("a frozen prefix table is damaged: header")
        table.hi = header.field[side][0]
        table.lo = header.field[side][1]
        table.words = header.field[side][2]
        table.answers = header.field[side][3]
        table.family = <uint32_t>header.field[side][4]
        table.common = <uint32_t>header.field[side][5]
        table.top = <uint32_t>header.field[side][6]
        table.outside = <int32_t><uint32_t>header.field[side][7]
        if table.family != <uint32_t>(4 if side == 0 else 6) or at + 16 * table.words + 4 * table.answers + 128 > size + 128:
            raise ValueError("a frozen prefix table is damaged: too short")
        table.word = <frozen_word*>&data[at]
        at += (16 * table.words + 63) // 64 * 64
        if at + 4 * table.answers > size:
            raise ValueError("a frozen prefix table is damaged: too short")
        table.answer = <int32_t*>(&data[0] + at)
        at += (4 * table.answers + 63) // 64 * 64
        if at > size:
            raise ValueError("a frozen prefix table is damaged: too short")
        wrong = frozen_check(table, header.count4 + header.count6)
        if wrong:
            raise ValueError(f"a frozen prefix table is damaged: IPv{table.family} (check {wrong})")
    if header.speed:
        self.speed = True
        if self.four.common + self.four.top > 24:
            raise ValueError("a frozen prefix table is damaged: mode")
        if frozen_make_direct(&self.four):
            raise MemoryError
    return self, at


cdef int _adopt(FrozenPrefixTable self, object values) except -1:
    if type(values) is not list or len(values) != self.count4 + self.count6:
        raise ValueError("a frozen prefix table is damaged: values")
    self._values = values
    return 0
