/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See unified.h. */
#include "policy/unified.h"

#include <string.h>
#include "base/number.h"
#include "policy/decide_parts.h"
#include "policy/decide_resources.h"

const char *unified_text(const struct spec_resources *resources, const char *file)
{
    const struct json_string_map *unified = &resources->unified;

    for (size_t i = unified->count; i > 0; i--)
        if (strcmp(unified->items[i - 1].key, file) == 0)
            return unified->items[i - 1].value;
    return NULL;
}

/* memparse() in the kernel: 10 bits a suffix. */
static bool apply_suffix(char suffix, uint64_t *value)
{
    static const char suffixes[] = "kmgtpe";
    const char *found = memchr(suffixes, suffix | 0x20, sizeof(suffixes) - 1);
    unsigned int shift;

    if (found == NULL)
        return false;
    shift = 10 * (unsigned int)(found - suffixes + 1);
    if (*value > UINT64_MAX >> shift)
        *value = UINT64_MAX;
    else
        *value <<= shift;
    return true;
}

/* Octal and hexadecimal numbers, which memparse() takes as well, are what nobody writes in good faith. */
enum unified_reading unified_read_number(const char *text, size_t length, uint64_t *value)
{
    char buffer[32];
    const char *at = buffer;

    while (length > 0 && strchr(" \t\n", text[length - 1]) != NULL)
        length--;
    while (length > 0 && strchr(" \t\n", text[0]) != NULL) {
        text++;
        length--;
    }
    if (length == 0 || length >= sizeof(buffer))
        return UNIFIED_BROKEN;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
    *value = UINT64_MAX;
    if (strcmp(buffer, "max") == 0)
        return UNIFIED_NUMBER;
    if ((buffer[0] == '0' && buffer[1] >= '0' && buffer[1] <= '9') || !number_scan_unsigned(&at, value))
        return UNIFIED_BROKEN;
    if (*at != '\0' && (!apply_suffix(*at, value) || at[1] != '\0'))
        return UNIFIED_BROKEN;
    return UNIFIED_NUMBER;
}

enum unified_reading unified_number(const struct spec_resources *resources, const char *file, uint64_t *value)
{
    const char *text = unified_text(resources, file);

    *value = UINT64_MAX;
    return text == NULL ? UNIFIED_ABSENT : unified_read_number(text, strlen(text), value);
}

void unified_set(struct decider *decider, const char *file, const char *text)
{
    struct spec_resources *resources = decider_resources(decider);
    const struct json_string_map *now = &resources->unified;
    struct json_string_map copy = {.items = arena_array(decider->arena, now->count + 1, sizeof(*copy.items)),
                                   .present = true};
    bool found = false;

    for (size_t i = 0; i < now->count; i++) {
        bool is_file = strcmp(now->items[i].key, file) == 0;

        if (is_file && found)
            continue;
        found = found || is_file;
        copy.items[copy.count++] =
            (struct json_pair){now->items[i].key, is_file ? text : now->items[i].value};
    }
    if (!found)
        copy.items[copy.count++] = (struct json_pair){file, text};
    resources->unified = copy;
}

const char *unified_pointer(const struct decider *decider, const char *file)
{
    return decide_pointer_member(decider, "/linux/resources/unified", file);
}

void unified_refuse(struct decider *decider, const struct policy_rule *rule, const char *id, const char *file)
{
    const struct policy_finding finding = {
        .rule = id,
        .pointer = unified_pointer(decider, file),
        .subject = "unified",
        .requested = unified_text(decide_requested_resources(decider), file),
        .reason = arena_format(decider->arena, "what %s holds cannot be judged", file),
        .allow = "write one decimal number or \"max\" there, or leave it out",
    };

    decider_refuse(decider, rule, &finding);
}
