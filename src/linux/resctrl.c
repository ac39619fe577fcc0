/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classes of the resctrl file system for a container. */
#include "linux/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

/* <linux/magic.h> of Debian 12 has it as RDTGROUP_SUPER_MAGIC; kernels with resctrl do, whatever the
 * architecture. */
enum { RESCTRL_MAGIC = 0x7655821, SCHEMATA_SIZE = 8192 };

static int open_root(struct error *error)
{
    struct statfs file_system;
    cleanup_fd int root = open("/sys/fs/resctrl", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root < 0 || fstatfs(root, &file_system) < 0 || file_system.f_type != RESCTRL_MAGIC)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "linux.intelRdt: no resctrl file system is mounted at /sys/fs/resctrl (mount -t resctrl resctrl "
            "/sys/fs/resctrl, on a machine that has it)");
    return take_fd(&root);
}

/* Beneath root; "/" is the default class. */
static int open_class(int root, const char *class)
{
    return openat(root, strcmp(class, "/") == 0 ? "." : class,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- comparing schemata: "L3:0=7f0;1=1f" with what the kernel shows, "    L3:0=07f0;1=1f" ---- */

static const char *skip(const char *text, const char *characters)
{
    return text + strspn(text, characters);
}

/* Equal values, whatever leading zeros and case they are written with. */
static bool same_value(const char *left, size_t left_length, const char *right, size_t right_length)
{
    while (left_length > 1 && *left == '0')
        left++, left_length--;
    while (right_length > 1 && *right == '0')
        right++, right_length--;
    return left_length == right_length && strncasecmp(left, right, left_length) == 0;
}

/* Does the kernel's line (after its colon) have this "id=value"? */
static bool line_has(const char *line, const char *pair, size_t length)
{
    const char *equals = memchr(pair, '=', length);
    size_t name = equals != NULL ? (size_t)(equals - pair) : length;

    if (equals == NULL)
        return false;
    for (const char *at = line; *at != '\0' && *at != '\n';) {
        size_t size = strcspn(at, ";\n");

        if (size > name && at[name] == '=' && strncmp(at, pair, name) == 0)
            return same_value(at + name + 1, size - name - 1, equals + 1, length - name - 1);
        at += size;
        at = *at == ';' ? skip(at, "; ") : at;
    }
    return false;
}

/* Is everything that one schema asks for in effect? */
bool resctrl_schema_holds(const char *actual, const char *schema)
{
    const char *colon = strchr(schema, ':');
    size_t resource = colon != NULL ? (size_t)(colon - schema) : 0;

    for (const char *line = skip(actual, " "); colon != NULL && *line != '\0';) {
        if (strncmp(line, schema, resource + 1) == 0) {
            for (const char *pair = skip(colon + 1, "; "); *pair != '\0';) {
                size_t length = strcspn(pair, "; ");

                if (!line_has(line + resource + 1, pair, length))
                    return false;
                pair = skip(pair + length, "; ");
            }
            return true;
        }
        line = skip(line + strcspn(line, "\n"), "\n ");
    }
    return false;
}

static int compare_schemata(int directory, const struct plan_intel_rdt *rdt, struct error *error)
{
    char actual[SCHEMATA_SIZE];

    if (descriptor_read_file_at(directory, "schemata", actual, sizeof(actual)) < 0)
        return error_system(error, errno, "linux.intelRdt: read the schemata of class \"%s\"", rdt->clos_id);
    for (size_t i = 0; i < rdt->schemata.count; i++)
        if (!resctrl_schema_holds(actual, rdt->schemata.items[i]))
            return error_set(error, ERROR_INVALID,
                             "linux.intelRdt: the class \"%s\" exists with other schemata than \"%s\"",
                             rdt->clos_id, rdt->schemata.items[i]);
    return 0;
}

/* ---- effects ---- */

/* Why the last operation failed, in the kernel's own words. */
static int rdt_error(int root, const char *what, const char *object, struct error *error)
{
    char status[512];
    int number = errno;

    if (descriptor_read_file_at(root, "info/last_cmd_status", status, sizeof(status)) < 0 ||
        strcmp(status, "ok") == 0)
        return error_system(error, number, "linux.intelRdt: %s \"%s\"", what, object);
    error_system(error, number, "linux.intelRdt: %s \"%s\" (the kernel says: %s)", what, object, status);
    return -1;
}

static int write_schemata(int root, int directory, const struct plan_intel_rdt *rdt, struct error *error)
{
    for (size_t i = 0; i < rdt->schemata.count; i++) {
        char line[SCHEMATA_SIZE];

        /* One line in one write; the order is the specification's: the plan has it. */
        if (text_print(line, sizeof(line), "%s\n", rdt->schemata.items[i]) < 0)
            return error_set(error, ERROR_INVALID, "linux.intelRdt: a schema is longer than %d bytes",
                             SCHEMATA_SIZE);
        if (descriptor_write_file_at(directory, "schemata", line) < 0)
            return rdt_error(root, "write the schema", rdt->schemata.items[i], error);
    }
    return 0;
}

static int make_monitor(int root, int directory, const char *id, struct resctrl_made *made,
                        struct error *error)
{
    char path[PATH_MAX];

    if (text_print(path, sizeof(path), "mon_groups/%s", id) < 0)
        return error_set(error, ERROR_INVALID, "linux.intelRdt: the container's id is too long");
    if (mkdirat(directory, path, 0755) < 0)
        return rdt_error(root, "make the monitoring group", id, error);
    made->monitor_made = true;
    return 0;
}

static int create_class(int root, const struct plan *plan, struct resctrl_made *made, struct error *error)
{
    const struct plan_intel_rdt *rdt = plan->intel_rdt;
    cleanup_fd int directory = open_class(root, rdt->clos_id);
    bool existed = directory >= 0;

    if (!existed && errno != ENOENT)
        return error_system(error, errno, "linux.intelRdt: open the class \"%s\"", rdt->clos_id);
    if (!existed) {
        if (!rdt->create && rdt->schemata.count == 0)
            return error_set(
                error, ERROR_INVALID,
                "linux.intelRdt: the class \"%s\" does not exist, and no schemata are given to make it with",
                rdt->clos_id);
        if (mkdirat(root, rdt->clos_id, 0755) < 0)
            return rdt_error(root, "make the class", rdt->clos_id, error);
        made->class_made = true;
        directory = open_class(root, rdt->clos_id);
        if (directory < 0)
            return error_system(error, errno, "linux.intelRdt: open the class \"%s\"", rdt->clos_id);
    }
    if ((existed ? compare_schemata(directory, rdt, error) : write_schemata(root, directory, rdt, error)) < 0)
        return -1;
    return rdt->enable_monitoring ? make_monitor(root, directory, plan->id, made, error) : 0;
}

int resctrl_create(const struct plan *plan, struct resctrl_made *made, struct error *error)
{
    cleanup_fd int root = -1;
    struct error second;

    *made = (struct resctrl_made){false, false};
    if (plan->intel_rdt == NULL)
        return 0;
    root = open_root(error);
    if (root < 0)
        return -1;
    if (create_class(root, plan, made, error) == 0)
        return 0;
    if (resctrl_undo(plan, made, &second) < 0)
        error_prefix(error, "%s; and before that", second.message);
    return -1;
}

int resctrl_enter(const struct plan *plan, pid_t pid, struct error *error)
{
    cleanup_fd int root = -1, directory = -1;
    char path[PATH_MAX], number[16];

    if (plan->intel_rdt == NULL)
        return 0;
    root = open_root(error);
    if (root < 0)
        return -1;
    directory = open_class(root, plan->intel_rdt->clos_id);
    snprintf(number, sizeof(number), "%d", (int)pid);
    if (directory < 0 || descriptor_write_file_at(directory, "tasks", number) < 0)
        return rdt_error(root, "put the container's process into the class", plan->intel_rdt->clos_id, error);
    if (!plan->intel_rdt->enable_monitoring)
        return 0;
    if (text_print(path, sizeof(path), "mon_groups/%s/tasks", plan->id) < 0 ||
        descriptor_write_file_at(directory, path, number) < 0)
        return rdt_error(root, "put the container's process into the monitoring group", plan->id, error);
    return 0;
}

static int remove_directory(int directory, const char *path, struct error *error)
{
    if (unlinkat(directory, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return error_system(error, errno, "linux.intelRdt: remove \"%s\"", path);
    return 0;
}

static int remove_made(const struct plan *plan, bool class, bool monitor, struct error *error)
{
    cleanup_fd int root = -1, directory = -1;
    char path[PATH_MAX];

    root = open_root(error);
    if (root < 0)
        return -1;
    /* A class takes its monitoring groups along. */
    if (class)
        return remove_directory(root, plan->intel_rdt->clos_id, error);
    directory = open_class(root, plan->intel_rdt->clos_id);
    if (directory < 0)
        return errno == ENOENT ? 0
                               : error_system(error, errno, "linux.intelRdt: open the class \"%s\"",
                                              plan->intel_rdt->clos_id);
    if (!monitor)
        return 0;
    if (text_print(path, sizeof(path), "mon_groups/%s", plan->id) < 0)
        return error_set(error, ERROR_INVALID, "linux.intelRdt: the container's id is too long");
    return remove_directory(directory, path, error);
}

int resctrl_undo(const struct plan *plan, const struct resctrl_made *made, struct error *error)
{
    if (!made->class_made && !made->monitor_made)
        return 0;
    return remove_made(plan, made->class_made, made->monitor_made, error);
}

int resctrl_remove(const struct plan *plan, struct error *error)
{
    if (plan->intel_rdt == NULL || (!plan->intel_rdt->create && !plan->intel_rdt->enable_monitoring))
        return 0;
    return remove_made(plan, plan->intel_rdt->create, plan->intel_rdt->enable_monitoring, error);
}

/* The class of a container that runs. -1: an error. */
static int open_existing(int root, const struct plan_intel_rdt *rdt, struct error *error)
{
    int directory = open_class(root, rdt->clos_id);

    if (directory < 0)
        return error_system(error, errno, "linux.intelRdt: open the class \"%s\"", rdt->clos_id);
    return directory;
}

int resctrl_restore(const struct plan_intel_rdt *rdt, const char *before, struct error *error)
{
    cleanup_fd int root = open_root(error), directory = -1;

    if (root < 0)
        return -1;
    directory = open_existing(root, rdt, error);
    if (directory < 0)
        return -1;
    if (descriptor_write_file_at(directory, "schemata", before) < 0)
        return rdt_error(root, "put back the schemata of class", rdt->clos_id, error);
    return 0;
}

int resctrl_update(const struct plan_intel_rdt *rdt, struct arena *arena, const char **before,
                   struct error *error)
{
    cleanup_fd int root = open_root(error), directory = -1;
    char actual[SCHEMATA_SIZE];
    struct error second;

    *before = NULL;
    if (root < 0)
        return -1;
    directory = open_existing(root, rdt, error);
    if (directory < 0)
        return -1;
    if (descriptor_read_file_at(directory, "schemata", actual, sizeof(actual)) < 0)
        return error_system(error, errno, "linux.intelRdt: read the schemata of class \"%s\"", rdt->clos_id);
    *before = arena_format(arena, "%s\n", actual);
    if (write_schemata(root, directory, rdt, error) == 0)
        return 0;
    if (resctrl_restore(rdt, *before, &second) < 0)
        error_prefix(error, "%s; and before that", second.message);
    *before = NULL;
    return -1;
}

int resctrl_read(const char *clos_id, struct arena *arena, const char **schemata, struct error *error)
{
    cleanup_fd int root = open_root(error), directory = -1;
    char actual[SCHEMATA_SIZE];

    *schemata = NULL;
    if (root < 0)
        return -1;
    directory = open_class(root, clos_id);
    if (directory < 0 && errno == ENOENT)
        return 0;
    if (directory < 0 || descriptor_read_file_at(directory, "schemata", actual, sizeof(actual)) < 0)
        return error_system(error, errno, "linux.intelRdt: read the schemata of class \"%s\"", clos_id);
    *schemata = arena_string(arena, actual);
    return 0;
}
