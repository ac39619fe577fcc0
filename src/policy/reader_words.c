/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of words, paths and patterns, each with its place. */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "base/glob.h"

enum {
    SHOWN = 60,           /* bytes of a word that are quoted */
    NAME_MAX_LENGTH = 64, /* of a policy's name: it becomes part of file names and lists */
    PATH_LENGTH_MAX = 4095,
};

static bool is_one_of(char character, const char *others)
{
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           (character != '\0' && strchr(others, character) != NULL);
}

static bool consists_of(const char *word, const char *others)
{
    for (; *word != '\0'; word++)
        if (!is_one_of(*word, others))
            return false;
    return true;
}

static bool check_glob(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    struct error error = {0};

    if (glob_check(word, &error) == 0)
        return true;
    reader_mistake(reader, spot, "%s", error.message);
    return false;
}

/* What is compared with clean absolute paths must look like one, or it never matches. */
static bool check_clean(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t length = strlen(word);

    if (length > 1 && word[length - 1] == '/') {
        reader_mistake(reader, spot,
                       "\"%.*s\" ends in a slash: leave it out; a path means what lies beneath, too", SHOWN,
                       word);
        return false;
    }
    for (const char *at = strchr(word, '/'); at != NULL; at = strchr(at + 1, '/')) {
        size_t part = strcspn(at + 1, "/");

        if ((part == 0 && length > 1) || (part == 1 && at[1] == '.') ||
            (part == 2 && at[1] == '.' && at[2] == '.')) {
            reader_mistake(reader, spot,
                           "\"%.*s\" is no clean path: it must not contain \"//\", \".\" or \"..\"", SHOWN,
                           word);
            return false;
        }
    }
    return true;
}

static bool check_path_pattern(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (!check_glob(reader, spot, word))
        return false;
    if (*word != '/' && *word != '*') {
        reader_mistake(reader, spot, "\"%.*s\" can match no absolute path: begin it with \"/\" or \"**\"",
                       SHOWN, word);
        return false;
    }
    return check_clean(reader, spot, word);
}

static bool check_path(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (*word != '/' || strlen(word) > PATH_LENGTH_MAX) {
        reader_mistake(reader, spot, "expected an absolute path, found \"%.*s\"", SHOWN, word);
        return false;
    }
    if (strpbrk(word, "*?[") != NULL) {
        reader_mistake(reader, spot, "\"%.*s\": patterns are not understood here, only paths", SHOWN, word);
        return false;
    }
    return check_clean(reader, spot, word);
}

/* Without blanks: names of images, variables, kernel parameters have none. */
static bool check_blankless(struct reader *reader, const struct reader_spot *spot, const char *word,
                            const char *others)
{
    const char *found;

    if (!check_glob(reader, spot, word))
        return false;
    found = strpbrk(word, others);
    if (found == NULL)
        return true;
    reader_mistake(reader, spot, "pattern \"%.*s\" contains '%c', which no such name does", SHOWN, word,
                   *found);
    return false;
}

static bool check_image(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    return check_blankless(reader, spot, word, " \t\n");
}

static bool check_variable(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    return check_blankless(reader, spot, word, "= \t\n");
}

static bool check_sysctl(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    return check_blankless(reader, spot, word, "= \t\n");
}

static bool check_policy_name(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t length = strlen(word);

    if (length > 0 && length <= NAME_MAX_LENGTH && *word != '-' && consists_of(word, "-"))
        return true;
    reader_mistake(reader, spot, "\"%.*s\" is no name of a policy: 1 to %d of a-z, 0-9 and -, the first no -",
                   SHOWN, word, NAME_MAX_LENGTH);
    return false;
}

/* OpenPGP's fingerprints: version 4 has 40 digits, versions 5 and 6 have 64. */
static bool check_fingerprint(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (reader_is_hex(word, 40) || reader_is_hex(word, 64))
        return true;
    reader_mistake(
        reader, spot,
        "\"%.*s\" is no fingerprint: 40 or 64 hex digits without blanks; short key ids can be forged", SHOWN,
        word);
    return false;
}

