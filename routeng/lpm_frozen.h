/* The frozen prefix table: longest match without a trie walk, for look-ups by the million.
 *
 * Shape. Nested prefixes become disjoint intervals (one pass with a stack). The address space is then cut into
 * slots: first 2^top of them by the bits that follow those which all prefixes share, then, where an interval ends
 * inside a slot, 256 by the next eight bits, and so on. A bit per slot tells whether a new answer begins there;
 * the number of bits up to a slot (a count kept for every 64 slots, and one instruction) is the place of its
 * answer. So a level is two loads and no search, no comparison and no branch, at a few bits a slot. An answer is
 * the index of a value, FROZEN_NONE, or -2 - k: look further in node k with the next eight bits.
 *
 * `direct` (mode "speed", IPv4) is the first 24 bits written out: one load for nearly all addresses, in 64 MiB.
 *
 * Nothing here touches Python objects; look-ups run without the GIL and never write.
 */
#ifndef ROUTENG_LPM_FROZEN_H
#define ROUTENG_LPM_FROZEN_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__x86_64__) && defined(__GNUC__)
#define FROZEN_X86 1
#include <immintrin.h>
#endif

#define FROZEN_NONE (-1)
#define FROZEN_INLINE static inline __attribute__((always_inline))
#define FROZEN_HUGE (2u << 20)

typedef struct {
    uint64_t bits; /* one for each slot at which an answer begins */
    uint32_t base; /* answers before this word */
    uint32_t spare;
} frozen_word;

typedef struct {
    uint64_t hi, lo; /* the first `common` bits of every prefix but /0 */
    uint64_t words, answers;
    uint32_t family, common, top;
    int32_t outside; /* the answer where those bits differ */
    frozen_word *word; /* max(1, 2^top / 64) for the first level, then four a node */
    int32_t *answer;
    int32_t *direct;
} frozen_table;

/* ------------------------------------------------------------------ memory */

/* Large arrays lie on huge pages where the system has them: fewer address translations, up to twice the speed. */
static void *frozen_alloc(size_t bytes) {
    size_t unit = bytes > 2 * FROZEN_HUGE ? FROZEN_HUGE : 64;
    void *memory = aligned_alloc(unit, (bytes + unit - 1) / unit * unit + (bytes ? 0 : unit));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (memory && unit == FROZEN_HUGE) madvise(memory, (bytes + unit - 1) / unit * unit, MADV_HUGEPAGE);
#endif
    return memory;
}

/* ------------------------------------------------------------------ one look-up */

FROZEN_INLINE unsigned frozen_count(uint64_t bits) { return (unsigned)__builtin_popcountll(bits); }

FROZEN_INLINE uint64_t frozen_top_words(const frozen_table *t) { return t->top < 6 ? 1 : (uint64_t)1 << (t->top - 6); }

FROZEN_INLINE uint64_t frozen_common_mask(const frozen_table *t) {
    return t->common ? ~(uint64_t)0 << (64 - t->common) : 0;
}

/* The place of the answer for a slot of these words. */
FROZEN_INLINE uint32_t frozen_place(const frozen_word *word, unsigned slot) {
    return word->base + frozen_count(word->bits << (63 - slot)) - 1;
}

FROZEN_INLINE unsigned frozen_byte(uint64_t hi, uint64_t lo, unsigned at) {
    return (unsigned)(at < 64 ? hi >> (56 - at) : lo >> (120 - at)) & 255;
}

/* From an answer that names a node to one that does not; `at` = bits used so far. */
FROZEN_INLINE int32_t frozen_descend(const frozen_table *t, int32_t answer, uint64_t hi, uint64_t lo, unsigned at) {
    const frozen_word *nodes = t->word + frozen_top_words(t);
    for (; answer < FROZEN_NONE; at += 8) {
        unsigned slot = frozen_byte(hi, lo, at);
        answer = t->answer[frozen_place(nodes + 4 * (uint64_t)(uint32_t)(-2 - answer) + (slot >> 6), slot & 63)];
    }
    return answer;
}

static int32_t frozen_find(const frozen_table *t, uint64_t hi, uint64_t lo) {
    uint64_t slot;
    if (t->direct) {
        int32_t answer = t->direct[hi >> 40];
        return answer < FROZEN_NONE ? frozen_descend(t, answer, hi, lo, 24) : answer;
    }
    if ((hi ^ t->hi) & frozen_common_mask(t)) return t->outside;
    slot = hi << t->common >> (64 - t->top);
    return frozen_descend(t, t->answer[frozen_place(t->word + (slot >> 6), slot & 63)], hi, lo, t->common + t->top);
}

/* ------------------------------------------------------------------ many look-ups, portable
 *
 * Stage by stage over a block: every load of a stage is independent of the others, and prefetched by the one
 * before, so that many cache misses are under way at once.
 */
#define FROZEN_BLOCK 64

static void frozen_find4_portable(const frozen_table *t, const uint32_t *address, size_t count, int32_t *out) {
    uint32_t mask = (uint32_t)(frozen_common_mask(t) >> 32), key = (uint32_t)(t->hi >> 32);
    const frozen_word *word = t->word;
    const int32_t *answer = t->answer;
    for (size_t start = 0; start < count; start += FROZEN_BLOCK) {
        const uint32_t *a = address + start;
        size_t n = count - start < FROZEN_BLOCK ? count - start : FROZEN_BLOCK;
        uint32_t slot[FROZEN_BLOCK], place[FROZEN_BLOCK];
        int32_t found[FROZEN_BLOCK], lowest = 0;
        for (size_t i = 0; i < n; i++) {
            slot[i] = a[i] << t->common >> (32 - t->top);
            __builtin_prefetch(word + (slot[i] >> 6));
        }
        for (size_t i = 0; i < n; i++) {
            place[i] = frozen_place(word + (slot[i] >> 6), slot[i] & 63);
            __builtin_prefetch(answer + place[i]);
        }
        for (size_t i = 0; i < n; i++) {
            int32_t one = answer[place[i]];
            one = (a[i] ^ key) & mask ? t->outside : one;
            found[i] = one;
            lowest = one < lowest ? one : lowest;
        }
        if (lowest < FROZEN_NONE) {
            for (size_t i = 0; i < n; i++)
                if (found[i] < FROZEN_NONE)
                    found[i] = frozen_descend(t, found[i], (uint64_t)a[i] << 32, 0, t->common + t->top);
        }
        memcpy(out + start, found, n * sizeof *out);
    }
}

