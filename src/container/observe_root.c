/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See observe_root.h. */
#include "container/observe_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/mount_query.h"
#include "linux/mountinfo.h"
#include "linux/overlay_options.h"
#include "linux/path_facts.h"

enum {
    BASES_MAX = 16,
    NESTED_MAX = 3, /* overlays in overlays: the kernel stacks two */
    LOWERS_MAX = OVERLAY_LOWERS_MAX,
};

struct looking {
    struct arena *arena;
    struct trust_root *root;
    const char **lowers;
    struct error *error;
};

/* What mountinfo knows the mount of a path by. */
struct place {
    uint64_t id;
    char device[MOUNTINFO_DEVICE_SIZE];
    bool at_root; /* the path is the mount's root */
};

static bool mount_of(int directory, const char *path, struct place *place)
{
    struct statx status;

    if (statx(directory, path, AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
              STATX_MNT_ID, &status) < 0 ||
        (status.stx_mask & STATX_MNT_ID) == 0)
        return false;
    place->id = status.stx_mnt_id;
    place->at_root = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    return text_print(place->device, sizeof(place->device), "%u:%u", status.stx_dev_major,
                      status.stx_dev_minor) == 0;
}

/* What the mount table says of one mount, and of what is around it. */
struct mount {
    struct arena *arena;
    struct place place; /* which */
    const char *path;   /* NULL, or the root in question, without symlinks: what is mounted beneath it? */
    bool found, whole;  /* the file system's root, not a part of it */
    const char *type, *options;
    const char *bases[BASES_MAX]; /* folders from which relative directories may have been given */
    size_t base_count;
    const char *covered;
};

static const char *above(struct arena *arena, const char *path, int levels)
{
    char *copy = arena_string(arena, path);

    while (levels-- > 0) {
        char *slash = strrchr(copy, '/');
        if (slash == NULL)
            return NULL;
        *slash = '\0';
    }
    return *copy == '\0' ? "/" : copy;
}

static void add_base(struct mount *mount, const char *path)
{
    const char *base = path[0] == '/' ? above(mount->arena, path, 2) : NULL;

    if (base != NULL && mount->base_count < BASES_MAX)
        mount->bases[mount->base_count++] = base;
}

/* What another mount hides has its line as well, but is not what the path leads to. */
static bool is_seen(const struct mountinfo_entry *entry)
{
    struct place place;

    errno = 0;
    if (mount_of(AT_FDCWD, entry->mount_point, &place))
        return place.id == entry->id;
    return errno != ENOENT && errno != ENOTDIR;
}

static void look_at_entry(struct mount *mount, const struct mountinfo_entry *entry)
{
    if (entry->id == mount->place.id) {
        mount->found = true;
        mount->type = arena_string(mount->arena, entry->type);
        mount->options = arena_string(mount->arena, entry->options);
        mount->whole = strcmp(entry->root, "/") == 0;
    }
    if (strcmp(entry->device, mount->place.device) == 0)
        add_base(mount, entry->mount_point);
    if (mount->covered == NULL && mount->path != NULL && strcmp(entry->mount_point, mount->path) != 0 &&
        path_is_beneath(entry->mount_point, mount->path) && is_seen(entry))
        mount->covered = arena_string(mount->arena, entry->mount_point);
}

/* One walk over the table, which is long on busy hosts. */
static int look_at_table(struct mount *mount, struct error *error)
{
    cleanup_free struct mountinfo *table = malloc(sizeof(*table));
    struct mountinfo_entry entry;
    int status;

    if (table == NULL)
        return error_system(error, ENOMEM, "read the mount table");
    if (mountinfo_open_of(table, getpid(), error) < 0)
        return -1;
    while ((status = mountinfo_next(table, &entry, error)) > 0)
        look_at_entry(mount, &entry);
    mountinfo_close(table);
    return status;
}

/* A directory that is not named from the root was given from a folder that only the table leads to. */
static bool has_relative(const char *options, struct arena *arena)
{
    struct overlay_options overlay;
    struct error ignored; /* told when it is taken apart for good */

    if (overlay_options_parse(options, arena, &overlay, &ignored) < 0)
        return true;
    for (size_t i = 0; i < overlay.lower_count; i++)
        if (overlay.lowers[i][0] != '/')
            return true;
    return overlay.upper != NULL && overlay.upper[0] != '/';
}

