/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matching by sets of places: each part of the pattern maps the set of places in the name where it may begin
 * to the set where it may then end. A set only grows or moves to the right, so that repetitions end by
 * themselves.
 */
#include "base/pattern.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"

enum {
    PLACES = PATTERN_NAME_MAX + 1,
    WORD_BITS = 64,
    WORDS = (PLACES + WORD_BITS - 1) / WORD_BITS,
    DEPTH_MAX = 10,
    REPEAT_MAX = 255, /* RE_DUP_MAX */
    UNLIMITED = -1,
};

struct places {
    uint64_t words[WORDS];
};

struct matcher {
    const char *at; /* in the pattern */
    const char *name;
    size_t length;
    unsigned int depth;
    const char *fault; /* NULL: none */
};

static bool holds(const struct places *places, size_t place)
{
    return (places->words[place / WORD_BITS] >> (place % WORD_BITS) & 1) != 0;
}

static void put(struct places *places, size_t place)
{
    places->words[place / WORD_BITS] |= (uint64_t)1 << (place % WORD_BITS);
}

static void unite(struct places *places, const struct places *others)
{
    for (size_t i = 0; i < WORDS; i++)
        places->words[i] |= others->words[i];
}

static bool equal(const struct places *left, const struct places *right)
{
    return memcmp(left, right, sizeof(*left)) == 0;
}

static struct places fault(struct matcher *matcher, const char *what)
{
    if (matcher->fault == NULL)
        matcher->fault = what;
    return (struct places){0};
}

/* ---- one character ---- */

struct character_set {
    bool holds[256];
};

static struct places step(const struct matcher *matcher, const struct places *from,
                          const struct character_set *set)
{
    struct places to = {0};

    for (size_t i = 0; i < matcher->length; i++)
        if (holds(from, i) && set->holds[(unsigned char)matcher->name[i]])
            put(&to, i + 1);
    return to;
}

/* ASCII, whatever the locale. */
static bool in_class(size_t class, int c)
{
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    const bool graph = c > ' ' && c < 0x7f;

    switch (class) {
    case 0:
        return upper || lower;
    case 1:
        return digit;
    case 2:
        return upper || lower || digit;
    case 3:
        return upper;
    case 4:
        return lower;
    case 5:
        return c == ' ' || (c >= '\t' && c <= '\r');
    case 6:
        return c == ' ' || c == '\t';
    case 7:
        return graph && !(upper || lower || digit);
    case 8:
        return graph || c == ' ';
    case 9:
        return graph;
    case 10:
        return (c >= 0 && c < ' ') || c == 0x7f;
    default:
        return digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    }
}

/* "[:alpha:]" at the cursor. */
static bool add_class(struct matcher *matcher, struct character_set *set)
{
    static const char *const names[] = {"alpha", "digit", "alnum", "upper", "lower", "space",
                                        "blank", "punct", "print", "graph", "cntrl", "xdigit"};
    const char *name = matcher->at + 2;

    for (size_t class = 0; class < ARRAY_LENGTH(names); class ++) {
        size_t length = strlen(names[class]);

        if (strncmp(name, names[class], length) != 0 || strncmp(name + length, ":]", 2) != 0)
            continue;
        for (int c = 0; c < 256; c++)
            set->holds[c] = set->holds[c] || in_class(class, c);
        matcher->at = name + length + 2;
        return true;
    }
    return false;
}

/* A character or a range. */
static const char *add_range(struct matcher *matcher, struct character_set *set)
{
    unsigned char first = (unsigned char)*matcher->at++, last = first;

    if (matcher->at[0] == '-' && matcher->at[1] != ']' && matcher->at[1] != '\0') {
        last = (unsigned char)matcher->at[1];
        matcher->at += 2;
        if (last == '[' && (*matcher->at == '.' || *matcher->at == '=' || *matcher->at == ':'))
            return "a range ends with a class";
        if (last < first)
            return "a range runs backwards";
    }
    for (int c = first; c <= last; c++)
        set->holds[c] = true;
    return NULL;
}

/* After '['. */
static const char *read_bracket(struct matcher *matcher, struct character_set *set)
{
    const bool negated = *matcher->at == '^';
    const char *what = NULL;
    bool first = true;

    matcher->at += negated ? 1 : 0;
    while (what == NULL && (first || *matcher->at != ']')) {
        first = false;
        if (*matcher->at == '\0')
            return "[ has no ]";
        if (matcher->at[0] == '[' && matcher->at[1] == ':')
            what = add_class(matcher, set) ? NULL : "there is no such class of characters";
        else if (matcher->at[0] == '[' && (matcher->at[1] == '.' || matcher->at[1] == '='))
            what = "collating elements and equivalence classes are not taken";
        else
            what = add_range(matcher, set);
    }
    matcher->at += what == NULL ? 1 : 0;
    for (int c = 0; negated && c < 256; c++)
        set->holds[c] = !set->holds[c];
    return what;
}

/* ---- parts ---- */

static struct places match_alternatives(struct matcher *matcher, const struct places *from);

static struct places match_group(struct matcher *matcher, const struct places *from)
{
    struct places to;

    if (++matcher->depth > DEPTH_MAX)
        return fault(matcher, "its groups lie too deep in each other");
    to = match_alternatives(matcher, from);
    matcher->depth--;
    if (matcher->fault != NULL)
        return to;
    if (*matcher->at != ')')
        return fault(matcher, "( has no )");
    matcher->at++;
    return to;
}

static struct places match_anchor(const struct places *from, size_t place)
{
    struct places to = {0};

    if (holds(from, place))
        put(&to, place);
    return to;
}

static struct places match_escaped(struct matcher *matcher, const struct places *from)
{
    struct character_set set = {0};