static void frozen_find4_direct(const frozen_table *t, const uint32_t *address, size_t count, int32_t *out) {
    const int32_t *direct = t->direct;
    for (size_t start = 0; start < count; start += FROZEN_BLOCK) {
        const uint32_t *a = address + start;
        size_t n = count - start < FROZEN_BLOCK ? count - start : FROZEN_BLOCK;
        int32_t lowest = 0;
        if (count - start >= 2 * FROZEN_BLOCK)
            for (size_t i = 0; i < FROZEN_BLOCK; i++) __builtin_prefetch(direct + (a[FROZEN_BLOCK + i] >> 8));
        for (size_t i = 0; i < n; i++) {
            int32_t one = direct[a[i] >> 8];
            out[start + i] = one;
            lowest = one < lowest ? one : lowest;
        }
        if (lowest < FROZEN_NONE)
            for (size_t i = 0; i < n; i++)
                if (out[start + i] < FROZEN_NONE)
                    out[start + i] = frozen_descend(t, out[start + i], (uint64_t)a[i] << 32, 0, 24);
    }
}

/* IPv6 addresses: pairs of native words (upper half first), or 16 bytes in network order. */
FROZEN_INLINE void frozen_load6(const uint8_t *row, const int packed, uint64_t *hi, uint64_t *lo) {
    memcpy(hi, row, 8);
    memcpy(lo, row + 8, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (packed) {
        *hi = __builtin_bswap64(*hi);
        *lo = __builtin_bswap64(*lo);
    }
#endif
}

FROZEN_INLINE void frozen_find6_body(const frozen_table *t, const uint8_t *rows, size_t count, int32_t *out,
                                     const int packed) {
    uint64_t mask = frozen_common_mask(t);
    const frozen_word *word = t->word, *nodes = t->word + frozen_top_words(t);
    const int32_t *answer = t->answer;
    for (size_t start = 0; start < count; start += FROZEN_BLOCK) {
        size_t n = count - start < FROZEN_BLOCK ? count - start : FROZEN_BLOCK, left = 0;
        uint64_t hi[FROZEN_BLOCK], lo[FROZEN_BLOCK];
        const frozen_word *at[FROZEN_BLOCK];
        uint32_t place[FROZEN_BLOCK];
        uint8_t slot[FROZEN_BLOCK], open[FROZEN_BLOCK];
        for (size_t i = 0; i < n; i++) {
            uint64_t wide;
            frozen_load6(rows + 16 * (start + i), packed, &hi[i], &lo[i]);
            wide = hi[i] << t->common >> (64 - t->top);
            at[i] = word + (wide >> 6);
            slot[i] = wide & 63;
            __builtin_prefetch(at[i]);
        }
        for (size_t i = 0; i < n; i++) {
            place[i] = frozen_place(at[i], slot[i]);
            __builtin_prefetch(answer + place[i]);
        }
        for (size_t i = 0; i < n; i++) {
            int32_t one = answer[place[i]];
            one = (hi[i] ^ t->hi) & mask ? t->outside : one;
            out[start + i] = one;
            open[left] = (uint8_t)i;
            left += one < FROZEN_NONE;
        }
        for (unsigned depth = t->common + t->top; left; depth += 8) {
            size_t still = 0;
            for (size_t k = 0; k < left; k++) {
                size_t i = open[k];
                unsigned byte = frozen_byte(hi[i], lo[i], depth);
                at[i] = nodes + 4 * (uint64_t)(uint32_t)(-2 - out[start + i]) + (byte >> 6);
                slot[i] = byte & 63;
                __builtin_prefetch(at[i]);
            }
            for (size_t k = 0; k < left; k++) {
                size_t i = open[k];
                place[i] = frozen_place(at[i], slot[i]);
                __builtin_prefetch(answer + place[i]);
            }
            for (size_t k = 0; k < left; k++) {
                size_t i = open[k];
                int32_t one = answer[place[i]];
                out[start + i] = one;
                open[still] = (uint8_t)i;
                still += one < FROZEN_NONE;
            }
            left = still;
        }
    }
}

static void frozen_find6_portable(const frozen_table *t, const uint8_t *rows, size_t count, int32_t *out, int packed) {
    if (packed) frozen_find6_body(t, rows, count, out, 1);
    else frozen_find6_body(t, rows, count, out, 0);
}

/* ------------------------------------------------------------------ many look-ups, AVX2 (IPv4) */

#ifdef FROZEN_X86
#define FROZEN_AVX2 __attribute__((target("avx2,popcnt")))

/* Bits set in each of four words: a table of sixteen counts for both halves of every byte, then a sum. */
FROZEN_AVX2 static inline __m256i frozen_count4(__m256i bits) {
    const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2,
                                            2, 3, 2, 3, 3, 4);
    const __m256i four = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(counts, _mm256_and_si256(bits, four));
    __m256i high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(bits, 4), four));
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

