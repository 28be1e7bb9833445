/* Sets of addresses as sorted, disjoint, non-adjacent ranges of 128-bit numbers, and their way back to prefixes.
 *
 * Both families use the same code; an IPv4 address is a number below 2^32. `bits` is 32 or 128.
 */
#ifndef ROUTENG_LPM_SETS_H
#define ROUTENG_LPM_SETS_H

#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 lpm_wide;

typedef struct {
    lpm_wide first, last;
} lpm_range;

typedef struct {
    lpm_range *range;
    size_t count, room;
} lpm_ranges;

typedef struct {
    lpm_wide first;
    uint8_t length;
} lpm_block;

typedef struct {
    lpm_block *block;
    size_t count, room;
} lpm_blocks;

static int lpm_ranges_add(lpm_ranges *set, lpm_wide first, lpm_wide last) {
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 16;
        lpm_range *range = PyMem_RawRealloc(set->range, room * sizeof *range);
        if (!range) return -1;
        set->range = range;
        set->room = room;
    }
    set->range[set->count].first = first;
    set->range[set->count++].last = last;
    return 0;
}

static int lpm_blocks_add(lpm_blocks *out, lpm_wide first, int length) {
    if (out->count == out->room) {
        size_t room = out->room ? out->room * 2 : 16;
        lpm_block *block = PyMem_RawRealloc(out->block, room * sizeof *block);
        if (!block) return -1;
        out->block = block;
        out->room = room;
    }
    out->block[out->count].first = first;
    out->block[out->count++].length = (uint8_t)length;
    return 0;
}

