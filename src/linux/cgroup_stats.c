/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a cgroup's counters; see cgroup_stats.h. */
#include "linux/cgroup_stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, HUGE_PAGE_SIZES_MAX = 16, NAME_BYTES = 64 };

struct reading {
    int directory;
    const char *path;
    struct arena *arena;
    struct error *error;
    bool failed;
};

static int explain_gone(const char *path, struct error *error)
{
    return error_set(error, ERROR_NOT_FOUND, "the cgroup %s is gone", path);
}

/*
 * The file's text; NULL when there is none, or when the reading has failed (now or before). EOPNOTSUPP:
 * pressure is built in and switched off (psi=0), or does not apply to this cgroup.
 */
static const char *read_text(struct reading *reading, const char *file)
{
    cleanup_fd int opened = -1;
    size_t length;
    char *text;

    if (reading->failed)
        return NULL;
    opened = openat(reading->directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0 && errno == ENOENT)
        return NULL;
    if (opened >= 0 && descriptor_read_all(opened, FILE_BYTES_MAX, file, reading->arena, &text, &length,
                                           reading->error) == 0) {
        if (length > 0 && text[length - 1] == '\n')
            text[length - 1] = '\0';
        return text;
    }
    if (opened < 0)
        error_system(reading->error, errno, "cannot read %s of the cgroup %s", file, reading->path);
    if (reading->error->system_errno == EOPNOTSUPP)
        return NULL;
    if (cgroup_errno_gone(reading->error->system_errno))
        explain_gone(reading->path, reading->error);
    reading->failed = true;
    return NULL;
}

static struct cgroup_number read_number(struct reading *reading, const char *file)
{
    const char *text = read_text(reading, file);

    return text != NULL ? cgroup_number_parse(text) : (struct cgroup_number){0};
}

static struct cgroup_pairs read_pairs(struct reading *reading, const char *file)
{
    const char *text = read_text(reading, file);

    return text != NULL ? cgroup_pairs_parse(text, reading->arena) : (struct cgroup_pairs){0};
}

static struct cgroup_number read_key(struct reading *reading, const char *file, const char *key)
{
    const struct cgroup_pairs pairs = read_pairs(reading, file);

    return cgroup_pair_find(&pairs, key);
}

static struct cgroup_pressure read_pressure(struct reading *reading, const char *file)
{
    const char *text = read_text(reading, file);

    return text != NULL ? cgroup_pressure_parse(text) : (struct cgroup_pressure){0};
}

/* cpu.stat is there without the controller too, and then tells times only. */
static void read_cpu(struct reading *reading, struct cgroup_cpu_stats *cpu)
{
    const struct cgroup_pairs pairs = read_pairs(reading, "cpu.stat");

    *cpu = (struct cgroup_cpu_stats){
        .usage_us = cgroup_pair_find(&pairs, "usage_usec"),
        .user_us = cgroup_pair_find(&pairs, "user_usec"),
        .system_us = cgroup_pair_find(&pairs, "system_usec"),
        .periods = cgroup_pair_find(&pairs, "nr_periods"),
        .throttled_periods = cgroup_pair_find(&pairs, "nr_throttled"),
        .throttled_us = cgroup_pair_find(&pairs, "throttled_usec"),
        .pressure = read_pressure(reading, "cpu.pressure"),
    };
}

static void read_memory(struct reading *reading, struct cgroup_memory_stats *memory)
{
    *memory = (struct cgroup_memory_stats){
        .memory =
            {
                .usage = read_number(reading, "memory.current"),
                .limit = read_number(reading, "memory.max"),
                .peak = read_number(reading, "memory.peak"),
                .refusals = read_key(reading, "memory.events", "max"),
            },
        .swap =
            {
                .usage = read_number(reading, "memory.swap.current"),
                .limit = read_number(reading, "memory.swap.max"),
                .peak = read_number(reading, "memory.swap.peak"),
                .refusals = read_key(reading, "memory.swap.events", "max"),
            },
        .raw = read_pairs(reading, "memory.stat"),
        .pressure = read_pressure(reading, "memory.pressure"),
    };
}

static void read_io(struct reading *reading, struct cgroup_io_stats *io)
{
    const char *text = read_text(reading, "io.stat");

    if (text != NULL)
        cgroup_io_parse(text, reading->arena, io);
    io->pressure = read_pressure(reading, "io.pressure");
}

