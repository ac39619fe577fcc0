/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree to its list. */
#include <errno.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "trust/inode_map.h"
#include "trust/seal.h"
#include "trust/seal_list.h"

enum { FLUSH_BYTES = 64 * 1024, PENDING_BYTES_MAX = TRUST_SEAL_LIST_BYTES_MAX, SHOWN_BYTES = 1500 };

struct writer {
    int output;
    struct text pending; /* lines that are not written yet */
    struct digest_state digest;
    uint64_t files, bytes;
    struct inode_map inodes;
};

static int meet(void *context, const struct tree_path *path, bool folder, struct tree_order *order,
                struct error *error)
{
    (void)context;
    (void)path;
    (void)folder;
    (void)error;
    order->wishes = TREE_ATTRIBUTES | TREE_CONTENTS | TREE_VERITY;
    return 0;
}

static int flush(struct writer *writer, struct error *error)
{
    if (writer->pending.overflow)
        return error_set(error, ERROR_LIMIT, "a line of the list of files has too many bytes");
    writer->bytes += writer->pending.length;
    if (writer->bytes > TRUST_SEAL_LIST_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "the list of files is longer than %d bytes",
                         TRUST_SEAL_LIST_BYTES_MAX);
    digest_add(&writer->digest, writer->pending.bytes, writer->pending.length);
    if (descriptor_write_all(writer->output, writer->pending.bytes, writer->pending.length) != 0)
        return error_system(error, errno, "write the list of files");
    text_reset(&writer->pending);
    return 0;
}

static int refuse(const struct tree_path *path, const char *what, struct error *error)
{
    char buffer[SHOWN_BYTES];
    struct text shown = text_over(buffer, sizeof(buffer));

    text_append_escaped(&shown, path->bytes, path->length);
    return error_set(error, ERROR_INVALID, "%s in the root %s", shown.bytes, what);
}

static int take(void *context, const struct tree_path *path, const struct tree_order *order,
                const struct tree_facts *facts, struct error *error)
{
    struct writer *writer = context;
    struct seal_entry entry;

    (void)order;
    if (facts->kind == 'm')
        return refuse(path, "is a mount: a list is made of one file system alone", error);
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (seal_attribute_is_of_overlay(facts->attributes[i].name))
            return refuse(path,
                          "has an attribute of overlay's own: this is a layer's folder, and no root as a "
                          "container sees it",
                          error);
    seal_entry_of(facts, path, &entry);
    if (facts->shared) {
        struct tree_path first;

        if (!inode_map_first(&writer->inodes, facts, path, &first))
            return error_system(error, ENOMEM, "hold the names of hard links");
        if (first.length != path->length || memcmp(first.bytes, path->bytes, path->length) != 0)
            entry = (struct seal_entry){.kind = 'h', .path = *path, .target = first};
    }
    seal_entry_write(&writer->pending, &entry);
    writer->files++;
    return writer->pending.length >= FLUSH_BYTES || writer->pending.overflow ? flush(writer, error) : 0;
}

int trust_seal_write(int root, int output, struct arena *arena, struct trust_seal *seal, struct error *error)
{
    struct writer writer = {.output = output, .pending = text_growing(PENDING_BYTES_MAX)};
    const struct tree_visitor visitor = {.context = &writer, .meet = meet, .take = take};
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];
    int status;

    *seal = (struct trust_seal){0};
    digest_begin(&writer.digest);
    text_append(&writer.pending, SEAL_FIRST_LINE);
    status = tree_walk(root, &visitor, error);
    if (status == 0)
        status = flush(&writer, error);
    if (status == 0) {
        digest = digest_end(&writer.digest);
        digest_hex(&digest, hex);
        seal->digest = arena_format(arena, "sha256:%s", hex);
        seal->files = writer.files;
    }
    inode_map_free(&writer.inodes);
    text_free(&writer.pending);
    return status;
}
