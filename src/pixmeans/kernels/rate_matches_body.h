/* Included once a width by rate_matches.h, which defines NAME, LANES, TARGET, FLOATS, INTS, BYTES, SELECT and WIDEN. */

typedef FLOATS NAME(floats);
typedef INTS NAME(ints);
typedef BYTES NAME(bytes);

TARGET static inline NAME(floats) NAME(floats_at)(const float *from)
{
    NAME(floats) v;
    memcpy(&v, from, sizeof v);
    return v;
}

TARGET static inline NAME(ints) NAME(ints_at)(const int32_t *from)
{
    NAME(ints) v;
    memcpy(&v, from, sizeof v);
    return v;
}

TARGET static inline NAME(floats) NAME(all)(float value) { return (NAME(floats)){0} + value; }
TARGET static inline NAME(ints) NAME(ints_all)(int32_t value) { return (NAME(ints)){0} + value; }

/* lambda x step of so many lengths. Written out, it stays in registers. */
TARGET static inline NAME(floats) NAME(steps)(const float *step_cost, const int32_t *length)
{
#define STEP(lane) step_cost[length[lane]]
#if LANES == 8
    return (NAME(floats)){STEP(0), STEP(1), STEP(2), STEP(3), STEP(4), STEP(5), STEP(6), STEP(7)};
#elif LANES == 4
    return (NAME(floats)){STEP(0), STEP(1), STEP(2), STEP(3)};
#else
    return STEP(0);
#endif
#undef STEP
}

/* All matches advance by a symbol: see rate_advance_matches in rate_matches.h. */
TARGET static int NAME(rate_advance_matches)(RateMatches *all, const RateAdvance *by, int64_t place, float *least)
{
    const NAME(floats) best = NAME(all)(by->best), never = NAME(all)(RATE_NEVER), zero = NAME(all)(0);
    const NAME(floats) l = NAME(all)(LANE(by->color, 0)), a = NAME(all)(LANE(by->color, 1)), b = NAME(all)(LANE(by->color, 2));
    const NAME(floats) sum = NAME(all)(LANE(by->color, 3));
    const NAME(floats) new_l = NAME(all)(LANE(by->target, 0)), new_a = NAME(all)(LANE(by->target, 1));
    const NAME(floats) new_b = NAME(all)(LANE(by->target, 2)), new_sum = NAME(all)(LANE(by->target, 3));
    const NAME(floats) weight_l = NAME(all)(LANE(by->weights, 0)), weight_a = NAME(all)(LANE(by->weights, 1));
    const NAME(floats) weight_b = NAME(all)(LANE(by->weights, 2)), weight_sum = NAME(all)(LANE(by->weights, 3));
    const NAME(floats) carry = NAME(all)(LANE(by->carry, 0)), carry_sum = NAME(all)(LANE(by->carry, 3));
    const NAME(ints) too_short = NAME(ints_all)(all->shortest - 1), longest = NAME(ints_all)(all->longest);
    NAME(floats) at_least = never;
    NAME(ints) at = NAME(ints_all)(0), lane = NAME(ints_all)(0);
    int32_t numbers[LANES];
    int r, i, j;
    for (j = 0; j < LANES; j++) numbers[j] = j;
    memcpy(&lane, numbers, sizeof lane);
    for (r = 0; r < all->runs; r++) {
        const RateRun run = all->run[r];
        const int64_t source = place - run.farthest;
        for (i = run.slots - LANES; i >= 0; i -= LANES) { /* the lowest states first: of equals the first is kept */
            const int s = run.slot + i;
            NAME(floats) cost = NAME(floats_at)(all->cost + s), opened = best + NAME(floats_at)(all->opening + s), able;
            NAME(ints) restart = opened < cost, n = NAME(ints_at)(all->length + s), less;
            NAME(floats) step = SELECT(restart, zero, NAME(steps)(all->step_cost, all->length + s));
            cost = SELECT(restart, opened, cost);
            if (by->only < 0) {
                const NAME(floats) entry_l = NAME(floats_at)(all->entry_l + source + i);
                NAME(floats) e_l = SELECT(restart, new_l, l + carry * NAME(floats_at)(all->error_l + s)) - entry_l;
                NAME(floats) e_a = SELECT(restart, new_a, a + carry * NAME(floats_at)(all->error_a + s)) - NAME(floats_at)(all->entry_a + source + i);
                NAME(floats) e_b = SELECT(restart, new_b, b + carry * NAME(floats_at)(all->error_b + s)) - NAME(floats_at)(all->entry_b + source + i);
                NAME(floats) e_sum = SELECT(restart, new_sum, sum + carry_sum * NAME(floats_at)(all->error_sum + s)) - entry_l;
                memcpy(all->error_l + s, &e_l, sizeof e_l);
                memcpy(all->error_a + s, &e_a, sizeof e_a);
                memcpy(all->error_b + s, &e_b, sizeof e_b);
                memcpy(all->error_sum + s, &e_sum, sizeof e_sum);
                cost = cost + ((e_l * e_l * weight_l + e_a * e_a * weight_a) + (e_b * e_b * weight_b + e_sum * e_sum * weight_sum));
            } else {
                NAME(bytes) symbols;
                memcpy(&symbols, by->stream + source + i, sizeof symbols);
                cost = SELECT(WIDEN(symbols) == NAME(ints_all)(by->only), cost, never);
                memcpy(all->error_l + s, &zero, sizeof zero);
                memcpy(all->error_a + s, &zero, sizeof zero);
                memcpy(all->error_b + s, &zero, sizeof zero);
                memcpy(all->error_sum + s, &zero, sizeof zero);
            }
            cost = cost + step;
            n = SELECT(restart, NAME(ints_all)(0), n) + NAME(ints_all)(1);
            n = SELECT(n > longest, longest, n);
            memcpy(all->cost + s, &cost, sizeof cost);
            memcpy(all->length + s, &n, sizeof n);
            able = SELECT(n > too_short, cost, never);
            less = able < at_least;
            at_least = SELECT(less, able, at_least);
            at = SELECT(less, NAME(ints_all)(run.last - i) - lane, at);
        }
    }
#if LANES == 1
    *least = at_least;
    return at;
#elif LANES == 4
    return f4_least(at_least, at, least);
#else
    {
        f4 low, high;
        i4 first, second, less;
        memcpy(&low, &at_least, 16);
        memcpy(&high, (const char *)&at_least + 16, 16);
        memcpy(&first, &at, 16);
        memcpy(&second, (const char *)&at + 16, 16);
        less = (high < low) | ((high == low) & (second < first));
        return f4_least(f4_select(less, high, low), i4_select(less, second, first), least);
    }
#endif
}
