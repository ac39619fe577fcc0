/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resources.cpu: a share of CPU time, quota by period. Shares and weights are no limit: they tell only who
 * goes first. */
#include "policy/decide_resources.h"

#include <string.h>
#include "base/number.h"
#include "policy/decide_parts.h"
#include "policy/unified.h"

enum {
    PERIOD_DEFAULT_US = 100000, /* the kernel's, cgroup-v2.rst */
    QUOTA_MIN_US = 1000,        /* kernel/sched: min_cfs_quota_period */
    MILLI = 1000,
};

#define CPU_FILE   "cpu.max"
#define BURST_FILE "cpu.max.burst"

struct share {
    uint64_t quota_us, period_us; /* UINT64_MAX: no quota */
};

static struct share share_of_member(const struct spec_resources *resources)
{
    const struct spec_cpu *cpu = resources->cpu;
    struct share share = {UINT64_MAX, PERIOD_DEFAULT_US};

    if (cpu == NULL)
        return share;
    if (cpu->has_quota && cpu->quota > 0)
        share.quota_us = (uint64_t)cpu->quota;
    if (cpu->has_period && cpu->period != 0)
        share.period_us = cpu->period;
    return share;
}

/* Several lines are several writes, of which none may be judged by the others. */
static bool is_one_line(const char *text)
{
    const char *end = strchr(text, '\n');

    return end == NULL || end[strspn(end, " \t\n")] == '\0';
}

/* "QUOTA PERIOD"; without a period the one that was written before stays. */
static enum unified_reading read_share(const struct spec_resources *resources, struct share *share)
{
    const char *text = unified_text(resources, CPU_FILE);
    size_t length;
    uint64_t period;

    *share = share_of_member(resources);
    if (text == NULL)
        return UNIFIED_ABSENT;
    text += strspn(text, " \t");
    length = strcspn(text, " \t\n");
    if (!is_one_line(text) || unified_read_number(text, length, &share->quota_us) != UNIFIED_NUMBER)
        return UNIFIED_BROKEN;
    text += length + strspn(text + length, " \t\n");
    if (*text == '\0')
        return UNIFIED_NUMBER;
    if (unified_read_number(text, strlen(text), &period) != UNIFIED_NUMBER || period == 0 ||
        period == UINT64_MAX)
        return UNIFIED_BROKEN;
    share->period_us = period;
    return UNIFIED_NUMBER;
}

/* quota / period > thousandths / 1000, without rounding. */
static bool is_above(const struct share *share, uint64_t thousandths)
{
    uint64_t asked, allowed;

    if (share->quota_us == UINT64_MAX)
        return true;
    if (__builtin_mul_overflow(thousandths, share->period_us, &allowed))
        return false;
    return __builtin_mul_overflow(share->quota_us, (uint64_t)MILLI, &asked) || asked > allowed;
}

/* The largest share within the bound, with the period that was asked for; the kernel takes no quota below a
 * millisecond, so for very little the period is longer. */
static struct share share_within(uint64_t period_us, uint64_t thousandths)
{
    uint64_t product;
    struct share share = {.period_us = period_us};

    if (__builtin_mul_overflow(thousandths, period_us, &product))
        product = UINT64_MAX - 1;
    share.quota_us = product / MILLI;
    if (share.quota_us < QUOTA_MIN_US) {
        share.quota_us = QUOTA_MIN_US;
        share.period_us = ((uint64_t)QUOTA_MIN_US * MILLI + thousandths - 1) / thousandths;
    }
    return share;
}

static const char *thousandths_text(const struct decider *decider, uint64_t thousandths)
{
    char *text = arena_format(decider->arena, "%llu.%03llu", (unsigned long long)(thousandths / MILLI),
                              (unsigned long long)(thousandths % MILLI));
    size_t length = strlen(text);

    while (text[length - 1] == '0')
        length--;
    text[text[length - 1] == '.' ? length - 1 : length] = '\0';
    return text;
}

static const char *share_text(const struct decider *decider, const struct share *share)
{
    uint64_t product;

    if (share->quota_us == UINT64_MAX)
        return "unlimited";
    if (share->period_us == 0 || __builtin_mul_overflow(share->quota_us, (uint64_t)MILLI, &product))
        return decide_number_text(decider, share->quota_us / (share->period_us + (share->period_us == 0)));
    return arena_format(decider->arena, "%s CPUs", thousandths_text(decider, product / share->period_us));
}

/* The kernel refuses a burst above the quota. */
static void lower_burst(struct decider *decider, uint64_t quota_us)
{
    uint64_t burst;

    if (unified_number(decider_resources_now(decider), BURST_FILE, &burst) == UNIFIED_NUMBER &&
        burst > quota_us)
        unified_set(decider, BURST_FILE, decide_number_text(decider, quota_us));
}

static void write_share(struct decider *decider, bool by_file, const struct share *share)
{
    struct spec_resources *resources;
    struct spec_cpu *cpu;

    if (by_file) {
        unified_set(decider, CPU_FILE,
                    arena_format(decider->arena, "%llu %llu", (unsigned long long)share->quota_us,
                                 (unsigned long long)share->period_us));
    } else {
        cpu = arena_allocate(decider->arena, sizeof(*cpu));
        resources = decider_resources(decider);
        if (resources->cpu != NULL)
            *cpu = *resources->cpu;
        cpu->quota = decide_signed(share->quota_us);
        cpu->period = share->period_us;
        cpu->has_quota = cpu->has_period = true;
        if (cpu->has_burst && cpu->burst > share->quota_us)
            cpu->burst = share->quota_us;
        resources->cpu = cpu;
    }
    lower_burst(decider, share->quota_us);
}

void decide_cpu(struct decider *decider, const struct policy_maximum *rule)
{
    static const char member[] = "/linux/resources/cpu/quota";
    uint64_t bound = rule->value > 0 ? rule->value : 1;
    struct share asked, now;
    enum unified_reading reading = read_share(decide_requested_resources(decider), &asked);
    bool by_file = reading == UNIFIED_NUMBER;

    if (!rule->rule.present || rule->value == UINT64_MAX ||
        !decide_can_limit(decider, &rule->rule, "cpu", member, "resources.cpu"))
        return;
    if (reading == UNIFIED_BROKEN) {
        unified_refuse(decider, &rule->rule, "TW0604", CPU_FILE);
        return;
    }
    if (!is_above(&asked, bound))
        return;
    const struct policy_finding finding = {
        .rule = "TW0604",
        .pointer = by_file ? unified_pointer(decider, CPU_FILE) : member,
        .requested = share_text(decider, &asked),
        .reason = arena_format(decider->arena, "CPU time is %s, and may be that of %s CPUs at most",
                               share_text(decider, &asked), thousandths_text(decider, bound)),
    };
    if (!decider_judge(decider, &rule->rule, &finding))
        return;
    (void)read_share(decider_resources_now(decider), &now);
    if (is_above(&now, bound)) {
        now = share_within(asked.period_us, bound);
        write_share(decider, by_file, &now);
    }
    decider_granted(decider, share_text(decider, &now));
}
