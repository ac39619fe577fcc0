/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversions of weights. The logarithm and the power are worked out here: the static binary has no use for
 * libm otherwise. */
#include "plan/weights.h"

enum {
    SHARES_MIN = 2,
    SHARES_MAX = 262144,
    WEIGHT_MIN = 1,
    WEIGHT_MAX = 10000,
    BLKIO_MIN = 10,
    BLKIO_SPAN = 990,
    IO_SPAN = 9999,
    FRACTION_BITS = 52,
    SERIES_TERMS = 24,
};

#define NATURAL_LOG_OF_10 2.302585092994045684
#define ROUNDING_ERROR    1e-9

/* log2 of 1 and more: the whole part by halving, the fraction bit by bit by squaring. */
static double binary_logarithm(double value)
{
    double logarithm = 0, bit = 1;

    for (; value >= 2; value /= 2)
        logarithm++;
    for (int i = 0; i < FRACTION_BITS; i++) {
        value *= value;
        bit /= 2;
        if (value >= 2) {
            value /= 2;
            logarithm += bit;
        }
    }
    return logarithm;
}

/* 10 to the power of 0 to 4. */
static double power_of_ten(double exponent)
{
    double whole = 1, term = 1, sum = 1;

    for (; exponent >= 1; exponent--)
        whole *= 10;
    for (int i = 1; i < SERIES_TERMS; i++) {
        term *= exponent * NATURAL_LOG_OF_10 / i;
        sum += term;
    }
    return whole * sum;
}

uint64_t cpu_weight_from_shares(uint64_t shares)
{
    double logarithm, exponent, weight;
    uint64_t rounded;

    if (shares == 0)
        return 0;
    if (shares <= SHARES_MIN)
        return WEIGHT_MIN;
    if (shares >= SHARES_MAX)
        return WEIGHT_MAX;
    logarithm = binary_logarithm((double)shares);
    exponent = (logarithm * logarithm + 125 * logarithm) / 612 - 7.0 / 34;
    weight =
        power_of_ten(exponent) - ROUNDING_ERROR; /* 1024 is 100 exactly: rounding up must not make it 101 */
    rounded = (uint64_t)weight;
    return weight > (double)rounded ? rounded + 1 : rounded;
}

uint64_t io_weight_from_blkio(uint64_t weight)
{
    if (weight == 0)
        return 0;
    return 1 + (weight - BLKIO_MIN) * IO_SPAN / BLKIO_SPAN;
}