/* Places for 8 slots where `on` (all ones in a lane): `index` = number of the word, `slot` = bit in it. */
FROZEN_AVX2 static inline __m256i frozen_places_avx2(const frozen_word *word, __m256i index, __m256i slot, __m256i on) {
    const __m256i zero = _mm256_setzero_si256(), pick = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    __m256i twice = _mm256_slli_epi32(index, 1), shift = _mm256_sub_epi32(_mm256_set1_epi32(63), slot), base, a, b;
    base = _mm256_mask_i32gather_epi32(zero, (const int *)word + 2, _mm256_slli_epi32(index, 2), on, 4);
    a = _mm256_mask_i32gather_epi64(zero, (const long long *)word, _mm256_castsi256_si128(twice),
                                    _mm256_cvtepi32_epi64(_mm256_castsi256_si128(on)), 8);
    b = _mm256_mask_i32gather_epi64(zero, (const long long *)word, _mm256_extracti128_si256(twice, 1),
                                    _mm256_cvtepi32_epi64(_mm256_extracti128_si256(on, 1)), 8);
    a = frozen_count4(_mm256_sllv_epi64(a, _mm256_cvtepu32_epi64(_mm256_castsi256_si128(shift))));
    b = frozen_count4(_mm256_sllv_epi64(b, _mm256_cvtepu32_epi64(_mm256_extracti128_si256(shift, 1))));
    a = _mm256_permutevar8x32_epi32(a, pick);
    b = _mm256_permutevar8x32_epi32(b, pick);
    a = _mm256_blend_epi32(a, b, 0xf0);
    return _mm256_sub_epi32(_mm256_add_epi32(base, a), _mm256_set1_epi32(1));
}

FROZEN_AVX2 static void frozen_find4_avx2(const frozen_table *t, const uint32_t *address, size_t count, int32_t *out) {
    const __m256i mask = _mm256_set1_epi32((int)(uint32_t)(frozen_common_mask(t) >> 32));
    const __m256i key = _mm256_set1_epi32((int)(uint32_t)(t->hi >> 32)), outside = _mm256_set1_epi32(t->outside);
    const __m256i none = _mm256_set1_epi32(FROZEN_NONE), all = _mm256_set1_epi32(-1), low6 = _mm256_set1_epi32(63);
    const __m256i first = _mm256_set1_epi32((int)frozen_top_words(t)), two = _mm256_set1_epi32(-2);
    const __m128i left = _mm_cvtsi32_si128((int)t->common), right = _mm_cvtsi32_si128((int)(32 - t->top));
    const int32_t *answer = t->answer;
    const size_t ahead = 64;
    size_t start = 0;
    for (; start + 8 <= count; start += 8) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(address + start)), slot, found, same, deep;
        if (start + ahead + 8 <= count)
            for (unsigned i = 0; i < 8; i++)
                __builtin_prefetch(t->word + (address[start + ahead + i] << t->common >> (32 - t->top) >> 6));
        slot = _mm256_srl_epi32(_mm256_sll_epi32(a, left), right);
        found = frozen_places_avx2(t->word, _mm256_srli_epi32(slot, 6), _mm256_and_si256(slot, low6), all);
        found = _mm256_i32gather_epi32(answer, found, 4);
        same = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_xor_si256(a, key), mask), _mm256_setzero_si256());
        found = _mm256_blendv_epi8(outside, found, same);
        deep = _mm256_cmpgt_epi32(none, found);
        for (unsigned at = t->common + t->top; !_mm256_testz_si256(deep, deep); at += 8) {
            __m256i byte = _mm256_srl_epi32(a, _mm_cvtsi32_si128((int)(24 - at)));
            __m256i index = _mm256_slli_epi32(_mm256_sub_epi32(two, found), 2);
            byte = _mm256_and_si256(byte, _mm256_set1_epi32(255));
            index = _mm256_add_epi32(_mm256_add_epi32(index, first), _mm256_srli_epi32(byte, 6));
            index = frozen_places_avx2(t->word, index, _mm256_and_si256(byte, low6), deep);
            found = _mm256_mask_i32gather_epi32(found, answer, index, deep, 4);
            deep = _mm256_and_si256(deep, _mm256_cmpgt_epi32(none, found));
        }
        _mm256_storeu_si256((__m256i *)(out + start), found);
    }
    frozen_find4_portable(t, address + start, count - start, out + start);
}

FROZEN_AVX2 static void frozen_find4_direct_avx2(const frozen_table *t, const uint32_t *address, size_t count,
                                                 int32_t *out) {
    const __m256i none = _mm256_set1_epi32(FROZEN_NONE);
    const int32_t *direct = t->direct;
    const size_t ahead = 64;
    size_t start = 0;
    for (; start + 8 <= count; start += 8) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(address + start)), found;
        unsigned deep;
        if (start + ahead + 8 <= count)
            for (unsigned i = 0; i < 8; i++) __builtin_prefetch(direct + (address[start + ahead + i] >> 8));
        found = _mm256_i32gather_epi32(direct, _mm256_srli_epi32(a, 8), 4);
        deep = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(none, found)));
        _mm256_storeu_si256((__m256i *)(out + start), found);
        for (; deep; deep &= deep - 1) {
            size_t i = start + (size_t)__builtin_ctz(deep);
            out[i] = frozen_descend(t, out[i], (uint64_t)address[i] << 32, 0, 24);
        }
    }
    frozen_find4_direct(t, address + start, count - start, out + start);
}
#endif

/* ------------------------------------------------------------------ many look-ups, AVX-512 */

#ifdef FROZEN_X86
#define FROZEN_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,popcnt")))

