/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags, numbers, sizes, durations and ranges of ids. */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { SHOWN = 40, CPU_DECIMALS = 3, CPU_MAX = 1000000 };

void reader_boolean(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    (void)detail;
    if (spot->value->type != JSON_BOOLEAN) {
        reader_expected(reader, spot, "true or false");
        return;
    }
    *(bool *)target = spot->value->boolean;
}

void reader_choice(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    const struct reader_choice *choice = detail;
    char expected[80];

    if (spot->value->type == JSON_STRING)
        for (size_t i = 0; i < ARRAY_LENGTH(choice->words); i++)
            if (strcmp(spot->value->string.bytes, choice->words[i]) == 0) {
                *(bool *)target = i == 1;
                return;
            }
    text_print(expected, sizeof(expected), "\"%s\" or \"%s\"", choice->words[0], choice->words[1]);
    reader_expected(reader, spot, expected);
}

void reader_flag(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_flag *flag = target;

    if (detail != NULL)
        reader_choice(reader, spot, &flag->value, detail);
    else
        reader_boolean(reader, spot, &flag->value, NULL);
}

void reader_version(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    (void)detail;
    if (spot->value->type != JSON_NUMBER) {
        reader_expected(reader, spot, "the version of the policy language, 1");
        return;
    }
    if (strcmp(spot->value->number.text, "1") != 0) {
        reader_mistake(reader, spot, "version %.*s of the policy language: this thwart knows version 1 alone",
                       SHOWN, spot->value->number.text);
        return;
    }
    *(uint32_t *)target = POLICY_LANGUAGE_VERSION;
}

static bool in_bounds(uint64_t number, const struct reader_bounds *bounds)
{
    return number >= bounds->minimum && number <= bounds->maximum;
}

static void expected_number(struct reader *reader, const struct reader_spot *spot, const char *what,
                            const struct reader_bounds *bounds)
{
    char expected[160];

    text_print(expected, sizeof(expected), "%s from %llu to %llu", what, (unsigned long long)bounds->minimum,
               (unsigned long long)bounds->maximum);
    reader_expected(reader, spot, expected);
}

void reader_uint32(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    const struct reader_bounds *bounds = detail;
    uint64_t number;

    if (spot->value->type != JSON_NUMBER || !number_unsigned(spot->value->number.text, UINT64_MAX, &number) ||
        !in_bounds(number, bounds)) {
        expected_number(reader, spot, "a whole number", bounds);
        return;
    }
    *(uint32_t *)target = (uint32_t)number;
}

/* ---- sizes: "512M", 536870912, "unlimited" ---- */

static unsigned int unit_shift(char unit)
{
    switch (unit) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return 0;
    }
}

/* Digits and one unit; false: it is none. */
static bool parse_size(const char *text, uint64_t *size)
{
    const char *at = text;
    char digits[24];
    size_t length = strspn(at, "0123456789");
    unsigned int shift = unit_shift(at[length]);

    if (length == 0 || length >= sizeof(digits) || (shift == 0 && at[length] != '\0') ||
        (shift != 0 && at[length + 1] != '\0'))
        return false;
    memcpy(digits, at, length);
    digits[length] = '\0';
    if (!number_unsigned(digits, (UINT64_MAX - 1) >> shift, size))
        return false;
    *size <<= shift;
    return true;
}

/* "512MB", "512MiB", "512m": what they were meant to be, or "". */
static const char *size_hint(struct reader *reader, const char *text)
{
    size_t length = strspn(text, "0123456789");
    char unit = text[length];
    const char *rest = unit != '\0' ? text + length + 1 : "";

    if (length == 0 || unit == '\0')
        return "";
    if (unit_shift(unit) != 0 && *rest == '\0')
        return ": that is too much, or too little";
    if (unit >= 'a' && unit <= 'z')
        unit = (char)(unit - 'a' + 'A');
    if (unit_shift(unit) == 0 ||
        (strcmp(rest, "") != 0 && strcmp(rest, "B") != 0 && strcmp(rest, "iB") != 0 &&
         strcmp(rest, "b") != 0 && strcmp(rest, "i") != 0))
        return "";
    return arena_format(reader->arena, ": did you mean \"%.*s%c\"?", (int)(length < SHOWN ? length : SHOWN),
                        text, unit);
}

