/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observe the host, cheaply: the facts that every plan is built from. Trying each kernel interface is
 * host_probe_full.c's. */
#include "linux/host_probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "linux/host_proc.h"

#ifndef SELINUX_MAGIC
#define SELINUX_MAGIC 0xf97cff8c
#endif

enum { SMALL_FILE = 4096, CGROUP_LIST_MAXIMUM = 64 };

static const char cgroup_root[] = "/sys/fs/cgroup";
static const char cgroup_hybrid[] = "/sys/fs/cgroup/unified";

/* A set-uid helper is only ever run from a place that its user cannot write: PATH has no say (CVE-2017-5985
 * and its kin). */
static const char *const helper_directories[] = {"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"};

static const char *native_architecture(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
    return "SCMP_ARCH_X32";
#elif defined(__x86_64__)
    return "SCMP_ARCH_X86_64";
#elif defined(__i386__)
    return "SCMP_ARCH_X86";
#elif defined(__aarch64__)
    return "SCMP_ARCH_AARCH64";
#elif defined(__arm__)
    return "SCMP_ARCH_ARM";
#elif defined(__riscv) && __riscv_xlen == 64
    return "SCMP_ARCH_RISCV64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return "SCMP_ARCH_PPC64LE";
#elif defined(__powerpc64__)
    return "SCMP_ARCH_PPC64";
#elif defined(__s390x__)
    return "SCMP_ARCH_S390X";
#elif defined(__mips64) && defined(__MIPSEL__)
    return "SCMP_ARCH_MIPSEL64";
#elif defined(__mips64)
    return "SCMP_ARCH_MIPS64";
#else
#error "this architecture has no name here yet"
#endif
}

static uint64_t file_system_type(const char *path)
{
    struct statfs file_system;

    return statfs(path, &file_system) == 0 ? (uint64_t)file_system.f_type : 0;
}

/* The end of the range of /proc/self/gid_map that holds id, or id itself when none does. */
static uint64_t skip_mapped(const char *map, uint64_t id)
{
    uint64_t first, outside, count;

    for (const char *cursor = map;; cursor += strspn(cursor, " \n")) {
        cursor += strspn(cursor, " \n");
        if (!number_scan_unsigned(&cursor, &first))
            return id;
        cursor += strspn(cursor, " ");
        if (!number_scan_unsigned(&cursor, &outside))
            return id;
        cursor += strspn(cursor, " ");
        if (!number_scan_unsigned(&cursor, &count))
            return id;
        if (id >= first && id - first < count)
            return first + count;
    }
}

/* Not observed (more ranges than fit, no such file) stays 0: then nothing is left out beforehand. */
static void probe_unmapped_gid(struct host_facts *facts)
{
    char map[SMALL_FILE];
    uint64_t id = 0, next;

    if (descriptor_read_file_at(AT_FDCWD, "/proc/self/gid_map", map, sizeof(map)) < 0)
        return;
    while ((next = skip_mapped(map, id)) != id)
        id = next;
    facts->lowest_unmapped_gid = id < UINT32_MAX ? (uint32_t)id : 0;
}

/* user_namespaces(7): the initial namespace maps every id to itself. */
static int probe_user_namespace(struct host_facts *facts, struct error *error)
{
    char map[SMALL_FILE], setgroups[16];
    uint64_t numbers[3] = {0};
    const char *cursor = map;

    if (descriptor_read_file_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0) {
        /* ENOENT: a kernel without user namespaces. EFBIG: hundreds of ranges. */
        if (errno == ENOENT) {
            facts->setgroups_allowed = true;
            return 0;
        }
        if (errno != EFBIG)
            return error_system(error, errno, "/proc/self/uid_map");
        map[0] = '\0';
    }
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        cursor += strspn(cursor, " ");
        if (!number_scan_unsigned(&cursor, &numbers[i]))
            break;
    }
    facts->in_user_namespace = numbers[0] != 0 || numbers[1] != 0 || numbers[2] != UINT32_MAX;
    facts->setgroups_allowed = true;
    if (facts->in_user_namespace &&
        descriptor_read_file_at(AT_FDCWD, "/proc/self/setgroups", setgroups, sizeof(setgroups)) >= 0)
        facts->setgroups_allowed = strcmp(setgroups, "allow") == 0;
    if (facts->in_user_namespace)
        probe_unmapped_gid(facts);
    return 0;
}

