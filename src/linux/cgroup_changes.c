/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of a running container: everything that an update writes over is read first, so that an update that
 * is refused in the middle leaves nothing of itself behind.
 */
#include "linux/cgroup_files.h"

#include <errno.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { FILE_BYTES_MAX = 16 * 1024 };

struct cgroup_change {
    const char *file;
    const char *before;     /* the line to write; NULL: the kernel does not show what it was */
    size_t write;           /* index of the plan's write that this is undone with */
    bool follows_by_itself; /* the kernel sets it when what is undone before it is */
};

/* ---- one line that puts a setting back ---- */

/* Files with a line for each device, and what a device that has no line is set to. */
static const struct {
    const char *file, *absent;
} keyed_files[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"io.latency", "target=0"},
    {"rdma.max", "hca_handle=max hca_object=max"},
    {"misc.max", "max"},
    {"dmem.max", "max"},
    {"dmem.low", "0"},
    {"dmem.min", "0"},
};

static const char *line_of_key(const char *text, const char *key, size_t length, struct arena *arena)
{
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        const char *end = strchrnul(line, '\n');

        if (strncmp(line, key, length) == 0 && (line[length] == ' ' || line + length == end))
            return arena_copy(arena, line, (size_t)(end - line));
        line = end;
    }
    return NULL;
}

const char *cgroup_line_before(const char *file, const char *value, const char *text, struct arena *arena)
{
    const char *key = value, *line;
    size_t length = strcspn(value, " ");

    for (size_t i = 0; i < ARRAY_LENGTH(keyed_files); i++) {
        if (strcmp(file, keyed_files[i].file) != 0)
            continue;
        /* A weight alone is everybody's who has none of his own. */
        if (value[length] == '\0') {
            key = "default";
            length = strlen(key);
        }
        line = line_of_key(text, key, length, arena);
        return line != NULL ? line : arena_format(arena, "%.*s %s", (int)length, key, keyed_files[i].absent);
    }
    /* An empty cpuset is set by an empty line: to write nothing is to set nothing. Several lines are no
     * setting. */
    if (strchr(text, '\n') != NULL)
        return NULL;
    return text[0] == '\0' ? "\n" : arena_string(arena, text);
}

/* ---- what is there ---- */

/* ENOENT where the write will find no file either, or takes another. */
static int read_before(int directory, const struct plan_cgroup_write *write, struct arena *arena,
                       struct cgroup_change *change)
{
    char text[FILE_BYTES_MAX];

    for (; write != NULL; write = write->otherwise) {
        if (descriptor_read_file_at(directory, write->file, text, sizeof(text)) >= 0) {
            change->file = write->file;
            change->before = cgroup_line_before(write->file, write->value, text, arena);
            return 0;
        }
        if (errno != ENOENT) {
            /* It exists and cannot be read: memory.reclaim, say. The write is judged by itself. */
            change->file = write->file;
            return 0;
        }
    }
    return -1;
}

/* A group that ends to be idle gets the default weight, and an idle one shows 0, which cannot be written. */
static void read_weight(int directory, size_t write, struct arena *arena, struct cgroup_changes *changes)
{
    static const struct plan_cgroup_write weight = {.file = "cpu.weight", .value = "100"};
    struct cgroup_change change = {.write = write};

    if (read_before(directory, &weight, arena, &change) != 0)
        return;
    change.follows_by_itself = change.before != NULL && strcmp(change.before, "0") == 0;
    changes->items[changes->count++] = change;
}

int cgroup_changes_read(int directory, const struct plan_cgroup *plan, struct arena *arena,
                        struct cgroup_changes *changes, struct error *error)
{
    if (cgroup_limits_check(directory, plan, changes->path, error) != 0)
        return -1;
    changes->count = changes->written = 0;
    changes->items = arena_array(arena, 2 * plan->write_count, sizeof(*changes->items));
    for (size_t i = 0; i < plan->write_count; i++) {
        struct cgroup_change change = {.write = i};

        if (strcmp(plan->writes[i].file, "cpu.idle") == 0)
            read_weight(directory, i, arena, changes);
        /* What is missing is for the write to judge. */
        if (read_before(directory, &plan->writes[i], arena, &change) != 0)
            continue;
        change.follows_by_itself = strcmp(change.file, "cpu.weight") == 0 && change.before != NULL &&
                                   strcmp(change.before, "0") == 0;
        changes->items[changes->count++] = change;
    }
    return 0;
}

/* ---- writing, and taking back ---- */

int cgroup_changes_undo(int directory, struct cgroup_changes *changes, struct error *error)
{
    int result = 0;

    for (size_t i = changes->count; i-- > 0;) {
        const struct cgroup_change *change = &changes->items[i];

        if (change->write >= changes->written || change->follows_by_itself)
            continue;
        if (change->before == NULL)
            result = error_set(error, ERROR_SYSTEM, "%s of the cgroup %s, whose value before is not known",
                               change->file, changes->path);
        else if (descriptor_write_file_at(directory, change->file, change->before) != 0 &&
                 !cgroup_errno_gone(errno))
            result = error_system(error, errno, "\"%s\" to %s of the cgroup %s", change->before, change->file,
                                  changes->path);
    }
    changes->written = 0;
    return result;
}

int cgroup_changes_write(int mount, int directory, const struct plan_cgroup *plan,
                         struct cgroup_changes *changes, struct error *error)
{
    struct error failure = {0}, second = {0};

    for (size_t i = 0; i < plan->write_count; i++) {
        if (cgroup_limit_write(mount, directory, &plan->writes[i], changes->path, &failure) == 0) {
            changes->written = i + 1;
            continue;
        }
        if (error != NULL)
            *error = failure;
        if (changes->written == 0)
            return -1;
        if (cgroup_changes_undo(directory, changes, &second) != 0)
            return error_set(error, failure.kind, "%s; and this could not be put back: %s", failure.message,
                             second.message);
        return error_set(error, failure.kind, "%s; what was set before it was put back", failure.message);
    }
    return 0;
}

int cgroup_take_back(struct cgroup_changes *changes, struct error *error)
{
    cleanup_fd int directory = -1;

    if (changes->written == 0)
        return 0;
    if (cgroup_open(changes->mount, changes->path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return 0;
    if (cgroup_changes_undo(directory, changes, error) != 0)
        return error_prefix(error, "cannot put back");
    return 0;
}