/*
 * What create meets, told by the kernel in three calls, however many mounts the host has: the path is the
 * root of a whole overlay, every directory of it named from the root, nothing mounted beneath. False: it is
 * anything else, or the kernel cannot tell (before Linux 6.11; a filter): the table says.
 */
static bool ask_about_overlay(struct mount *mount, int directory)
{
    cleanup_free struct mount_query *query = malloc(sizeof(*query));
    uint64_t number;

    if (query == NULL || !mount->place.at_root || mount_query_number(directory, &number) != 0 ||
        mount_query(number, query) != 0 || strcmp(query->type, "overlay") != 0 ||
        strcmp(query->root, "/") != 0 || query->point[0] != '/' || mount_query_beneath(number, 1) != 0 ||
        has_relative(query->options, mount->arena))
        return false;
    mount->found = mount->whole = true;
    mount->type = arena_string(mount->arena, query->type);
    mount->options = arena_string(mount->arena, query->options);
    return true;
}

/*
 * Podman gives a container with ids of its own each layer through an idmapped mount of GRAPHROOT/overlay at
 * LAYER/mapped/N below it, and lets that mount go once the overlay holds it: what was below is meant. NULL:
 * path is of another form.
 */
static const char *without_mapping(struct arena *arena, const char *path)
{
    const char *mapped = strstr(path, "/mapped/"), *rest, *layer = mapped;

    if (mapped == NULL)
        return NULL;
    rest = mapped + strlen("/mapped/");
    rest += strspn(rest, "0123456789");
    while (layer > path && layer[-1] != '/')
        layer--;
    if (*rest != '/' || rest[-1] == '/' || layer == path)
        return NULL;
    return arena_format(arena, "%.*s%s", (int)(layer - 1 - path), path, rest);
}

/* A directory of an overlay. */
struct directory {
    const char *path; /* absolute and without symlinks; NULL: it does not exist */
    struct place place;
    bool has_place;
    bool is_odd; /* links of the kernel's lead to it */
};

/* Who mounted it was another process: what leads elsewhere for each (/proc/self/cwd) may have led him to
 * other files than it leads us to. */
static int open_place(const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Layers are many: four system calls each. */
static void look_at_directory(struct looking *looking, const char *path, struct directory *found)
{
    static const char deleted[] = " (deleted)"; /* what the kernel puts behind a path that leads nowhere */
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE], target[PATH_MAX];
    cleanup_fd int directory = open_place(path);
    ssize_t length;

    if (directory < 0) {
        found->is_odd = errno == ELOOP;
        return;
    }
    host_proc_descriptor_path(link, directory, NULL);
    length = readlink(link, target, sizeof(target) - 1);
    if (length <= 0 || (size_t)length >= sizeof(target) - 1 || target[0] != '/')
        return;
    target[length] = '\0';
    if (text_ends_with(target, deleted))
        return;
    found->path = arena_string(looking->arena, target);
    found->has_place = mount_of(directory, "", &found->place);
}

/* Engines mount from within their folder when the list of directories would be too long for a page: relative
 * ones are found from GRAPHROOT/overlay. */
static void resolve(struct looking *looking, const struct mount *mount, const char *path,
                    struct directory *found)
{
    const char *behind = without_mapping(looking->arena, path);

    *found = (struct directory){0};
    if (path[0] == '/')
        look_at_directory(looking, path, found);
    for (size_t i = 0; path[0] != '/' && i < mount->base_count && found->path == NULL; i++)
        look_at_directory(looking, arena_format(looking->arena, "%s/%s", mount->bases[i], path), found);
    if (found->path == NULL && behind != NULL && behind[0] == '/')
        look_at_directory(looking, behind, found);
}

