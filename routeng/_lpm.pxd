# What the other compiled modules of the prefix table may use of `_lpm`. (The trie itself stays private: its
# arena belongs to that one module.)

from libc.stdint cimport uint8_t, uint32_t, uint64_t

# An address or a prefix: first address left-aligned in (hi, lo), family 4 or 6, length in bits.
cdef struct Key:
    uint64_t hi
    uint64_t lo
    int family
    int length

# Fill the key from any accepted form. `family` is for integers; a prefix given as an address keeps its length.
cdef int _to_prefix(object thing, int family, bint strict, Key* key) except -1
cdef int _to_address(object thing, int family, Key* key) except -1

# The text of a str object as a key: 0 on success; `key.length` is -1 without a slash.
cdef int scan_text(const char* text, size_t size, Key* key) noexcept nogil
cdef object text_error(object text, int error)

cdef object prefix_from_key(const Key* key)

# A PrefixTable from outside: number of prefixes of a family, and all of them in address order (IPv4 as one word
# each, IPv6 as two); `slots` are places in the list of values.
cdef bint is_table(object thing) noexcept
cdef Py_ssize_t table_size(object table, int family) except -1
cdef int table_keys(object table, int family, uint32_t* narrow, uint64_t* wide, uint8_t* lengths, uint32_t* slots) except -1
cdef list table_values(object table)