    if (*matcher->at == '\0')
        return fault(matcher, "nothing follows the last \\");
    if (in_class(2, (unsigned char)*matcher->at))
        return fault(matcher, "\\ stands before a letter or digit");
    set.holds[(unsigned char)*matcher->at++] = true;
    return step(matcher, from, &set);
}

/* One part without its repetition. */
static struct places match_atom(struct matcher *matcher, const struct places *from)
{
    struct character_set set = {0};
    const char *what;
    char character = *matcher->at++;

    switch (character) {
    case '(':
        return match_group(matcher, from);
    case '[':
        what = read_bracket(matcher, &set);
        return what != NULL ? fault(matcher, what) : step(matcher, from, &set);
    case '.':
        memset(set.holds, true, sizeof(set.holds));
        return step(matcher, from, &set);
    case '^':
        return match_anchor(from, 0);
    case '$':
        return match_anchor(from, matcher->length);
    case '\\':
        return match_escaped(matcher, from);
    case '*':
    case '+':
    case '?':
    case '{':
        return fault(matcher, "there is nothing that *, +, ? or { could repeat");
    default:
        set.holds[(unsigned char)character] = true;
        return step(matcher, from, &set);
    }
}

struct repetition {
    int minimum, maximum;
};

/* "{m,n}" after its brace. */
static bool read_bounds(struct matcher *matcher, struct repetition *repetition)
{
    uint64_t minimum, maximum;

    if (!number_scan_unsigned(&matcher->at, &minimum))
        return false;
    maximum = minimum;
    if (*matcher->at == ',') {
        matcher->at++;
        if (*matcher->at == '}')
            maximum = REPEAT_MAX + 1;
        else if (!number_scan_unsigned(&matcher->at, &maximum) || maximum > REPEAT_MAX)
            return false;
    }
    if (*matcher->at++ != '}' || minimum > REPEAT_MAX || maximum < minimum)
        return false;
    repetition->minimum = (int)minimum;
    repetition->maximum = maximum > REPEAT_MAX ? UNLIMITED : (int)maximum;
    return true;
}

/* *present: one stood there. */
static bool read_repetition(struct matcher *matcher, struct repetition *repetition, bool *present)
{
    *present = true;
    switch (*matcher->at) {
    case '*':
        *repetition = (struct repetition){0, UNLIMITED};
        break;
    case '+':
        *repetition = (struct repetition){1, UNLIMITED};
        break;
    case '?':
        *repetition = (struct repetition){0, 1};
        break;
    case '{':
        matcher->at++;
        return read_bounds(matcher, repetition);
    default:
        *present = false;
        return true;
    }
    matcher->at++;
    return true;
}

/* The part between begin and the repetition, as often as it says. */
static struct places repeat(struct matcher *matcher, const char *begin, const struct repetition *repetition,
                            const struct places *from)
{
    const char *after = matcher->at;
    struct places reached = *from, to = {0};
    int round = 0;

    for (;;) {
        struct places next;

        if (round >= repetition->minimum)
            unite(&to, &reached);
        if (round == repetition->maximum)
            break;
        matcher->at = begin;
        next = match_atom(matcher, &reached);
        /* Once enough were made, what adds no place will never do so. */
        if (round >= repetition->minimum) {
            struct places more = to;

            unite(&more, &next);
            if (equal(&more, &to))
                break;
        } else if (equal(&next, &reached)) {
            unite(&to, &next); /* the same again until there are enough */
            break;
        }
        reached = next;
        round++;
    }
    matcher->at = after;
    return to;
}

static struct places match_piece(struct matcher *matcher, const struct places *from)
{
    const char *begin = matcher->at;
    struct places to = match_atom(matcher, from);
    struct repetition repetition;
    bool present;

    if (matcher->fault != NULL)
        return to;
    if (!read_repetition(matcher, &repetition, &present))
        return fault(matcher, "{ must be followed by m}, m,} or m,n} with numbers of at most 255");
    if (!present)
        return to;
    if (strchr("*+?{", *matcher->at) != NULL && *matcher->at != '\0')
        return fault(matcher, "a repetition is repeated");
    return repeat(matcher, begin, &repetition, from);
}

static struct places match_alternatives(struct matcher *matcher, const struct places *from)
{
    struct places to = {0};

    for (;;) {
        struct places reached = *from;

        while (matcher->fault == NULL && *matcher->at != '\0' && *matcher->at != '|' &&
               !(*matcher->at == ')' && matcher->depth > 0))
            reached = match_piece(matcher, &reached);
        unite(&to, &reached);
        if (matcher->fault != NULL || *matcher->at != '|')
            return to;
        matcher->at++;
    }
}

static bool match(struct matcher *matcher)
{
    struct places from = {0}, to;

    for (size_t place = 0; place <= matcher->length; place++)
        put(&from, place);
    to = match_alternatives(matcher, &from);
    return !equal(&to, &(struct places){0});
}

int pattern_check(const char *pattern, struct error *error)
{
    struct matcher matcher = {.at = pattern, .name = ""};

    if (strlen(pattern) > PATTERN_LENGTH_MAX)
        return error_set(error, ERROR_LIMIT, "the regular expression has more than %d characters",
                         (int)PATTERN_LENGTH_MAX);
    match(&matcher);
    if (matcher.fault == NULL)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "\"%s\" is no extended regular expression: %s (before character %td)", pattern,
                     matcher.fault, matcher.at - pattern + 1);
}

bool pattern_found(const char *pattern, const char *name)
{
    struct matcher matcher = {.at = pattern, .name = name, .length = strlen(name)};

    return matcher.length <= PATTERN_NAME_MAX && match(&matcher) && matcher.fault == NULL;
}
