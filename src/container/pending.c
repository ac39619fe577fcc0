/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Until the owners of these have landed: removed one by one. */
#include "container/decision_events.h"
#include "container/finding_places.h"
#include "container/observe_request.h"
#include "policy/read.h"
#include "policy/shipped.h"
#include "policy/syscalls_meet.h"
#include "policy/waiver.h"

#define WEAK __attribute__((weak))

WEAK int policy_waivers_read(const char *bytes, size_t length, const char *file, struct arena *arena,
                             struct policy_problems *problems, const struct policy_waiver **waivers,
                             size_t *count, struct error *error)
{
    (void)bytes;
    (void)length;
    (void)file;
    (void)arena;
    (void)problems;
    (void)waivers;
    *count = 0;
    (void)error;
    return 0;
}
WEAK void policy_waiver_print(struct text *text, const struct policy_waiver *waiver, unsigned int indent)
{
    (void)text;
    (void)waiver;
    (void)indent;
}
WEAK int configuration_parse(const char *bytes, size_t length, const char *file, struct arena *arena,
                             struct configuration *configuration, struct error *error)
{
    (void)bytes;
    (void)length;
    (void)file;
    (void)arena;
    (void)configuration;
    (void)error;
    return 0;
}
WEAK struct configuration configuration_default(void)
{
    return (struct configuration){.thwart = 1};
}

WEAK int policy_filter_meet(const struct spec_seccomp *const *filters, size_t count, const char *native,
                            struct arena *arena, const struct spec_seccomp **meet, struct error *error)
{
    (void)native;
    (void)arena;
    *meet = count == 1 ? filters[0] : NULL;
    return count <= 1 ? 0 : error_set(error, ERROR_UNSUPPORTED, "two filters");
}