/* Places for 16 slots: `index` = number of the word, `slot` = bit in it. */
FROZEN_AVX512 static inline __m512i frozen_places16(const frozen_word *word, __m512i index, __m512i slot,
                                                   __mmask16 on) {
    const __m512i none = _mm512_setzero_si512(), full = _mm512_set1_epi64(63);
    __m512i low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(index));
    __m512i high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(index, 1));
    __m512i base = _mm512_mask_i32gather_epi32(none, on, _mm512_slli_epi32(index, 2), (const int *)word + 2, 4);
    __m512i a = _mm512_mask_i64gather_epi64(none, (__mmask8)on, _mm512_slli_epi64(low, 1), word, 8);
    __m512i b = _mm512_mask_i64gather_epi64(none, (__mmask8)(on >> 8), _mm512_slli_epi64(high, 1), word, 8);
    __m512i sa = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(slot));
    __m512i sb = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(slot, 1));
    __m256i ca, cb;
    a = _mm512_popcnt_epi64(_mm512_sllv_epi64(a, _mm512_sub_epi64(full, sa)));
    b = _mm512_popcnt_epi64(_mm512_sllv_epi64(b, _mm512_sub_epi64(full, sb)));
    ca = _mm512_cvtepi64_epi32(a);
    cb = _mm512_cvtepi64_epi32(b);
    base = _mm512_add_epi32(base, _mm512_inserti64x4(_mm512_castsi256_si512(ca), cb, 1));
    return _mm512_sub_epi32(base, _mm512_set1_epi32(1));
}

FROZEN_AVX512 static void frozen_find4_avx512(const frozen_table *t, const uint32_t *address, size_t count,
                                              int32_t *out) {
    const __m512i mask = _mm512_set1_epi32((int)(uint32_t)(frozen_common_mask(t) >> 32));
    const __m512i key = _mm512_set1_epi32((int)(uint32_t)(t->hi >> 32)), outside = _mm512_set1_epi32(t->outside);
    const __m512i none = _mm512_set1_epi32(FROZEN_NONE), low6 = _mm512_set1_epi32(63);
    const __m512i first = _mm512_set1_epi32((int)frozen_top_words(t)), two = _mm512_set1_epi32(-2);
    const __m128i left = _mm_cvtsi32_si128((int)t->common), right = _mm_cvtsi32_si128((int)(32 - t->top));
    const int32_t *answer = t->answer;
    const size_t ahead = 64;
    for (size_t start = 0; start < count; start += 16) {
        __mmask16 on = count - start < 16 ? (__mmask16)((1u << (count - start)) - 1) : (__mmask16)0xffff;
        __m512i a = _mm512_maskz_loadu_epi32(on, address + start), slot, found;
        __mmask16 deep, strange;
        if (start + ahead + 16 <= count)
            for (unsigned i = 0; i < 16; i++)
                __builtin_prefetch(t->word + (address[start + ahead + i] << t->common >> (32 - t->top) >> 6));
        slot = _mm512_srl_epi32(_mm512_sll_epi32(a, left), right);
        found = frozen_places16(t->word, _mm512_srli_epi32(slot, 6), _mm512_and_si512(slot, low6), on);
        found = _mm512_mask_i32gather_epi32(none, on, found, answer, 4);
        strange = _mm512_test_epi32_mask(_mm512_xor_si512(a, key), mask);
        found = _mm512_mask_mov_epi32(found, strange, outside);
        deep = _mm512_mask_cmplt_epi32_mask(on, found, none);
        for (unsigned at = t->common + t->top; deep; at += 8) {
            __m512i byte = _mm512_and_si512(_mm512_srl_epi32(a, _mm_cvtsi32_si128((int)(24 - at))), _mm512_set1_epi32(255));
            __m512i index = _mm512_slli_epi32(_mm512_sub_epi32(two, found), 2);
            index = _mm512_add_epi32(_mm512_add_epi32(index, first), _mm512_srli_epi32(byte, 6));
            __m512i place = frozen_places16(t->word, index, _mm512_and_si512(byte, low6), deep);
            found = _mm512_mask_i32gather_epi32(found, deep, place, answer, 4);
            deep = _mm512_mask_cmplt_epi32_mask(deep, found, none);
        }
        _mm512_mask_storeu_epi32(out + start, on, found);
    }
}

FROZEN_AVX512 static void frozen_find4_direct_avx512(const frozen_table *t, const uint32_t *address, size_t count,
                                                     int32_t *out) {
    const __m512i none = _mm512_set1_epi32(FROZEN_NONE);
    const int32_t *direct = t->direct;
    const size_t ahead = 64;
    for (size_t start = 0; start < count; start += 16) {
        __mmask16 on = count - start < 16 ? (__mmask16)((1u << (count - start)) - 1) : (__mmask16)0xffff, deep;
        __m512i a = _mm512_maskz_loadu_epi32(on, address + start), found;
        if (start + ahead + 16 <= count)
            for (unsigned i = 0; i < 16; i++) __builtin_prefetch(direct + (address[start + ahead + i] >> 8));
        found = _mm512_mask_i32gather_epi32(none, on, _mm512_srli_epi32(a, 8), direct, 4);
        deep = _mm512_mask_cmplt_epi32_mask(on, found, none);
        _mm512_mask_storeu_epi32(out + start, on, found);
        for (; deep; deep = (__mmask16)(deep & (deep - 1))) {
            size_t i = start + (size_t)__builtin_ctz(deep);
            out[i] = frozen_descend(t, out[i], (uint64_t)address[i] << 32, 0, 24);
        }
    }
}

/* Eight IPv6 addresses a step, several steps interleaved so that their gathers overlap. */
#define FROZEN_LANES 4

