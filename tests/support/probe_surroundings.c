/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world around the process: namespaces, cgroup, mounts, names, id maps, sysctls, clocks. */
#include "probe.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static char file_text[2u << 20];

static void report_namespaces(void)
{
    static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
    char path[64];
    struct stat status;

    json_open("namespaces", '{');
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[index]);
        if (stat(path, &status) == 0)
            json_unsigned(kinds[index], status.st_ino);
        else
            json_text(kinds[index], NULL);
    }
    json_close('}');
}

/* The text of a small file without its last newline, or null. */
static void report_file(const char *key, const char *path)
{
    long length = read_small_file(path, file_text, sizeof file_text);

    if (length < 0) {
        json_text(key, NULL);
        return;
    }
    if (length > 0 && file_text[length - 1] == '\n')
        length--;
    json_bytes(key, file_text, (size_t)length);
}

static void report_cgroup(void)
{
    const char *path = NULL;

    if (read_small_file("/proc/self/cgroup", file_text, sizeof file_text) >= 0) {
        char *rest = file_text;
        for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
            if (strncmp(line, "0::", 3) == 0)
                path = line + 3;
        }
    }
    json_text("cgroup", path);
}

/* One line of mountinfo: "id parent major:minor root point options optional... - type source super". */
static void report_mount(char *line)
{
    static const char *const before[] = {"id", "parent", "device", "root", "point", "options"};
    static const char *const after[] = {"type", "source", "super"};
    char *rest = line;
    char *word = strsep(&rest, " ");

    json_open(NULL, '{');
    for (size_t index = 0; index < 6 && word; index++) {
        json_text(before[index], word);
        word = strsep(&rest, " ");
    }
    json_open("propagation", '[');
    for (; word && strcmp(word, "-") != 0; word = strsep(&rest, " "))
        json_text(NULL, word);
    json_close(']');
    for (size_t index = 0; index < 3; index++)
        json_text(after[index], strsep(&rest, " "));
    json_close('}');
}

static void report_mounts(void)
{
    char *rest = file_text;

    json_open("mounts", '[');
    if (read_small_file("/proc/self/mountinfo", file_text, sizeof file_text) >= 0) {
        for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
            if (*line)
                report_mount(line);
        }
    }
    json_close(']');
}

static void report_sysctls(void)
{
    static const char *const names[] = {
        "kernel/hostname",
        "kernel/domainname",
        "kernel/msgmax",
        "kernel/shmmax",
        "kernel/shm_rmid_forced",
        "kernel/sem",
        "net/ipv4/ip_forward",
        "fs/mqueue/msg_max",
        "net/core/somaxconn",
        "net/ipv4/ping_group_range",
        "net/ipv4/ip_unprivileged_port_start",
        "net/ipv4/conf/lo/forwarding",
    };
    char path[128];

    json_open("sysctl", '{');
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        snprintf(path, sizeof path, "/proc/sys/%s", names[index]);
        report_file(names[index], path);
    }
    json_close('}');
}

static void report_clock(const char *key, clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) == 0)
        json_number(key, (long long)now.tv_sec);
}

static void report_interfaces(void)
{
    struct if_nameindex *interfaces = if_nameindex();

    json_open("interfaces", '[');
    for (struct if_nameindex *each = interfaces; each && each->if_index != 0; each++)
        json_text(NULL, each->if_name);
    json_close(']');
    if (interfaces)
        if_freenameindex(interfaces);
}

void report_surroundings(void)
{
    struct utsname names;

    report_namespaces();
    report_cgroup();
    report_file("cgroup_lines", "/proc/self/cgroup");
    report_mounts();
    if (uname(&names) == 0) {
        json_text("hostname", names.nodename);
        json_text("domainname", names.domainname);
        json_text("machine", names.machine);
    }
    report_file("uid_map", "/proc/self/uid_map");
    report_file("gid_map", "/proc/self/gid_map");
    report_file("setgroups", "/proc/self/setgroups");
    report_file("time_offsets", "/proc/self/timens_offsets");
    report_file("security_label", "/proc/self/attr/current");
    report_file("login_uid", "/proc/self/loginuid");
    report_sysctls();
    report_interfaces();
    json_open("clocks", '{');
    report_clock("monotonic", CLOCK_MONOTONIC);
    report_clock("boottime", CLOCK_BOOTTIME);
    report_clock("realtime", CLOCK_REALTIME);
    json_close('}');
}
