/* The comparison of two paths and the choice among the paths of one prefix, on columns of 32-bit keys.
 *
 * One column a step, one row a path.  A step's key is XORed with its flip word (0: lower wins, all ones: higher
 * wins), so that the lower value is always the better one.  Nothing here knows what a step means, except MED,
 * which counts only between rows of one MED group (RFC 4271 9.1.2.2 c).
 *
 * rt_compare  the first step at which two rows differ, and who wins there
 * rt_decide   the best row of a block, and for every other row the step it lost at and the row that beat it
 * rt_share    the rows that tie with the best one up to a given step
 */
#ifndef ROUTENG_BGP_DECIDE_H
#define ROUTENG_BGP_DECIDE_H

#include <stdint.h>

#define RT_MAX_STEPS 16
#define RT_NONE 255

typedef struct {
    int steps;                            /* number of steps */
    const uint32_t *column[RT_MAX_STEPS]; /* NULL: every row ties */
    uint32_t flip[RT_MAX_STEPS];
    int med;                              /* index of the MED step, = steps without one */
    const uint32_t *group;                /* MED group of a row; 0: comparable with none */
    int always_med;                       /* MED counts between all rows */
    int deterministic;                    /* rank each MED group first */
} rt_rules;

/* Step at which a and b differ; *a_wins says who is better.  All steps equal: RT_NONE, the lower row wins. */
static inline int rt_compare(const rt_rules *r, int64_t a, int64_t b, int *a_wins)
{
    for (int s = 0; s < r->steps; s++) {
        const uint32_t *c = r->column[s];
        if (c == 0)
            continue;
        uint32_t x = c[a], y = c[b];
        if (x == y)
            continue;
        if (s == r->med && !r->always_med && (r->group == 0 || r->group[a] != r->group[b] || r->group[a] == 0))
            continue;
        *a_wins = (x ^ r->flip[s]) < (y ^ r->flip[s]);
        return s;
    }
    *a_wins = a < b;
    return RT_NONE;
}

/* Whether a is strictly worse (1), better (-1) or equal (0) in the steps before MED. */
static inline int rt_before_med(const rt_rules *r, int64_t a, int64_t b)
{
    for (int s = 0; s < r->med; s++) {
        const uint32_t *c = r->column[s];
        if (c != 0 && c[a] != c[b])
            return (c[a] ^ r->flip[s]) < (c[b] ^ r->flip[s]) ? -1 : 1;
    }
    return 0;
}

/* Best row of start..start+n-1, or -1 if none is eligible.  `eligible` may be NULL.  `scratch` holds n words.
 * step[i] / lost_to[i] (may be NULL) tell where and to whom row i lost; RT_NONE / -1 for the best and for rows that
 * never competed.  A row that the best one does not beat directly lost to the best row of its MED group. */
static inline int64_t rt_decide(const rt_rules *r, int64_t start, int64_t n, const uint8_t *eligible,
                                int64_t *scratch, uint8_t *step, int64_t *lost_to)
{
    int wins;
    int64_t best = -1, end = start + n;
    if (n == 2 && (eligible == 0 || (eligible[start] && eligible[start + 1]))) {
        int s = rt_compare(r, start, start + 1, &wins);
        best = wins ? start : start + 1;
        if (step != 0) {
            int64_t loser = wins ? start + 1 : start;
            step[best] = RT_NONE;
            lost_to[best] = -1;
            step[loser] = (uint8_t)s;
            lost_to[loser] = best;
        }
        return best;
    }
    if (!r->deterministic) {
        /* Folded in the order given: a result of the order of arrival, as on routers. */
        for (int64_t i = start; i < end; i++) {
            if (step != 0) {
                step[i] = RT_NONE;
                lost_to[i] = -1;
            }
            if (eligible != 0 && !eligible[i])
                continue;
            if (best < 0) {
                best = i;
                continue;
            }
            int s = rt_compare(r, best, i, &wins);
            int64_t loser = wins ? i : best;
            int64_t winner = wins ? best : i;
            if (step != 0) {
                step[loser] = (uint8_t)s;
                lost_to[loser] = winner;
            }
            best = winner;
        }
        if (step != 0 && best >= 0) {
            step[best] = RT_NONE;
            lost_to[best] = -1;
            for (int64_t i = start; i < end; i++)
                if (lost_to[i] >= 0 && lost_to[i] != best) {
                    int s = rt_compare(r, best, i, &wins);
                    if (wins) {
                        step[i] = (uint8_t)s;
                        lost_to[i] = best;
                    }
                }
        }
        return best;
    }
    /* Rows that are worse before MED can win neither their group nor the table. */
    int64_t ties = 0;
    for (int64_t i = start; i < end; i++) {
        if (eligible != 0 && !eligible[i])
            continue;
        if (ties == 0) {
            scratch[ties++] = i;
            continue;
        }
        int order = rt_before_med(r, i, scratch[0]);
        if (order > 0)
            continue;
        if (order < 0)
            ties = 0;
        scratch[ties++] = i;
    }
    if (ties == 0)
        best = -1;
    else if (ties == 1)
        best = scratch[0];
    else if (r->always_med || r->med == r->steps || r->column[r->med] == 0) {
        best = scratch[0];
        for (int64_t k = 1; k < ties; k++) {
            rt_compare(r, best, scratch[k], &wins);
            if (!wins)
                best = scratch[k];
        }
    } else {
        /* scratch[0..groups) becomes the winners of the groups met so far. */
        int64_t groups = 0;
        for (int64_t k = 0; k < ties; k++) {
            int64_t row = scratch[k], g = 0;
            uint32_t name = r->group == 0 ? 0 : r->group[row];
            if (name != 0)
                for (; g < groups && r->group[scratch[g]] != name; g++)
                    ;
            else
                g = groups;
            if (g == groups)
                scratch[groups++] = row;
            else {
                rt_compare(r, scratch[g], row, &wins);
                if (!wins)
                    scratch[g] = row;
            }
        }
        best = scratch[0];
        for (int64_t g = 1; g < groups; g++) {
            rt_compare(r, best, scratch[g], &wins);
            if (!wins)
                best = scratch[g];
        }
        ties = groups;
    }
    if (step == 0)
        return best;
    for (int64_t i = start; i < end; i++) {
        step[i] = RT_NONE;
        lost_to[i] = -1;
        if (i == best || best < 0 || (eligible != 0 && !eligible[i]))
            continue;
        int s = rt_compare(r, best, i, &wins);
        if (wins) {
            step[i] = (uint8_t)s;
            lost_to[i] = best;
            continue;
        }
        for (int64_t g = 0; g < ties; g++)
            if (r->group[scratch[g]] == r->group[i]) {
                step[i] = (uint8_t)rt_compare(r, scratch[g], i, &wins);
                lost_to[i] = scratch[g];
                break;
            }
    }
    return best;
}

/* Whether row i ties with row b in every step up to and including `after`. */
static inline int rt_ties(const rt_rules *r, int64_t b, int64_t i, int after)
{
    int wins;
    int s = rt_compare(r, b, i, &wins);
    return s == RT_NONE || s > after;
}

#endif