FROZEN_AVX512 static inline __m512i frozen_places8(const frozen_word *word, __m512i index, __m512i slot, __mmask8 on) {
    const __m512i none = _mm512_setzero_si512();
    __m512i twice = _mm512_slli_epi64(index, 1);
    __m512i bits = _mm512_mask_i64gather_epi64(none, on, twice, word, 8);
    __m512i base = _mm512_mask_i64gather_epi64(none, on, twice, (const int64_t *)word + 1, 8);
    bits = _mm512_popcnt_epi64(_mm512_sllv_epi64(bits, _mm512_sub_epi64(_mm512_set1_epi64(63), slot)));
    base = _mm512_and_si512(base, _mm512_set1_epi64(0xffffffff));
    return _mm512_sub_epi64(_mm512_add_epi64(base, bits), _mm512_set1_epi64(1));
}

FROZEN_AVX512 static void frozen_find6_avx512(const frozen_table *t, const uint8_t *rows, size_t count, int32_t *out,
                                              int packed) {
    const __m512i mask = _mm512_set1_epi64((int64_t)frozen_common_mask(t)), key = _mm512_set1_epi64((int64_t)t->hi);
    const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const __m512i low6 = _mm512_set1_epi64(63), low8 = _mm512_set1_epi64(255), two = _mm512_set1_epi64(-2);
    const __m512i first = _mm512_set1_epi64((int64_t)frozen_top_words(t));
    const __m256i none = _mm256_set1_epi32(FROZEN_NONE), outside = _mm256_set1_epi32(t->outside);
    const __m128i left = _mm_cvtsi32_si128((int)t->common), right = _mm_cvtsi32_si128((int)(64 - t->top));
    const int32_t *answer = t->answer;
    for (size_t start = 0; start < count; start += 8 * FROZEN_LANES) {
        __m512i hi[FROZEN_LANES], lo[FROZEN_LANES], place[FROZEN_LANES];
        __m256i found[FROZEN_LANES];
        __mmask8 on[FROZEN_LANES], deep[FROZEN_LANES];
        unsigned any = 0;
        for (unsigned k = 0; k < FROZEN_LANES; k++) {
            size_t from = start + 8 * k, n = from >= count ? 0 : count - from < 8 ? count - from : 8;
            const int64_t *row = (const int64_t *)(rows + 16 * (n ? from : start));
            uint32_t words = (1u << 2 * n) - 1;
            __m512i a = _mm512_maskz_loadu_epi64((__mmask8)words, row);
            __m512i b = _mm512_maskz_loadu_epi64((__mmask8)(words >> 8), row + 8);
            on[k] = (__mmask8)((1u << n) - 1);
            if (packed) {
                a = _mm512_shuffle_epi8(a, swap);
                b = _mm512_shuffle_epi8(b, swap);
            }
            hi[k] = _mm512_permutex2var_epi64(a, even, b);
            lo[k] = _mm512_permutex2var_epi64(a, odd, b);
        }
        for (unsigned k = 0; k < FROZEN_LANES; k++) {
            __m512i slot = _mm512_srl_epi64(_mm512_sll_epi64(hi[k], left), right);
            place[k] = frozen_places8(t->word, _mm512_srli_epi64(slot, 6), _mm512_and_si512(slot, low6), on[k]);
        }
        for (unsigned k = 0; k < FROZEN_LANES; k++) {
            __mmask8 strange = _mm512_test_epi64_mask(_mm512_xor_si512(hi[k], key), mask);
            found[k] = _mm512_mask_i64gather_epi32(none, on[k], place[k], answer, 4);
            found[k] = _mm256_mask_mov_epi32(found[k], strange, outside);
            deep[k] = _mm256_mask_cmplt_epi32_mask(on[k], found[k], none);
            any |= deep[k];
        }
        for (unsigned at = t->common + t->top; any; at += 8) {
            __m128i shift = _mm_cvtsi32_si128((int)(at < 64 ? 56 - at : 120 - at));
            any = 0;
            for (unsigned k = 0; k < FROZEN_LANES; k++) {
                __m512i byte = _mm512_and_si512(_mm512_srl_epi64(at < 64 ? hi[k] : lo[k], shift), low8);
                __m512i node = _mm512_sub_epi64(two, _mm512_cvtepi32_epi64(found[k]));
                __m512i index = _mm512_add_epi64(first, _mm512_slli_epi64(node, 2));
                index = _mm512_add_epi64(index, _mm512_srli_epi64(byte, 6));
                place[k] = frozen_places8(t->word, index, _mm512_and_si512(byte, low6), deep[k]);
            }
            for (unsigned k = 0; k < FROZEN_LANES; k++) {
                found[k] = _mm512_mask_i64gather_epi32(found[k], deep[k], place[k], answer, 4);
                deep[k] = _mm256_mask_cmplt_epi32_mask(deep[k], found[k], none);
                any |= deep[k];
            }
        }
        for (unsigned k = 0; k < FROZEN_LANES; k++) _mm256_mask_storeu_epi32(out + start + 8 * k, on[k], found[k]);
    }
}
#endif

/* ------------------------------------------------------------------ choice of kernels */

enum { FROZEN_PORTABLE, FROZEN_WITH_AVX2, FROZEN_WITH_AVX512, FROZEN_KERNELS };
static int frozen_kernel = FROZEN_PORTABLE;

static int frozen_kernel_works(int kernel) {
    if (kernel == FROZEN_PORTABLE) return 1;
#ifdef FROZEN_X86
    __builtin_cpu_init();
    if (kernel == FROZEN_WITH_AVX2) return __builtin_cpu_supports("avx2");
    return kernel == FROZEN_WITH_AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vpopcntdq");
#else
    return 0;
#endif
}

