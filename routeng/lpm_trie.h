/* The persistent trie behind PrefixTable: plain C, no Python objects.
 *
 * Shape. A path-compressed trie that consumes four bits a level. A node at depth d stands for the first 4*d
 * bits of its key; it keeps the prefixes of the lengths 4*d+1 .. 4*d+4 below that key in a 30-bit map (position
 * (1 << r) - 2 + top r bits, for the relative length r) and the existing children of the next four bits in a
 * 16-bit map. Children and values follow the header, packed, and are found by counting bits. A node exists only
 * if it has a prefix or at least two children, so equal sets have equal shapes. A prefix of length 0 is kept
 * by the table itself. Compared with a binary trie this takes a quarter of the dependent cache misses and
 * about half of the memory, and a copied path is about as small.
 *
 * Sharing. Every node counts its links (roots and parents). A writer copies the nodes on its path whose count
 * is above one, and changes the others in place; so a snapshot is one increment, and what no root reaches is
 * freed at once. Values are numbers of *slots*, which count the nodes that name them.
 *
 * Memory. Nodes are 32-bit indices in units of 8 bytes into slabs of 16 KiB, one size class a slab; slabs
 * never move, and an empty one goes back to the system.
 *
 * Everything here runs under the GIL. Functions that allocate return LPM_NO_MEMORY and leave a valid trie.
 */
#ifndef ROUTENG_LPM_TRIE_H
#define ROUTENG_LPM_TRIE_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

/* Counting bits is what the trie does most; without the instruction (in every x86-64 processor since 2009) each
 * count is a call. The module checks for it when it is imported. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__POPCNT__)
#pragma GCC target("popcnt")
#endif

#define LPM_INLINE static inline __attribute__((always_inline))
#define LPM_NO_MEMORY (-1)
#define LPM_ABSENT 0xffffffffu /* no slot */
#define LPM_LEVELS 33

/* ------------------------------------------------------------------ nodes */

typedef struct {
    uint32_t links; /* roots and parents that point here */
    uint32_t map;   /* prefixes, 30 bits */
    uint16_t kids;  /* children, 16 bits */
    uint8_t depth;  /* in steps of four bits */
    uint8_t units;  /* allocated size in units of 8 bytes */
    uint32_t word[]; /* key (W words), children, slots */
} lpm_node;

/* W, the number of key words, is 1 for IPv4 and 4 for IPv6; constant in every call after inlining. */
#define LPM_V4 1
#define LPM_V6 4
#define LPM_UNIT 8
#define LPM_UNITS(words) ((unsigned)((offsetof(lpm_node, word) + 4 * (size_t)(words) + LPM_UNIT - 1) / LPM_UNIT))
#define LPM_CLASSES (1 + (12 + 4 * (4 + 16 + 30) + 7) / 8)
#define LPM_SLAB_BITS 11
#define LPM_SLAB_UNITS (1u << LPM_SLAB_BITS)

/* Positions of the map that hold prefixes covering the four bits v / beginning at v. */
#define LPM_ON_PATH(v) (1u << ((v) >> 3) | 4u << ((v) >> 2) | 64u << ((v) >> 1) | 16384u << (v))
static const uint32_t lpm_on_path[16] = {
    LPM_ON_PATH(0),  LPM_ON_PATH(1),  LPM_ON_PATH(2),  LPM_ON_PATH(3), LPM_ON_PATH(4),  LPM_ON_PATH(5),
    LPM_ON_PATH(6),  LPM_ON_PATH(7),  LPM_ON_PATH(8),  LPM_ON_PATH(9), LPM_ON_PATH(10), LPM_ON_PATH(11),
    LPM_ON_PATH(12), LPM_ON_PATH(13), LPM_ON_PATH(14), LPM_ON_PATH(15)};
#define LPM_STARTS(v)                                                                             \
    (((v) & 7 ? 0 : 1u << ((v) >> 3)) | ((v) & 3 ? 0 : 4u << ((v) >> 2)) | ((v) & 1 ? 0 : 64u << ((v) >> 1)) | \
     16384u << (v))
static const uint32_t lpm_starts[16] = {
    LPM_STARTS(0),  LPM_STARTS(1),  LPM_STARTS(2),  LPM_STARTS(3), LPM_STARTS(4),  LPM_STARTS(5),
    LPM_STARTS(6),  LPM_STARTS(7),  LPM_STARTS(8),  LPM_STARTS(9), LPM_STARTS(10), LPM_STARTS(11),
    LPM_STARTS(12), LPM_STARTS(13), LPM_STARTS(14), LPM_STARTS(15)};

/* Map positions of relative length r begin at (1 << r) - 2; all positions of length >= r: */
#define LPM_FROM(r) (0x3fffffffu & ~((1u << ((1u << (r)) - 2)) - 1))
#define LPM_UPTO(r) ((1u << ((2u << (r)) - 2)) - 1)
LPM_INLINE unsigned lpm_relative(unsigned position) { return 31u - (unsigned)__builtin_clz(position + 2); }
LPM_INLINE unsigned lpm_position(unsigned r, unsigned four) { return (1u << r) - 2 + (four >> (4 - r)); }

LPM_INLINE unsigned lpm_count(uint32_t x) { return (unsigned)__builtin_popcount(x); }
LPM_INLINE unsigned lpm_rank(uint32_t map, unsigned position) { return lpm_count(map & ((1u << position) - 1)); }

/* ------------------------------------------------------------------ arena */

typedef struct lpm_slab {
    struct lpm_slab *next, *previous; /* slabs of this class with room */
    uint32_t number;
    uint32_t live;  /* nodes in use */
    uint16_t units; /* size class */
    uint16_t bump;  /* first unit never used */
    uint16_t free;  /* first freed unit, 0 = none; the next one is in its first two bytes */
    uint16_t listed;
} lpm_slab;

static struct {
    lpm_slab **slabs;
    uint32_t count, room;
    uint32_t spare; /* a number whose slab was given back, +1; the entry holds the next one */
    lpm_slab *partial[LPM_CLASSES];
    uint64_t live_units;
    uint32_t live_slabs;
} lpm_arena;

LPM_INLINE lpm_node *lpm_at(uint32_t n) {
    return (lpm_node *)((uint64_t *)lpm_arena.slabs[n >> LPM_SLAB_BITS] + (n & (LPM_SLAB_UNITS - 1)));
}

static void lpm_unlist(lpm_slab *slab) {
    if (slab->previous) slab->previous->next = slab->next;
    else lpm_arena.partial[slab->units] = slab->next;
    if (slab->next) slab->next->previous = slab->previous;
    slab->listed = 0;
}

static void lpm_list(lpm_slab *slab) {
    slab->previous = NULL;
    slab->next = lpm_arena.partial[slab->units];
    if (slab->next) slab->next->previous = slab;
    lpm_arena.partial[slab->units] = slab;
    slab->listed = 1;
}

static lpm_slab *lpm_new_slab(unsigned units) {
    uint32_t number;
    lpm_slab *slab = PyMem_RawMalloc(LPM_SLAB_UNITS * LPM_UNIT);
    if (!slab) return NULL;
    if (lpm_arena.spare) {
        number = lpm_arena.spare - 1;
        lpm_arena.spare = (uint32_t)(uintptr_t)lpm_arena.slabs[number];
    } else {
        if (lpm_arena.count == lpm_arena.room) {
            uint32_t room = lpm_arena.room ? lpm_arena.room * 2 : 64;
            lpm_slab **slabs = NULL;
            if (room <= 1u << (32 - LPM_SLAB_BITS))
                slabs = PyMem_RawRealloc(lpm_arena.slabs, room * sizeof *slabs);
            if (!slabs) {
                PyMem_RawFree(slab);
                return NULL;
            }
            lpm_arena.slabs = slabs;
            lpm_arena.room = room;
        }
        number = lpm_arena.count++;
    }
    lpm_arena.slabs[number] = slab;
    lpm_arena.live_slabs++;
    slab->number = number;
    slab->live = 0;
    slab->units = (uint16_t)units;
    slab->bump = (uint16_t)((sizeof(lpm_slab) + LPM_UNIT - 1) / LPM_UNIT);
    slab->free = 0;
    ASAN_POISON_MEMORY_REGION((uint64_t *)slab + slab->bump, (LPM_SLAB_UNITS - slab->bump) * LPM_UNIT);
    lpm_list(slab);
    return slab;
}

