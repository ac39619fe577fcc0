/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of seals: any bytes are refused in one line, or they are exactly what is written of what they say;
 * each of its lines is found by its path, and read again. */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "trust/seal_list.h"

static void check_path(const struct tree_path *path)
{
    LAW(path->length > 0 && path->bytes[0] == '.' && path->bytes[path->length] == '\0');
    LAW(strlen(path->bytes) == path->length);
    LAW(path->length == 1 || path->bytes[1] == '/');
    LAW(strstr(path->bytes, "/../") == NULL && !text_ends_with(path->bytes, "/.."));
}

static void find_again(const struct seal_reader *reader, const char *line)
{
    const struct seal_entry *entry = &reader->entry;
    struct seal_reader again = {.list = reader->list, .length = reader->length};
    struct error error = {0};

    LAW(seal_list_find(reader->list, reader->next, &entry->path) == line);
    LAW(seal_reader_again(&again, line, &error) == 0);
    LAW(again.entry.kind == entry->kind && strcmp(again.entry.path.bytes, entry->path.bytes) == 0);
    seal_reader_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct seal_reader reader = {.list = (const char *)bytes, .length = length};
    struct text written = text_growing(length * 2 + 4096);
    const char *line = (const char *)bytes + strlen(SEAL_FIRST_LINE);
    struct error error = {0};
    int status;

    text_append(&written, SEAL_FIRST_LINE);
    while ((status = seal_reader_next(&reader, &error)) == 1) {
        check_path(&reader.entry.path);
        find_again(&reader, line);
        seal_entry_write(&written, &reader.entry);
        line = reader.next;
    }
    if (status == 0)
        LAW(written.length == length && memcmp(written.bytes, bytes, length) == 0);
    else
        LAW(error.kind == ERROR_INVALID && error.message[0] != '\0' && !text_has_control(error.message));
    text_free(&written);
    seal_reader_free(&reader);
    return 0;
}