static void frozen_find4_many(const frozen_table *t, const uint32_t *address, size_t count, int32_t *out) {
#ifdef FROZEN_X86
    if (frozen_kernel == FROZEN_WITH_AVX512) {
        if (t->direct) frozen_find4_direct_avx512(t, address, count, out);
        else frozen_find4_avx512(t, address, count, out);
        return;
    }
    if (frozen_kernel == FROZEN_WITH_AVX2) {
        if (t->direct) frozen_find4_direct_avx2(t, address, count, out);
        else frozen_find4_avx2(t, address, count, out);
        return;
    }
#endif
    if (t->direct) frozen_find4_direct(t, address, count, out);
    else frozen_find4_portable(t, address, count, out);
}

static void frozen_find6_many(const frozen_table *t, const uint8_t *rows, size_t count, int32_t *out, int packed) {
#ifdef FROZEN_X86
    if (frozen_kernel == FROZEN_WITH_AVX512) {
        frozen_find6_avx512(t, rows, count, out, packed);
        return;
    }
#endif
    frozen_find6_portable(t, rows, count, out, packed);
}

/* ------------------------------------------------------------------ building */

typedef struct {
    uint64_t *hi, *lo; /* first address of each interval; lo is NULL for IPv4 */
    int32_t *answer;
    size_t count;
} frozen_intervals;

typedef struct {
    uint32_t first, last; /* intervals */
    int32_t before;       /* answer at the beginning of the node */
    uint32_t at;          /* bits used above it */
} frozen_task;

typedef struct {
    frozen_task *task;
    size_t tasks, task_room;
    int32_t *answer;
    size_t answers, answer_room;
} frozen_work;

/* Prefixes in order of (address, length), none twice, none of length 0, to disjoint intervals of changing
 * answers. The arrays have room for 2 * count entries; answer i belongs to prefix i. */
FROZEN_INLINE void frozen_cut(const int wide, const uint32_t *narrow, const uint64_t *pairs, const uint8_t *lengths,
                              size_t count, int32_t first_answer, int32_t fallback, frozen_intervals *out) {
    struct {
        uint64_t hi, lo; /* first address after it; 0, 0 = the end of the space */
        int32_t answer;
    } open[130];
    int top = 0;
    size_t n = 0;
    int32_t last = fallback;
    open[0].hi = open[0].lo = 0;
    open[0].answer = fallback;
    for (size_t i = 0; i <= count; i++) {
        uint64_t hi = 0, lo = 0;
        int end = i == count;
        if (!end) {
            hi = wide ? pairs[2 * i] : (uint64_t)narrow[i] << 32;
            lo = wide ? pairs[2 * i + 1] : 0;
        }
        while (top && (open[top].hi || (wide && open[top].lo)) &&
               (end || open[top].hi < hi || (open[top].hi == hi && (!wide || open[top].lo <= lo)))) {
            uint64_t ehi = open[top].hi, elo = wide ? open[top].lo : 0;
            int32_t answer = open[--top].answer;
            if (n && out->hi[n - 1] == ehi && (!wide || out->lo[n - 1] == elo)) {
                out->answer[n - 1] = answer;
            } else if (answer != last) {
                out->hi[n] = ehi;
                if (wide) out->lo[n] = elo;
                out->answer[n++] = answer;
            }
            last = answer;
        }
        if (end) break;
        if (n && out->hi[n - 1] == hi && (!wide || out->lo[n - 1] == lo)) {
            n--; /* begins where another one ended */
        }
        out->hi[n] = hi;
        if (wide) out->lo[n] = lo;
        last = out->answer[n++] = first_answer + (int32_t)i;
        top++;
        open[top].answer = last;
        if (!wide || lengths[i] <= 64) {
            open[top].hi = hi + ((uint64_t)1 << (64 - lengths[i]));
            open[top].lo = lo;
        } else {
            open[top].lo = lengths[i] == 128 ? lo + 1 : lo + ((uint64_t)1 << (128 - lengths[i]));
            open[top].hi = hi + (open[top].lo == 0);
        }
    }
    out->count = n;
}

FROZEN_INLINE int frozen_beyond(const int wide, uint64_t hi, uint64_t lo, unsigned at) {
    if (at < 64) return hi << at != 0 || (wide && lo);
    if (!wide || at >= 128) return 0;
    return lo << (at - 64) != 0;
}

static int frozen_push_task(frozen_work *work, size_t first, size_t last, int32_t before, unsigned at) {
    if (work->tasks == work->task_room) {
        size_t room = work->task_room ? work->task_room * 2 : 256;
        frozen_task *task = realloc(work->task, room * sizeof *task);
        if (!task) return -1;
        work->task = task;
        work->task_room = room;
    }
    work->task[work->tasks++] = (frozen_task){(uint32_t)first, (uint32_t)last, before, at};
    return 0;
}

