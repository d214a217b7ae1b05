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

/* All matches advance by a symbol: see rate_advance_matches in rate_matches.h. fixed: whether it must be `only`. */
TARGET static inline int NAME(rate_advance)(RateMatches *all, const RateAdvance *by, int64_t place, float *least, const int fixed)
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
    const float *step_cost = all->step_cost;
    const size_t to_a = all->entries, to_b = 2 * all->entries;
    NAME(floats) at_least = never;
    NAME(ints) at = NAME(ints_all)(0), lane = NAME(ints_all)(0);
    int32_t numbers[LANES];
    int r, i, j;
    for (j = 0; j < LANES; j++) numbers[j] = j;
    memcpy(&lane, numbers, sizeof lane);
    for (r = 0; r < all->runs; r++) {
        const RateRun *run = all->run + r;
        const float *entry = all->entry_l + place - run->farthest + run->slots;
        RateBlock *block = all->block + (run->slot + run->slots) / RATE_LANES;
        NAME(ints) state = NAME(ints_all)(run->last - run->slots) - lane; /* of each lane, before the first step */
        for (i = run->slots - LANES; i >= 0; i -= LANES) { /* the lowest states first: of equals the first is kept */
            const int first = i % RATE_LANES;
            NAME(floats) cost, opened, able;
            NAME(ints) restart, n, less;
            NAME(floats) step;
            if (first + LANES == RATE_LANES) block--;
            entry -= LANES;
            state = state + NAME(ints_all)(LANES);
            cost = NAME(floats_at)(block->cost + first);
            opened = best + NAME(floats_at)(block->opening + first);
            restart = opened < cost;
            n = NAME(ints_at)(block->length + first);
            step = SELECT(restart, zero, NAME(steps)(step_cost, block->length + first));
            cost = SELECT(restart, opened, cost);
            if (!fixed) {
                const NAME(floats) entry_l = NAME(floats_at)(entry);
                NAME(floats) e_l = SELECT(restart, new_l, l + carry * NAME(floats_at)(block->error_l + first)) - entry_l;
                NAME(floats) e_a = SELECT(restart, new_a, a + carry * NAME(floats_at)(block->error_a + first)) - NAME(floats_at)(entry + to_a);
                NAME(floats) e_b = SELECT(restart, new_b, b + carry * NAME(floats_at)(block->error_b + first)) - NAME(floats_at)(entry + to_b);
                NAME(floats) e_sum = SELECT(restart, new_sum, sum + carry_sum * NAME(floats_at)(block->error_sum + first)) - entry_l;
                memcpy(block->error_l + first, &e_l, sizeof e_l);
                memcpy(block->error_a + first, &e_a, sizeof e_a);
                memcpy(block->error_b + first, &e_b, sizeof e_b);
                memcpy(block->error_sum + first, &e_sum, sizeof e_sum);
                cost = cost + ((e_l * e_l * weight_l + e_a * e_a * weight_a) + (e_b * e_b * weight_b + e_sum * e_sum * weight_sum));
            } else {
                NAME(bytes) symbols;
                memcpy(&symbols, by->stream + place - run->farthest + i, sizeof symbols);
                cost = SELECT(WIDEN(symbols) == NAME(ints_all)(by->only), cost, never);
                memcpy(block->error_l + first, &zero, sizeof zero);
                memcpy(block->error_a + first, &zero, sizeof zero);
                memcpy(block->error_b + first, &zero, sizeof zero);
                memcpy(block->error_sum + first, &zero, sizeof zero);
            }
            cost = cost + step;
            n = SELECT(restart, NAME(ints_all)(0), n) + NAME(ints_all)(1);
            n = SELECT(n > longest, longest, n);
            memcpy(block->cost + first, &cost, sizeof cost);
            memcpy(block->length + first, &n, sizeof n);
            able = SELECT(n > too_short, cost, never);
            less = able < at_least;
            at_least = SELECT(less, able, at_least);
            at = SELECT(less, state, at);
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

TARGET static inline int NAME(rate_advance_matches)(RateMatches *all, const RateAdvance *by, int64_t place, float *least)
{
    return by->only < 0 ? NAME(rate_advance)(all, by, place, least, 0) : NAME(rate_advance)(all, by, place, least, 1);
}
