/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sniff.h. */
#include "check/sniff.h"

#include <stdbool.h>
#include <string.h>

struct scanner {
    const char *at, *end;
};

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end) {
        const size_t left = (size_t)(scanner->end - scanner->at);

        if (memchr(" \t\r\n,", *scanner->at, 5) != NULL) {
            scanner->at++;
        } else if (left > 1 && memcmp(scanner->at, "//", 2) == 0) {
            const char *newline = memchr(scanner->at, '\n', left);

            scanner->at = newline != NULL ? newline + 1 : scanner->end;
        } else if (left > 1 && memcmp(scanner->at, "/*", 2) == 0) {
            const char *close = memmem(scanner->at + 2, left - 2, "*/", 2);

            scanner->at = close != NULL ? close + 2 : scanner->end;
        } else {
            return;
        }
    }
}

/* Behind the closing quote. */
static void skip_string(struct scanner *scanner)
{
    for (scanner->at++; scanner->at < scanner->end && *scanner->at != '"'; scanner->at++)
        if (*scanner->at == '\\')
            scanner->at++;
    scanner->at = scanner->at < scanner->end ? scanner->at + 1 : scanner->end;
}

/* A value with all that is in it. */
static void skip_value(struct scanner *scanner)
{
    size_t depth = 0;

    for (skip_blanks(scanner); scanner->at < scanner->end; skip_blanks(scanner)) {
        const char character = *scanner->at;

        if (character == '"') {
            skip_string(scanner);
        } else if (character == '{' || character == '[') {
            depth++;
            scanner->at++;
        } else if (character == '}' || character == ']') {
            if (depth == 0)
                return;
            depth--;
            scanner->at++;
        } else {
            scanner->at++;
            /* The rest of a word, or what stands between a key and its value. */
            if (depth == 0 && character != ':')
                while (scanner->at < scanner->end && memchr(",]} \t\r\n", *scanner->at, 7) == NULL)
                    scanner->at++;
            if (character == ':')
                continue;
        }
        if (depth == 0)
            return;
    }
}

static bool is_key(const char *key, size_t length, const char *wanted)
{
    return length == strlen(wanted) && memcmp(key, wanted, length) == 0;
}

/* ": 1", and nothing of a longer number. */
static bool is_one(struct scanner scanner)
{
    skip_blanks(&scanner);
    return scanner.at < scanner.end && *scanner.at == '1' &&
           (scanner.at + 1 == scanner.end || memchr(",} \t\r\n/", scanner.at[1], 7) != NULL);
}

enum check_content check_sniff(const char *bytes, size_t length)
{
    static const char *const others[] = {"results", "findings", "files", "action", "cases", "group"};
    struct scanner scanner = {bytes, bytes + length};
    enum check_content content = CHECK_CONTENT_OTHER;
    bool policy = false;

    skip_blanks(&scanner);
    if (scanner.at == scanner.end || *scanner.at != '{')
        return CHECK_CONTENT_OTHER;
    scanner.at++;
    for (skip_blanks(&scanner); scanner.at < scanner.end && *scanner.at == '"'; skip_blanks(&scanner)) {
        const char *key = scanner.at + 1;
        size_t key_length;

        skip_string(&scanner);
        key_length = scanner.at > key ? (size_t)(scanner.at - key) - 1 : 0;
        skip_blanks(&scanner);
        if (scanner.at == scanner.end || *scanner.at != ':')
            break;
        scanner.at++;
        policy |= is_key(key, key_length, "thwart") && is_one(scanner);
        if (is_key(key, key_length, "ociVersion"))
            content = CHECK_CONTENT_CONFIGURATION;
        for (size_t i = 0; policy && i < sizeof(others) / sizeof(others[0]); i++)
            if (is_key(key, key_length, others[i]))
                return CHECK_CONTENT_OTHER;
        skip_value(&scanner);
    }
    return policy ? CHECK_CONTENT_POLICY : content;
}