static int probe_capabilities(struct host_facts *facts, struct error *error)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &header, data) < 0)
        return error_system(error, errno, "read the runtime's capabilities");
    facts->capabilities = data[0].effective | (uint64_t)data[1].effective << 32;
    /* EINVAL: above the kernel's last one. */
    for (uint32_t capability = 0; capability < 64; capability++) {
        int bound = prctl(PR_CAPBSET_READ, capability);

        if (bound < 0 && errno == EINVAL)
            break;
        if (bound < 0)
            return error_system(error, errno, "read the runtime's capability bounding set");
        facts->last_capability = capability;
        if (bound > 0)
            facts->capabilities_bounding |= (uint64_t)1 << capability;
    }
    return 0;
}

/* cgroups(7): the line "0::PATH" is the v2 one. A path with "/.." lies outside of our cgroup namespace:
 * unknown. */
static const char *own_cgroup(struct arena *arena)
{
    char lines[SMALL_FILE];
    const char *line = lines;

    if (descriptor_read_file_at(AT_FDCWD, "/proc/self/cgroup", lines, sizeof(lines)) < 0)
        return "/";
    while (line != NULL) {
        if (strncmp(line, "0::/", 4) == 0) {
            size_t length = strcspn(line + 3, "\n");

            if (length >= 3 && strncmp(line + 3, "/..", 3) == 0)
                return "/";
            return arena_copy(arena, line + 3, length);
        }
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return "/";
}

static void split_words(struct arena *arena, const char *words, struct json_strings *list)
{
    list->items = arena_array(arena, CGROUP_LIST_MAXIMUM, sizeof(*list->items));
    list->present = true;
    while (list->count < CGROUP_LIST_MAXIMUM) {
        size_t length;

        words += strspn(words, " \n");
        length = strcspn(words, " \n");
        if (length == 0)
            break;
        list->items[list->count++] = arena_copy(arena, words, length);
        words += length;
    }
}

/*
 * Can we make a cgroup where the plan would put it: beneath our own one, or beneath the root for root? The
 * root of a user namespace is not root here (rootless podman's runtime is its uid 0). To put a process into
 * what was made takes the right to write to the parent's cgroup.procs: a directory that was handed over
 * without that file is not a delegation (cgroup-v2.rst, "Delegation Containment").
 */
static bool can_make_cgroup(const struct host_facts *facts)
{
    const bool is_root = facts->uid == 0 && !facts->in_user_namespace;
    char path[SMALL_FILE];
    struct text text = text_over(path, sizeof(path));

    text_append(&text, facts->cgroup_mount);
    if (!is_root)
        text_append(&text, facts->cgroup_own);
    if (text.overflow || faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
        return false;
    text_append(&text, "/cgroup.procs");
    return is_root || (!text.overflow && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0);
}

static void probe_cgroup(struct arena *arena, struct host_facts *facts)
{
    uint64_t type = file_system_type(cgroup_root);
    char controllers[SMALL_FILE], path[64];
    struct text text = text_over(path, sizeof(path));

    facts->cgroup_mount = cgroup_root;
    facts->cgroup_own = "/";
    facts->cgroup_layout = CGROUP_LAYOUT_NONE;
    facts->cgroup_controllers.present = true;
    if (type == CGROUP2_SUPER_MAGIC) {
        facts->cgroup_layout = CGROUP_LAYOUT_UNIFIED;
    } else if (type == TMPFS_MAGIC && file_system_type(cgroup_hybrid) == CGROUP2_SUPER_MAGIC) {
        facts->cgroup_layout = CGROUP_LAYOUT_HYBRID;
        facts->cgroup_mount = cgroup_hybrid;
    } else {
        return;
    }
    facts->cgroup_own = own_cgroup(arena);
    text_append(&text, facts->cgroup_mount);
    text_append(&text, "/cgroup.controllers");
    if (descriptor_read_file_at(AT_FDCWD, path, controllers, sizeof(controllers)) >= 0)
        split_words(arena, controllers, &facts->cgroup_controllers);
    facts->cgroup_writable = can_make_cgroup(facts);
}

static const char *hugepage_name(struct arena *arena, uint64_t kilobytes)
{
    if (kilobytes >= 1048576 && kilobytes % 1048576 == 0)
        return arena_format(arena, "%lluGB", (unsigned long long)(kilobytes / 1048576));
    if (kilobytes >= 1024 && kilobytes % 1024 == 0)
        return arena_format(arena, "%lluMB", (unsigned long long)(kilobytes / 1024));
    return arena_format(arena, "%lluKB", (unsigned long long)kilobytes);
}

/* "hugepages-2048kB" is "2MB" in the cgroup's files and in the specification. */
static void probe_hugepages(struct arena *arena, struct host_facts *facts)
{
    static const char prefix[] = "hugepages-";
    DIR *directory = opendir("/sys/kernel/mm/hugepages");
    const struct dirent *entry;

    facts->hugepage_sizes.present = true;
    if (directory == NULL)
        return;
    facts->hugepage_sizes.items =
        arena_array(arena, CGROUP_LIST_MAXIMUM, sizeof(*facts->hugepage_sizes.items));
    while ((entry = readdir(directory)) != NULL && facts->hugepage_sizes.count < CGROUP_LIST_MAXIMUM) {
        const char *cursor = entry->d_name + sizeof(prefix) - 1;
        uint64_t kilobytes;

        if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0 &&
            number_scan_unsigned(&cursor, &kilobytes) && strcmp(cursor, "kB") == 0)
            facts->hugepage_sizes.items[facts->hugepage_sizes.count++] = hugepage_name(arena, kilobytes);
    }
    closedir(directory);
}

static void probe_security_modules(struct host_facts *facts)
{
    char enabled[8];

    facts->apparmor = descriptor_read_file_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", enabled,
                                              sizeof(enabled)) == 1 &&
                      enabled[0] == 'Y';
    facts->selinux = file_system_type("/sys/fs/selinux") == SELINUX_MAGIC;
}

