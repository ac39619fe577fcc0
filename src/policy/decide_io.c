/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resources.io: how fast each device may be read and written. */
#include "policy/decide_resources.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/decide_parts.h"
#include "policy/unified.h"

#define IO_FILE "io.max"

static const struct kind {
    const char *key, *member, *what; /* of io.max, of blockIO */
    size_t list, bound;              /* offsets: struct spec_block_io, struct policy_io_limit */
} kinds[] = {
    {"rbps", "throttleReadBpsDevice", "reading in bytes a second",
     offsetof(struct spec_block_io, throttle_read_bps), offsetof(struct policy_io_limit, read_bps)},
    {"wbps", "throttleWriteBpsDevice", "writing in bytes a second",
     offsetof(struct spec_block_io, throttle_write_bps), offsetof(struct policy_io_limit, write_bps)},
    {"riops", "throttleReadIOPSDevice", "reads a second", offsetof(struct spec_block_io, throttle_read_iops),
     offsetof(struct policy_io_limit, read_iops)},
    {"wiops", "throttleWriteIOPSDevice", "writes a second",
     offsetof(struct spec_block_io, throttle_write_iops), offsetof(struct policy_io_limit, write_iops)},
};

/* One of the four limits of one device. */
struct throttle {
    const struct kind *kind;
    int64_t major, minor;
    uint64_t maximum; /* zero is no number that the kernel takes: one is the least */
};

/* ---- blockIO ---- */

static const struct json_structs *list_of(const struct spec_block_io *io, const struct kind *kind)
{
    return (const struct json_structs *)(const void *)((const char *)io + kind->list);
}

/* The last entry of a device counts; zero is no limit. */
static uint64_t rate_of_member(const struct spec_resources *resources, const struct throttle *throttle)
{
    const struct json_structs *list;

    if (resources->block_io == NULL)
        return UINT64_MAX;
    list = list_of(resources->block_io, throttle->kind);
    for (size_t i = list->count; i > 0; i--) {
        const struct spec_throttle_device *device = &SPEC_ITEMS(*list, struct spec_throttle_device)[i - 1];

        if (device->major == throttle->major && device->minor == throttle->minor)
            return device->rate != 0 ? device->rate : UINT64_MAX;
    }
    return UINT64_MAX;
}

static uint64_t lower_member(struct decider *decider, const struct throttle *throttle)
{
    struct spec_resources *resources = decider_resources(decider);
    uint64_t rate = rate_of_member(resources, throttle);
    struct spec_block_io *io = arena_allocate(decider->arena, sizeof(*io));
    struct json_structs *list;
    struct spec_throttle_device *items;
    size_t count = 0;

    if (rate > throttle->maximum)
        rate = throttle->maximum;
    if (resources->block_io != NULL)
        *io = *resources->block_io;
    list = (struct json_structs *)(void *)((char *)io + throttle->kind->list);
    items = arena_array(decider->arena, list->count + 1, sizeof(*items));
    for (size_t i = 0; i < list->count; i++) {
        const struct spec_throttle_device *device = &SPEC_ITEMS(*list, struct spec_throttle_device)[i];

        if (device->major != throttle->major || device->minor != throttle->minor)
            items[count++] = *device;
    }
    items[count++] =
        (struct spec_throttle_device){.major = throttle->major, .minor = throttle->minor, .rate = rate};
    *list = (struct json_structs){.items = items, .count = count, .present = true};
    resources->block_io = io;
    return rate;
}

/* ---- io.max: lines "MAJ:MIN KEY=RATE …" ---- */

enum { IO_FILE_MAX = 65536 };

/* Is the line about the device? *rest: behind its number. -1: it is no such line. */
static int line_is_for(const char *line, const struct throttle *throttle, const char **rest)
{
    const char *at = line + strspn(line, " \t");
    uint64_t major, minor;

    if (!number_scan_unsigned(&at, &major) || *at++ != ':' || !number_scan_unsigned(&at, &minor) ||
        strchr(" \t\n", *at) == NULL)
        return -1;
    *rest = at;
    return major == (uint64_t)throttle->major && minor == (uint64_t)throttle->minor;
}

/* One "KEY=RATE", copied, or lowered to the maximum. *rate: what stands there, if it is the throttle's. */
static enum unified_reading copy_word(const char *word, size_t length, const struct throttle *throttle,
                                      struct text *text, uint64_t *rate)
{
    const char *key = throttle->kind->key;
    size_t key_length = strlen(key);
    enum unified_reading reading;

    if (length <= key_length || memcmp(word, key, key_length) != 0 || word[key_length] != '=') {
        text_append_bytes(text, word, length);
        return UNIFIED_ABSENT;
    }
    reading = unified_read_number(word + key_length + 1, length - key_length - 1, rate);
    if (reading == UNIFIED_NUMBER && *rate > throttle->maximum)
        text_append_format(text, "%s=%llu", key, (unsigned long long)throttle->maximum);
    else
        text_append_bytes(text, word, length);
    return reading;
}

/* The kernel takes any of them for a blank; nobody who means well writes them. */
static bool has_odd_blanks(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' && *text != '\t' && *text != '\n')
            return true;
    return false;
}

