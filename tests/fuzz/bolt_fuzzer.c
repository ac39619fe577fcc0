/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a bolt file: its reader ends, within its limits, with entries that lie in it or with a reason.
 */
#include "fuzzer.h"

#include <string.h>
#include <sys/mman.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "trust/bolt.h"

enum { DEPTH_MAX = 4, SEEN_MAX = 20000 };

struct walk {
    struct bolt *bolt;
    unsigned int depth;
    size_t seen;
};

static void check_reason(const struct error *error)
{
    LAW(error->kind == ERROR_INVALID || error->kind == ERROR_LIMIT);
    LAW(error->message[0] != '\0' && !text_has_control(error->message));
}

static int visit(void *context, const struct bolt_entry *entry, struct error *error);

static void walk_bucket(struct walk *walk, const struct bolt_bucket *bucket)
{
    struct error error = {0};

    if (bolt_each(walk->bolt, bucket, visit, walk, &error) < 0)
        check_reason(&error);
}

static int visit(void *context, const struct bolt_entry *entry, struct error *error)
{
    struct walk *walk = context;
    struct bolt_bucket bucket;
    volatile uint8_t sum = 0;

    (void)error;
    /* Every byte that is handed out can be read. */
    for (size_t i = 0; i < entry->key_length; i++)
        sum = sum ^ entry->key[i];
    for (size_t i = 0; i < entry->value_length; i++)
        sum = sum ^ entry->value[i];
    if (++walk->seen > SEEN_MAX)
        return 1;
    if (entry->is_bucket && walk->depth < DEPTH_MAX) {
        struct error reason = {0};

        walk->depth++;
        if (bolt_bucket_of(entry, &bucket, &reason) == 0)
            walk_bucket(walk, &bucket);
        else
            check_reason(&reason);
        walk->depth--;
    }
    return 0;
}

static void look_up(struct bolt *bolt)
{
    static const char *const keys[] = {"v1", "snapshots", "images", "default"};
    struct bolt_bucket bucket = bolt->root;
    struct error error = {0};
    const uint8_t *value;
    size_t length;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct bolt_bucket inner;
        int found = bolt_find_bucket(bolt, &bucket, keys[i], &inner, &error);

        if (found < 0)
            check_reason(&error);
        if (found > 0)
            bucket = inner;
        if (bolt_find_value(bolt, &bucket, "id", &value, &length, &error) > 0)
            LAW(length == 0 || value != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_fd int file = memfd_create("bolt", MFD_CLOEXEC);
    struct error error = {0};
    struct bolt bolt;

    LAW(file >= 0 && descriptor_write_all(file, data, size) == 0);
    if (bolt_open(&bolt, file, &error) < 0) {
        check_reason(&error);
    } else {
        struct walk walk = {.bolt = &bolt};

        LAW(bolt_is_settled(&bolt));
        look_up(&bolt);
        walk_bucket(&walk, &bolt.root);
        LAW(bolt.read_bytes <= BOLT_READ_BYTES_MAX && bolt.visits <= (size_t)BOLT_VISITS_MAX + SEEN_MAX);
    }
    bolt_close(&bolt);
    return 0;
}
