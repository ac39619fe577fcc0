/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The closed world: every member that the tables of spec/ know is either judged by a rule, which is tried, or
 * named here with the reason why none is needed. Who adds a member is asked which of the two it is.
 */
#include "policy_fixture.h"

#include "json/table.h"

/* One member, or all beneath it. */
static const struct row {
    const char *member;
    const char *why; /* no rule: why not */
    const char *policy, *process, *linux_part, *rest;
    const char *rule; /* what speaks */
} rows[] = {
    {"/ociVersion", "checked by the parser"},
    {"/hostname", "of the container's own UTS namespace: the plan refuses it without one"},
    {"/domainname", "as hostname"},
    {"/windows", "for another platform"},
    {"/solaris", "for another platform"},
    {"/vm", "for another platform"},
    {"/zos", "for another platform"},
    {"/freebsd", "for another platform"},
    {"/process/terminal", "the container's own streams"},
    {"/process/consoleSize", "the container's own streams"},
    {"/process/args", "run inside; exec's are judged by lifecycle.exec"},
    {"/process/commandLine", "for another platform"},
    {"/process/cwd", "inside the container"},
    {"/process/user/umask", "of the process's own files"},
    {"/process/user/username", "for another platform"},
    {"/process/execCPUAffinity", "within the CPUs of the container's cgroup"},
    {"/process/scheduler/flags", "of a policy that is judged"},
    {"/process/scheduler/priority", "of a policy that is judged"},
    {"/process/scheduler/runtime", "of a policy that is judged"},
    {"/process/scheduler/deadline", "of a policy that is judged"},
    {"/process/scheduler/period", "of a policy that is judged"},
    {"/process/ioPriority/priority", "of a class that is judged"},
    {"/linux/mountLabel", "the label of what the container mounts; the process's own is judged"},
    {"/linux/memoryPolicy", "of the process's own memory, within the nodes of its cgroup"},
    {"/linux/personality", "of the process's own view: flags are refused by the plan"},
    {"/linux/timeOffsets", "of the container's own time namespace: the plan refuses them without one"},
    {"/linux/cgroupsPath",
     "where limits are written: the plan and the state store keep it off others' cgroups"},
    {"/linux/resources/cpu/shares", "who goes first, no limit"},
    {"/linux/resources/cpu/burst", "the kernel keeps it within the quota"},
    {"/linux/resources/cpu/realtimeRuntime", "cgroup v2 has none: the plan says so"},
    {"/linux/resources/cpu/realtimePeriod", "cgroup v2 has none: the plan says so"},
    {"/linux/resources/cpu/cpus", "where, not how much"},
    {"/linux/resources/cpu/mems", "where, not how much"},
    {"/linux/resources/cpu/idle", "who goes first, no limit"},
    {"/linux/resources/memory/reservation", "lowered with the limit"},
    {"/linux/resources/memory/kernel", "cgroup v2 counts it with the rest"},
    {"/linux/resources/memory/kernelTCP", "cgroup v2 counts it with the rest"},
    {"/linux/resources/memory/swappiness", "cgroup v2 has none"},
    {"/linux/resources/memory/disableOOMKiller", "cgroup v2 has none: the plan refuses it"},
    {"/linux/resources/memory/useHierarchy", "cgroup v2 is always one"},
    {"/linux/resources/memory/checkBeforeUpdate", "only ever refuses"},
    {"/linux/resources/blockIO/weight", "who goes first, no limit"},
    {"/linux/resources/blockIO/leafWeight", "who goes first, no limit"},
    {"/linux/resources/blockIO/weightDevice", "who goes first, no limit"},
    {"/linux/resources/network", "cgroup v2 has none: the plan refuses it"},
    {"/linux/resources/rdma", "a limit on devices that devices.allow judges"},
    {"/linux/seccomp", "bounds the container; syscalls.filter asks for one"},
    {"/root/path", .policy = "'filesystem': {'mounts': {'deny': ['/etc']}}", .rule = "TW0403"},
    {"/root/readonly", .policy = "'filesystem': {'rootReadonly': true}", .rule = "TW0401"},
    {"/mounts", .policy = "'filesystem': {'mounts': {'types': ['proc']}}", .rule = "TW0402",
     .rest = "'mounts': [{'destination': '/x', 'type': 'tmpfs', 'source': 'tmpfs'}]"},
    {"/hooks", .policy = "'hooks': {'allow': []}", .rule = "TW1001",
     .rest = "'hooks': {'poststop': [{'path': '/bin/x'}]}"},
    {"/annotations", .policy = "'annotations': {'acting': {'allow': []}}", .rule = "TW1101",
     .rest = "'annotations': {'org.systemd.property.CollectMode': 'x'}"},
    {"/process/user/uid", .policy = "'process': {'user': {'root': 'deny'}}", .rule = "TW0201"},
    {"/process/user/gid", .policy = "'process': {'user': {'gids': ['1000']}}", .rule = "TW0203"},
    {"/process/user/additionalGids", .policy = "'process': {'user': {'gids': ['0']}}", .rule = "TW0203",
     .process = "'user': {'additionalGids': [6]}"},
    {"/process/env", .policy = "'process': {'environment': {'deny': ['X']}}", .rule = "TW0207",
     .process = "'env': ['X=1']"},
    {"/process/capabilities", .policy = "'process': {'capabilities': {'allow': []}}", .rule = "TW0205",
     .process = "'capabilities': {'ambient': ['CAP_KILL']}"},
    {"/process/rlimits", .policy = "'process': {'rlimits': {'NOFILE': 5}}", .rule = "TW0206",
     .process = "'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 6, 'hard': 6}]"},
    {"/process/noNewPrivileges", .policy = "'process': {'noNewPrivileges': true}", .rule = "TW0204"},
    {"/process/apparmorProfile", .policy = "'process': {'apparmor': {'allow': ['x']}}", .rule = "TW0208",
     .process = "'apparmorProfile': 'unconfined'"},
    {"/process/selinuxLabel", .policy = "'process': {'selinux': {'allow': ['x']}}", .rule = "TW0209",
     .process = "'selinuxLabel': 'u:r:spc_t:s0'"},
    {"/process/oomScoreAdj", .policy = "'process': {'oomScoreAdj': {'min': 0}}", .rule = "TW0210",
     .process = "'oomScoreAdj': -1"},
    {"/process/scheduler/policy", .policy = "'process': {'capabilities': {'allow': []}}", .rule = "TW0205",
     .process = "'scheduler': {'policy': 'SCHED_RR', 'priority': 1}"},
    {"/process/scheduler/nice", .policy = "'process': {'capabilities': {'allow': []}}", .rule = "TW0205",
     .process = "'scheduler': {'policy': 'SCHED_OTHER', 'nice': -1}"},
    {"/process/ioPriority/class", .policy = "'process': {'capabilities': {'allow': []}}", .rule = "TW0205",
     .process = "'ioPriority': {'class': 'IOPRIO_CLASS_RT'}"},
    {"/linux/uidMappings", .policy = "'namespaces': {'private': ['user']}", .rule = "TW0301"},
    {"/linux/gidMappings", .policy = "'namespaces': {'private': ['user']}", .rule = "TW0301"},
    {"/linux/namespaces", .policy = "'namespaces': {'private': ['pid']}", .rule = "TW0301"},
    {"/linux/netDevices", .policy = "'namespaces': {'private': ['network']}", .rule = "TW0301"},
    {"/linux/sysctl", .policy = "'sysctls': {'allow': []}", .rule = "TW0701",
     .linux_part = "'namespaces': [{'type': 'ipc'}], 'sysctl': {'kernel.msgmax': '1'}"},
    {"/linux/devices", .policy = "'devices': {'allow': []}", .rule = "TW0501",
     .linux_part = "'devices': [{'path': '/dev/x', 'type': 'c', 'major': 10, 'minor': 1}]"},
    {"/linux/rootfsPropagation", .policy = "'filesystem': {'propagation': ['private']}", .rule = "TW0409",
     .linux_part = "'rootfsPropagation': 'shared'"},
    {"/linux/maskedPaths", .policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}", .rule = "TW0407"},
    {"/linux/readonlyPaths", .policy = "'filesystem': {'readonlyPaths': ['/proc/sys']}", .rule = "TW0408"},
    {"/linux/intelRdt", .policy = "'unknownFields': 'refuse'", .rule = "TW0002",
     .linux_part = "'intelRdt': {'closID': 'x'}"},
    {"/linux/seccomp/listenerPath", .policy = "'unknownFields': 'refuse'", .rule = "TW0002",
     .linux_part = "'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': '/x', 'syscalls': "
                   "[{'names': ['mount'], 'action': 'SCMP_ACT_NOTIFY'}]}"},
    {"/linux/resources/devices", .policy = "'devices': {'allow': []}", .rule = "TW0502",
     .linux_part = "'resources': {'devices': [{'allow': true, 'access': 'rwm'}]}"},
    {"/linux/resources/memory/limit", .policy = "'resources': {'memory': '1M'}", .rule = "TW0601"},
    {"/linux/resources/memory/swap", .policy = "'resources': {'swap': '1M'}", .rule = "TW0602"},
    {"/linux/resources/pids", .policy = "'resources': {'pids': 5}", .rule = "TW0603",
     .linux_part = "'resources': {'pids': {'limit': -1}}"},
    {"/linux/resources/cpu/quota", .policy = "'resources': {'cpu': 1}", .rule = "TW0604",
     .linux_part = "'resources': {'cpu': {'quota': -1}}"},
    {"/linux/resources/cpu/period", .policy = "'resources': {'cpu': 1}", .rule = "TW0604",
     .linux_part = "'resources': {'cpu': {'quota': 100000, 'period': 1000}}"},
    {"/linux/resources/blockIO", .policy = "'resources': {'io': [{'device': '8:0', 'readBps': 1}]}",
     .rule = "TW0605"},
    {"/linux/resources/hugepageLimits", .policy = "'resources': {'hugepages': {'2MB': '2M'}}",
     .rule = "TW0606"},
    {"/linux/resources/unified", .policy = "'resources': {'memory': '1M'}", .rule = "TW0601",
     .linux_part = "'resources': {'memory': {'limit': 1}, 'unified': {'memory.max': 'max'}}"},
};