/* A node of so many units, contents undefined but for `links` (1) and `units`; 0 if there is no memory. */
static uint32_t lpm_alloc(unsigned units) {
    lpm_slab *slab = lpm_arena.partial[units];
    uint32_t unit;
    lpm_node *node;
    if (!slab && !(slab = lpm_new_slab(units))) return 0;
    if (slab->free) {
        unit = slab->free;
        node = (lpm_node *)((uint64_t *)slab + unit);
        ASAN_UNPOISON_MEMORY_REGION(node, units * LPM_UNIT);
        memcpy(&slab->free, node, sizeof slab->free);
    } else {
        unit = slab->bump;
        node = (lpm_node *)((uint64_t *)slab + unit);
        ASAN_UNPOISON_MEMORY_REGION(node, units * LPM_UNIT);
        slab->bump = (uint16_t)(slab->bump + units);
    }
    if (!slab->free && slab->bump + units > LPM_SLAB_UNITS) lpm_unlist(slab);
    slab->live++;
    lpm_arena.live_units += units;
    node->links = 1;
    node->units = (uint8_t)units;
    return slab->number << LPM_SLAB_BITS | unit;
}

static void lpm_free(uint32_t n) {
    lpm_slab *slab = lpm_arena.slabs[n >> LPM_SLAB_BITS];
    lpm_node *node = lpm_at(n);
    unsigned units = slab->units;
    lpm_arena.live_units -= units;
    memcpy(node, &slab->free, sizeof slab->free);
    slab->free = (uint16_t)(n & (LPM_SLAB_UNITS - 1));
    ASAN_POISON_MEMORY_REGION(node, units * LPM_UNIT);
    if (!slab->listed) lpm_list(slab);
    if (--slab->live == 0 && (slab->next || slab->previous)) {
        /* The last slab of a class stays, or a table at the edge would allocate at every change. */
        lpm_unlist(slab);
        lpm_arena.slabs[slab->number] = (lpm_slab *)(uintptr_t)lpm_arena.spare;
        lpm_arena.spare = slab->number + 1;
        lpm_arena.live_slabs--;
        ASAN_UNPOISON_MEMORY_REGION(slab, LPM_SLAB_UNITS * LPM_UNIT);
        PyMem_RawFree(slab);
    }
}

/* ------------------------------------------------------------------ slots */

/* Reference counts of the values, less one, so that fresh zero pages are counts of one and need not be touched. Slot
 * 0 is None and is not counted. A slot that loses its last name is chained in `pending` (its count holds the next
 * one): the owner drops the objects when no trie is half changed. */
typedef struct {
    uint32_t *count;
    uint32_t room, used; /* slots 0 .. used-1 exist */
    uint32_t free;       /* chain of unused slots, 0 = none */
    uint32_t pending;
} lpm_slots;

LPM_INLINE void lpm_keep_slot(lpm_slots *slots, uint32_t slot) {
    if (slot) slots->count[slot]++;
}

LPM_INLINE void lpm_drop_slot(lpm_slots *slots, uint32_t slot) {
    if (slot && slots->count[slot]-- == 0) {
        slots->count[slot] = slots->pending;
        slots->pending = slot;
    }
}

static int lpm_reserve_slots(lpm_slots *slots, uint32_t wanted) {
    if (wanted > slots->room) {
        uint64_t room = (uint64_t)slots->room + slots->room / 8 + 8;
        if (room < wanted) room = wanted;
        if (room >= LPM_ABSENT) return LPM_NO_MEMORY;
        uint32_t *count = slots->count ? PyMem_RawRealloc(slots->count, (size_t)room * sizeof *count)
                                       : PyMem_RawCalloc((size_t)room, sizeof *count);
        if (!count) return LPM_NO_MEMORY;
        slots->count = count;
        slots->room = (uint32_t)room;
    }
    return 0;
}

/* ------------------------------------------------------------------ keys */

LPM_INLINE uint64_t lpm_key_hi(const int W, const lpm_node *node) {
    return W == LPM_V4 ? (uint64_t)node->word[0] << 32 : (uint64_t)node->word[0] << 32 | node->word[1];
}

LPM_INLINE uint64_t lpm_key_lo(const int W, const lpm_node *node) {
    return W == LPM_V4 ? 0 : (uint64_t)node->word[2] << 32 | node->word[3];
}

LPM_INLINE void lpm_set_key(const int W, lpm_node *node, uint64_t hi, uint64_t lo, unsigned depth) {
    uint64_t khi = depth == 0 ? 0 : depth < 16 ? hi & ~(uint64_t)0 << (64 - 4 * depth) : hi;
    uint64_t klo = depth <= 16 ? 0 : lo & ~(uint64_t)0 << (128 - 4 * depth);
    node->depth = (uint8_t)depth;
    node->word[0] = (uint32_t)(khi >> 32);
    if (W == LPM_V6) {
        node->word[1] = (uint32_t)khi;
        node->word[2] = (uint32_t)(klo >> 32);
        node->word[3] = (uint32_t)klo;
    }
}

LPM_INLINE unsigned lpm_four(const int W, uint64_t hi, uint64_t lo, unsigned depth) {
    if (W == LPM_V4 || depth < 16) return (unsigned)(hi >> (60 - 4 * depth)) & 15;
    return (unsigned)(lo >> (124 - 4 * depth)) & 15;
}

/* The number of leading groups of four bits that agree, 0..32. */
LPM_INLINE unsigned lpm_common(uint64_t ahi, uint64_t alo, uint64_t bhi, uint64_t blo) {
    if (ahi != bhi) return (unsigned)__builtin_clzll(ahi ^ bhi) / 4;
    if (alo != blo) return 16 + (unsigned)__builtin_clzll(alo ^ blo) / 4;
    return 32;
}

LPM_INLINE int lpm_matches(const int W, const lpm_node *node, uint64_t hi, uint64_t lo) {
    unsigned depth = node->depth;
    if (W == LPM_V4) return (uint64_t)((uint32_t)(hi >> 32) ^ node->word[0]) >> (32 - 4 * depth) == 0;
    if (depth == 0) return 1;
    if (depth <= 16) return (hi ^ lpm_key_hi(W, node)) >> (64 - 4 * depth) == 0;
    return hi == lpm_key_hi(W, node) && (lo ^ lpm_key_lo(W, node)) >> (128 - 4 * depth) == 0;
}

LPM_INLINE uint32_t *lpm_kids_of(const int W, lpm_node *node) { return node->word + W; }
LPM_INLINE uint32_t *lpm_slots_of(const int W, lpm_node *node) { return node->word + W + lpm_count(node->kids); }
LPM_INLINE uint32_t lpm_slot_at(const int W, lpm_node *node, unsigned position) {
    return lpm_slots_of(W, node)[lpm_rank(node->map, position)];
}

/* ------------------------------------------------------------------ questions */

