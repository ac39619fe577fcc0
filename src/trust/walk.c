/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree and the list go side by side, in one order: what only one of them has is missing or added. A
 * folder that is told as missing, added or of another kind stands for all beneath it.
 */
#include "trust/walk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "trust/engine_files.h"
#include "trust/inode_map.h"
#include "trust/seal_list.h"

enum { WHAT_BYTES = 600, PATH_SHOWN_BYTES = 2048 };

struct comparison {
    const struct walk_measure *measure;
    const struct trust_root *facts; /* NULL: not known */
    uint32_t user, group;           /* that the whole tree's owners are shifted by */
    struct arena *arena;
    struct trust_binding *binding;
    struct trust_difference *differences;
    struct seal_reader ahead; /* where the tree is met */
    const char *line; /* that ahead has read and nobody has met yet; the list's end when it has ended */
    struct seal_reader again; /* where it is taken, some entries later */
    struct inode_map inodes;
    bool ended, broken;
    uint64_t files;
    char *told; /* path that stands for all beneath */
    size_t told_length, told_size;
};

/* ---- telling ---- */

static void add_difference(struct comparison *comparison, enum trust_difference_kind kind,
                           const struct tree_path *path, const char *what)
{
    struct trust_binding *binding = comparison->binding;
    char buffer[PATH_SHOWN_BYTES];
    struct text shown = text_over(buffer, sizeof(buffer));

    binding->holds = false;
    if (binding->difference_count == BINDING_DIFFERENCES) {
        binding->more++;
        return;
    }
    text_append_escaped(&shown, path->length == 1 ? "/" : path->bytes + 1,
                        path->length == 1 ? 1 : path->length - 1);
    comparison->differences[binding->difference_count++] = (struct trust_difference){
        .kind = kind,
        .path = arena_string(comparison->arena, shown.bytes),
        .what = arena_string(comparison->arena, what),
    };
}

static const char *kind_name(char kind)
{
    static const struct {
        char kind;
        const char *name;
    } names[] = {{'d', "a folder"},           {'f', "a file"},         {'l', "a symbolic link"},
                 {'c', "a character device"}, {'b', "a block device"}, {'p', "a fifo"},
                 {'s', "a socket"},           {'m', "a mount"},        {'h', "a hard link"}};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (names[i].kind == kind)
            return names[i].name;
    return "a file of no known kind";
}

/* From here on nothing beneath this path is told. */
static int stand_for_all_beneath(struct comparison *comparison, const struct tree_path *path,
                                 struct error *error)
{
    if (path->length + 1 > comparison->told_size) {
        char *grown = realloc(comparison->told, 2 * path->length + 64);

        if (grown == NULL)
            return error_system(error, ENOMEM, "hold a path of the root");
        comparison->told = grown;
        comparison->told_size = 2 * path->length + 64;
    }
    memcpy(comparison->told, path->bytes, path->length + 1);
    comparison->told_length = path->length;
    return 0;
}

static bool is_told(const struct comparison *comparison, const struct tree_path *path)
{
    return comparison->told_length > 0 &&
           tree_path_is_beneath(path->bytes, path->length, comparison->told, comparison->told_length);
}

/* ---- what differs of one file ---- */

static void tell(struct text *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct text *what, const char *format, ...)
{
    va_list arguments;

    if (what->length > 0)
        text_append(what, "; ");
    va_start(arguments, format);
    text_append_format_list(what, format, arguments);
    va_end(arguments);
}

static void tell_attribute(struct text *what, const char *name, const char *how)
{
    tell(what, "xattr ");
    text_append_escaped(what, name, strlen(name));
    text_append(what, how);
}

/* <0: only the left one is there, or comes first. */
static int attribute_order(const struct seal_entry *left, size_t i, const struct seal_entry *right, size_t j)
{
    if (i == left->attribute_count)
        return 1;
    if (j == right->attribute_count)
        return -1;
    return strcmp(left->attributes[i].name, right->attributes[j].name);
}

static void compare_attributes(const struct seal_entry *found, const struct seal_entry *signed_entry,
                               struct text *what)
{
    size_t i = 0, j = 0;

