/* Strict text forms of IP addresses and prefixes, both directions.
 *
 * Addresses are kept left-aligned in 128 bits, as two words (hi, lo): the first bit of the address is the
 * top bit of `hi` in both families, so that masks, bit tests and comparisons are the same code for IPv4 and
 * IPv6. An IPv4 address occupies the top 32 bits of `hi`.
 *
 * What is accepted: dotted quads of four decimal octets without leading zeros, and the IPv6 forms of RFC 4291
 * section 2.2 (one "::" for one or more groups, an embedded dotted quad as the last 32 bits). Nothing else: no
 * octal, no missing octets, no zone, no netmask, no blanks, ASCII only.
 * What is written: RFC 5952 (lower case, longest run of zero groups shortened, first of equals; the mixed
 * form of its section 5 for ::ffff:0:0/96).
 */
#ifndef ROUTENG_LPM_TEXT_H
#define ROUTENG_LPM_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum lpm_text_error {
    LPM_TEXT_OK = 0,
    LPM_TEXT_OCTETS,      /* not four decimal octets */
    LPM_TEXT_OCTET_RANGE, /* an octet above 255 */
    LPM_TEXT_ZEROS,       /* a leading zero: octal to some readers, decimal to others */
    LPM_TEXT_GROUPS,      /* not eight groups of up to four hex digits */
    LPM_TEXT_LENGTH,      /* the part after the slash is not a prefix length of this family */
    LPM_TEXT_NO_LENGTH,   /* a prefix was wanted and there is no slash */
    LPM_TEXT_HAS_LENGTH,  /* an address was wanted and there is a slash */
    LPM_TEXT_CHARS,       /* empty, or a character that no form allows */
    LPM_TEXT_ERRORS
};

static const char *const lpm_text_reasons[LPM_TEXT_ERRORS] = {
    "valid",
    "an IPv4 address is four decimal octets",
    "an octet is at most 255",
    "leading zeros are ambiguous (octal or decimal)",
    "an IPv6 address is eight groups of one to four hex digits, with at most one '::'",
    "not a prefix length of this family",
    "a prefix length is missing",
    "an address has no prefix length",
    "not an IPv4 or IPv6 address",
};

/* Keep the first `length` bits (0..128). */
static inline void lpm_mask(uint64_t hi, uint64_t lo, int length, uint64_t *mhi, uint64_t *mlo) {
    if (length <= 0) {
        *mhi = 0;
        *mlo = 0;
    } else if (length <= 64) {
        *mhi = hi & (~(uint64_t)0 << (64 - length));
        *mlo = 0;
    } else {
        *mhi = hi;
        *mlo = length >= 128 ? lo : lo & (~(uint64_t)0 << (128 - length));
    }
}

/* True if the first `length` bits agree. */
static inline int lpm_same(uint64_t ahi, uint64_t alo, uint64_t bhi, uint64_t blo, int length) {
    if (length <= 0) return 1;
    if (length <= 64) return ((ahi ^ bhi) >> (64 - length)) == 0;
    if (ahi != bhi) return 0;
    return ((alo ^ blo) >> (128 - length)) == 0;
}

/* Four octets from p; *end is the first character after them. */
static inline int lpm_parse_quad(const unsigned char *p, const unsigned char *stop, uint32_t *out,
                                 const unsigned char **end) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned octet, digit;
        if (p >= stop || (octet = (unsigned)*p - '0') > 9) return LPM_TEXT_OCTETS;
        p++;
        if (p < stop && (digit = (unsigned)*p - '0') <= 9) {
            if (octet == 0) return LPM_TEXT_ZEROS;
            octet = octet * 10 + digit;
            p++;
            if (p < stop && (digit = (unsigned)*p - '0') <= 9) {
                octet = octet * 10 + digit;
                p++;
                if (octet > 255 || (p < stop && (unsigned)*p - '0' <= 9)) return LPM_TEXT_OCTET_RANGE;
            }
        }
        value = value << 8 | octet;
        if (i < 3) {
            if (p >= stop || *p != '.') return LPM_TEXT_OCTETS;
            p++;
        }
    }
    *out = value;
    *end = p;
    return LPM_TEXT_OK;
}

