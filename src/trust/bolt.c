/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bolt.h. Page: number (8 bytes), kind (2), count (2), further pages that belong to it (4), then `count`
 * elements of 16 bytes; each points, from its own start, to a key and, in a leaf, the value behind it. */
#include "trust/bolt.h"

#include <errno.h>
#include <unistd.h>
#include "base/memory.h"

enum {
    PAGE_HEADER = 16,
    ELEMENT = 16,
    BUCKET_HEADER = 16,
    KIND_BRANCH = 0x01,
    KIND_LEAF = 0x02,
    KIND_META = 0x04,
    ELEMENT_IS_BUCKET = 0x01,
    META_BYTES = 64,
    META_CHECKED_BYTES = 56,
    PAGE_SIZE_LEAST = 1024,
    PAGE_SIZE_MOST = 65536,
};

static const uint32_t meta_magic = 0xED0CDAED, meta_version = 2;

/* A page in memory. Inside of a value it has no number. */
struct bolt_page {
    struct bolt_page *next; /* of the same place in the cache */
    uint64_t number;
    const uint8_t *bytes;
    size_t length;
};

struct meta {
    uint32_t page_size;
    uint64_t root, page_count, transaction;
};

static uint16_t number16(const uint8_t *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint32_t number32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint64_t number64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

/* All of length bytes. false: there are fewer, or they cannot be read (errno). */
static bool read_at(int file, uint64_t offset, uint8_t *bytes, size_t length)
{
    size_t done = 0;

    if (offset > INT64_MAX - length)
        return false;
    while (done < length) {
        ssize_t count = pread(file, bytes + done, length - done, (off_t)(offset + done));

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

/* FNV-1a with 64 bits, by which a half-written page is known. */
static uint64_t checksum_of(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325u;

    for (size_t i = 0; i < length; i++) {
        sum ^= bytes[i];
        (void)__builtin_mul_overflow(sum, (uint64_t)0x100000001b3u, &sum);
    }
    return sum;
}

static bool read_meta(int file, uint64_t offset, struct meta *meta)
{
    uint8_t page[PAGE_HEADER + META_BYTES];
    const uint8_t *bytes = page + PAGE_HEADER;

    if (!read_at(file, offset, page, sizeof(page)) || number16(page + 8) != KIND_META ||
        number32(bytes) != meta_magic || number32(bytes + 4) != meta_version ||
        number64(bytes + META_CHECKED_BYTES) != checksum_of(bytes, META_CHECKED_BYTES))
        return false;
    *meta = (struct meta){
        .page_size = number32(bytes + 8),
        .root = number64(bytes + 16),
        .page_count = number64(bytes + 40),
        .transaction = number64(bytes + 48),
    };
    return meta->page_size >= PAGE_SIZE_LEAST && meta->page_size <= PAGE_SIZE_MOST &&
           (meta->page_size & (meta->page_size - 1)) == 0;
}

/* Of the two metas, which are written in turn, the whole one with the higher transaction. */
static bool choose_meta(int file, struct meta *chosen)
{
    struct meta second;
    bool found = read_meta(file, 0, chosen);

    /* Where the first is torn, nobody says at which size of pages the second lies. */
    for (uint32_t size = PAGE_SIZE_LEAST; size <= PAGE_SIZE_MOST; size *= 2) {
        if ((found && size != chosen->page_size) || !read_meta(file, size, &second) ||
            second.page_size != size)
            continue;
        if (!found || second.transaction > chosen->transaction)
            *chosen = second;
        return true;
    }
    return found;
}

int bolt_open(struct bolt *bolt, int file, struct error *error)
{
    struct meta meta;

    *bolt = (struct bolt){.file = file};
    if (!choose_meta(file, &meta))
        return error_set(error, ERROR_INVALID, "it is no bolt file, or its head is torn");
    if (meta.root < 2 || meta.root >= meta.page_count)
        return error_set(error, ERROR_INVALID, "its root is page %llu of %llu", (unsigned long long)meta.root,
                         (unsigned long long)meta.page_count);
    bolt->page_size = meta.page_size;
    bolt->transaction = meta.transaction;
    bolt->page_count = meta.page_count;
    bolt->root.page = meta.root;
    return 0;
}

void bolt_close(struct bolt *bolt)
{
    arena_free(&bolt->pages);
    memset(bolt->cache, 0, sizeof(bolt->cache));
}

bool bolt_is_settled(const struct bolt *bolt)
{
    struct meta meta;

    return choose_meta(bolt->file, &meta) && meta.transaction == bolt->transaction &&
           meta.page_size == bolt->page_size;
}

static int count_visit(struct bolt *bolt, struct error *error)
{
    if (++bolt->visits > BOLT_VISITS_MAX)
        return error_set(error, ERROR_LIMIT, "it takes more than %d steps to read", BOLT_VISITS_MAX);
    return 0;
}

static int check_page(const struct bolt_page *page, struct error *error)
{
    uint16_t kind = number16(page->bytes + 8), count = number16(page->bytes + 10);

    if (kind != KIND_BRANCH && kind != KIND_LEAF)
        return error_set(error, ERROR_INVALID, "page %llu is of kind %u", (unsigned long long)page->number,
                         kind);
    if ((size_t)count * ELEMENT > page->length - PAGE_HEADER || (kind == KIND_BRANCH && count == 0))
        return error_set(error, ERROR_INVALID, "page %llu has %u elements", (unsigned long long)page->number,
                         count);
    return 0;
}

static const struct bolt_page *cached_page(const struct bolt *bolt, uint64_t number)
{
    const struct bolt_page *page = bolt->cache[number % BOLT_CACHE_SIZE];

    while (page != NULL && page->number != number)
        page = page->next;
    return page;
}

static const struct bolt_page *load_page(struct bolt *bolt, uint64_t number, struct error *error)
{
    const struct bolt_page *known = cached_page(bolt, number);
    uint8_t header[PAGE_HEADER];
    uint64_t length;

    if (count_visit(bolt, error) < 0)
        return NULL;
    if (known != NULL)
        return known;
    if (number < 2 || number >= bolt->page_count || number > INT64_MAX / bolt->page_size ||
        !read_at(bolt->file, number * bolt->page_size, header, sizeof(header)) ||
        number64(header) != number) {
        error_set(error, ERROR_INVALID, "page %llu is not there", (unsigned long long)number);
        return NULL;
    }
    length = ((uint64_t)number32(header + 12) + 1) * bolt->page_size;
    if (length > BOLT_PAGE_BYTES_MAX || length > BOLT_READ_BYTES_MAX - bolt->read_bytes) {
        error_set(error, ERROR_LIMIT, "page %llu: too much to read", (unsigned long long)number);
        return NULL;
    }
    bolt->read_bytes += length;

    uint8_t *bytes = arena_allocate(&bolt->pages, length);
    struct bolt_page *page = arena_allocate(&bolt->pages, sizeof(*page)),
                     **place = &bolt->cache[number % BOLT_CACHE_SIZE];
    if (!read_at(bolt->file, number * bolt->page_size, bytes, length)) {
        error_set(error, ERROR_INVALID, "page %llu is cut off", (unsigned long long)number);
        return NULL;
    }
    *page = (struct bolt_page){.next = *place, .number = number, .bytes = bytes, .length = length};
    if (check_page(page, error) < 0)
        return NULL;
    *place = page;
    return page;
}

/* The page on which a bucket begins. inside: room for one that is part of a value. */
static const struct bolt_page *first_page(struct bolt *bolt, const struct bolt_bucket *bucket,
                                          struct bolt_page *inside, struct error *error)
{
    if (bucket->page != 0)
        return load_page(bolt, bucket->page, error);
    *inside = (struct bolt_page){.bytes = bucket->bytes, .length = bucket->length};
    if (inside->length < PAGE_HEADER) {
        error_set(error, ERROR_INVALID, "a bucket inside of a value is cut off");
        return NULL;
    }
    if (count_visit(bolt, error) < 0 || check_page(inside, error) < 0)
        return NULL;
    if (number16(inside->bytes + 8) != KIND_LEAF) {
        error_set(error, ERROR_INVALID, "a bucket inside of a value has pages elsewhere");
        return NULL;
    }
    return inside;
}

static bool is_leaf(const struct bolt_page *page)
{
    return number16(page->bytes + 8) == KIND_LEAF;
}

static size_t element_count(const struct bolt_page *page)
{
    return number16(page->bytes + 10);
}

/* The bytes from offset, counted from the element's start; NULL when they are not within the page. */
static const uint8_t *within(const struct bolt_page *page, size_t element, uint32_t offset, uint64_t length)
{
    uint64_t start = PAGE_HEADER + (uint64_t)element * ELEMENT + offset;

    return start <= page->length && length <= page->length - start ? page->bytes + start : NULL;
}

static int broken_element(const struct bolt_page *page, size_t index, struct error *error)
{
    return error_set(error, ERROR_INVALID, "element %zu of page %llu lies outside of it", index,
                     (unsigned long long)page->number);
}

static int read_leaf(const struct bolt_page *page, size_t index, struct bolt_entry *entry,
                     struct error *error)
{
    const uint8_t *element = page->bytes + PAGE_HEADER + index * ELEMENT;
    uint32_t key_length = number32(element + 8), value_length = number32(element + 12);

    entry->key = within(page, index, number32(element + 4), (uint64_t)key_length + value_length);
    if (entry->key == NULL)
        return broken_element(page, index, error);
    entry->is_bucket = (number32(element) & ELEMENT_IS_BUCKET) != 0;
    entry->key_length = key_length;
    entry->value = entry->key + key_length;
    entry->value_length = value_length;
    return 0;
}

static int read_branch(const struct bolt_page *page, size_t index, const uint8_t **key, size_t *length,
                       uint64_t *child, struct error *error)
{
    const uint8_t *element = page->bytes + PAGE_HEADER + index * ELEMENT;

    *length = number32(element + 4);
    *child = number64(element + 8);
    *key = within(page, index, number32(element), *length);
    return *key != NULL ? 0 : broken_element(page, index, error);
}

/* As bytes, the shorter one first. */
static int compare_keys(const uint8_t *left, size_t left_length, const char *right, size_t right_length)
{
    size_t shorter = left_length < right_length ? left_length : right_length;
    int order = shorter == 0 ? 0 : memcmp(left, right, shorter);

    if (order != 0)
        return order;
    return left_length < right_length ? -1 : left_length > right_length;
}

/* The number of elements whose keys are not behind the wanted one: keys are sorted. */
static int count_upto(const struct bolt_page *page, const char *wanted, size_t length, size_t *upto,
                      struct error *error)
{
    size_t low = 0, high = element_count(page);

    while (low < high) {
        size_t middle = low + (high - low) / 2, key_length;
        const uint8_t *key;
        struct bolt_entry entry;
        uint64_t child;

        if (is_leaf(page)) {
            if (read_leaf(page, middle, &entry, error) < 0)
                return -1;
            key = entry.key;
            key_length = entry.key_length;
        } else if (read_branch(page, middle, &key, &key_length, &child, error) < 0) {
            return -1;
        }
        if (compare_keys(key, key_length, wanted, length) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    *upto = low;
    return 0;
}

static int find(struct bolt *bolt, const struct bolt_bucket *bucket, const char *key,
                struct bolt_entry *entry, struct error *error)
{
    struct bolt_page inside;
    const struct bolt_page *page = first_page(bolt, bucket, &inside, error);
    size_t length = strlen(key), upto, ignored_length;
    const uint8_t *ignored;
    uint64_t child;

    for (unsigned int depth = 0; page != NULL && !is_leaf(page); depth++) {
        if (depth == BOLT_DEPTH_MAX)
            return error_set(error, ERROR_LIMIT, "its tree is deeper than %d pages", BOLT_DEPTH_MAX);
        if (count_upto(page, key, length, &upto, error) < 0 ||
            read_branch(page, upto > 0 ? upto - 1 : 0, &ignored, &ignored_length, &child, error) < 0)
            return -1;
        page = load_page(bolt, child, error);
    }
    if (page == NULL || count_upto(page, key, length, &upto, error) < 0)
        return -1;
    if (upto == 0)
        return 0;
    if (read_leaf(page, upto - 1, entry, error) < 0)
        return -1;
    return compare_keys(entry->key, entry->key_length, key, length) == 0;
}

int bolt_bucket_of(const struct bolt_entry *entry, struct bolt_bucket *bucket, struct error *error)
{
    if (!entry->is_bucket || entry->value_length < BUCKET_HEADER)
        return error_set(error, ERROR_INVALID, "a bucket is none");
    *bucket = (struct bolt_bucket){
        .page = number64(entry->value),
        .bytes = entry->value + BUCKET_HEADER,
        .length = entry->value_length - BUCKET_HEADER,
    };
    return 0;
}

int bolt_find_bucket(struct bolt *bolt, const struct bolt_bucket *parent, const char *key,
                     struct bolt_bucket *bucket, struct error *error)
{
    struct bolt_entry entry;
    int found = find(bolt, parent, key, &entry, error);

    if (found <= 0 || !entry.is_bucket)
        return found < 0 ? -1 : 0;
    return bolt_bucket_of(&entry, bucket, error) < 0 ? -1 : 1;
}

int bolt_find_value(struct bolt *bolt, const struct bolt_bucket *bucket, const char *key,
                    const uint8_t **value, size_t *length, struct error *error)
{
    struct bolt_entry entry;
    int found = find(bolt, bucket, key, &entry, error);

    if (found <= 0 || entry.is_bucket)
        return found < 0 ? -1 : 0;
    *value = entry.value;
    *length = entry.value_length;
    return 1;
}

/* A branch that is being walked. */
struct step {
    const struct bolt_page *page;
    size_t next;
};

static int visit_leaf(struct bolt *bolt, const struct bolt_page *page,
                      int (*visit)(void *context, const struct bolt_entry *entry, struct error *error),
                      void *context, struct error *error)
{
    size_t count = element_count(page);

    for (size_t i = 0; i < count; i++) {
        struct bolt_entry entry;
        int status;

        if (count_visit(bolt, error) < 0 || read_leaf(page, i, &entry, error) < 0)
            return -1;
        status = visit(context, &entry, error);
        if (status != 0)
            return status;
    }
    return 0;
}

int bolt_each(struct bolt *bolt, const struct bolt_bucket *bucket,
              int (*visit)(void *context, const struct bolt_entry *entry, struct error *error), void *context,
              struct error *error)
{
    struct step steps[BOLT_DEPTH_MAX];
    size_t depth = 0;
    struct bolt_page inside;
    const struct bolt_page *page = first_page(bolt, bucket, &inside, error);

    for (;;) {
        if (page == NULL)
            return -1;
        if (is_leaf(page)) {
            int status = visit_leaf(bolt, page, visit, context, error);
            if (status != 0)
                return status;
        } else if (depth == BOLT_DEPTH_MAX) {
            return error_set(error, ERROR_LIMIT, "its tree is deeper than %d pages", BOLT_DEPTH_MAX);
        } else {
            steps[depth++] = (struct step){.page = page};
        }
        while (depth > 0 && steps[depth - 1].next == element_count(steps[depth - 1].page))
            depth--;
        if (depth == 0)
            return 0;

        struct step *step = &steps[depth - 1];
        const uint8_t *ignored;
        size_t ignored_length;
        uint64_t child;
        if (read_branch(step->page, step->next++, &ignored, &ignored_length, &child, error) < 0)
            return -1;
        page = load_page(bolt, child, error);
    }
}