static bool covers(const struct row *row, const char *member)
{
    size_t length = strlen(row->member);

    return strncmp(row->member, member, length) == 0 && (member[length] == '\0' || member[length] == '/');
}

static bool used[ARRAY_LENGTH(rows)];

/* The row that is nearest. */
static void ask(const char *member)
{
    size_t best = ARRAY_LENGTH(rows), length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (covers(&rows[i], member) && strlen(rows[i].member) > length) {
            best = i;
            length = strlen(rows[i].member);
        }
    if (best == ARRAY_LENGTH(rows))
        fail_msg("%s: which rule is for it, or why is none needed?", member);
    used[best] = true;
}

static void walk(const struct json_table *table, const char *above)
{
    for (size_t i = 0; i < table->count; i++) {
        char member[256];

        assert_true(snprintf(member, sizeof(member), "%s/%s", above, table->fields[i].key) <
                    (int)sizeof(member));
        if (table->fields[i].table != NULL)
            walk(table->fields[i].table, member);
        else
            ask(member);
    }
}

static void every_member_is_somebodys(void **state)
{
    (void)state;
    walk(&spec_table, "");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (!used[i])
            fail_msg("%s: the tables have no such member", rows[i].member);
}

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static void the_rules_speak(void **state)
{
    static const struct policy_path_fact root = {.path = "rootfs", .exists = true, .resolved = "/etc"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fixture fixture = {.observed = {.paths = &root, .path_count = 1, .host = {.apparmor = true}}};
        bool found = false;

        if (rows[i].why != NULL)
            continue;
        fixture_policy(&fixture, rows[i].policy);
        fixture_request(&fixture, or_nothing(rows[i].process), or_nothing(rows[i].linux_part),
                        or_nothing(rows[i].rest));
        fixture_decide(&fixture);
        for (size_t j = 0; j < fixture.decision.finding_count; j++)
            found = found || (fixture.decision.findings[j].effect >= POLICY_NARROWED &&
                              strcmp(fixture.decision.findings[j].rule, rows[i].rule) == 0);
        if (!found)
            fail_msg("%s: %s says nothing; found:\n%s", rows[i].member, rows[i].rule,
                     fixture_findings(&fixture));
        fixture_end(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_somebodys),
        cmocka_unit_test(the_rules_speak),
    };

    return cmocka_run_group_tests_name("policy_closed_world", tests, NULL, NULL);
}