    while (i < found->attribute_count || j < signed_entry->attribute_count) {
        int order = attribute_order(found, i, signed_entry, j);

        if (order < 0) {
            tell_attribute(what, found->attributes[i].name, ", not signed");
        } else if (order > 0) {
            tell_attribute(what, signed_entry->attributes[j].name, " is missing");
        } else {
            const struct tree_attribute *a = &found->attributes[i], *b = &signed_entry->attributes[j];

            if (a->length != b->length || memcmp(a->bytes, b->bytes, a->length) != 0)
                tell_attribute(what, a->name, "");
        }
        i += order <= 0;
        j += order >= 0;
    }
}

static void compare_contents(const struct tree_facts *facts, const struct seal_entry *signed_entry,
                             bool measured, struct text *what)
{
    if (facts->size != signed_entry->size) {
        tell(what, "contents (%llu bytes, signed %llu)", (unsigned long long)facts->size,
             (unsigned long long)signed_entry->size);
    } else if (measured && !facts->has_measure) {
        tell(what, "%s", facts->no_measure);
    } else if (measured) {
        if (memcmp(&facts->measure, &signed_entry->verity, sizeof(facts->measure)) != 0)
            tell(what, "contents (by fs-verity)");
    } else if (memcmp(&facts->contents, &signed_entry->contents, sizeof(facts->contents)) != 0) {
        tell(what, "contents");
    }
}

static void compare_entry(const struct tree_facts *facts, const struct seal_entry *found,
                          const struct seal_entry *signed_entry, bool measured, struct text *what)
{
    if (found->kind != signed_entry->kind) {
        tell(what, "%s, signed %s", kind_name(found->kind), kind_name(signed_entry->kind));
        return;
    }
    if (found->kind == 'f')
        compare_contents(facts, signed_entry, measured, what);
    if (found->mode != signed_entry->mode)
        tell(what, "mode %04o, signed %04o", found->mode, signed_entry->mode);
    if (found->owner != signed_entry->owner || found->group != signed_entry->group)
        tell(what, "owner %u:%u, signed %u:%u", found->owner, found->group, signed_entry->owner,
             signed_entry->group);
    if (found->major != signed_entry->major || found->minor != signed_entry->minor)
        tell(what, "device %u:%u, signed %u:%u", found->major, found->minor, signed_entry->major,
             signed_entry->minor);
    if (found->kind == 'l' &&
        (found->target.length != signed_entry->target.length ||
         memcmp(found->target.bytes, signed_entry->target.bytes, found->target.length) != 0)) {
        tell(what, "leads to ");
        text_append_escaped(what, found->target.bytes, found->target.length);
        text_append(what, ", signed ");
        text_append_escaped(what, signed_entry->target.bytes, signed_entry->target.length);
    }
    compare_attributes(found, signed_entry, what);
}

static bool is_same_path(const struct tree_path *left, const struct tree_path *right)
{
    return left->length == right->length && memcmp(left->bytes, right->bytes, left->length) == 0;
}

static void compare_names(const struct tree_path *path, const struct tree_path *first,
                          const struct seal_entry *signed_entry, struct text *what)
{
    bool is_first = is_same_path(path, first);

    if (signed_entry->kind == 'h' && !is_same_path(first, &signed_entry->target)) {
        tell(what, "not the same file as ");
        text_append_escaped(what, signed_entry->target.bytes + 1, signed_entry->target.length - 1);
        text_append(what, ", as is signed");
    } else if (signed_entry->kind != 'h' && !is_first) {
        tell(what, "the same file as ");
        text_append_escaped(what, first->bytes + 1, first->length - 1);
        text_append(what, ", signed is one of its own");
    }
}

/* ---- in the tree's order, as files have been looked at ---- */

static int take_missing(struct comparison *comparison, const char *line, const char *end, struct error *error)
{
    while (line != end) {
        const struct tree_path *path = &comparison->again.entry.path;

        if (seal_reader_again(&comparison->again, line, error) != 0)
            return -1;
        if (!is_told(comparison, path)) {
            add_difference(comparison, TRUST_MISSING, path, kind_name(comparison->again.entry.kind));
            if (stand_for_all_beneath(comparison, path, error) != 0)
                return -1;
        }
        line = strchr(line, '\n') + 1;
    }
    return 0;
}