/* ---- hugetlb: one set of files for each size that the machine has ---- */

/* "hugetlb.2MB.current" -> "2MB" */
static const char *page_size_of(const char *file, struct arena *arena)
{
    static const char first[] = "hugetlb.", last[] = ".current";
    size_t length = strlen(file), around = sizeof(first) - 1 + sizeof(last) - 1;
    const char *size;

    if (length <= around || length > NAME_BYTES / 2 || !text_starts_with(file, first) ||
        !text_ends_with(file, last))
        return NULL;
    size = arena_copy(arena, file + sizeof(first) - 1, length - around);
    return strchr(size, '.') == NULL ? size : NULL;
}

/* Reserved pages where the kernel counts them (5.7): a reservation is what a program is refused. */
static void read_page_size(struct reading *reading, const char *size, struct cgroup_hugetlb_stats *pages)
{
    char file[NAME_BYTES];

    *pages = (struct cgroup_hugetlb_stats){.page_size = size};
    text_print(file, sizeof(file), "hugetlb.%s.rsvd.current", size);
    pages->usage = read_number(reading, file);
    if (!pages->usage.present) {
        text_print(file, sizeof(file), "hugetlb.%s.current", size);
        pages->usage = read_number(reading, file);
    }
    text_print(file, sizeof(file), "hugetlb.%s.events", size);
    pages->refusals = read_key(reading, file, "max");
}

static int read_hugetlb(struct reading *reading, struct cgroup_stats *stats)
{
    struct cgroup_hugetlb_stats *items = arena_array(reading->arena, HUGE_PAGE_SIZES_MAX, sizeof(*items));
    int copy = openat(reading->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = copy < 0 ? NULL : fdopendir(copy);

    stats->hugetlb = items;
    if (files == NULL) {
        int number = errno;

        descriptor_close(&copy);
        return cgroup_errno_gone(number)
                   ? explain_gone(reading->path, reading->error)
                   : error_system(reading->error, number, "cannot list the cgroup %s", reading->path);
    }
    for (const struct dirent *entry = readdir(files);
         entry != NULL && stats->hugetlb_count < HUGE_PAGE_SIZES_MAX; entry = readdir(files)) {
        const char *size = page_size_of(entry->d_name, reading->arena);

        if (size != NULL)
            read_page_size(reading, size, &items[stats->hugetlb_count++]);
    }
    closedir(files);
    return 0;
}

int cgroup_stats_read(const char *mount, const char *path, struct arena *arena, struct cgroup_stats *stats,
                      struct error *error)
{
    cleanup_fd int directory = -1;
    struct reading reading = {.path = path, .arena = arena, .error = error};

    *stats = (struct cgroup_stats){0};
    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return explain_gone(path, error);
    reading.directory = directory;
    read_cpu(&reading, &stats->cpu);
    read_memory(&reading, &stats->memory);
    read_io(&reading, &stats->io);
    stats->processes = read_number(&reading, "pids.current");
    stats->process_limit = read_number(&reading, "pids.max");
    stats->cpus = read_text(&reading, "cpuset.cpus.effective");
    stats->memory_nodes = read_text(&reading, "cpuset.mems.effective");
    if (reading.failed || read_hugetlb(&reading, stats) != 0)
        return -1;
    return reading.failed ? -1 : 0;
}

/* ---- out of memory ---- */

int cgroup_oom_open(const char *mount, const char *path, int *file, struct error *error)
{
    cleanup_fd int directory = -1;

    *file = -1;
    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return explain_gone(path, error);
    *file = openat(directory, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*file < 0 && errno != ENOENT)
        return error_system(error, errno, "cannot open memory.events of the cgroup %s", path);
    return 0;
}

bool cgroup_oom_kills(int file, uint64_t *count)
{
    cleanup_arena struct arena arena = {0};
    char text[1024];
    ssize_t length;
    struct cgroup_pairs pairs;

    do
        length = pread(file, text, sizeof(text) - 1, 0);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return false;
    text[length] = '\0';
    pairs = cgroup_pairs_parse(text, &arena);
    *count = cgroup_pair_find(&pairs, "oom_kill").value;
    return true;
}