/* The value of a hex digit; 255 for everything else, so that a whole group is tested by one comparison. */
#define LPM_HEX_16(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
static const uint8_t lpm_hex_value[256] = {
    LPM_HEX_16(255), LPM_HEX_16(255), LPM_HEX_16(255),
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 255, 255, 255, 255, 255,
    255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, LPM_HEX_16(255),
    255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, LPM_HEX_16(255),
    LPM_HEX_16(255), LPM_HEX_16(255), LPM_HEX_16(255), LPM_HEX_16(255),
    LPM_HEX_16(255), LPM_HEX_16(255), LPM_HEX_16(255), LPM_HEX_16(255)};

static inline int lpm_hex(unsigned char c) { return lpm_hex_value[c] == 255 ? -1 : lpm_hex_value[c]; }

static int lpm_parse_v6(const unsigned char *p, const unsigned char *stop, uint64_t *hi, uint64_t *lo) {
    uint16_t groups[8] = {0};
    int count = 0, gap = -1;
    if (p + 1 < stop && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    }
    while (p < stop) {
        const unsigned char *start = p;
        unsigned value = 0;
        int digit;
        if (stop - p > 4 && count < 8) { /* four digits and a colon: the usual group of a long address */
            unsigned a = lpm_hex_value[p[0]], b = lpm_hex_value[p[1]], c = lpm_hex_value[p[2]],
                     d = lpm_hex_value[p[3]];
            if ((a | b | c | d) < 16 && p[4] == ':') {
                groups[count++] = (uint16_t)(a << 12 | b << 8 | c << 4 | d);
                p += 5;
                if (p < stop && *p == ':') {
                    if (gap >= 0) return LPM_TEXT_GROUPS;
                    gap = count;
                    p++;
                } else if (p == stop) {
                    return LPM_TEXT_GROUPS;
                }
                continue;
            }
        }
        while (p < stop && (digit = lpm_hex(*p)) >= 0) {
            if (p - start == 4) return LPM_TEXT_GROUPS;
            value = value << 4 | (unsigned)digit;
            p++;
        }
        if (p == start || count == 8) return LPM_TEXT_GROUPS;
        if (p < stop && *p == '.') {
            uint32_t quad;
            int error;
            if (count > 6) return LPM_TEXT_GROUPS;
            error = lpm_parse_quad(start, stop, &quad, &p);
            if (error) return error;
            if (p != stop) return LPM_TEXT_OCTETS;
            groups[count++] = (uint16_t)(quad >> 16);
            groups[count++] = (uint16_t)quad;
            break;
        }
        groups[count++] = (uint16_t)value;
        if (p == stop) break;
        if (*p != ':') return LPM_TEXT_CHARS;
        p++;
        if (p < stop && *p == ':') {
            if (gap >= 0) return LPM_TEXT_GROUPS;
            gap = count;
            p++;
        } else if (p == stop) {
            return LPM_TEXT_GROUPS; /* a single colon at the end */
        }
    }
    if (gap < 0 ? count != 8 : count > 7) return LPM_TEXT_GROUPS;
    if (gap >= 0) {
        int tail = count - gap;
        memmove(groups + 8 - tail, groups + gap, (size_t)tail * sizeof groups[0]);
        memset(groups + gap, 0, (size_t)(8 - count) * sizeof groups[0]);
    }
    *hi = (uint64_t)groups[0] << 48 | (uint64_t)groups[1] << 32 | (uint64_t)groups[2] << 16 | groups[3];
    *lo = (uint64_t)groups[4] << 48 | (uint64_t)groups[5] << 32 | (uint64_t)groups[6] << 16 | groups[7];
    return LPM_TEXT_OK;
}

