# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""One pass over the raw bytes of a JSON document: nesting depth and duplicate keys.

The decoder that builds structs neither bounds the depth nor sees a key that comes twice, so this scanner runs before it.
It does not validate JSON. Keys of open objects lie on a stack, an object's own keys contiguous
because inner objects pop theirs when they close; an object with few keys is compared pairwise, a larger one through a
scratch hash set, so that the whole is linear in the document whatever its shape. Hashes are seeded per process.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

import os

cdef uint64_t SEED = int.from_bytes(os.urandom(8), "little") | 1

OK = 0
TOO_DEEP = 1
DUPLICATE_KEY = 2
UNSURE = 3

cdef enum:
    PAIRWISE = 12

cdef struct Key:
    uint64_t hash
    Py_ssize_t start
    Py_ssize_t length

cdef struct Keys:
    Key* item
    Py_ssize_t used
    Py_ssize_t room
    Py_ssize_t* slot
    Py_ssize_t slots


cdef inline uint64_t hash_of(const unsigned char* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t h = SEED ^ (<uint64_t>n * <uint64_t>0x9E3779B97F4A7C15)
    cdef uint64_t word
    while n >= 8:
        memcpy(&word, p, 8)
        h = (h ^ word) * <uint64_t>0xBF58476D1CE4E5B9
        h ^= h >> 31
        p += 8
        n -= 8
    if n > 0:
        word = 0
        memcpy(&word, p, n)
        h = (h ^ word) * <uint64_t>0xBF58476D1CE4E5B9
        h ^= h >> 31
    return h


cdef inline bint same(const unsigned char* data, Key* a, Key* b) noexcept nogil:
    return a.hash == b.hash and a.length == b.length and memcmp(data + a.start, data + b.start, a.length) == 0


cdef Py_ssize_t find_duplicate(const unsigned char* data, Keys* keys, Py_ssize_t first) noexcept nogil:
    """Index of a key that equals an earlier one of the object whose keys start at ``first``; -1 none, -2 no memory."""
    cdef Py_ssize_t n = keys.used - first
    cdef Py_ssize_t i, j, size
    cdef uint64_t at, mask
    cdef Key* item = keys.item
    if n <= PAIRWISE:
        for i in range(first + 1, keys.used):
            for j in range(first, i):
                if item[i].hash == item[j].hash and same(data, &item[i], &item[j]):
                    return i
        return -1
    size = 32
    while size < 2 * n:
        size *= 2
    if size > keys.slots:
        free(keys.slot)
        keys.slot = <Py_ssize_t*>malloc(size * sizeof(Py_ssize_t))
        keys.slots = size if keys.slot != NULL else 0
        if keys.slot == NULL:
            return -2
    memset(keys.slot, 0, size * sizeof(Py_ssize_t))
    mask = <uint64_t>size - 1
    for i in range(first, keys.used):
        at = item[i].hash & mask
        while keys.slot[at] != 0:
            j = keys.slot[at] - 1
            if same(data, &item[i], &item[j]):
                return i
            at = (at + 1) & mask
        keys.slot[at] = i + 1
    return -1


cdef int run(const unsigned char* data, Py_ssize_t size, Py_ssize_t max_depth, Keys* keys, Py_ssize_t* opened,
             Py_ssize_t* where) noexcept nogil:
    """The pass itself. ``opened[d]`` is the first key of the object open at depth d, or -1 for an array."""
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t depth = 0
    cdef Py_ssize_t start, found, room
    cdef unsigned char c
    cdef bint want_key = False
    cdef bint escaped
    cdef int pending = 0  # a verdict about keys; the pass goes on for the sake of the depth
    cdef Key* grown
    while i < size:
        c = data[i]
        if c == 34:  # a string
            start = i + 1
            i = start
            escaped = False
            while i < size and data[i] != 34:
                if data[i] == 92:
                    escaped = True
                    i += 1
                i += 1
            if want_key and escaped and pending == 0:
                pending = 3
                where[0] = start
            if want_key and pending == 0:
                if keys.used == keys.room:
                    room = keys.room * 2 if keys.room else 1024
                    grown = <Key*>realloc(keys.item, room * sizeof(Key))
                    if grown == NULL:
                        return -1
                    keys.item = grown
                    keys.room = room
                keys.item[keys.used].start = start
                keys.item[keys.used].length = (i if i < size else size) - start
                keys.item[keys.used].hash = hash_of(data + start, keys.item[keys.used].length)
                keys.used += 1
            want_key = False
        elif c == 123:  # {
            if depth >= max_depth:
                where[0] = i
                return 1
            opened[depth] = keys.used
            depth += 1
            want_key = True
        elif c == 91:  # [
            if depth >= max_depth:
                where[0] = i
                return 1
            opened[depth] = -1
            depth += 1
            want_key = False
        elif c == 125:  # }
            if depth > 0:
                depth -= 1
                if opened[depth] >= 0 and pending == 0:
                    found = find_duplicate(data, keys, opened[depth])
                    if found == -2:
                        return -1
                    if found >= 0:
                        pending = 2
                        where[0] = keys.item[found].start
                    keys.used = opened[depth]
            want_key = False
        elif c == 93:  # ]
            if depth > 0:
                depth -= 1
            want_key = False
        elif c == 44:  # ,
            want_key = depth > 0 and opened[depth - 1] >= 0
        i += 1
    return pending


def scan(const unsigned char[::1] data not None, Py_ssize_t max_depth):
    """``(verdict, offset)``: ``OK``, ``TOO_DEEP``, ``DUPLICATE_KEY`` or ``UNSURE`` (a key has escapes: compare decoded).

    ``offset`` is the byte where the verdict was reached. Never raises but for want of memory; releases the GIL.
    """
    cdef Py_ssize_t size = data.shape[0]
    cdef Py_ssize_t where = 0
    cdef int verdict
    cdef Keys keys
    cdef Py_ssize_t* opened
    if size == 0:
        return 0, 0
    memset(&keys, 0, sizeof(Keys))
    opened = <Py_ssize_t*>malloc((max_depth + 1) * sizeof(Py_ssize_t))
    if opened == NULL:
        raise MemoryError
    with nogil:
        verdict = run(&data[0], size, max_depth, &keys, opened, &where)
    free(opened)
    free(keys.item)
    free(keys.slot)
    if verdict < 0:
        raise MemoryError
    return verdict, where
