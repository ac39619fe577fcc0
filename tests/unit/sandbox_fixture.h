/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small container by hand: a plan with the static probe as its only file, run through sandbox.h, and what
 * the probe saw. */
#pragma once

#include "private_namespace.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/pidfd.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "linux/sandbox.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* The static probe's path on the host: the test program's argument. */
static const char *probe_path;

static struct plan plan;
static struct plan_process process;
static struct plan_namespace namespace_items[8];
static struct host_facts facts;
static struct sandbox sandbox;
static char notices[4096];

static const struct plan_mount base_mounts[] = {
    {.kind = PLAN_MOUNT_FILESYSTEM,
     .type = "proc",
     .source = "proc",
     .destination = {"/proc"},
     .attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
     .index = 0},
};

static const char *arguments[8] = {"/probe", "report"};
static const char *environment[8] = {"PATH=/bin:/", "COLOUR=red"};

static struct plan_strings strings(const char **items)
{
    size_t count = 0;
    while (items[count] != NULL)
        count++;
    return (struct plan_strings){.items = items, .count = count};
}

static void copy_probe(const char *target)
{
    char bytes[65536];
    int from = open(probe_path, O_RDONLY | O_CLOEXEC);
    int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    ssize_t count;
    CHECK(from >= 0 && to >= 0);
    while ((count = read(from, bytes, sizeof(bytes))) > 0)
        CHECK(write(to, bytes, (size_t)count) == count);
    CHECK(count == 0 && close(from) == 0 && close(to) == 0);
}

static void on_notice(void *context, const char *text)
{
    size_t length = strlen(notices);
    (void)context;
    snprintf(notices + length, sizeof(notices) - length, "%s\n", text);
}

static void add_namespace(uint64_t flag, const char *name, const char *path)
{
    struct plan_namespaces *namespaces = &plan.namespaces;
    namespace_items[namespaces->count++] = (struct plan_namespace){flag, name, {path}};
    *(path != NULL ? &namespaces->join_flags : &namespaces->new_flags) |= flag;
}

/* Root with no capabilities, pid, mount, ipc, uts and network namespaces, no cgroup. */
static void plan_begin(void)
{
    static char root[128];
    static const struct plan_namespaces none;
    CHECK(mkdir("root", 0755) == 0 && mkdir("root/proc", 0755) == 0);
    copy_probe("root/probe");
    snprintf(root, sizeof(root), "%s/root", scratch);
    facts = (struct host_facts){.uid = geteuid(), .gid = getegid(), .last_capability = CAP_LAST_CAP};
    process = (struct plan_process){
        .args = strings(arguments),
        .environment = strings(environment),
        .search_path = "/bin:/",
        .cwd = {"/"},
        .has_capabilities = true,
    };
    plan = (struct plan){
        .id = "unit",
        .bundle = {scratch},
        .namespaces = none,
        .rootfs = {.path = {root},
                   .new_mount_namespace = true,
                   .propagation = MS_SLAVE | MS_REC,
                   .mounts = base_mounts,
                   .mount_count = 1},
        .process = &process,
    };
    plan.namespaces.items = namespace_items;
    add_namespace(CLONE_NEWPID, "pid", NULL);
    add_namespace(CLONE_NEWNET, "network", NULL);
    add_namespace(CLONE_NEWIPC, "ipc", NULL);
    add_namespace(CLONE_NEWUTS, "uts", NULL);
    add_namespace(CLONE_NEWNS, "mount", NULL);
}

static void add_user_namespace(uint32_t host_id)
{
    static struct plan_id_mapping mapping;
    mapping = (struct plan_id_mapping){.container_id = 0, .host_id = host_id, .size = 65536};
    plan.namespaces.uid_mappings = plan.namespaces.gid_mappings = (struct plan_id_mappings){&mapping, 1};
    add_namespace(CLONE_NEWUSER, "user", NULL);
    plan.rootfs.sources_opened_early = true;
}

/* Become a user without rights, as the runtime is then: not dumpable. */
static inline void become_user(void)
{
    CHECK(chown(scratch, 1000, 1000) == 0 && chown("root", 1000, 1000) == 0);
    CHECK(setgroups(0, NULL) == 0 && setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
    CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
    facts.uid = facts.gid = 1000;
    /* One id, one group, as the kernel lets anybody map them. */
    static const struct plan_id_mapping own = {.container_id = 0, .host_id = 1000, .size = 1};
    plan.namespaces.uid_mappings = plan.namespaces.gid_mappings = (struct plan_id_mappings){&own, 1};
    plan.namespaces.deny_setgroups = true;
    process.keep_groups = true;
}

/* Standard output to a file from here on: what the container writes. */
static void catch_output(void)
{
    int file = open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(file >= 0 && dup2(file, STDOUT_FILENO) == STDOUT_FILENO && close(file) == 0);
}

static int create(void)
{
    const struct sandbox_request request = {
        .plan = &plan,
        .facts = &facts,
        .state_directory = -1,
        .console_socket = -1,
        .notice = on_notice,
    };
    notices[0] = '\0';
    catch_output();
    return sandbox_create(&request, &sandbox, &test_error);
}

/* The wait status of the container's process. */
static int finish(void)
{
    siginfo_t information = {0};
    CHECK(waitid(P_PIDFD, (id_t)sandbox.pidfd, &information, WEXITED) == 0);
    descriptor_close(&sandbox.pidfd);
    return information.si_code == CLD_EXITED ? information.si_status : -information.si_status;
}

/* Create, start, wait; what the program wrote. */
static const char *seen(void)
{
    static char first[65536];
    CHECK(create() == 0);
    CHECK(sandbox_start(&sandbox, &test_error) == 0);
    CHECK(finish() == 0);
    snprintf(first, sizeof(first), "%s", read_file("out"));
    return first;
}

static bool says(const char *text)
{
    return strstr(test_error.message, text) != NULL;
}

#define HAS(report, text)     CHECK(strstr(report, text) != NULL)
#define HAS_NOT(report, text) CHECK(strstr(report, text) == NULL)

#define SANDBOX_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }
