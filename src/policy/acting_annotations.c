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

bool acting_annotation_steers_delegates(const char *key)
{
    /* crun (a filter of raw BPF, another handler, listeners), criu's options, Kata, gVisor, crun's wasm. */
    static const char *const families[] = {"run.oci.", "org.criu.", "io.katacontainers.", "dev.gvisor.",
                                           "module.wasm.image/"};
    /* Of a unit: when and how it ends. Everything else (DeviceAllow, MemoryMax, Slice) loosens or moves. */
    static const char unit[] = "org.systemd.property.";
    static const char *const endings[] = {"After",           "Before",         "CollectMode",
                                          "Documentation",   "KillSignal",     "DefaultDependencies",
                                          "TimeoutStopUSec", "TimeoutStopSec", "SendSIGHUP"};

    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        if (text_starts_with(key, families[i]))
            return true;
    if (!text_starts_with(key, unit))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++)
        if (strcmp(key + strlen(unit), endings[i]) == 0)
            return false;
    return true;
}
