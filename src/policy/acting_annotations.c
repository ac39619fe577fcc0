/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See acting_annotations.h. */
#include "policy/acting_annotations.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

const struct acting_annotation acting_annotations[] = {
    {.key = "io.thwart.policy", .only_tightens = true}, /* volunteered policies: policy/resolve.c */
    {.key = "org.systemd.property."},                   /* of the unit: plan/systemd_annotations.c */
    {.key = "run.oci.keep_original_groups"},            /* of the caller: plan/process.c */
};
const size_t acting_annotation_count = ARRAY_LENGTH(acting_annotations);

const struct acting_annotation *acting_annotation_find(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(acting_annotations); i++)
        if (text_ends_with(acting_annotations[i].key, ".") ? text_starts_with(key, acting_annotations[i].key)
                                                           : strcmp(key, acting_annotations[i].key) == 0)
            return &acting_annotations[i];
    return NULL;
}