/* One level: intervals first..last-1 into the words of a node whose slots end at bit `at`. */
FROZEN_INLINE int frozen_level(const int wide, const frozen_intervals *cuts, frozen_work *work, frozen_word *word,
                               unsigned slots, unsigned common, unsigned top, unsigned at, size_t first, size_t last,
                               int32_t before) {
    size_t base = work->answers, begun = base, i = first;
    unsigned after = 0; /* the slot after a deeper one needs an answer of its own */
    int is_after = 0;
    if (work->answer_room - base < 2 * (size_t)(last - first) + 2) {
        size_t room = base + base / 2 + 2 * (last - first) + 1024;
        int32_t *answer = realloc(work->answer, room * sizeof *answer);
        if (!answer) return -1;
        work->answer = answer;
        work->answer_room = room;
    }
#define FROZEN_EMIT(slot_, answer_)                                           \
    do {                                                                     \
        word[(slot_) >> 6].bits |= (uint64_t)1 << ((slot_) & 63);             \
        work->answer[work->answers++] = (answer_);                            \
    } while (0)
#define FROZEN_SLOT(i_)                                                                        \
    (top ? (unsigned)(cuts->hi[i_] << common >> (64 - top))                                    \
         : frozen_byte(cuts->hi[i_], wide ? cuts->lo[i_] : 0, at - 8))
    if (i == last || FROZEN_SLOT(i) != 0) FROZEN_EMIT(0, before);
    while (i < last) {
        unsigned slot = FROZEN_SLOT(i);
        size_t next = i + 1;
        int inside = frozen_beyond(wide, cuts->hi[i], wide ? cuts->lo[i] : 0, at), deep;
        while (next < last && FROZEN_SLOT(next) == slot) next++;
        deep = inside || next > i + 1;
        if (is_after && slot > after) {
            FROZEN_EMIT(after, before);
            is_after = 0;
        }
        if (deep) {
            int32_t node = -2 - (int32_t)work->tasks;
            size_t from = inside ? i : i + 1;
            if (frozen_push_task(work, from, next, inside ? before : cuts->answer[i], at)) return -1;
            FROZEN_EMIT(slot, node);
            before = cuts->answer[next - 1];
            after = slot + 1;
            is_after = 1;
        } else {
            if (is_after || work->answers == begun || cuts->answer[i] != before) FROZEN_EMIT(slot, cuts->answer[i]);
            before = cuts->answer[i];
            is_after = 0;
        }
        i = next;
    }
    if (is_after && after < slots) FROZEN_EMIT(after, before);
    for (unsigned w = 0; w < (slots + 63) / 64; w++) {
        word[w].base = (uint32_t)base;
        base += frozen_count(word[w].bits);
    }
    return 0;
#undef FROZEN_EMIT
#undef FROZEN_SLOT
}

/* Bits that all prefixes share, and how many to resolve in the first step: whole bytes in total, and as many as
 * fit into about five bytes a prefix. In front of a direct table they end at bit 24 at the latest. */
static void frozen_choose(frozen_table *t, int wide, int speed, const uint32_t *narrow, const uint64_t *pairs,
                          const uint8_t *lengths, size_t count) {
    unsigned common = wide ? 56 : speed ? 23 : 31, end, most = wide ? 64 : speed ? 24 : 32;
    uint64_t differs = 0, budget = 5 * (uint64_t)count > 4096 ? 5 * (uint64_t)count : 4096;
    if (count) {
        t->hi = wide ? pairs[0] : (uint64_t)narrow[0] << 32;
        for (size_t i = 0; i < count; i++) {
            differs |= t->hi ^ (wide ? pairs[2 * i] : (uint64_t)narrow[i] << 32);
            if (lengths[i] < common) common = lengths[i];
        }
        if (differs && (unsigned)__builtin_clzll(differs) < common) common = (unsigned)__builtin_clzll(differs);
    }
    end = common / 8 * 8 + 8;
    while (end + 8 <= most && end + 8 - common <= 24 && ((uint64_t)1 << (end + 8 - common)) / 4 <= budget) end += 8;
    t->common = common;
    t->top = end - common;
    t->hi &= frozen_common_mask(t);
    t->lo = 0;
}

static void frozen_clear(frozen_table *t) {
    free(t->word);
    free(t->answer);
    free(t->direct);
    t->word = NULL;
    t->answer = t->direct = NULL;
}

/* The direct form of the first 24 bits, from the compact one. */
static int frozen_make_direct(frozen_table *t) {
    size_t size = (size_t)1 << 24;
    int32_t *direct = frozen_alloc(size * sizeof *direct);
    if (!direct) return -1;
    for (size_t i = 0; i < size; i++) {
        uint64_t hi = (uint64_t)i << 40;
        int32_t answer;
        uint64_t slot;
        unsigned at = t->common + t->top;
        if ((hi ^ t->hi) & frozen_common_mask(t)) {
            direct[i] = t->outside;
            continue;
        }
        slot = hi << t->common >> (64 - t->top);
        answer = t->answer[frozen_place(t->word + (slot >> 6), slot & 63)];
        for (; answer < FROZEN_NONE && at < 24; at += 8) {
            unsigned byte = frozen_byte(hi, 0, at);
            const frozen_word *node = t->word + frozen_top_words(t) + 4 * (uint64_t)(uint32_t)(-2 - answer);
            answer = t->answer[frozen_place(node + (byte >> 6), byte & 63)];
        }
        direct[i] = answer;
    }
    t->direct = direct;
    return 0;
}