/* Slot of the longest prefix that covers the address, its length in *length; LPM_ABSENT if none does. */
LPM_INLINE uint32_t lpm_longest_body(const int W, uint32_t n, uint64_t hi, uint64_t lo, int *length) {
    lpm_node *best = NULL;
    uint32_t best_map = 0;
    while (n) {
        lpm_node *node = lpm_at(n);
        unsigned four;
        uint32_t on_path, kids;
        if (!lpm_matches(W, node, hi, lo)) break;
        four = lpm_four(W, hi, lo, node->depth);
        on_path = node->map & lpm_on_path[four];
        if (on_path) {
            best = node;
            best_map = on_path;
        }
        kids = node->kids;
        if (!(kids >> four & 1)) break;
        n = node->word[W + lpm_rank(kids, four)];
    }
    if (!best) return LPM_ABSENT;
    unsigned position = 31u - (unsigned)__builtin_clz(best_map);
    *length = 4 * best->depth + (int)lpm_relative(position);
    return lpm_slot_at(W, best, position);
}

/* The same from the middle of a trie, without the length; `slot` if nothing below covers. The slot is fetched at
 * once and not at the end: that load then runs beside the way down and not after it. */
LPM_INLINE uint32_t lpm_below_body(const int W, uint32_t n, uint64_t hi, uint64_t lo, uint32_t slot) {
    uint64_t *const *slabs = (uint64_t *const *)lpm_arena.slabs;
    do {
        const lpm_node *node = (const lpm_node *)(slabs[n >> LPM_SLAB_BITS] + (n & (LPM_SLAB_UNITS - 1)));
        unsigned four;
        uint32_t on_path, kids = node->kids;
        const uint32_t *from = &slot;
        if (!lpm_matches(W, node, hi, lo)) break;
        four = lpm_four(W, hi, lo, node->depth);
        on_path = node->map & lpm_on_path[four];
        if (on_path)
            from = node->word + W + lpm_count(kids) + lpm_rank(node->map, 31u - (unsigned)__builtin_clz(on_path));
        slot = *from;
        if (!(kids >> four & 1)) break;
        n = node->word[W + lpm_rank(kids, four)];
    } while (1);
    return slot;
}
static uint32_t lpm_below4(uint32_t n, uint64_t hi, uint32_t slot) {
    return lpm_below_body(LPM_V4, n, hi, 0, slot);
}
static uint32_t lpm_below6(uint32_t n, uint64_t hi, uint64_t lo, uint32_t slot) {
    return lpm_below_body(LPM_V6, n, hi, lo, slot);
}

static int lpm_processor_is_supported(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("popcnt");
#else
    return 1;
#endif
}

/* All prefixes of at most `most` bits that cover the address, shortest first: lengths and slots; their number. */
LPM_INLINE int lpm_covering_body(const int W, uint32_t n, uint64_t hi, uint64_t lo, int most, uint8_t *lengths,
                                 uint32_t *found) {
    int number = 0;
    while (n) {
        lpm_node *node = lpm_at(n);
        int base = 4 * node->depth;
        unsigned four;
        uint32_t on_path;
        if (base >= most || !lpm_matches(W, node, hi, lo)) break;
        four = lpm_four(W, hi, lo, node->depth);
        on_path = node->map & lpm_on_path[four];
        if (most - base < 4) on_path &= LPM_UPTO(most - base);
        for (; on_path; on_path &= on_path - 1) {
            unsigned position = (unsigned)__builtin_ctz(on_path);
            lengths[number] = (uint8_t)(base + (int)lpm_relative(position));
            found[number++] = lpm_slot_at(W, node, position);
        }
        if (!(node->kids >> four & 1)) break;
        n = node->word[W + lpm_rank(node->kids, four)];
    }
    return number;
}

/* The same, the longest only. */
LPM_INLINE uint32_t lpm_longest_upto_body(const int W, uint32_t n, uint64_t hi, uint64_t lo, int most,
                                          int *length) {
    uint32_t found = LPM_ABSENT;
    while (n) {
        lpm_node *node = lpm_at(n);
        int base = 4 * node->depth;
        unsigned four;
        uint32_t on_path;
        if (base >= most || !lpm_matches(W, node, hi, lo)) break;
        four = lpm_four(W, hi, lo, node->depth);
        on_path = node->map & lpm_on_path[four];
        if (most - base < 4) on_path &= LPM_UPTO(most - base);
        if (on_path) {
            unsigned position = 31u - (unsigned)__builtin_clz(on_path);
            *length = base + (int)lpm_relative(position);
            found = lpm_slot_at(W, node, position);
        }
        if (!(node->kids >> four & 1)) break;
        n = node->word[W + lpm_rank(node->kids, four)];
    }
    return found;
}

/* Slot of exactly this prefix (length >= 1), or LPM_ABSENT. */
LPM_INLINE uint32_t lpm_exact_body(const int W, uint32_t n, uint64_t hi, uint64_t lo, int length) {
    unsigned depth = (unsigned)(length - 1) / 4;
    while (n) {
        lpm_node *node = lpm_at(n);
        unsigned four;
        if (node->depth > depth || !lpm_matches(W, node, hi, lo)) break;
        four = lpm_four(W, hi, lo, node->depth);
        if (node->depth == depth) {
            unsigned position = lpm_position((unsigned)length - 4 * depth, four);
            return node->map >> position & 1 ? lpm_slot_at(W, node, position) : LPM_ABSENT;
        }
        if (!(node->kids >> four & 1)) break;
        n = node->word[W + lpm_rank(node->kids, four)];
    }
    return LPM_ABSENT;
}

/* ------------------------------------------------------------------ changes */

/* Give up one link to the trie at n. Without `slots` their counts stay as they are (nobody will read them). */
LPM_INLINE void lpm_release_body(const int W, lpm_slots *slots, uint32_t n, void (*self)(lpm_slots *, uint32_t)) {
    lpm_node *node;
    unsigned kids, values;
    if (!n) return;
    node = lpm_at(n);
    if (--node->links) return;
    kids = lpm_count(node->kids);
    values = lpm_count(node->map);
    for (unsigned i = 0; i < kids; i++) self(slots, node->word[W + i]);
    if (slots)
        for (unsigned i = 0; i < values; i++) lpm_drop_slot(slots, node->word[W + kids + i]);
    lpm_free(n);
}
static void lpm_release4(lpm_slots *slots, uint32_t n) { lpm_release_body(LPM_V4, slots, n, lpm_release4); }
static void lpm_release6(lpm_slots *slots, uint32_t n) { lpm_release_body(LPM_V6, slots, n, lpm_release6); }

/* Make the node at *link ours alone, with room for `more` further words. */
LPM_INLINE int lpm_own(const int W, lpm_slots *slots, uint32_t *link, unsigned more) {
    lpm_node *node = lpm_at(*link), *copy;
    unsigned kids = lpm_count(node->kids), values = lpm_count(node->map), words = (unsigned)W + kids + values;
    uint32_t n;
    if (node->links == 1 && LPM_UNITS(words + more) <= node->units) return 0;
    n = lpm_alloc(LPM_UNITS(words + more));
    if (!n) return LPM_NO_MEMORY;
    copy = lpm_at(n);
    copy->map = node->map;
    copy->kids = node->kids;
    copy->depth = node->depth;
    memcpy(copy->word, node->word, words * sizeof(uint32_t));
    if (node->links == 1) {
        lpm_free(*link);
    } else {
        node->links--;
        for (unsigned i = 0; i < kids; i++) lpm_at(copy->word[W + i])->links++;
        for (unsigned i = 0; i < values; i++) lpm_keep_slot(slots, copy->word[W + kids + i]);
    }
    *link = n;
    return 0;
}