static void read_size(struct reader *reader, const struct reader_spot *spot, uint64_t *size,
                      const struct reader_bounds *bounds, bool units)
{
    const struct json_value *value = spot->value;
    uint64_t number;

    if (value->type == JSON_STRING && strcmp(value->string.bytes, "unlimited") == 0) {
        *size = UINT64_MAX;
        return;
    }
    if (value->type == JSON_NUMBER && number_unsigned(value->number.text, UINT64_MAX - 1, &number) &&
        in_bounds(number, bounds)) {
        *size = number;
        return;
    }
    if (value->type == JSON_STRING && units) {
        if (parse_size(value->string.bytes, &number) && in_bounds(number, bounds)) {
            *size = number;
            return;
        }
        reader_mistake(reader, spot,
                       "\"%.*s\" is no size: a number of bytes, or one with K, M, G or T, or \"unlimited\"%s",
                       SHOWN, value->string.bytes, size_hint(reader, value->string.bytes));
        return;
    }
    if (units)
        reader_expected(reader, spot, "a size (\"512M\", a number of bytes, \"unlimited\")");
    else
        expected_number(reader, spot, "\"unlimited\" or a whole number", bounds);
}

void reader_bytes(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    read_size(reader, spot, target, detail, true);
}

void reader_count(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    read_size(reader, spot, target, detail, false);
}

void reader_maximum_bytes(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    struct policy_maximum *maximum = target;

    read_size(reader, spot, &maximum->value, detail, true);
}

void reader_maximum_count(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    struct policy_maximum *maximum = target;

    read_size(reader, spot, &maximum->value, detail, false);
}

