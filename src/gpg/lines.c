/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Status lines to verdicts. */
#include "gpg/lines.h"

#include <gpgme.h>
#include <stdint.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { FIELDS_MAX = 12, FIELD_SIZE = 128 };

struct fields {
    char items[FIELDS_MAX][FIELD_SIZE];
    size_t count;
};

/* A field that is too long is cut: then it is no fingerprint and no number. */
static void split(const char *arguments, struct fields *fields)
{
    fields->count = 0;
    for (const char *next = arguments; *next != '\0' && fields->count < FIELDS_MAX;) {
        size_t length = strcspn(next, " ");

        (void)text_print(fields->items[fields->count++], FIELD_SIZE, "%.*s", (int)length, next);
        next += length;
        next += strspn(next, " ");
    }
}

static bool is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789ABCDEF") == length;
}

static bool is_fingerprint(const char *text)
{
    return is_hex(text, 40) || is_hex(text, 64);
}

static unsigned long number_of(const char *text)
{
    uint64_t value;

    return number_unsigned(text, UINT32_MAX, &value) ? (unsigned long)value : 0;
}

/* RFC 9580, section 9.5: MD5, SHA-1, RIPEMD-160. gpg refuses only the first. */
static bool is_weak(const char *digest)
{
    return strcmp(digest, "1") == 0 || strcmp(digest, "2") == 0 || strcmp(digest, "3") == 0;
}

/* ---- hearing ---- */

/* "ERRSIG keyid algorithm digest class time error [fingerprint]" */
static void judge_error(struct line_signature *signature, const struct fields *fields)
{
    signature->status = GPG_STATUS_ERROR;
    if (fields->count < 6)
        return;
    signature->created_s = number_of(fields->items[4]);
    signature->why = (unsigned int)number_of(fields->items[5]);
    if (fields->count > 6 && is_fingerprint(fields->items[6]))
        memcpy(signature->key, fields->items[6], strlen(fields->items[6]) + 1);
    if (is_weak(fields->items[2]))
        signature->status = GPG_STATUS_WEAK;
    else if (signature->why == GPG_ERR_NO_PUBKEY)
        signature->status = GPG_STATUS_NO_KEY;
    else if (signature->why == GPG_ERR_BAD_PUBKEY || signature->why == GPG_ERR_UNUSABLE_PUBKEY ||
             signature->why == GPG_ERR_WRONG_KEY_USAGE)
        signature->status = GPG_STATUS_KEY_UNUSABLE;
}

/* The verdict comes first, VALIDSIG behind it. */
static void add_signature(struct lines *lines, const char *status, const struct fields *fields)
{
    struct line_signature *signature;

    if (lines->judged >= GPG_SIGNATURES_MAX) {
        lines->odd = true;
        return;
    }
    signature = &lines->signatures[lines->judged++];
    *signature = (struct line_signature){.status = status};
    if (fields->count > 0 && is_hex(fields->items[0], 16))
        memcpy(signature->key, fields->items[0], 17);
    if (status == NULL)
        judge_error(signature, fields);
}

/* "VALIDSIG key date created expires version reserved algorithm digest class primary" */
static void add_validity(struct lines *lines, const struct fields *fields)
{
    struct line_signature *signature = lines->judged > 0 ? &lines->signatures[lines->judged - 1] : NULL;

    if (signature == NULL || signature->valid || fields->count < 10 || !is_fingerprint(fields->items[0]) ||
        !is_fingerprint(fields->items[9])) {
        lines->odd = true;
        return;
    }
    signature->valid = true;
    memcpy(signature->key, fields->items[0], strlen(fields->items[0]) + 1);
    memcpy(signature->primary, fields->items[9], strlen(fields->items[9]) + 1);
    signature->created_s = number_of(fields->items[2]);
    signature->expires_s = number_of(fields->items[3]);
    if (is_weak(fields->items[7]))
        signature->status = GPG_STATUS_WEAK;
}

void lines_hear(struct lines *lines, const char *keyword, const char *arguments)
{
    static const struct {
        const char *keyword, *status;
    } verdicts[] = {
        {"GOODSIG", GPG_STATUS_GOOD},
        {"EXPSIG", GPG_STATUS_EXPIRED},
        {"EXPKEYSIG", GPG_STATUS_KEY_EXPIRED},
        {"REVKEYSIG", GPG_STATUS_KEY_REVOKED},
        {"BADSIG", GPG_STATUS_BAD},
        {"ERRSIG", NULL},
    };
    struct fields fields;

    lines->all++;
    lines->begun += strcmp(keyword, "NEWSIG") == 0;
    lines->plaintexts += strcmp(keyword, "PLAINTEXT") == 0;
    split(arguments, &fields);
    for (size_t i = 0; i < ARRAY_LENGTH(verdicts); i++)
        if (strcmp(keyword, verdicts[i].keyword) == 0)
            add_signature(lines, verdicts[i].status, &fields);
    if (strcmp(keyword, "VALIDSIG") == 0)
        add_validity(lines, &fields);
}

/* ---- telling ---- */

bool lines_are_good(const struct lines *lines)
{
    const struct line_signature *only = &lines->signatures[0];

    return !lines->odd && lines->begun == 1 && lines->plaintexts == 1 && lines->judged == 1 && only->valid &&
           strcmp(only->status, GPG_STATUS_GOOD) == 0 && only->created_s > 0;
}

static const char *known(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

void lines_tell(const struct lines *lines, struct arena *arena, struct message *answer)
{
    bool good = lines_are_good(lines);

    for (unsigned int i = 0; i < lines->judged; i++) {
        const struct line_signature *signature = &lines->signatures[i];
        bool claimed = strcmp(signature->status, GPG_STATUS_GOOD) == 0;
        char words[128] = "";

        if (signature->why != 0)
            (void)gpgme_strerror_r(gpgme_error((gpgme_err_code_t)signature->why), words, sizeof(words));
        message_add(answer, "signature",
                    arena_format(arena, "%s %s %s %lu %lu %s",
                                 claimed && !good ? GPG_STATUS_ERROR : signature->status,
                                 known(signature->key), known(signature->primary), signature->created_s,
                                 signature->expires_s,
                                 claimed && !good ? "it says more than that one signature is good" : words));
    }
}