/* The words of a line behind the device's number. */
static enum unified_reading copy_words(const char *at, const char *end, const struct throttle *throttle,
                                       struct text *text, uint64_t *rate)
{
    enum unified_reading found = UNIFIED_ABSENT, reading;

    while (at < end && found != UNIFIED_BROKEN) {
        size_t blanks = strspn(at, " \t"), length = strcspn(at + blanks, " \t\n");

        text_append_bytes(text, at, blanks);
        reading = copy_word(at + blanks, length, throttle, text, rate);
        at += blanks + length;
        found = reading != UNIFIED_ABSENT ? reading : found;
    }
    return found;
}

/* Copy the file's text to text, with the throttle's rate lowered where it is above the maximum. *rate: the
 * last one that stands there, as asked for. */
static enum unified_reading copy_file(const char *file, const struct throttle *throttle, struct text *text,
                                      uint64_t *rate)
{
    enum unified_reading found = UNIFIED_ABSENT, reading;

    *rate = UINT64_MAX;
    for (const char *line = file; *line != '\0' && found != UNIFIED_BROKEN;) {
        const char *end = line + strcspn(line, "\n"), *rest = end;
        bool is_blank = line + strspn(line, " \t") == end;
        int is_for = is_blank ? 0 : line_is_for(line, throttle, &rest);

        if (is_for < 0)
            return UNIFIED_BROKEN;
        rest = is_for != 0 ? rest : end;
        text_append_bytes(text, line, (size_t)(rest - line));
        reading = copy_words(rest, end, throttle, text, rate);
        found = reading != UNIFIED_ABSENT ? reading : found;
        if (*end == '\n')
            text_append_character(text, *end++);
        line = end;
    }
    return found;
}

/* What resources write into io.max for the throttle: see unified.h. *copy: the text with the rate lowered. */
static enum unified_reading rate_of_file(struct decider *decider, const struct spec_resources *resources,
                                         const struct throttle *throttle, uint64_t *rate, const char **copy)
{
    cleanup_text struct text text = text_growing(IO_FILE_MAX);
    const char *file = unified_text(resources, IO_FILE);
    enum unified_reading reading;

    *rate = UINT64_MAX;
    if (file == NULL)
        return UNIFIED_ABSENT;
    if (has_odd_blanks(file))
        return UNIFIED_BROKEN;
    reading = copy_file(file, throttle, &text, rate);
    if (text.overflow)
        return UNIFIED_BROKEN;
    *copy = arena_copy(decider->arena, text.bytes, text.length);
    return reading;
}

static uint64_t lower_file(struct decider *decider, const struct throttle *throttle)
{
    const char *copy;
    uint64_t rate;

    (void)rate_of_file(decider, decider_resources_now(decider), throttle, &rate, &copy);
    unified_set(decider, IO_FILE, copy);
    return rate < throttle->maximum ? rate : throttle->maximum;
}

/* ---- judgement ---- */

static void decide_throttle(struct decider *decider, const struct policy_io *rule,
                            const struct throttle *throttle)
{
    const struct spec_resources *asked = decide_requested_resources(decider);
    const char *device =
        arena_format(decider->arena, "%lld:%lld", (long long)throttle->major, (long long)throttle->minor);
    const char *subject = arena_format(decider->arena, "%s %s", device, throttle->kind->key), *copy;
    uint64_t requested;
    enum unified_reading reading = rate_of_file(decider, asked, throttle, &requested, &copy);
    bool by_file = reading == UNIFIED_NUMBER;

    if (reading == UNIFIED_BROKEN) {
        unified_refuse(decider, &rule->rule, "TW0605", IO_FILE);
        return;
    }
    if (!by_file)
        requested = rate_of_member(asked, throttle);
    if (decide_above(decider, &rule->rule, "TW0605",
                     by_file
                         ? unified_pointer(decider, IO_FILE)
                         : decide_pointer_member(decider, "/linux/resources/blockIO", throttle->kind->member),
                     subject, arena_format(decider->arena, "%s of %s", throttle->kind->what, device),
                     requested, throttle->maximum))
        decider_granted(decider, decide_number_text(decider, by_file ? lower_file(decider, throttle)
                                                                     : lower_member(decider, throttle)));
}

void decide_io(struct decider *decider, const struct policy_io *rule)
{
    if (!rule->rule.present || rule->count == 0 ||
        !decide_can_limit(decider, &rule->rule, "io", "/linux/resources/blockIO", "resources.io"))
        return;
    for (size_t i = 0; i < rule->count; i++)
        for (size_t j = 0; j < ARRAY_LENGTH(kinds); j++) {
            const struct policy_io_limit *limit = &rule->items[i];
            uint64_t maximum = *(const uint64_t *)(const void *)((const char *)limit + kinds[j].bound);
            const struct throttle throttle = {&kinds[j], limit->major, limit->minor,
                                              maximum != 0 ? maximum : 1};

            if (maximum != UINT64_MAX)
                decide_throttle(decider, rule, &throttle);
        }
}