FROZEN_INLINE int frozen_build_body(frozen_table *t, const int wide, int speed, const uint32_t *narrow, const uint64_t *pairs,
                                    const uint8_t *lengths, size_t count, int32_t first_answer) {
    frozen_intervals cuts = {0};
    frozen_work work = {0};
    frozen_word *word = NULL;
    uint64_t top_words;
    int result = -1;
    t->outside = FROZEN_NONE;
    if (count && lengths[0] == 0) {
        t->outside = first_answer++;
        lengths++;
        if (wide) pairs += 2;
        else narrow++;
        count--;
    }
    frozen_choose(t, wide, speed, narrow, pairs, lengths, count);
    top_words = frozen_top_words(t);
    cuts.hi = malloc((2 * count + 1) * sizeof *cuts.hi);
    cuts.lo = wide ? malloc((2 * count + 1) * sizeof *cuts.lo) : NULL;
    cuts.answer = malloc((2 * count + 1) * sizeof *cuts.answer);
    if (!cuts.hi || !cuts.answer || (wide && !cuts.lo)) goto done;
    frozen_cut(wide, narrow, pairs, lengths, count, first_answer, t->outside, &cuts);
    /* Intervals before and after the shared bits are `outside`. */
    while (cuts.count && ((cuts.hi[cuts.count - 1] ^ t->hi) & frozen_common_mask(t))) cuts.count--;
    word = calloc(top_words, sizeof *word);
    if (!word) goto done;
    if (frozen_level(wide, &cuts, &work, word, 1u << t->top, t->common, t->top, t->common + t->top, 0, cuts.count,
                     t->outside))
        goto done;
    t->words = top_words;
    for (size_t k = 0; k < work.tasks; k++) {
        frozen_task task = work.task[k];
        if (k % 64 == 0) {
            size_t room = top_words + 4 * (k + 64 < work.tasks ? work.tasks + work.tasks / 2 : k + 64);
            if (t->words < top_words + 4 * (k + 64)) {
                frozen_word *more = realloc(word, room * sizeof *word);
                if (!more) goto done;
                memset(more + t->words, 0, (room - t->words) * sizeof *more);
                word = more;
                t->words = room;
            }
        }
        if (frozen_level(wide, &cuts, &work, word + top_words + 4 * k, 256, 0, 0, task.at + 8, task.first, task.last,
                         task.before))
            goto done;
    }
    t->words = top_words + 4 * work.tasks;
    t->answers = work.answers;
    if (t->words >= (uint64_t)1 << 29 || t->answers >= (uint64_t)1 << 31) goto done; /* 32-bit gathers */
    t->word = frozen_alloc(t->words * sizeof *t->word);
    t->answer = frozen_alloc(t->answers * sizeof *t->answer);
    if (!t->word || !t->answer) {
        frozen_clear(t);
        goto done;
    }
    memcpy(t->word, word, t->words * sizeof *t->word);
    memcpy(t->answer, work.answer, t->answers * sizeof *t->answer);
    if (speed && !wide && frozen_make_direct(t)) {
        frozen_clear(t);
        goto done;
    }
    result = 0;
done:
    free(cuts.hi);
    free(cuts.lo);
    free(cuts.answer);
    free(word);
    free(work.task);
    free(work.answer);
    return result;
}

/* Prefixes in ascending order (`speed` adds the direct form for IPv4), answers first_answer, first_answer + 1, ... 0, or -1 without memory. */
static int frozen_build(frozen_table *t, int family, int speed, const uint32_t *narrow, const uint64_t *pairs,
                        const uint8_t *lengths, size_t count, int32_t first_answer) {
    memset(t, 0, sizeof *t);
    t->family = (uint32_t)family;
    return family == 4 ? frozen_build_body(t, 0, speed, narrow, NULL, lengths, count, first_answer)
                       : frozen_build_body(t, 1, speed, NULL, pairs, lengths, count, first_answer);
}

/* ------------------------------------------------------------------ trust nothing that was read from a file */

/* 0 if every look-up in this table stays inside its arrays, ends, and answers below `values`; else a line. */
static int frozen_check(const frozen_table *t, uint64_t values) {
    unsigned bits = t->family == 4 ? 32 : 128, deepest;
    uint64_t top_words, nodes, expected = 0;
    uint8_t *depth;
    int wrong = 0;
    if (t->family != 4 && t->family != 6) return __LINE__;
    if (t->top < 1 || t->top > 24 || (t->common + t->top) % 8 || t->common + t->top > (t->family == 4 ? 32u : 64u))
        return __LINE__;
    if (t->lo || t->hi & ~frozen_common_mask(t)) return __LINE__;
    if (t->outside < FROZEN_NONE || (t->outside >= 0 && (uint64_t)t->outside >= values)) return __LINE__;
    top_words = frozen_top_words(t);
    if (t->words < top_words || (t->words - top_words) % 4 || t->words >= (uint64_t)1 << 29) return __LINE__;
    if (t->answers == 0 || t->answers >= (uint64_t)1 << 31) return __LINE__;
    nodes = (t->words - top_words) / 4;
    /* Every group of words begins with a set bit and counts on from the one before: so all places exist. */
    for (uint64_t w = 0; w < t->words; w++) {
        int begins = w == 0 || (w >= top_words && (w - top_words) % 4 == 0);
        if (t->word[w].base != expected || (begins && !(t->word[w].bits & 1))) return __LINE__;
        expected += frozen_count(t->word[w].bits);
    }
    if (t->top < 6 && t->word[0].bits >> (1u << t->top)) return __LINE__;
    if (expected != t->answers) return __LINE__;
    /* Nodes are named in ascending order, each once, so a walk always moves on; and none lies too deep. */
    depth = malloc(nodes + 1);
    if (!depth) return __LINE__;
    deepest = (bits - t->common - t->top) / 8;
    {
        uint64_t next = 0, owner = 0, end = 0;
        for (uint64_t w = 0; w < top_words; w++) end += frozen_count(t->word[w].bits);
        for (uint64_t i = 0; i < t->answers && !wrong; i++) {
            int32_t one = t->answer[i];
            while (i == end && owner < nodes) { /* the answers of node `owner` begin */
                const frozen_word *node = t->word + top_words + 4 * owner++;
                for (unsigned w = 0; w < 4; w++) end += frozen_count(node[w].bits);
            }
            if (one < FROZEN_NONE) {
                uint64_t child = (uint64_t)(-2 - (int64_t)one);
                unsigned level = owner == 0 ? 1 : depth[owner - 1] + 1u;
                if (child != next || child >= nodes || child < owner || level > deepest) wrong = __LINE__;
                else depth[next++] = (uint8_t)level;
            } else if (one >= 0 && (uint64_t)one >= values) {
                wrong = __LINE__;
            }
        }
        if (!wrong && next != nodes) wrong = __LINE__;
    }
    free(depth);
    return wrong;
}

#endif