/* In a user namespace some engines change the owner of every file to whom the container's ids are mapped to
 * (in one piece), others let the mount do it. Which, the root folder says, and then it is so for all. */
static void find_shift(struct comparison *comparison, const struct seal_entry *found,
                       const struct seal_entry *signed_entry)
{
    const struct trust_root *facts = comparison->facts;

    if (found->path.length > 1 || facts == NULL || found->owner != signed_entry->owner + facts->user ||
        found->group != signed_entry->group + facts->group)
        return;
    comparison->user = facts->user;
    comparison->group = facts->group;
}

static int take_changed(struct comparison *comparison, const struct tree_path *path, const char *line,
                        const struct tree_facts *facts, struct error *error)
{
    const struct seal_entry *signed_entry = &comparison->again.entry;
    struct tree_path first = *path;
    struct seal_entry found;
    char buffer[WHAT_BYTES];
    struct text what = text_over(buffer, sizeof(buffer));

    if (seal_reader_again(&comparison->again, line, error) != 0)
        return -1;
    if (facts->shared && !inode_map_first(&comparison->inodes, facts, path, &first))
        return error_system(error, ENOMEM, "hold the names of hard links");
    seal_entry_of(facts, path, &found);
    find_shift(comparison, &found, signed_entry);
    found.owner -= comparison->user;
    found.group -= comparison->group;
    if (facts->kind != 'm' && facts->kind != 'd')
        compare_names(path, &first, signed_entry, &what);
    if (signed_entry->kind != 'h' || facts->kind == 'm' || facts->kind == 'd')
        compare_entry(facts, &found, signed_entry, comparison->measure != NULL, &what);
    if (what.length == 0)
        return 0;
    add_difference(comparison, TRUST_CHANGED, path, what.bytes);
    return facts->kind != signed_entry->kind ? stand_for_all_beneath(comparison, path, error) : 0;
}

static int take(void *context, const struct tree_path *path, const struct tree_order *order,
                const struct tree_facts *facts, struct error *error)
{
    struct comparison *comparison = context;

    if (take_missing(comparison, order->before, order->until, error) != 0)
        return -1;
    if (order->subject != NULL)
        return take_changed(comparison, path, order->subject, facts, error);
    if (!trust_engine_file_is(path->bytes, facts, comparison->facts))
        add_difference(comparison, TRUST_ADDED, path, kind_name(facts->kind));
    return 0;
}

/* ---- as files are met ---- */

/* -1: the list is none; the error says why, and broken that it is the list's. */
static int advance(struct comparison *comparison, struct error *error)
{
    struct seal_reader *ahead = &comparison->ahead;
    int status;

    comparison->line = ahead->next != NULL ? ahead->next : ahead->list + strlen(SEAL_FIRST_LINE);
    status = seal_reader_next(ahead, error);
    comparison->broken = status < 0 && error->kind == ERROR_INVALID;
    comparison->ended = status == 0;
    comparison->files += status > 0;
    return status < 0 ? -1 : 0;
}

static void order_look(const struct comparison *comparison, bool folder, struct tree_order *order)
{
    const struct seal_entry *entry = &comparison->ahead.entry;

    order->subject = comparison->line;
    order->skip = folder && entry->kind != 'd';
    if (entry->kind == 'h' || (entry->kind == 'd' && !folder))
        return;
    order->wishes = TREE_ATTRIBUTES;
    if (entry->kind != 'f')
        return;
    order->wishes |= comparison->measure != NULL ? TREE_MEASURE : TREE_CONTENTS;
    order->sized = true;
    order->size = entry->size;
}

static int meet(void *context, const struct tree_path *path, bool folder, struct tree_order *order,
                struct error *error)
{
    struct comparison *comparison = context;
    const struct tree_path *next = &comparison->ahead.entry.path;
    int place = 1;

