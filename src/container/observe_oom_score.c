/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime's own OOM score. */
#include <fcntl.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "container/observe_request.h"

void observe_oom_score(const struct policy_set *policies, struct policy_host *host)
{
    char text[32];
    int64_t score;
    bool asked = false;

    for (size_t i = 0; i < policies->count; i++)
        asked = asked || policies->items[i].policy->process.oom_score_adj.rule.present;
    if (!asked || descriptor_read_file_at(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof(text)) < 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    if (!number_signed(text, -1000, 1000, &score))
        return;
    host->oom_score_adj = (int32_t)score;
    host->has_oom_score_adj = true;
}