static void probe_landlock(struct host_facts *facts)
{
    /* Compiled in and named in lsm=: else ENOSYS or EOPNOTSUPP. */
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    facts->landlock = abi > 0;
    facts->landlock_abi = abi > 0 ? (uint32_t)abi : 0;
}

static const char *find_helper(struct arena *arena, const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(helper_directories); i++) {
        char path[64];
        struct text text = text_over(path, sizeof(path));

        text_append(&text, helper_directories[i]);
        text_append_character(&text, '/');
        text_append(&text, name);
        if (access(path, X_OK) == 0)
            return arena_string(arena, path);
    }
    return NULL;
}

static void assume_interfaces(struct host_facts *facts)
{
    facts->has_clone3 = facts->has_clone_into_cgroup = facts->has_openat2 = facts->has_mount_api = true;
    facts->has_mount_setattr = facts->has_idmapped_mounts = facts->has_close_range = facts->has_pidfd = true;
    facts->has_cgroup_kill = facts->has_time_namespace = facts->has_seccomp_notify = true;
    facts->has_seccomp_wait_killable = facts->has_cgroup_device_bpf = facts->has_procfs_subset = true;
}

int host_probe(enum host_probe_depth depth, struct arena *arena, struct host_facts *facts,
               struct error *error)
{
    struct utsname names;

    memset(facts, 0, sizeof(*facts));
    facts->version = 1;
    if (host_proc_require(error) < 0)
        return -1;
    if (uname(&names) < 0)
        return error_system(error, errno, "the kernel's name");
    facts->kernel_release = arena_string(arena, names.release);
    facts->architecture = native_architecture();
    facts->uid = geteuid();
    facts->gid = getegid();
    if (probe_user_namespace(facts, error) < 0 || probe_capabilities(facts, error) < 0)
        return -1;
    probe_cgroup(arena, facts);
    probe_hugepages(arena, facts);
    probe_security_modules(facts);
    probe_landlock(facts);
    if (facts->uid != 0 || depth == HOST_PROBE_FULL) {
        facts->newuidmap = find_helper(arena, "newuidmap");
        facts->newgidmap = find_helper(arena, "newgidmap");
    }
    if (depth == HOST_PROBE_FULL)
        return host_probe_interfaces(facts, error);
    assume_interfaces(facts);
    return 0;
}
