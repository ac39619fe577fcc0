/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of images, by the grammar of distribution's references:
 *
 *   [host[:port]/]part[/part…][:tag][@algorithm:hex]
 *
 * What comes before the first '/' is a host only when it has '.', ':' or an upper-case letter, or is
 * "localhost"; everything else is Docker's. */
#include "trust/reference.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

#define DEFAULT_HOST  "docker.io"
#define OFFICIAL_PATH "library"

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HEX    DIGITS "abcdef"

enum { NAME_LENGTH_MAX = 255, TAG_LENGTH_MAX = 128, DIGEST_LENGTH_MAX = 7 + 128, SHOWN = 100 };
enum { TEXT_LENGTH_MAX = NAME_LENGTH_MAX + 1 + TAG_LENGTH_MAX + 1 + DIGEST_LENGTH_MAX };

static int refuse(const char *text, const char *why, struct error *error)
{
    return error_set(error, ERROR_INVALID, "\"%.*s\" is no name of an image: %s", SHOWN, text, why);
}

/* ---- the grammar ---- */

/* Letters and digits, with '-' inside. */
static size_t host_label_length(const char *at, size_t limit)
{
    size_t length = strspn(at, LOWER UPPER DIGITS "-");

    if (length > limit)
        length = limit;
    return length == 0 || at[0] == '-' || at[length - 1] == '-' ? 0 : length;
}

static bool is_host_name(const char *at, size_t length)
{
    if (length > 2 && at[0] == '[') /* IPv6 */
        return at[length - 1] == ']' && strspn(at + 1, HEX "ABCDEF:") == length - 2;
    while (length > 0) {
        size_t label = host_label_length(at, length);

        if (label == 0)
            return false;
        at += label;
        length -= label;
        if (length == 0)
            return true;
        if (*at != '.')
            return false;
        at++;
        length--;
    }
    return false;
}

static bool is_host(const char *at, size_t length)
{
    size_t name = length, port = 0;

    while (name > 0 && strchr(DIGITS, at[name - 1]) != NULL)
        name--;
    port = length - name;
    if (port > 0 && name > 0 && at[name - 1] == ':')
        return is_host_name(at, name - 1);
    return is_host_name(at, length);
}

/* One part of a path: words of [a-z0-9], between them '.', '_', '__' or any number of '-'. */
static bool is_path_part(const char *at, size_t length)
{
    const char *end = at + length;

    for (;;) {
        size_t word = strspn(at, LOWER DIGITS), separator;

        if (word == 0 || at + word > end)
            return false;
        at += word;
        if (at == end)
            return true;
        if (*at == '-')
            separator = strspn(at, "-");
        else if (at[0] == '_' && at[1] == '_')
            separator = 2;
        else
            separator = *at == '.' || *at == '_';
        if (separator == 0)
            return false;
        at += separator;
    }
}

static bool is_path(const char *at, size_t length)
{
    const char *end = at + length;

    for (;;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *part_end = slash != NULL ? slash : end;

        if (!is_path_part(at, (size_t)(part_end - at)))
            return false;
        if (slash == NULL)
            return true;
        at = slash + 1;
    }
}

static bool is_tag(const char *tag)
{
    size_t length = strspn(tag, LOWER UPPER DIGITS "_.-");

    return length > 0 && length <= TAG_LENGTH_MAX && tag[length] == '\0' && tag[0] != '.' && tag[0] != '-';
}

bool trust_digest_is(const char *text)
{
    static const struct {
        const char *prefix;
        size_t digits;
    } kinds[] = {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        const char *digits = text + strlen(kinds[i].prefix);

        if (text_starts_with(text, kinds[i].prefix))
            return strlen(digits) == kinds[i].digits && strspn(digits, HEX) == kinds[i].digits;
    }
    return false;
}

/* ---- parsing ---- */

/* Whether what stands before the first '/' names a host. */
static bool names_host(const char *text, size_t length)
{
    return memchr(text, '.', length) != NULL || memchr(text, ':', length) != NULL ||
           (length == strlen("localhost") && memcmp(text, "localhost", length) == 0) ||
           strcspn(text, UPPER) < length;
}

/* "busybox" becomes "docker.io/library/busybox". */
static char *normalise(const char *text, struct arena *arena)
{
    static const char old_default[] = "index." DEFAULT_HOST;
    const char *slash = strchr(text, '/'), *host = DEFAULT_HOST, *rest = text;
    size_t length = strlen(host);

    if (slash != NULL && names_host(text, (size_t)(slash - text))) {
        host = text;
        length = (size_t)(slash - text);
        rest = slash + 1;
    }
    if (length == strlen(old_default) && memcmp(host, old_default, length) == 0) {
        host = DEFAULT_HOST;
        length = strlen(host);
    }
    if (length == strlen(DEFAULT_HOST) && memcmp(host, DEFAULT_HOST, length) == 0 &&
        strchr(rest, '/') == NULL)
        return arena_format(arena, DEFAULT_HOST "/" OFFICIAL_PATH "/%s", rest);
    return arena_format(arena, "%.*s/%s", (int)length, host, rest);
}

/* name: normalised, ours to cut. */
static int take_apart(const char *text, char *name, struct trust_reference *reference, struct error *error)
{
    char *path = strchr(name, '/') + 1, *digest = strchr(path, '@'), *tag;

    if (digest != NULL) {
        *digest++ = '\0';
        if (!trust_digest_is(digest))
            return refuse(text, "behind '@' comes no digest", error);
        reference->digest = digest;
    }
    tag = strchr(path, ':');
    if (tag != NULL) {
        *tag++ = '\0';
        if (!is_tag(tag))
            return refuse(text, "behind ':' comes no tag", error);
        reference->tag = tag;
    }
    if (strlen(name) > NAME_LENGTH_MAX)
        return refuse(text, "it is longer than 255 characters", error);
    if (!is_host(name, (size_t)(path - 1 - name)))
        return refuse(text, "the host is none", error);
    if (path[strcspn(path, UPPER)] != '\0')
        return refuse(text, "repositories are written in lower case", error);
    if (!is_path(path, strlen(path)))
        return refuse(text, "the repository has a part that is empty, or a character that none has", error);
    reference->repository = name;
    return 0;
}

int trust_reference_parse(const char *text, struct arena *arena, struct trust_reference *reference,
                          struct error *error)
{
    *reference = (struct trust_reference){0};
    if (*text == '\0')
        return refuse(text, "it is empty", error);
    if (strlen(text) > TEXT_LENGTH_MAX)
        return refuse(text, "it is too long", error);
    /* Sixty-four of them are an image's id, and a repository of that name would be taken for one. */
    if (strlen(text) == 64 && strspn(text, HEX) == 64)
        return refuse(text, "64 hex digits are the id of an image", error);
    reference->text = normalise(text, arena);
    return take_apart(text, arena_string(arena, reference->text), reference, error);
}

bool trust_reference_is_name_only(const struct trust_reference *reference)
{
    return reference->tag == NULL && reference->digest == NULL;
}