static int lpm_range_order(const void *a, const void *b) {
    const lpm_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Any ranges to the normal form, in place. */
static void lpm_ranges_normalise(lpm_ranges *set) {
    size_t kept = 0, i;
    for (i = 1; i < set->count; i++)
        if (set->range[i].first < set->range[i - 1].first) {
            qsort(set->range, set->count, sizeof *set->range, lpm_range_order);
            break;
        }
    for (i = 0; i < set->count; i++) {
        lpm_range *top = kept ? &set->range[kept - 1] : NULL;
        if (top && (top->last == ~(lpm_wide)0 || set->range[i].first <= top->last + 1)) {
            if (set->range[i].last > top->last) top->last = set->range[i].last;
        } else {
            set->range[kept++] = set->range[i];
        }
    }
    set->count = kept;
}

/* a without b, and what a and b share. */
static int lpm_ranges_subtract(const lpm_ranges *a, const lpm_ranges *b, lpm_ranges *out) {
    size_t j = 0;
    for (size_t i = 0; i < a->count; i++) {
        lpm_wide first = a->range[i].first, last = a->range[i].last;
        int left = 1;
        while (j < b->count && b->range[j].last < first) j++;
        for (size_t k = j; k < b->count && b->range[k].first <= last; k++) {
            if (b->range[k].first > first && lpm_ranges_add(out, first, b->range[k].first - 1)) return -1;
            if (b->range[k].last >= last) {
                left = 0;
                break;
            }
            first = b->range[k].last + 1;
        }
        if (left && lpm_ranges_add(out, first, last)) return -1;
    }
    return 0;
}

static int lpm_ranges_intersect(const lpm_ranges *a, const lpm_ranges *b, lpm_ranges *out) {
    size_t i = 0, j = 0;
    while (i < a->count && j < b->count) {
        lpm_range x = a->range[i], y = b->range[j];
        lpm_wide first = x.first > y.first ? x.first : y.first, last = x.last < y.last ? x.last : y.last;
        if (first <= last && lpm_ranges_add(out, first, last)) return -1;
        if (x.last < y.last) i++;
        else j++;
    }
    return 0;
}

static int lpm_trailing_zeros(lpm_wide x, int bits) {
    int n;
    if ((uint64_t)x) n = __builtin_ctzll((uint64_t)x);
    else if (x >> 64) n = 64 + __builtin_ctzll((uint64_t)(x >> 64));
    else n = bits;
    return n < bits ? n : bits;
}

/* The fewest prefixes that make up a range: from the left, always the largest that is aligned and fits. */
static int lpm_range_blocks(lpm_wide first, lpm_wide last, int bits, lpm_blocks *out) {
    for (;;) {
        int size = lpm_trailing_zeros(first, bits); /* log2 of the block */
        lpm_wide end;
        for (;; size--) {
            end = size == 128 ? ~(lpm_wide)0 : first + (((lpm_wide)1 << size) - 1);
            if (end <= last) break;
        }
        if (lpm_blocks_add(out, first, bits - size)) return -1;
        if (end == last) return 0;
        first = end + 1;
    }
}

/* The first aligned block of `length` inside the free ranges; 1 if there is one. */
static int lpm_first_block(const lpm_ranges *set, int length, int bits, lpm_wide *found) {
    int size = bits - length;
    for (size_t i = 0; i < set->count; i++) {
        lpm_wide rest = size == 128 ? ~(lpm_wide)0 : ((lpm_wide)1 << size) - 1;
        lpm_wide first = set->range[i].first, start = (first + rest) & ~rest;
        if (start < first) continue; /* wrapped around */
        if (start <= set->range[i].last && set->range[i].last - start >= rest) {
            *found = start;
            return 1;
        }
    }
    return 0;
}

/* ---- summaries: at most `most` prefixes that cover all blocks with the fewest addresses too many.
 *
 * The blocks are the leaves of a binary tree whose forks are the longest common prefixes. extra[v][j], the least
 * over-cover of the leaves below v by j prefixes, is the best split of j over the two children, or for j = 1
 * the fork itself. All of that takes O(count * most) steps.
 */
typedef struct {
    lpm_wide first, covered;
    size_t at;      /* of extra[v][1] */
    uint32_t left, right, many; /* children; many = min(leaves, most) */
    uint8_t length;
} lpm_fork;

static int lpm_common_length(lpm_wide a, lpm_wide b, int bits) {
    lpm_wide x = a ^ b;
    int n = x >> 64 ? __builtin_clzll((uint64_t)(x >> 64)) : 64 + __builtin_clzll((uint64_t)x);
    return n - (128 - bits);
}

/* Disjoint blocks in order, count >= 2, most >= 1. 0, or -1 without memory. `extra` = the over-cover. */
static int lpm_summarize(const lpm_block *block, uint32_t count, uint32_t most, int bits, lpm_blocks *out,
                         lpm_wide *extra) {
    size_t forks = (size_t)count * 2 - 1, used = count, total = 0, open = 0;
    lpm_fork *fork = PyMem_RawMalloc(forks * sizeof *fork);
    struct {
        uint32_t fork;
        int length;
    } stack[129];
    struct {
        uint32_t fork, many;
    } todo[260] = {{0, 1}};
    size_t left_todo = 0; /* todo[0] becomes the root */
    lpm_wide *table = NULL;
    int result = -1;
    if (!fork) return -1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t current = i;
        int common = i + 1 < count ? lpm_common_length(block[i].first, block[i + 1].first, bits) : -1;
        int size = bits - block[i].length;
        fork[i].first = block[i].first;
        fork[i].length = block[i].length;
        fork[i].covered = size == 128 ? 0 : (lpm_wide)1 << size;
        fork[i].many = 1;
        fork[i].at = total++;
        while (open && stack[open - 1].length > common) {
            lpm_fork *v = &fork[used], *l, *r = &fork[current];
            uint64_t many;
            open--;
            l = &fork[stack[open].fork];
            v->left = stack[open].fork;
            v->right = current;
            v->length = (uint8_t)stack[open].length;
            v->first = v->length == 0 ? 0 : l->first >> (bits - v->length) << (bits - v->length);
            v->covered = l->covered + r->covered;
            many = (uint64_t)l->many + r->many;
            v->many = many < most ? (uint32_t)many : most;
            v->at = total;
            total += v->many;
            current = (uint32_t)used++;
        }
        if (common >= 0) {
            stack[open].fork = current;
            stack[open++].length = common;
        } else {
            todo[left_todo].fork = current;
            todo[left_todo++].many = fork[current].many;
        }
    }
    if (total > SIZE_MAX / sizeof *table || !(table = PyMem_RawMalloc(total * sizeof *table))) goto done;
    for (size_t v = 0; v < used; v++) {
        lpm_wide *best = table + fork[v].at - 1; /* best[j], j from 1 */
        if (v < count) {
            best[1] = 0;
            continue;
        }
        const lpm_fork *l = &fork[fork[v].left], *r = &fork[fork[v].right];
        const lpm_wide *lbest = table + l->at - 1, *rbest = table + r->at - 1;
        int size = bits - fork[v].length;
        best[1] = (size == 128 ? 0 : (lpm_wide)1 << size) - fork[v].covered;
        for (uint32_t j = 2; j <= fork[v].many; j++) best[j] = ~(lpm_wide)0;
        for (uint32_t a = 1; a <= l->many; a++)
            for (uint32_t b = 1; b <= r->many && a + b <= fork[v].many; b++)
                if (lbest[a] + rbest[b] < best[a + b]) best[a + b] = lbest[a] + rbest[b];
    }
    *extra = table[fork[todo[0].fork].at - 1 + todo[0].many];
    while (todo[0].many > 1 && table[fork[todo[0].fork].at - 2 + todo[0].many] == *extra) todo[0].many--;
    while (left_todo) { /* in order: the right child waits below the left one */
        uint32_t v = todo[--left_todo].fork, many = todo[left_todo].many, a;
        if (many == 1) {
            if (lpm_blocks_add(out, fork[v].first, fork[v].length)) goto done;
            continue;
        }
        const lpm_fork *l = &fork[fork[v].left], *r = &fork[fork[v].right];
        const lpm_wide *lbest = table + l->at - 1, *rbest = table + r->at - 1;
        lpm_wide wanted = table[fork[v].at - 1 + many];
        for (a = many > r->many ? many - r->many : 1; lbest[a] + rbest[many - a] != wanted; a++) {
        }
        todo[left_todo].fork = fork[v].right;
        todo[left_todo++].many = many - a;
        todo[left_todo].fork = fork[v].left;
        todo[left_todo++].many = a;
    }
    result = 0;
done:
    PyMem_RawFree(table);
    PyMem_RawFree(fork);
    return result;
}

#endif