static bool check_tag(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (*word != '\0' && strlen(word) <= NAME_MAX_LENGTH && consists_of(word, "-._"))
        return true;
    reader_mistake(reader, spot, "\"%.*s\" is no tag: 1 to %d of a-z, 0-9, \"-\", \".\" and \"_\"", SHOWN,
                   word, NAME_MAX_LENGTH);
    return false;
}

const struct reader_word_kind reader_path_pattern = {.what = "a path pattern", .check = check_path_pattern},
                              reader_image_pattern = {.what = "an image pattern", .check = check_image},
                              reader_name_pattern = {.what = "a pattern of names", .check = check_variable},
                              reader_path = {.what = "an absolute path", .check = check_path},
                              reader_policy_name = {.what = "the name of a policy",
                                                    .check = check_policy_name},
                              reader_fingerprint = {.what = "a fingerprint", .check = check_fingerprint},
                              reader_tag = {.what = "a tag", .check = check_tag},
                              reader_sysctl_pattern = {.what = "a pattern of kernel parameters",
                                                       .check = check_sysctl},
                              reader_argument_pattern = {.what = "a pattern", .check = check_glob};

bool reader_word_ok(struct reader *reader, const struct reader_spot *spot,
                    const struct reader_word_kind *kind, const char *word)
{
    char buffer[256];
    struct text known = text_over(buffer, sizeof(buffer));
    const char *suggestion;

    if (kind->list == NULL)
        return kind->check(reader, spot, word);
    if (policy_word_index(kind->list, word, NULL))
        return true;
    suggestion = reader_word_suggestion(reader, kind->list, word);
    if (suggestion == NULL && kind->list->count <= 10) {
        text_append(&known, ": there are ");
        for (size_t i = 0; i < kind->list->count; i++)
            text_append_format(&known, "%s%s", i > 0 ? ", " : "", kind->list->items[i]);
    }
    reader_mistake(reader, spot, "\"%.*s\" is not %s%s%s", SHOWN, word, kind->what,
                   reader_did_you_mean(reader, suggestion), known.bytes);
    return false;
}

static void add_word(struct reader *reader, const struct reader_spot *spot, struct policy_word *items,
                     size_t *count, const struct reader_word_kind *kind)
{
    const char *word = reader_string(reader, spot, kind->what);

    if (word != NULL && reader_word_ok(reader, spot, kind, word))
        items[(*count)++] = (struct policy_word){word, spot->value->line, spot->value->column};
}

void reader_words(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_words *words = target;
    struct policy_word *items;

    if (spot->value->type != JSON_ARRAY) {
        reader_expected(reader, spot, "a list of strings");
        return;
    }
    items = arena_array(reader->arena, spot->value->array.count, sizeof(*items));
    *words = (struct policy_words){.items = items, .present = true};
    for (size_t i = 0; i < spot->value->array.count; i++) {
        const struct json_value *value = spot->value->array.items[i];
        struct json_place place = {.parent = spot->place, .index = i};
        struct reader_spot element = {&place, value, value->line, value->column};

        add_word(reader, &element, items, &words->count, detail);
    }
}

void reader_patterns(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_patterns *patterns = target;

    reader_words(reader, spot, &patterns->words, detail);
}

static void read_single(struct reader *reader, const struct reader_spot *spot, struct policy_words *words,
                        const struct reader_word_kind *kind)
{
    struct policy_word *item = arena_allocate(reader->arena, sizeof(*item));

    *words = (struct policy_words){.items = item, .present = true};
    add_word(reader, spot, item, &words->count, kind);
}

void reader_one_word(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_patterns *patterns = target;

    read_single(reader, spot, &patterns->words, detail);
}

void reader_word_or_words(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    if (spot->value->type == JSON_STRING)
        read_single(reader, spot, target, detail);
    else
        reader_words(reader, spot, target, detail);
}

void reader_word(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    const struct reader_word_kind *kind = detail;
    const char *word = reader_string(reader, spot, kind->what);

    if (word != NULL && reader_word_ok(reader, spot, kind, word))
        *(const char **)target = word;
}

void reader_text(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    const char *text = reader_string(reader, spot, "a string");

    (void)detail;
    if (text != NULL)
        *(const char **)target = text;
}