    order->before = comparison->line;
    while (!comparison->ended &&
           (place = tree_path_compare(next->bytes, next->length, path->bytes, path->length)) < 0)
        if (advance(comparison, error) != 0)
            return -1;
    order->until = comparison->line;
    if (comparison->ended || place != 0) {
        bool engine = trust_engine_path_is(path->bytes, comparison->facts);

        order->skip = folder && !engine; /* for its kind alone others are looked at */
        order->wishes = engine ? TREE_ATTRIBUTES : 0;
        return 0;
    }
    order_look(comparison, folder, order);
    return advance(comparison, error);
}

/* What the tree has not at its end. */
static int finish(struct comparison *comparison, struct error *error)
{
    const char *rest = comparison->line;

    while (!comparison->ended)
        if (advance(comparison, error) != 0)
            return -1;
    return take_missing(comparison, rest, comparison->line, error);
}

/* ---- the whole ---- */

static void conclude(const struct comparison *comparison, const struct trust_seal *seal)
{
    struct trust_binding *binding = comparison->binding;
    const struct trust_difference *first = binding->differences;
    static const char *const kinds[] = {
        [TRUST_MISSING] = "is missing", [TRUST_ADDED] = "is not signed", [TRUST_CHANGED] = "differs"};

    if (comparison->files != seal->files) {
        binding->holds = false;
        binding->reason =
            arena_format(comparison->arena, "the list has %llu files, and %llu are signed",
                         (unsigned long long)comparison->files, (unsigned long long)seal->files);
    } else if (!binding->holds) {
        binding->reason =
            arena_format(comparison->arena, "%s %s (%s)%s", first->path, kinds[first->kind], first->what,
                         binding->difference_count + binding->more > 1
                             ? arena_format(comparison->arena, ", and %zu more",
                                            binding->difference_count + binding->more - 1)
                             : "");
    }
}

/* On any thread: the context has locks of its own if it needs them. */
static const char *measure_file(void *context, const struct tree_path *path, int file,
                                const struct stat *status, struct digest *digest)
{
    const struct comparison *comparison = context;

    return comparison->measure->measure(comparison->measure->context, path, file, status, digest);
}

static int compare(struct comparison *comparison, int root, unsigned int threads,
                   const struct trust_seal *seal, struct error *error)
{
    const struct tree_visitor visitor = {
        .context = comparison, .meet = meet, .take = take, .measure = measure_file, .threads = threads};

    if (advance(comparison, error) != 0 || tree_walk(root, &visitor, error) != 0 ||
        finish(comparison, error) != 0)
        return -1;
    conclude(comparison, seal);
    return 0;
}

int walk_compare(int root, const struct trust_root *facts, const struct trust_seal *seal,
                 const struct walk_measure *measure, unsigned int threads, struct arena *arena,
                 struct trust_binding *binding, struct error *error)
{
    struct comparison comparison = {
        .measure = measure,
        .facts = facts,
        .arena = arena,
        .binding = binding,
        .differences = arena_array(arena, BINDING_DIFFERENCES, sizeof(struct trust_difference)),
        .ahead = {.list = seal->list, .length = seal->length},
        .again = {.list = seal->list, .length = seal->length},
    };
    struct error own = {0};
    int status = 0;

    *binding = (struct trust_binding){.holds = true, .differences = comparison.differences};
    if (seal->list == NULL) {
        *binding = (struct trust_binding){.reason = "the list of files was not found"};
        return 0;
    }
    if (compare(&comparison, root, threads, seal, &own) != 0) {
        status = comparison.broken ? 0 : -1;
        *binding = (struct trust_binding){
            .reason = arena_string(arena, own.message),
        };
        if (status != 0 && error != NULL)
            *error = own;
    }
    seal_reader_free(&comparison.ahead);
    seal_reader_free(&comparison.again);
    inode_map_free(&comparison.inodes);
    free(comparison.told);
    return status;
}

int trust_bind_walk(int root, const struct trust_root *facts, const struct trust_seal *seal,
                    struct arena *arena, struct trust_binding *binding, struct error *error)
{
    return walk_compare(root, facts, seal, NULL, 0, arena, binding, error);
}