/* Address with or without "/length". On success *length is -1 if there was no slash. */
static inline int lpm_parse(const char *text, size_t size, uint64_t *hi, uint64_t *lo, int *family, int *length) {
    const unsigned char *p = (const unsigned char *)text, *stop = p + size, *end;
    uint32_t quad;
    int bits, error = lpm_parse_quad(p, stop, &quad, &end);
    if (error == LPM_TEXT_OK) {
        *hi = (uint64_t)quad << 32;
        *lo = 0;
        *family = 4;
        bits = 32;
    } else {
        if (!memchr(p, ':', size)) {
            if (size == 0) return LPM_TEXT_CHARS;
            return lpm_hex(*p) < 0 && *p != '/' ? LPM_TEXT_CHARS : error;
        }
        end = memchr(p, '/', size);
        if (end == NULL) end = stop;
        error = lpm_parse_v6(p, end, hi, lo);
        if (error) return error;
        *family = 6;
        bits = 128;
    }
    if (end == stop) {
        *length = -1;
        return LPM_TEXT_OK;
    }
    if (*end != '/') return *family == 4 ? LPM_TEXT_OCTETS : LPM_TEXT_CHARS;
    end++;
    if (end == stop || stop - end > 3 || (*end == '0' && stop - end > 1)) return LPM_TEXT_LENGTH;
    int value = 0;
    for (; end < stop; end++) {
        unsigned digit = (unsigned)*end - '0';
        if (digit > 9) return LPM_TEXT_LENGTH;
        value = value * 10 + (int)digit;
    }
    if (value > bits) return LPM_TEXT_LENGTH;
    *length = value;
    return LPM_TEXT_OK;
}

static inline char *lpm_put_decimal(char *out, unsigned value) {
    if (value >= 100) {
        *out++ = (char)('0' + value / 100);
        value %= 100;
        *out++ = (char)('0' + value / 10);
        *out++ = (char)('0' + value % 10);
    } else if (value >= 10) {
        *out++ = (char)('0' + value / 10);
        *out++ = (char)('0' + value % 10);
    } else {
        *out++ = (char)('0' + value);
    }
    return out;
}

static inline char *lpm_put_quad(char *out, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out = lpm_put_decimal(out, value >> shift & 255);
        if (shift) *out++ = '.';
    }
    return out;
}

/* Writes at most 43 characters ("/128" included) and returns their number; length < 0 leaves it out. */
static size_t lpm_format(char *buffer, uint64_t hi, uint64_t lo, int family, int length) {
    char *out = buffer;
    if (family == 4) {
        out = lpm_put_quad(out, (uint32_t)(hi >> 32));
    } else if (hi == 0 && lo >> 32 == 0xffff) {
        memcpy(out, "::ffff:", 7);
        out = lpm_put_quad(out + 7, (uint32_t)lo);
    } else {
        int best = -1, best_size = 1;
        unsigned groups[8];
        for (int i = 0; i < 4; i++) {
            groups[i] = (unsigned)(hi >> (48 - 16 * i) & 0xffff);
            groups[4 + i] = (unsigned)(lo >> (48 - 16 * i) & 0xffff);
        }
        for (int i = 0; i < 8; i++) {
            int j = i;
            while (j < 8 && groups[j] == 0) j++;
            if (j - i > best_size) {
                best = i;
                best_size = j - i;
            }
            if (j > i) i = j;
        }
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                *out++ = ':';
                *out++ = ':';
                i += best_size - 1;
                continue;
            }
            if (i && i != best + best_size) *out++ = ':';
            int started = 0;
            for (int shift = 12; shift >= 0; shift -= 4) {
                unsigned digit = groups[i] >> shift & 15;
                if (digit || started || shift == 0) {
                    *out++ = "0123456789abcdef"[digit];
                    started = 1;
                }
            }
        }
    }
    if (length >= 0) {
        *out++ = '/';
        out = lpm_put_decimal(out, (unsigned)length);
    }
    return (size_t)(out - buffer);
}

#endif
