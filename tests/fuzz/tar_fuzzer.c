/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A layer's tar: any bytes give entries whose names stay beneath, or one line; whatever pieces they come in,
 * the same. */
#include "fuzzer.h"

#include <string.h>
#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/tar_reader.h"

struct trace {
    struct digest_state all;
    uint64_t contents;
};

static void check_name(const char *name)
{
    LAW(*name != '\0' && *name != '/' && strlen(name) <= TAR_NAME_MAX);
    LAW(strcmp(name, ".") == 0 || (strstr(name, "//") == NULL && name[strlen(name) - 1] != '/'));
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        LAW(strncmp(part, "../", 3) != 0 && strcmp(part, "..") != 0);
    }
}

static int take_entry(void *context, const struct tar_entry *entry, struct error *error)
{
    struct trace *trace = context;

    (void)error;
    check_name(entry->name);
    if (entry->type == TAR_HARD_LINK)
        check_name(entry->link);
    LAW(strlen(entry->link) <= TAR_NAME_MAX && entry->mode <= 07777 && entry->size <= INT64_MAX);
    LAW(entry->xattr_count <= TAR_XATTRS_MAX);
    digest_add(&trace->all, entry->name, strlen(entry->name) + 1);
    digest_add(&trace->all, entry->link, strlen(entry->link) + 1);
    digest_add(&trace->all, &entry->type, sizeof(entry->type));
    digest_add(&trace->all, &entry->size, sizeof(entry->size));
    for (size_t i = 0; i < entry->xattr_count; i++) {
        LAW(*entry->xattrs[i].name != '\0');
        digest_add(&trace->all, entry->xattrs[i].name, strlen(entry->xattrs[i].name) + 1);
        digest_add(&trace->all, entry->xattrs[i].value, entry->xattrs[i].length);
    }
    return 0;
}

static int take_contents(void *context, const void *bytes, size_t length, struct error *error)
{
    struct trace *trace = context;

    (void)error;
    LAW(length > 0);
    trace->contents += length;
    digest_add(&trace->all, bytes, length);
    return 0;
}

static int read_pieces(const uint8_t *bytes, size_t length, size_t piece, struct digest *seen)
{
    static struct tar_reader reader;
    struct trace trace = {.contents = 0};
    const struct tar_visitor visitor = {.entry = take_entry, .contents = take_contents, .context = &trace};
    struct error error = {0};
    int status = 0;

    digest_begin(&trace.all);
    tar_reader_begin(&reader, &visitor);
    for (size_t at = 0; at < length && status == 0; at += piece)
        status = tar_reader_feed(&reader, bytes + at, length - at < piece ? length - at : piece, &error);
    if (status == 0)
        status = tar_reader_end(&reader, &error);
    tar_reader_free(&reader);
    LAW(trace.contents <= length);
    LAW(status == 0 || (error.kind == ERROR_INVALID && !text_has_control(error.message)));
    *seen = digest_end(&trace.all);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct digest whole, pieces;
    int status = read_pieces(bytes, length, length + 1, &whole);

    LAW(read_pieces(bytes, length, 1, &pieces) == status);
    LAW(memcmp(&whole, &pieces, sizeof(whole)) == 0);
    return 0;
}
