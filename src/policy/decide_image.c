/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image: what must be proven about the image. The only level of trust is `none` (trust/trust.h), so whatever
 * is asked for is not there; a bundle whose annotations claim a digest has proven nothing. */
#include "policy/decider.h"

#include <string.h>

static void refuse(struct decider *decider, const struct policy_rule *rule, const char *id, const char *what)
{
    const struct policy_finding finding = {
        .rule = id,
        .pointer = "",
        .requested = trust_level_name(decider->trust != NULL ? decider->trust->level : TRUST_NONE),
        .reason = arena_format(decider->arena, "%s: nothing is proven about this bundle", what),
    };

    decider_refuse(decider, rule, &finding);
}

void decide_image(struct decider *decider, const struct policy *policy)
{
    const struct policy_image *image = &policy->image;
    const struct policy_words *integrity = &image->integrity.words;

    if (image->signature.rule.present)
        refuse(decider, &image->signature.rule, "TW0101", "the image must be signed");
    if (image->digests.rule.present)
        refuse(decider, &image->digests.rule, "TW0102", "the image must have one of the listed digests");
    if (image->integrity.rule.present && integrity->count > 0 &&
        strcmp(integrity->items[0].text, "none") != 0)
        refuse(decider, &image->integrity.rule, "TW0103", "the files must be those of the signed image");
}