/* Put `value` at word `at` of a node that has room; `words` are in use. */
LPM_INLINE void lpm_insert_word(lpm_node *node, unsigned at, unsigned words, uint32_t value) {
    memmove(node->word + at + 1, node->word + at, (words - at) * sizeof(uint32_t));
    node->word[at] = value;
}

/* Take out word `at`, then move to a smaller node if one size class can be saved. */
LPM_INLINE void lpm_remove_word(uint32_t *link, unsigned at, unsigned words) {
    lpm_node *node = lpm_at(*link), *copy;
    uint32_t n;
    memmove(node->word + at, node->word + at + 1, (words - at - 1) * sizeof(uint32_t));
    if (LPM_UNITS(words - 1) < node->units && (n = lpm_alloc(LPM_UNITS(words - 1))) != 0) {
        copy = lpm_at(n);
        copy->map = node->map;
        copy->kids = node->kids;
        copy->depth = node->depth;
        memcpy(copy->word, node->word, (words - 1) * sizeof(uint32_t));
        lpm_free(*link);
        *link = n;
    }
}

/* A new node with one prefix. */
LPM_INLINE uint32_t lpm_leaf(const int W, uint64_t hi, uint64_t lo, int length, uint32_t slot) {
    unsigned depth = (unsigned)(length - 1) / 4;
    uint32_t n = lpm_alloc(LPM_UNITS(W + 1));
    if (n) {
        lpm_node *node = lpm_at(n);
        lpm_set_key(W, node, hi, lo, depth);
        node->kids = 0;
        node->map = 1u << lpm_position((unsigned)length - 4 * depth, lpm_four(W, hi, lo, depth));
        node->word[W] = slot;
    }
    return n;
}

/* Store `slot` (one count of it passes to the trie) under a prefix of length >= 1.
 * 1 if the prefix is new, 0 if it replaced another slot, LPM_NO_MEMORY if nothing was done. */
LPM_INLINE int lpm_put_body(const int W, lpm_slots *slots, uint32_t *link, uint64_t hi, uint64_t lo, int length,
                            uint32_t slot) {
    unsigned depth = (unsigned)(length - 1) / 4;
    for (;;) {
        lpm_node *node;
        unsigned common, four, kids, values, words;
        if (!*link) {
            uint32_t leaf = lpm_leaf(W, hi, lo, length, slot);
            if (!leaf) return LPM_NO_MEMORY;
            *link = leaf;
            return 1;
        }
        node = lpm_at(*link);
        common = lpm_common(hi, lo, lpm_key_hi(W, node), lpm_key_lo(W, node));
        if (common > node->depth) common = node->depth;
        if (common > depth) common = depth;
        if (common < node->depth) {
            /* The node hangs below a new one: the prefix itself, or the fork between the two. */
            unsigned below = lpm_four(W, lpm_key_hi(W, node), lpm_key_lo(W, node), common);
            uint32_t fork, leaf = 0;
            lpm_node *top;
            if (common < depth && !(leaf = lpm_leaf(W, hi, lo, length, slot))) return LPM_NO_MEMORY;
            fork = lpm_alloc(LPM_UNITS(W + 2));
            if (!fork) {
                if (leaf) lpm_free(leaf);
                return LPM_NO_MEMORY;
            }
            top = lpm_at(fork);
            lpm_set_key(W, top, hi, lo, common);
            four = lpm_four(W, hi, lo, common);
            top->kids = (uint16_t)(1u << below);
            if (leaf) {
                top->kids = (uint16_t)(top->kids | 1u << four);
                top->map = 0;
                top->word[W + (four > below)] = leaf;
                top->word[W + (four < below)] = *link;
            } else {
                top->map = 1u << lpm_position((unsigned)length - 4 * depth, four);
                top->word[W] = *link;
                top->word[W + 1] = slot;
            }
            *link = fork;
            return 1;
        }
        four = lpm_four(W, hi, lo, node->depth);
        kids = lpm_count(node->kids);
        values = lpm_count(node->map);
        words = (unsigned)W + kids + values;
        if (node->depth == depth) {
            unsigned position = lpm_position((unsigned)length - 4 * depth, four);
            unsigned at = (unsigned)W + kids + lpm_rank(node->map, position);
            if (node->map >> position & 1) {
                if (lpm_own(W, slots, link, 0)) return LPM_NO_MEMORY;
                node = lpm_at(*link);
                lpm_drop_slot(slots, node->word[at]);
                node->word[at] = slot;
                return 0;
            }
            if (lpm_own(W, slots, link, 1)) return LPM_NO_MEMORY;
            node = lpm_at(*link);
            lpm_insert_word(node, at, words, slot);
            node->map |= 1u << position;
            return 1;
        }
        if (!(node->kids >> four & 1)) {
            uint32_t leaf = lpm_leaf(W, hi, lo, length, slot);
            if (!leaf) return LPM_NO_MEMORY;
            if (lpm_own(W, slots, link, 1)) {
                lpm_free(leaf);
                return LPM_NO_MEMORY;
            }
            node = lpm_at(*link);
            lpm_insert_word(node, (unsigned)W + lpm_rank(node->kids, four), words, leaf);
            node->kids = (uint16_t)(node->kids | 1u << four);
            return 1;
        }
        if (lpm_own(W, slots, link, 0)) return LPM_NO_MEMORY;
        node = lpm_at(*link);
        link = &node->word[W + lpm_rank(node->kids, four)];
    }
}

