/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a layer's tar: any bytes give segments and files, or one line; whatever pieces they come in,
 * the same; never more bytes than base64 holds. */
#include "fuzzer.h"

#include <string.h>
#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/tar_split.h"

struct trace {
    struct digest_state all;
    uint64_t segments;
};

static int take_segment(void *context, const void *bytes, size_t length, struct error *error)
{
    struct trace *trace = context;

    (void)error;
    LAW(length > 0);
    trace->segments += length;
    digest_add(&trace->all, bytes, length);
    return 0;
}

static int take_file(void *context, uint64_t size, const uint8_t *checksum, struct error *error)
{
    struct trace *trace = context;

    (void)error;
    LAW(size <= INT64_MAX);
    digest_add(&trace->all, &size, sizeof(size));
    if (checksum != NULL)
        digest_add(&trace->all, checksum, TAR_SPLIT_CHECKSUM);
    return 0;
}

static int read_pieces(const uint8_t *bytes, size_t length, size_t piece, struct digest *seen)
{
    static struct tar_split_reader reader;
    struct trace trace = {.segments = 0};
    const struct tar_split_visitor visitor = {.segment = take_segment, .file = take_file, .context = &trace};
    struct error error = {0};
    int status = 0;

    digest_begin(&trace.all);
    tar_split_begin(&reader, &visitor);
    for (size_t at = 0; at < length && status == 0; at += piece)
        status = tar_split_feed(&reader, bytes + at, length - at < piece ? length - at : piece, &error);
    if (status == 0)
        status = tar_split_end(&reader, &error);
    LAW(trace.segments <= length / 4 * 3);
    LAW(status == 0 || (error.kind == ERROR_INVALID && !text_has_control(error.message)));
    *seen = digest_end(&trace.all);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct digest whole, pieces;
    int status = read_pieces(bytes, length, length + 1, &whole);

    LAW(read_pieces(bytes, length, 1, &pieces) == status);
    /* What came before a fault may have gone on in part. */
    LAW(status != 0 || memcmp(&whole, &pieces, sizeof(whole)) == 0);
    return 0;
}
