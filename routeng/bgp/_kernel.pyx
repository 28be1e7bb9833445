# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The decision process over whole tables: columns in, choices with reasons out.

The comparison itself is ``_decide.h``, which ``_propagate`` uses too.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc

cdef extern from "_decide.h" nogil:
    enum: RT_MAX_STEPS
    enum: RT_NONE
    ctypedef struct rt_rules:
        int steps
        const uint32_t *column[16]
        uint32_t flip[16]
        int med
        const uint32_t *group
        int always_med
        int deterministic
    int rt_compare(const rt_rules *r, int64_t a, int64_t b, int *a_wins)
    int64_t rt_decide(const rt_rules *r, int64_t start, int64_t n, const uint8_t *eligible, int64_t *scratch,
                      uint8_t *step, int64_t *lost_to)
    int rt_ties(const rt_rules *r, int64_t b, int64_t i, int after)

NONE = RT_NONE
MAX_STEPS = RT_MAX_STEPS


cdef class Columns:
    """The key columns of a table, checked once; keeps the buffers alive."""

    cdef rt_rules rules
    cdef object held
    cdef readonly Py_ssize_t rows

    def __init__(self, list steps, group, bint always_med, bint deterministic, Py_ssize_t rows):
        cdef const uint32_t[::1] view
        cdef int index = 0
        if len(steps) > RT_MAX_STEPS:
            raise ValueError(f"at most {RT_MAX_STEPS} steps")
        self.held = []
        self.rows = rows
        self.rules.steps = len(steps)
        self.rules.med = len(steps)
        self.rules.always_med = always_med
        self.rules.deterministic = deterministic
        for name, column, higher in steps:
            self.rules.flip[index] = 0xFFFFFFFF if higher else 0
            self.rules.column[index] = NULL
            if name == "med":
                self.rules.med = index
            if column is not None:
                view = column
                if view.shape[0] != rows:
                    raise ValueError(f"column {name!r} has {view.shape[0]} rows, {rows} are wanted")
                self.held.append(view)
                if rows:
                    self.rules.column[index] = &view[0]
            index += 1
        self.rules.group = NULL
        if group is not None:
            view = group
            if view.shape[0] != rows:
                raise ValueError(f"column 'med_group' has {view.shape[0]} rows, {rows} are wanted")
            self.held.append(view)
            if rows:
                self.rules.group = &view[0]


def decide(Columns columns not None, const int64_t[::1] offsets not None, eligible,
           int64_t[::1] best not None, uint8_t[::1] step not None, int64_t[::1] lost_to not None):
    """Fill ``best`` (one row number a prefix), ``step`` and ``lost_to`` (one a path)."""
    cdef Py_ssize_t prefixes = offsets.shape[0] - 1, i
    cdef int64_t widest = 0, n
    cdef const uint8_t[::1] mask
    cdef const uint8_t *may = NULL
    cdef int64_t *scratch
    if eligible is not None:
        mask = eligible
        if mask.shape[0] != columns.rows:
            raise ValueError("the eligible mask must have one entry a path")
        if columns.rows:
            may = &mask[0]
    if step.shape[0] != columns.rows or lost_to.shape[0] != columns.rows or best.shape[0] != prefixes:
        raise ValueError("output columns have the wrong size")
    _check_offsets(offsets, columns.rows)
    for i in range(prefixes):
        n = offsets[i + 1] - offsets[i]
        if n > widest:
            widest = n
    scratch = <int64_t *>malloc((widest + 1) * sizeof(int64_t))
    if scratch == NULL:
        raise MemoryError
    with nogil:
        for i in range(prefixes):
            n = offsets[i + 1] - offsets[i]
            if n == 0:
                best[i] = -1
            else:
                best[i] = rt_decide(&columns.rules, offsets[i], n, may, scratch, &step[0], &lost_to[0])
    free(scratch)


def share(Columns columns not None, const int64_t[::1] offsets not None, const int64_t[::1] best not None,
          const uint8_t[::1] step not None, const int64_t[::1] lost_to not None, eligible, int after, const uint32_t[::1] kind not None, const uint32_t[::1] same not None,
          const uint32_t[::1] next_hop not None, const uint32_t[::1] peer_address not None,
          int ebgp, int ibgp, uint8_t[::1] multipath not None):
    """Mark the multipath sets: ties with the best path up to step ``after``, surplus cut by next hop.

    ``kind`` 0 own route, 1 external, 2 internal; ``same``: what must be equal to share (all 0 with as-path relax).
    The best path is marked only where others share with it.
    """
    cdef Py_ssize_t prefixes = offsets.shape[0] - 1, i
    cdef int64_t b, row, other, count, j, k, limit, widest = 0, n
    cdef const uint8_t[::1] mask
    cdef const uint8_t *may = NULL
    cdef int64_t *equal
    cdef uint32_t last
    cdef Py_ssize_t size
    if eligible is not None:
        mask = eligible
        if columns.rows:
            may = &mask[0]
    for size in (kind.shape[0], same.shape[0], next_hop.shape[0], peer_address.shape[0], multipath.shape[0]):
        if size != columns.rows:
            raise ValueError("every column must have one entry a path")
    if best.shape[0] != prefixes or step.shape[0] != columns.rows or lost_to.shape[0] != columns.rows:
        raise ValueError("the choices have the wrong size")
    _check_offsets(offsets, columns.rows)
    for i in range(prefixes):
        n = offsets[i + 1] - offsets[i]
        if n > widest:
            widest = n
    equal = <int64_t *>malloc((widest + 1) * sizeof(int64_t))
    if equal == NULL:
        raise MemoryError
    with nogil:
        for i in range(columns.rows):
            multipath[i] = 0
        for i in range(prefixes):
            b = best[i]
            if b < 0 or kind[b] == 0:
                continue
            limit = ibgp if kind[b] == 2 else ebgp
            if limit <= 1:
                continue
            count = 0
            for row in range(offsets[i], offsets[i + 1]):
                if row == b or kind[row] == 0 or same[row] != same[b]:
                    continue
                if may != NULL and not may[row]:
                    continue
                if lost_to[row] == b:
                    if step[row] <= after:
                        continue
                elif not rt_ties(&columns.rules, b, row, after):
                    continue
                # Insertion sort by next hop, then peer address: sets are small.
                j = count
                while j > 0:
                    other = equal[j - 1]
                    if next_hop[other] < next_hop[row] or (
                        next_hop[other] == next_hop[row] and peer_address[other] <= peer_address[row]
                    ):
                        break
                    equal[j] = other
                    j -= 1
                equal[j] = row
                count += 1
            k = 1
            last = next_hop[b]
            for j in range(count):
                if k == limit:
                    break
                row = equal[j]
                if next_hop[row] == next_hop[b] or next_hop[row] == last:
                    continue
                last = next_hop[row]
                multipath[row] = 1
                k += 1
            if k > 1:
                multipath[b] = 1
    free(equal)


cdef int _check_offsets(const int64_t[::1] offsets, Py_ssize_t rows) except -1:
    cdef Py_ssize_t i
    if offsets.shape[0] == 0 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != rows:
        raise ValueError("offsets must start at 0 and end at the number of paths")
    for i in range(offsets.shape[0] - 1):
        if offsets[i + 1] < offsets[i]:
            raise ValueError("offsets must not fall")
    return 0
