/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bolt_writer.h. */
#include "bolt_writer.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 16, ELEMENT = 16, BRANCH = 1, LEAF = 2, META = 4, FREELIST = 16 };

struct writer {
    const struct bolt_shape *shape;
    uint8_t *bytes;
    size_t pages;
};

/* What a page lists: of a branch, value is the number of the page. */
struct entry {
    const char *key;
    const uint8_t *value;
    size_t length;
    bool is_bucket;
    uint64_t page;
};

static void put(uint8_t *to, const void *value, size_t size)
{
    memcpy(to, value, size);
}

static void put32(uint8_t *to, uint64_t value)
{
    uint32_t narrow = (uint32_t)value;
    put(to, &narrow, sizeof(narrow));
}

static void put16(uint8_t *to, size_t value)
{
    uint16_t narrow = (uint16_t)value;
    put(to, &narrow, sizeof(narrow));
}

static size_t entries_size(const struct entry *entries, size_t count, bool leaf)
{
    size_t size = HEADER + count * ELEMENT;
    for (size_t i = 0; i < count; i++)
        size += strlen(entries[i].key) + (leaf ? entries[i].length : 0);
    return size;
}

static void write_page(uint8_t *to, uint64_t number, const struct entry *entries, size_t count, bool leaf,
                       size_t overflow)
{
    size_t at = HEADER + count * ELEMENT;

    put(to, &number, sizeof(number));
    put16(to + 8, leaf ? LEAF : BRANCH);
    put16(to + 10, count);
    put32(to + 12, overflow);
    for (size_t i = 0; i < count; i++) {
        uint8_t *element = to + HEADER + i * ELEMENT;
        size_t key = strlen(entries[i].key), offset = at - HEADER - i * ELEMENT;

        if (leaf) {
            put32(element, entries[i].is_bucket);
            put32(element + 4, offset);
            put32(element + 8, key);
            put32(element + 12, entries[i].length);
            if (entries[i].length > 0)
                memcpy(to + at + key, entries[i].value, entries[i].length);
        } else {
            put32(element, offset);
            put32(element + 4, key);
            put(element + 8, &entries[i].page, sizeof(entries[i].page));
        }
        memcpy(to + at, entries[i].key, key);
        at += key + (leaf ? entries[i].length : 0);
    }
}

static uint64_t add_page(struct writer *writer, const struct entry *entries, size_t count, bool leaf)
{
    size_t size = entries_size(entries, count, leaf), page_size = writer->shape->page_size;
    size_t needed = (size + page_size - 1) / page_size;
    uint64_t number = writer->pages;

    writer->bytes = realloc(writer->bytes, (writer->pages + needed) * page_size);
    assert(writer->bytes != NULL);
    memset(writer->bytes + number * page_size, 0, needed * page_size);
    writer->pages += needed;
    write_page(writer->bytes + number * page_size, number, entries, count, leaf, needed - 1);
    return number;
}

/* Leaves, and branches over them until one page is left. */
static uint64_t add_tree(struct writer *writer, struct entry *entries, size_t count, bool leaf)
{
    size_t room = leaf ? writer->shape->leaf_entries : writer->shape->branch_entries;
    size_t upper_count = (count + room - 1) / room;

    if (upper_count <= 1)
        return add_page(writer, entries, count, leaf);

    struct entry *upper = calloc(upper_count, sizeof(*upper));
    assert(upper != NULL);
    for (size_t i = 0; i < upper_count; i++) {
        size_t first = i * room, here = count - first < room ? count - first : room;

        upper[i].key = entries[first].key;
        upper[i].page = add_page(writer, entries + first, here, leaf);
    }
    uint64_t root = add_tree(writer, upper, upper_count, false);
    free(upper);
    return root;
}

static int compare_items(const void *left, const void *right)
{
    return strcmp(((const struct bolt_item *)left)->key, ((const struct bolt_item *)right)->key);
}

static uint64_t add_bucket(struct writer *writer, struct bolt_item *items, size_t count,
                           struct entry *inside);

static void free_entries(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].is_bucket)
            free((void *)(uintptr_t)entries[i].value);
    free(entries);
}

static struct entry *make_entries(struct writer *writer, struct bolt_item *items, size_t count)
{
    struct entry *entries = calloc(count + 1, sizeof(*entries));

    assert(entries != NULL);
    if (count > 0)
        qsort(items, count, sizeof(*items), compare_items);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct entry){.key = items[i].key, .value = items[i].value, .length = items[i].length};
        if (items[i].items != NULL)
            add_bucket(writer, items[i].items, items[i].count, &entries[i]);
    }
    return entries;
}

/* inside NULL: the root of all. */
static uint64_t add_bucket(struct writer *writer, struct bolt_item *items, size_t count, struct entry *inside)
{
    struct entry *entries = make_entries(writer, items, count);
    size_t size = entries_size(entries, count, true);
    bool small = size <= writer->shape->inline_bytes;
    uint64_t root = 0;

    for (size_t i = 0; i < count; i++)
        small = small && !entries[i].is_bucket;
    if (inside == NULL || !small)
        root = add_tree(writer, entries, count, true);
    if (inside != NULL) {
        uint8_t *value = calloc(1, 16 + size);

        assert(value != NULL);
        put(value, &root, sizeof(root));
        if (root == 0)
            write_page(value + 16, 0, entries, count, true, 0);
        inside->is_bucket = true;
        inside->value = value;
        inside->length = root == 0 ? 16 + size : 16;
    }
    free_entries(entries, count);
    return root;
}

void bolt_sign_meta(uint8_t *file, uint32_t page_size, unsigned int number)
{
    uint8_t *meta = file + (size_t)number * page_size + HEADER;
    uint64_t sum = 0xcbf29ce484222325u;

    for (size_t i = 0; i < 56; i++) {
        sum ^= meta[i];
        (void)__builtin_mul_overflow(sum, (uint64_t)0x100000001b3u, &sum);
    }
    put(meta + 56, &sum, sizeof(sum));
}

static void write_meta(struct writer *writer, unsigned int number, uint64_t root, uint64_t transaction)
{
    uint8_t *page = writer->bytes + (size_t)number * writer->shape->page_size, *meta = page + HEADER;
    const uint64_t freelist = 2, pages = writer->pages, own = number;

    put(page, &own, sizeof(own));
    put16(page + 8, META);
    put32(meta, 0xED0CDAED);
    put32(meta + 4, 2);
    put32(meta + 8, writer->shape->page_size);
    put(meta + 16, &root, sizeof(root));
    put(meta + 32, &freelist, sizeof(freelist));
    put(meta + 40, &pages, sizeof(pages));
    put(meta + 48, &transaction, sizeof(transaction));
    bolt_sign_meta(writer->bytes, writer->shape->page_size, number);
}

uint8_t *bolt_write(struct bolt_item *items, size_t count, const struct bolt_shape *shape, size_t *length)
{
    struct writer writer = {.shape = shape, .pages = 3};
    const uint64_t freelist = 2, transaction = shape->transaction;

    writer.bytes = calloc(writer.pages, shape->page_size);
    assert(writer.bytes != NULL);
    put(writer.bytes + 2 * (size_t)shape->page_size, &freelist, sizeof(freelist));
    put16(writer.bytes + 2 * (size_t)shape->page_size + 8, FREELIST);
    uint64_t root = add_bucket(&writer, items, count, NULL);
    write_meta(&writer, (unsigned int)(transaction % 2), root, transaction);
    write_meta(&writer, (unsigned int)((transaction + 1) % 2), root, transaction - 1);
    *length = writer.pages * shape->page_size;
    return writer.bytes;
}
