/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State records: whatever bytes stand there are refused, or decode to a record that encodes to one that
 * decodes alike. */
#include "fuzzer.h"

#include <string.h>
#include "container/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena arena = {.limit = (size_t)64 * 1024 * 1024};
    cleanup_text struct text first = text_growing(16 * 1024 * 1024);
    cleanup_text struct text second = text_growing(16 * 1024 * 1024);
    const struct record *record, *again;
    struct error error = {0};

    if (record_decode((const char *)data, size, "record", "c1", &arena, &record, &error) != 0)
        return 0;
    record_encode(&first, record);
    LAW(record_decode(first.bytes, first.length, "record", "c1", &arena, &again, &error) == 0);
    record_encode(&second, again);
    LAW(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    return 0;
}