/* "1.5" in thousandths: up to three decimals, above 0. */
static bool parse_cpu(const char *text, uint64_t *thousandths)
{
    size_t whole = strspn(text, "0123456789"), decimals = 0;
    char digits[24];
    uint64_t number;

    if (whole == 0 || whole > 7)
        return false;
    memcpy(digits, text, whole);
    digits[whole] = '\0';
    if (!number_unsigned(digits, CPU_MAX, &number))
        return false;
    *thousandths = number * 1000;
    if (text[whole] == '\0')
        return *thousandths > 0;
    if (text[whole] != '.')
        return false;
    number = 0;
    for (const char *at = text + whole + 1; *at != '\0'; at++, decimals++) {
        if (*at < '0' || *at > '9' || decimals >= CPU_DECIMALS)
            return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    if (decimals == 0)
        return false;
    for (; decimals < CPU_DECIMALS; decimals++)
        number *= 10;
    *thousandths += number;
    return *thousandths > 0;
}

void reader_maximum_cpu(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    struct policy_maximum *maximum = target;

    (void)detail;
    if (spot->value->type == JSON_STRING && strcmp(spot->value->string.bytes, "unlimited") == 0)
        maximum->value = UINT64_MAX;
    else if (spot->value->type != JSON_NUMBER || !parse_cpu(spot->value->number.text, &maximum->value))
        reader_expected(reader, spot,
                        "a number of CPUs such as 1.5 (three decimals at most), or \"unlimited\"");
}

/* ---- durations: "7d" ---- */

void reader_duration(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    const uint64_t maximum_s = (uint64_t)100 * 365 * 86400;
    const char *text = reader_string(reader, spot, "a duration such as \"7d\"");
    char digits[16];
    size_t length;
    uint64_t number;

    (void)detail;
    if (text == NULL)
        return;
    length = strspn(text, "0123456789");
    if (length > 0 && length < sizeof(digits) && text[length] != '\0' && text[length + 1] == '\0') {
        memcpy(digits, text, length);
        digits[length] = '\0';
        for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
            if (units[i].unit == text[length] &&
                number_unsigned(digits, maximum_s / units[i].seconds, &number) && number > 0) {
                *(uint64_t *)target = number * units[i].seconds;
                return;
            }
    }
    reader_mistake(reader, spot,
                   "\"%.*s\" is no duration: a number above 0 with s, m, h, d or w, at most 100 years", SHOWN,
                   text);
}

/* ---- ranges ---- */

struct placed_range {
    struct policy_id_range range;
    const struct json_value *value;
    size_t index;
};

/* "1000-65535", "7". */
static bool parse_range(const char *text, uint64_t *first, uint64_t *last)
{
    const char *dash = strchr(text, '-');
    char head[24];

    if (dash == NULL)
        return number_unsigned(text, UINT64_MAX, first) && number_unsigned(text, UINT64_MAX, last);
    if ((size_t)(dash - text) >= sizeof(head))
        return false;
    memcpy(head, text, (size_t)(dash - text));
    head[dash - text] = '\0';
    return number_unsigned(head, UINT64_MAX, first) && number_unsigned(dash + 1, UINT64_MAX, last);
}

static bool read_range(struct reader *reader, const struct reader_spot *spot, uint32_t minimum,
                       uint32_t maximum, const char *what, struct policy_id_range *range)
{
    const struct json_value *value = spot->value;
    uint64_t first = 0, last = 0;
    char expected[128];

    if (!(value->type == JSON_NUMBER && parse_range(value->number.text, &first, &last)) &&
        !(value->type == JSON_STRING && parse_range(value->string.bytes, &first, &last))) {
        text_print(expected, sizeof(expected), "%s or a range such as \"1000-65535\"", what);
        reader_expected(reader, spot, expected);
        return false;
    }
    if (first > last) {
        reader_mistake(reader, spot, "the range \"%.*s\" runs backwards: did you mean \"%llu-%llu\"?", SHOWN,
                       value->string.bytes, (unsigned long long)last, (unsigned long long)first);
        return false;
    }
    if (first < minimum || last > maximum) {
        reader_mistake(reader, spot, "%llu is not %s: it must be from %u to %u",
                       (unsigned long long)(first < minimum ? first : last), what, minimum, maximum);
        return false;
    }
    *range = (struct policy_id_range){(uint32_t)first, (uint32_t)last};
    return true;
}

static int compare_ranges(const void *one, const void *other)
{
    const struct placed_range *first = one, *second = other;

    if (first->range.first != second->range.first)
        return first->range.first < second->range.first ? -1 : 1;
    return first->index < second->index ? -1 : 1;
}

/* Ranges in order: of two that overlap, the one that is written later is the mistake. */
static void tell_overlaps(struct reader *reader, const struct reader_spot *spot,
                          const struct placed_range *ranges, size_t count)
{
    const struct placed_range *widest = ranges; /* the one that reaches furthest so far */

    for (size_t i = 1; i < count; i++) {
        const struct placed_range *other = &ranges[i];
        const struct placed_range *late = widest->index > other->index ? widest : other;
        const struct placed_range *early = late == widest ? other : widest;
        struct json_place place = {.parent = spot->place, .index = late->index};
        struct reader_spot element = {&place, late->value, late->value->line, late->value->column};

        if (other->range.first <= widest->range.last)
            reader_mistake(reader, &element, "the range %u-%u overlaps %u-%u: make one of both",
                           late->range.first, late->range.last, early->range.first, early->range.last);
        if (other->range.last > widest->range.last)
            widest = other;
    }
}

void reader_read_ranges(struct reader *reader, const struct reader_spot *spot, uint32_t minimum,
                        uint32_t maximum, const char *what, struct reader_ranges *ranges)
{
    struct placed_range *placed;
    struct policy_id_range *items;
    size_t count = 0;

    if (spot->value->type != JSON_ARRAY) {
        reader_expected(reader, spot, "a list of numbers and ranges");
        return;
    }
    placed = arena_array(reader->arena, spot->value->array.count, sizeof(*placed));
    items = arena_array(reader->arena, spot->value->array.count, sizeof(*items));
    for (size_t i = 0; i < spot->value->array.count; i++) {
        const struct json_value *value = spot->value->array.items[i];
        struct json_place place = {.parent = spot->place, .index = i};
        struct reader_spot element = {&place, value, value->line, value->column};

        if (read_range(reader, &element, minimum, maximum, what, &placed[count].range)) {
            placed[count].value = value;
            placed[count++].index = i;
        }
    }
    if (count > 1)
        qsort(placed, count, sizeof(*placed), compare_ranges);
    tell_overlaps(reader, spot, placed, count);
    for (size_t i = 0; i < count; i++)
        items[i] = placed[i].range;
    *ranges = (struct reader_ranges){items, count, true};
}

bool reader_is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdefABCDEF") == length;
}