static void be_unclear(struct looking *looking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first reason is enough. */
static void be_unclear(struct looking *looking, const char *format, ...)
{
    struct error words; /* control characters in names are shown, not printed */
    char draft[ERROR_MESSAGE_MAX];
    va_list arguments;

    if (looking->root->unclear != NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(draft, sizeof(draft), format, arguments);
    va_end(arguments);
    error_set(&words, ERROR_INVALID, "%s", draft);
    looking->root->unclear = arena_string(looking->arena, words.message);
}

static const char *fault_of(const struct directory *directory)
{
    return directory->is_odd ? "leads over links that each process follows to another place"
                             : "does not exist";
}

static int take_overlay(struct looking *looking, struct mount *mount, const char *path, unsigned int depth);

/* A lower directory: what it is made of, if it is an overlay's root. */
static int take_lower(struct looking *looking, const struct mount *outer, const char *given,
                      unsigned int depth)
{
    struct directory lower;

    if (looking->root->lower_count == LOWERS_MAX) {
        be_unclear(looking, "there are more directories than can be told");
        return 0;
    }
    resolve(looking, outer, given, &lower);
    if (lower.path == NULL)
        be_unclear(looking, "the lower directory %s %s", given, fault_of(&lower));
    if (lower.has_place && lower.place.at_root) {
        struct mount mount = {.arena = looking->arena, .place = lower.place};

        if (look_at_table(&mount, looking->error) < 0)
            return -1;
        if (mount.found && mount.whole && strcmp(mount.type, "overlay") == 0)
            return take_overlay(looking, &mount, lower.path, depth + 1);
    }
    looking->lowers[looking->root->lower_count++] = lower.path != NULL ? lower.path : given;
    return 0;
}

/* Of an overlay below another, it is the topmost of the lower ones. */
static void take_upper(struct looking *looking, const struct mount *mount, const char *given, bool is_outer)
{
    struct directory upper;

    resolve(looking, mount, given, &upper);
    if (upper.path == NULL)
        be_unclear(looking, "the upper directory %s %s", given, fault_of(&upper));
    if (is_outer)
        looking->root->upper = upper.path != NULL ? upper.path : given;
    else if (looking->root->lower_count < LOWERS_MAX)
        looking->lowers[looking->root->lower_count++] = upper.path != NULL ? upper.path : given;
}

static int take_overlay(struct looking *looking, struct mount *mount, const char *path, unsigned int depth)
{
    struct overlay_options options;
    struct error reason = {0};

    if (depth == NESTED_MAX) {
        be_unclear(looking, "%s lies in too many overlays", path);
        return 0;
    }
    if (overlay_options_parse(mount->options, looking->arena, &options, &reason) < 0) {
        be_unclear(looking, "%s", reason.message);
        return 0;
    }
    if (options.upper != NULL)
        add_base(mount, options.upper);
    if (options.data_only)
        be_unclear(looking, "the overlay at %s has layers without names of their own", path);
    if (options.upper != NULL)
        take_upper(looking, mount, options.upper, depth == 0);
    for (size_t i = 0; i < options.lower_count; i++)
        if (take_lower(looking, mount, options.lowers[i], depth) < 0)
            return -1;
    return 0;
}

int observe_root(const char *bundle, const char *path, struct arena *arena, struct trust_root *root,
                 struct error *error)
{
    struct looking looking = {.arena = arena, .root = root, .error = error};
    struct mount mount = {.arena = arena};
    cleanup_fd int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct path_fact fact;

    *root = (struct trust_root){.bundle = bundle, .path = path};
    if (directory < 0) {
        be_unclear(&looking, "%s cannot be opened", path);
        return 0;
    }
    if (path_object_of(directory, &root->device, &root->inode) != 0)
        return error_system(error, errno, "looking at %s", path);
    if (!mount_of(directory, "", &mount.place)) {
        be_unclear(&looking, "this kernel does not tell the mount of %s (Linux 5.8)", path);
        return 0;
    }
    if (!ask_about_overlay(&mount, directory)) {
        if (path_fact_look(path, &fact, error) < 0)
            return -1;
        mount.path = fact.resolved[0] != '\0' ? fact.resolved : NULL;
        if (look_at_table(&mount, error) < 0)
            return -1;
        if (!mount.found || mount.path == NULL) {
            be_unclear(&looking, "%s is mounted where this process does not see it", path);
            return 0;
        }
    }
    root->type = mount.type;
    root->options = mount.options;
    root->covered = mount.covered;
    root->at_mount = mount.place.at_root && mount.whole;
    if (strcmp(root->type, "overlay") != 0)
        return 0;
    looking.lowers = arena_array(arena, LOWERS_MAX, sizeof(*looking.lowers));
    root->lowers = looking.lowers;
    return take_overlay(&looking, &mount, path, 0);
}