/* Take out a prefix that is known to be there (length >= 1). 0, or LPM_NO_MEMORY with nothing taken out. */
LPM_INLINE int lpm_take_body(const int W, lpm_slots *slots, uint32_t *link, uint64_t hi, uint64_t lo,
                             int length) {
    unsigned depth = (unsigned)(length - 1) / 4, four, kids, position, at;
    uint32_t *above = NULL, n;
    lpm_node *node;
    for (;;) {
        if (lpm_own(W, slots, link, 0)) return LPM_NO_MEMORY;
        node = lpm_at(*link);
        four = lpm_four(W, hi, lo, node->depth);
        if (node->depth == depth) break;
        above = link;
        link = &node->word[W + lpm_rank(node->kids, four)];
    }
    kids = lpm_count(node->kids);
    position = lpm_position((unsigned)length - 4 * depth, four);
    at = (unsigned)W + kids + lpm_rank(node->map, position);
    lpm_drop_slot(slots, node->word[at]);
    node->map &= ~(1u << position);
    if (node->map || kids > 1) {
        lpm_remove_word(link, at, (unsigned)W + kids + lpm_count(node->map) + 1);
        return 0;
    }
    n = *link;
    if (kids == 1) {
        *link = node->word[W]; /* its only child takes its place */
        lpm_free(n);
        return 0;
    }
    *link = 0;
    lpm_free(n);
    if (above) {
        node = lpm_at(*above);
        four = lpm_four(W, hi, lo, node->depth);
        at = (unsigned)W + lpm_rank(node->kids, four);
        kids = lpm_count(node->kids);
        node->kids = (uint16_t)(node->kids & ~(1u << four));
        if (!node->map && kids == 2) {
            n = *above;
            *above = node->word[W + (at == (unsigned)W)];
            lpm_free(n);
        } else {
            lpm_remove_word(above, at, (unsigned)W + kids + lpm_count(node->map));
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ building from sorted prefixes */

typedef struct {
    uint64_t hi, lo;
    uint32_t map;
    uint16_t kids;
    uint8_t depth;
    uint32_t kid[16];
    uint32_t slot[30];
} lpm_draft;

typedef struct {
    int top; /* drafts on the stack - 1 */
    uint32_t root;
    lpm_draft draft[LPM_LEVELS];
} lpm_builder;

LPM_INLINE uint32_t lpm_finish_draft(const int W, lpm_draft *draft) {
    unsigned kids = lpm_count(draft->kids), values = lpm_count(draft->map), i = (unsigned)W;
    uint32_t n = lpm_alloc(LPM_UNITS((unsigned)W + kids + values));
    lpm_node *node;
    if (!n) return 0;
    node = lpm_at(n);
    lpm_set_key(W, node, draft->hi, draft->lo, draft->depth);
    node->map = draft->map;
    node->kids = draft->kids;
    for (uint32_t left = draft->kids; left; left &= left - 1) node->word[i++] = draft->kid[__builtin_ctz(left)];
    for (uint32_t left = draft->map; left; left &= left - 1) node->word[i++] = draft->slot[__builtin_ctz(left)];
    return n;
}

LPM_INLINE void lpm_open_draft(lpm_builder *builder, uint64_t hi, uint64_t lo, unsigned depth) {
    lpm_draft *draft = &builder->draft[++builder->top];
    draft->hi = hi;
    draft->lo = lo;
    draft->depth = (uint8_t)depth;
    draft->map = 0;
    draft->kids = 0;
}

/* Close the drafts below depth `common`, which the next prefix does not share. */
LPM_INLINE int lpm_close_drafts(const int W, lpm_builder *builder, unsigned common) {
    while (builder->top >= 0 && builder->draft[builder->top].depth > common) {
        lpm_draft *draft = &builder->draft[builder->top];
        uint64_t hi = draft->hi, lo = draft->lo;
        uint32_t n = lpm_finish_draft(W, draft);
        unsigned four;
        if (!n) return LPM_NO_MEMORY;
        builder->top--;
        if (builder->top < 0 || builder->draft[builder->top].depth < common)
            lpm_open_draft(builder, hi, lo, common);
        draft = &builder->draft[builder->top];
        four = lpm_four(W, hi, lo, draft->depth);
        draft->kid[four] = n;
        draft->kids = (uint16_t)(draft->kids | 1u << four);
    }
    return 0;
}

/* The next prefix, length >= 1, in order of (address, length), none twice. */
LPM_INLINE int lpm_build_next(const int W, lpm_builder *builder, uint64_t hi, uint64_t lo, int length,
                              uint32_t slot) {
    unsigned depth = (unsigned)(length - 1) / 4, position;
    lpm_draft *draft;
    if (builder->top >= 0) {
        unsigned common;
        draft = &builder->draft[builder->top];
        common = lpm_common(hi, lo, draft->hi, draft->lo);
        if (common > depth) common = depth;
        if (common < draft->depth && lpm_close_drafts(W, builder, common)) return LPM_NO_MEMORY;
    }
    if (builder->top < 0 || builder->draft[builder->top].depth < depth) lpm_open_draft(builder, hi, lo, depth);
    draft = &builder->draft[builder->top];
    position = lpm_position((unsigned)length - 4 * depth, lpm_four(W, hi, lo, depth));
    draft->map |= 1u << position;
    draft->slot[position] = slot;
    return 0;
}

/* The root of everything that was added (0 if nothing was); LPM_NO_MEMORY leaves the drafts for abandoning. */
LPM_INLINE int lpm_build_end(const int W, lpm_builder *builder) {
    uint32_t n = 0;
    if (builder->top >= 0) {
        while (builder->top > 0)
            if (lpm_close_drafts(W, builder, builder->draft[builder->top - 1].depth)) return LPM_NO_MEMORY;
        n = lpm_finish_draft(W, &builder->draft[0]);
        if (!n) return LPM_NO_MEMORY;
        builder->top = -1;
    }
    builder->root = n;
    return 0;
}

/* ------------------------------------------------------------------ walking in address order */

/* The groups of four bits at which a prefix or a child of the node begins, as 16 bits. */
LPM_INLINE uint32_t lpm_begins(const lpm_node *node) {
    uint32_t map = node->map, pairs = map >> 6 & 0xff, quads = map >> 2 & 15;
    pairs = (pairs | pairs << 4) & 0x0f0f; /* one bit for two groups, spread to every second place */
    pairs = (pairs | pairs << 2) & 0x3333;
    pairs = (pairs | pairs << 1) & 0x5555;
    quads = (quads | quads << 6) & 0x0303;
    quads = (quads | quads << 3) & 0x1111;
    return node->kids | map >> 14 | pairs | quads | (map & 1) | (map & 2) << 7;
}

typedef struct {
    lpm_node *node;
    uint32_t left; /* prefixes beginning at `four` that were not yet seen */
    uint8_t four, end, entered;
} lpm_frame;

typedef struct {
    int top;
    uint64_t hi, lo; /* the prefix just reached */
    int length;
    uint32_t slot;
    lpm_frame frame[LPM_LEVELS];
} lpm_walk;

LPM_INLINE void lpm_walk_push(lpm_walk *walk, lpm_node *node, unsigned first, unsigned last, uint32_t allowed) {
    lpm_frame *frame = &walk->frame[++walk->top];
    frame->node = node;
    frame->four = (uint8_t)first;
    frame->end = (uint8_t)last;
    frame->left = node->map & lpm_starts[first] & allowed;
    frame->entered = 0;
}

/* Begin a walk over the prefixes inside hi/lo/length (the prefix itself included; not a prefix of length 0). */
LPM_INLINE void lpm_walk_start(const int W, lpm_walk *walk, uint32_t n, uint64_t hi, uint64_t lo, int length) {
    walk->top = -1;
    while (n) {
        lpm_node *node = lpm_at(n);
        int base = 4 * node->depth;
        unsigned four;
        uint64_t khi = lpm_key_hi(W, node), klo = lpm_key_lo(W, node);
        if (base >= length) {
            unsigned whole = (unsigned)length / 4, rest = (unsigned)length % 4;
            if (lpm_common(hi, lo, khi, klo) < whole) return;
            if (rest && (lpm_four(W, hi, lo, whole) ^ lpm_four(W, khi, klo, whole)) >> (4 - rest)) return;
            lpm_walk_push(walk, node, 0, 15, ~0u);
            return;
        }
        if (!lpm_matches(W, node, hi, lo)) return;
        four = lpm_four(W, hi, lo, node->depth);
        if (length <= base + 4) {
            unsigned r = (unsigned)(length - base);
            lpm_walk_push(walk, node, four, four | (15u >> r), LPM_FROM(r));
            return;
        }
        if (!(node->kids >> four & 1)) return;
        n = node->word[W + lpm_rank(node->kids, four)];
    }
}

/* The next prefix in order of (address, length); 0 at the end. `skip` leaves out what lies inside it. */
LPM_INLINE int lpm_walk_next(const int W, lpm_walk *walk, const int skip) {
    while (walk->top >= 0) {
        lpm_frame *frame = &walk->frame[walk->top];
        lpm_node *node = frame->node;
        if (frame->left) {
            unsigned position = (unsigned)__builtin_ctz(frame->left), r = lpm_relative(position);
            unsigned shift = 4 * node->depth;
            frame->left &= frame->left - 1;
            walk->hi = lpm_key_hi(W, node);
            walk->lo = lpm_key_lo(W, node);
            if (W == LPM_V4 || shift < 64) walk->hi |= (uint64_t)frame->four << (60 - shift);
            else walk->lo |= (uint64_t)frame->four << (124 - shift);
            walk->length = (int)(shift + r);
            walk->slot = lpm_slot_at(W, node, position);
            if (skip) {
                unsigned next = frame->four + (16u >> r);
                if (next > frame->end) {
                    walk->top--;
                } else {
                    frame->four = (uint8_t)next;
                    frame->left = node->map & lpm_starts[next];
                    frame->entered = 0;
                }
            }
            return 1;
        }
        if (!frame->entered && node->kids >> frame->four & 1) {
            frame->entered = 1;
            lpm_walk_push(walk, lpm_at(node->word[W + lpm_rank(node->kids, frame->four)]), 0, 15, ~0u);
            continue;
        }
        if (frame->four == frame->end) {
            walk->top--;
            continue;
        }
        { /* jump to the next four bits at which anything begins */
            uint32_t ahead = lpm_begins(node) & ~0u << (frame->four + 1);
            unsigned next = ahead ? (unsigned)__builtin_ctz(ahead) : 16;
            if (next > frame->end) {
                walk->top--;
                continue;
            }
            frame->four = (uint8_t)next;
            frame->left = node->map & lpm_starts[next];
            frame->entered = 0;
        }
    }
    return 0;
}

/* All prefixes below n in order, into arrays: IPv4 words or IPv6 pairs of words, lengths, slots. Their number. */
LPM_INLINE size_t lpm_export_body(const int W, uint32_t n, uint32_t *narrow, uint64_t *wide, uint8_t *lengths,
                                  uint32_t *slots,
                                  size_t (*self)(uint32_t, uint32_t *, uint64_t *, uint8_t *, uint32_t *)) {
    lpm_node *node = lpm_at(n);
    size_t count = 0;
    unsigned depth = node->depth, kid = (unsigned)W;
    uint32_t *slot = lpm_slots_of(W, node);
    uint64_t hi = lpm_key_hi(W, node), lo = lpm_key_lo(W, node);
    for (uint32_t begins = lpm_begins(node); begins; begins &= begins - 1) {
        unsigned four = (unsigned)__builtin_ctz(begins);
        for (uint32_t left = node->map & lpm_starts[four]; left; left &= left - 1) {
            unsigned position = (unsigned)__builtin_ctz(left);
            if (W == LPM_V4) {
                narrow[count] = node->word[0] | four << (28 - 4 * depth);
            } else {
                wide[2 * count] = depth < 16 ? hi | (uint64_t)four << (60 - 4 * depth) : hi;
                wide[2 * count + 1] = depth < 16 ? lo : lo | (uint64_t)four << (124 - 4 * depth);
            }
            lengths[count] = (uint8_t)(4 * depth + lpm_relative(position));
            slots[count++] = slot[lpm_rank(node->map, position)];
        }
        if (node->kids >> four & 1)
            count += self(node->word[kid++], W == LPM_V4 ? narrow + count : NULL,
                          W == LPM_V6 ? wide + 2 * count : NULL, lengths + count, slots + count);
    }
    return count;
}
static size_t lpm_export4(uint32_t n, uint32_t *narrow, uint64_t *wide, uint8_t *lengths, uint32_t *slots) {
    return lpm_export_body(LPM_V4, n, narrow, wide, lengths, slots, lpm_export4);
}
static size_t lpm_export6(uint32_t n, uint32_t *narrow, uint64_t *wide, uint8_t *lengths, uint32_t *slots) {
    return lpm_export_body(LPM_V6, n, narrow, wide, lengths, slots, lpm_export6);
}

/* ------------------------------------------------------------------ comparing two tries */

typedef struct {
    uint64_t hi, lo;
    uint32_t left, right; /* slots, LPM_ABSENT on the side that lacks the prefix */
    uint8_t length;
} lpm_change;

typedef struct {
    lpm_change *change;
    size_t count, room;
    int one_store; /* slots of both sides mean the same values */
    int stop_early; /* end at the first prefix that only one side has */
    int one_sided;
} lpm_changes;

static int lpm_report(lpm_changes *out, uint64_t hi, uint64_t lo, int length, uint32_t left, uint32_t right) {
    lpm_change *change;
    if (left == LPM_ABSENT || right == LPM_ABSENT) {
        out->one_sided = 1;
        if (out->stop_early) return 1;
    } else if (left == right && (out->one_store || left == 0)) {
        return 0;
    }
    if (out->count == out->room) {
        size_t room = out->room ? out->room * 2 : 16;
        change = PyMem_RawRealloc(out->change, room * sizeof *change);
        if (!change) return LPM_NO_MEMORY;
        out->change = change;
        out->room = room;
    }
    change = &out->change[out->count++];
    change->hi = hi;
    change->lo = lo;
    change->length = (uint8_t)length;
    change->left = left;
    change->right = right;
    return 0;
}

LPM_INLINE int lpm_report_all(const int W, lpm_changes *out, uint32_t n, int is_left) {
    lpm_walk walk;
    int stop;
    walk.top = -1;
    lpm_walk_push(&walk, lpm_at(n), 0, 15, ~0u);
    while (lpm_walk_next(W, &walk, 0)) {
        stop = lpm_report(out, walk.hi, walk.lo, walk.length, is_left ? walk.slot : LPM_ABSENT,
                          is_left ? LPM_ABSENT : walk.slot);
        if (stop) return stop;
    }
    return 0;
}

/* Report in address order where the tries differ; subtries that are one and the same are not entered. */
LPM_INLINE int lpm_compare_body(const int W, lpm_changes *out, uint32_t a, uint32_t b,
                                int (*self)(lpm_changes *, uint32_t, uint32_t)) {
    lpm_node *left, *right;
    uint64_t hi, lo;
    unsigned depth, common;
    int stop, in_left, in_right;
    if (a == b) return 0;
    if (!b) return lpm_report_all(W, out, a, 1);
    if (!a) return lpm_report_all(W, out, b, 0);
    left = lpm_at(a);
    right = lpm_at(b);
    hi = lpm_key_hi(W, left);
    lo = lpm_key_lo(W, left);
    depth = left->depth < right->depth ? left->depth : right->depth;
    common = lpm_common(hi, lo, lpm_key_hi(W, right), lpm_key_lo(W, right));
    if (common < depth) { /* side by side */
        int left_first = hi != lpm_key_hi(W, right) ? hi < lpm_key_hi(W, right) : lo < lpm_key_lo(W, right);
        stop = lpm_report_all(W, out, left_first ? a : b, left_first);
        return stop ? stop : lpm_report_all(W, out, left_first ? b : a, !left_first);
    }
    in_left = left->depth == depth;   /* the node itself, or something below one of its children */
    in_right = right->depth == depth;
    if (!in_left) {
        hi = lpm_key_hi(W, right);
        lo = lpm_key_lo(W, right);
    }
    for (unsigned four = 0; four < 16; four++) {
        uint32_t lmap = in_left ? left->map & lpm_starts[four] : 0;
        uint32_t rmap = in_right ? right->map & lpm_starts[four] : 0;
        uint32_t lkid = 0, rkid = 0;
        for (uint32_t both = lmap | rmap; both; both &= both - 1) {
            unsigned position = (unsigned)__builtin_ctz(both);
            uint64_t phi = hi, plo = lo;
            if (W == LPM_V4 || depth < 16) phi |= (uint64_t)four << (60 - 4 * depth);
            else plo |= (uint64_t)four << (124 - 4 * depth);
            stop = lpm_report(out, phi, plo, (int)(4 * depth + lpm_relative(position)),
                              lmap >> position & 1 ? lpm_slot_at(W, left, position) : LPM_ABSENT,
                              rmap >> position & 1 ? lpm_slot_at(W, right, position) : LPM_ABSENT);
            if (stop) return stop;
        }
        if (!in_left) lkid = lpm_four(W, lpm_key_hi(W, left), lpm_key_lo(W, left), depth) == four ? a : 0;
        else if (left->kids >> four & 1) lkid = left->word[W + lpm_rank(left->kids, four)];
        if (!in_right) rkid = lpm_four(W, lpm_key_hi(W, right), lpm_key_lo(W, right), depth) == four ? b : 0;
        else if (right->kids >> four & 1) rkid = right->word[W + lpm_rank(right->kids, four)];
        if (lkid != rkid && (stop = self(out, lkid, rkid)) != 0) return stop;
    }
    return 0;
}
static int lpm_compare4(lpm_changes *out, uint32_t a, uint32_t b) {
    return lpm_compare_body(LPM_V4, out, a, b, lpm_compare4);
}
static int lpm_compare6(lpm_changes *out, uint32_t a, uint32_t b) {
    return lpm_compare_body(LPM_V6, out, a, b, lpm_compare6);
}

/* ------------------------------------------------------------------ direct index */

/* The first `levels` groups of four bits after those that all prefixes share, looked up in one step: where to go
 * on, and what covers the address so far. A table that is asked often builds one for each family, and drops it when
 * it changes. All indexes together stay below LPM_INDEX_BYTES: the oldest one makes room. */
#define LPM_INDEX_BYTES (32u << 20)

typedef struct {
    uint32_t n, slot;
} lpm_entry;

typedef struct lpm_index {
    struct lpm_index *newer, *older;
    struct lpm_index **owner;
    uint64_t key, mask; /* the shared bits of the upper address word */
    uint32_t zero;      /* the answer where they differ */
    uint8_t skip, shift;
    size_t bytes;
    lpm_entry entry[];
} lpm_index;

static struct {
    lpm_index *newest, *oldest;
    size_t bytes;
} lpm_indexes;

static unsigned lpm_index_levels(uint32_t prefixes) {
    return prefixes < 64 ? 0 : prefixes < 1024 ? 2 : prefixes < 65536 ? 3 : 4;
}

static void lpm_drop_index(lpm_index **owner) {
    lpm_index *index = *owner;
    *owner = NULL;
    if (index->newer) index->newer->older = index->older;
    else lpm_indexes.newest = index->older;
    if (index->older) index->older->newer = index->newer;
    else lpm_indexes.oldest = index->newer;
    lpm_indexes.bytes -= index->bytes;
    PyMem_RawFree(index);
}

/* Fill the entries [start, start + 16^(end - depth)) for the trie at n; `slot` covers them so far. */
LPM_INLINE void lpm_fill_body(const int W, lpm_index *index, unsigned end, uint32_t n, unsigned depth, uint32_t start,
                              uint32_t slot,
                              void (*self)(lpm_index *, unsigned, uint32_t, unsigned, uint32_t, uint32_t)) {
    lpm_node *node = n ? lpm_at(n) : NULL;
    uint32_t size = 1u << 4 * (end - depth);
    if (!node || node->depth != depth) {
        for (uint32_t i = 0; i < size; i++) index->entry[start + i] = (lpm_entry){0, slot};
        if (!node) return;
    }
    start = (uint32_t)(lpm_key_hi(W, node) << index->skip >> index->shift);
    if (node->depth >= end) {
        index->entry[start].n = n;
        index->entry[start].slot = slot;
        return;
    }
    depth = node->depth;
    size = 1u << 4 * (end - depth - 1);
    for (unsigned four = 0; four < 16; four++) {
        uint32_t on_path = node->map & lpm_on_path[four], covered = slot;
        if (on_path) covered = lpm_slot_at(W, node, 31u - (unsigned)__builtin_clz(on_path));
        self(index, end, node->kids >> four & 1 ? node->word[W + lpm_rank(node->kids, four)] : 0, depth + 1,
             start + four * size, covered);
    }
}
static void lpm_fill4(lpm_index *index, unsigned end, uint32_t n, unsigned depth, uint32_t start, uint32_t slot) {
    lpm_fill_body(LPM_V4, index, end, n, depth, start, slot, lpm_fill4);
}
static void lpm_fill6(lpm_index *index, unsigned end, uint32_t n, unsigned depth, uint32_t start, uint32_t slot) {
    lpm_fill_body(LPM_V6, index, end, n, depth, start, slot, lpm_fill6);
}

/* Without memory, or where the root leaves no room in the upper address word, there is simply no index. */
static void lpm_make_index(int family, lpm_index **owner, unsigned levels, uint32_t root, uint32_t zero) {
    size_t bytes = sizeof(lpm_index) + ((size_t)1 << 4 * levels) * sizeof(lpm_entry);
    unsigned depth = root ? lpm_at(root)->depth : 0;
    lpm_index *index;
    if (!root || depth + levels > (family == 4 ? 8 : 16)) return;
    while (lpm_indexes.oldest && lpm_indexes.bytes + bytes > LPM_INDEX_BYTES) lpm_drop_index(lpm_indexes.oldest->owner);
    index = PyMem_RawMalloc(bytes);
    if (!index) return;
    index->bytes = bytes;
    index->skip = (uint8_t)(4 * depth);
    index->shift = (uint8_t)(64 - 4 * levels);
    index->mask = depth ? ~(uint64_t)0 << (64 - 4 * depth) : 0;
    index->key = family == 4 ? lpm_key_hi(LPM_V4, lpm_at(root)) : lpm_key_hi(LPM_V6, lpm_at(root));
    index->zero = zero;
    index->owner = owner;
    index->newer = NULL;
    index->older = lpm_indexes.newest;
    if (index->older) index->older->newer = index;
    else lpm_indexes.oldest = index;
    lpm_indexes.newest = index;
    lpm_indexes.bytes += bytes;
    *owner = index;
    if (family == 4) lpm_fill4(index, depth + levels, root, depth, 0, zero);
    else lpm_fill6(index, depth + levels, root, depth, 0, zero);
}

LPM_INLINE uint32_t lpm_ask_index(int family, const lpm_index *index, uint64_t hi, uint64_t lo) {
    const lpm_entry *entry;
    if ((hi ^ index->key) & index->mask) return index->zero;
    entry = index->entry + (hi << index->skip >> index->shift);
    if (!entry->n) return entry->slot;
    return family == 4 ? lpm_below4(entry->n, hi, entry->slot) : lpm_below6(entry->n, hi, lo, entry->slot);
}

/* ------------------------------------------------------------------ memory of a trie */

/* Bytes of the nodes below n; those that only this trie reaches are added to *own as well. */
LPM_INLINE uint64_t lpm_bytes_body(const int W, uint32_t n, int alone, uint64_t *own, uint64_t *nodes,
                                   uint64_t (*self)(uint32_t, int, uint64_t *, uint64_t *)) {
    lpm_node *node;
    uint64_t bytes;
    if (!n) return 0;
    node = lpm_at(n);
    bytes = (uint64_t)node->units * LPM_UNIT;
    alone = alone && node->links == 1;
    if (alone) *own += bytes;
    ++*nodes;
    for (unsigned i = 0; i < lpm_count(node->kids); i++) bytes += self(node->word[W + i], alone, own, nodes);
    return bytes;
}
static uint64_t lpm_bytes4(uint32_t n, int alone, uint64_t *own, uint64_t *nodes) {
    return lpm_bytes_body(LPM_V4, n, alone, own, nodes, lpm_bytes4);
}
static uint64_t lpm_bytes6(uint32_t n, int alone, uint64_t *own, uint64_t *nodes) {
    return lpm_bytes_body(LPM_V6, n, alone, own, nodes, lpm_bytes6);
}

/* ------------------------------------------------------------------ both families */

static int lpm_put4(lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length, uint32_t slot) {
    return lpm_put_body(LPM_V4, s, link, hi, lo, length, slot);
}
static int lpm_put6(lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length, uint32_t slot) {
    return lpm_put_body(LPM_V6, s, link, hi, lo, length, slot);
}
static int lpm_take4(lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length) {
    return lpm_take_body(LPM_V4, s, link, hi, lo, length);
}
static int lpm_take6(lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length) {
    return lpm_take_body(LPM_V6, s, link, hi, lo, length);
}

static uint32_t lpm_longest(int family, uint32_t n, uint64_t hi, uint64_t lo, int *length) {
    return family == 4 ? lpm_longest_body(LPM_V4, n, hi, lo, length)
                       : lpm_longest_body(LPM_V6, n, hi, lo, length);
}
static uint32_t lpm_longest_upto(int family, uint32_t n, uint64_t hi, uint64_t lo, int most, int *length) {
    return family == 4 ? lpm_longest_upto_body(LPM_V4, n, hi, lo, most, length)
                       : lpm_longest_upto_body(LPM_V6, n, hi, lo, most, length);
}
static int lpm_covering(int family, uint32_t n, uint64_t hi, uint64_t lo, int most, uint8_t *lengths,
                        uint32_t *found) {
    return family == 4 ? lpm_covering_body(LPM_V4, n, hi, lo, most, lengths, found)
                       : lpm_covering_body(LPM_V6, n, hi, lo, most, lengths, found);
}
static uint32_t lpm_exact(int family, uint32_t n, uint64_t hi, uint64_t lo, int length) {
    return family == 4 ? lpm_exact_body(LPM_V4, n, hi, lo, length) : lpm_exact_body(LPM_V6, n, hi, lo, length);
}
static int lpm_put(int family, lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length,
                   uint32_t slot) {
    return family == 4 ? lpm_put4(s, link, hi, lo, length, slot) : lpm_put6(s, link, hi, lo, length, slot);
}
static int lpm_take(int family, lpm_slots *s, uint32_t *link, uint64_t hi, uint64_t lo, int length) {
    return family == 4 ? lpm_take4(s, link, hi, lo, length) : lpm_take6(s, link, hi, lo, length);
}
static size_t lpm_export(int family, uint32_t n, uint32_t *narrow, uint64_t *wide, uint8_t *lengths,
                         uint32_t *slots) {
    if (!n) return 0;
    return family == 4 ? lpm_export4(n, narrow, wide, lengths, slots) : lpm_export6(n, narrow, wide, lengths, slots);
}
static void lpm_release(int family, lpm_slots *s, uint32_t n) {
    if (family == 4) lpm_release4(s, n);
    else lpm_release6(s, n);
}
static void lpm_start(int family, lpm_walk *walk, uint32_t n, uint64_t hi, uint64_t lo, int length) {
    if (family == 4) lpm_walk_start(LPM_V4, walk, n, hi, lo, length);
    else lpm_walk_start(LPM_V6, walk, n, hi, lo, length);
}
static int lpm_next(int family, lpm_walk *walk) {
    return family == 4 ? lpm_walk_next(LPM_V4, walk, 0) : lpm_walk_next(LPM_V6, walk, 0);
}
static int lpm_next_outermost(int family, lpm_walk *walk) {
    return family == 4 ? lpm_walk_next(LPM_V4, walk, 1) : lpm_walk_next(LPM_V6, walk, 1);
}
static int lpm_compare(int family, lpm_changes *out, uint32_t a, uint32_t b) {
    return family == 4 ? lpm_compare4(out, a, b) : lpm_compare6(out, a, b);
}
static uint64_t lpm_bytes(int family, uint32_t n, uint64_t *own, uint64_t *nodes) {
    return family == 4 ? lpm_bytes4(n, 1, own, nodes) : lpm_bytes6(n, 1, own, nodes);
}
static int lpm_build_add(int family, lpm_builder *b, uint64_t hi, uint64_t lo, int length, uint32_t slot) {
    return family == 4 ? lpm_build_next(LPM_V4, b, hi, lo, length, slot)
                       : lpm_build_next(LPM_V6, b, hi, lo, length, slot);
}
static int lpm_build_finish(int family, lpm_builder *b) {
    return family == 4 ? lpm_build_end(LPM_V4, b) : lpm_build_end(LPM_V6, b);
}

/* Build from plain arrays in strictly ascending order: IPv4 words, or IPv6 pairs of words. */
static int lpm_build_arrays(int family, lpm_builder *b, const uint32_t *narrow, const uint64_t *wide,
                            const uint8_t *lengths, size_t count, uint32_t first_slot, uint32_t step) {
    if (family == 4) {
        for (size_t i = 0; i < count; i++)
            if (lpm_build_next(LPM_V4, b, (uint64_t)narrow[i] << 32, 0, lengths[i], first_slot + (uint32_t)i * step))
                return LPM_NO_MEMORY;
    } else {
        for (size_t i = 0; i < count; i++)
            if (lpm_build_next(LPM_V6, b, wide[2 * i], wide[2 * i + 1], lengths[i],
                               first_slot + (uint32_t)i * step))
                return LPM_NO_MEMORY;
    }
    return lpm_build_finish(family, b);
}

/* What a pair of arrays is: LPM_ASCENDING, LPM_UNSORTED, or LPM_WRONG with the index of the first bad entry. */
enum { LPM_ASCENDING, LPM_UNSORTED, LPM_WRONG };
static int lpm_check_arrays(int family, const uint32_t *narrow, const uint64_t *wide, const uint8_t *lengths,
                            size_t count, size_t *bad) {
    int verdict = LPM_ASCENDING;
    for (size_t i = 0; i < count; i++) {
        unsigned length = lengths[i];
        if (family == 4) {
            if (length > 32 || (length < 32 && (uint32_t)((uint64_t)narrow[i] << length)) ) {
                *bad = i;
                return LPM_WRONG;
            }
            if (i && (narrow[i] < narrow[i - 1] || (narrow[i] == narrow[i - 1] && length <= lengths[i - 1])))
                verdict = LPM_UNSORTED;
        } else {
            const uint64_t *key = wide + 2 * i;
            if (length > 128 || (length == 0 && key[0]) || (length < 64 && length && key[0] << length) ||
                (length <= 64 && key[1]) || (length > 64 && length < 128 && key[1] << (length - 64))) {
                *bad = i;
                return LPM_WRONG;
            }
            if (i && (key[0] != key[-2] ? key[0] < key[-2]
                                        : key[1] != key[-1] ? key[1] < key[-1] : length <= lengths[i - 1]))
                verdict = LPM_UNSORTED;
        }
    }
    return verdict;
}

/* Free what an unfinished build made; the slots stay the caller's. */
static void lpm_discard4(uint32_t n) {
    lpm_node *node = lpm_at(n);
    for (unsigned i = 0; i < lpm_count(node->kids); i++) lpm_discard4(node->word[LPM_V4 + i]);
    lpm_free(n);
}
static void lpm_discard6(uint32_t n) {
    lpm_node *node = lpm_at(n);
    for (unsigned i = 0; i < lpm_count(node->kids); i++) lpm_discard6(node->word[LPM_V6 + i]);
    lpm_free(n);
}
static void lpm_build_abandon(int family, lpm_builder *b) {
    for (; b->top >= 0; b->top--) {
        lpm_draft *draft = &b->draft[b->top];
        for (uint32_t left = draft->kids; left; left &= left - 1) {
            uint32_t n = draft->kid[__builtin_ctz(left)];
            if (family == 4) lpm_discard4(n);
            else lpm_discard6(n);
        }
    }
}
static void lpm_keep(uint32_t n) {
    if (n) lpm_at(n)->links++;
}

#endif
