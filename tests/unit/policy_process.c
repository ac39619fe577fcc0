/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The section `process`: each rule, what it grants, and where it must not speak. */
#include "policy_fixture.h"

/* 1000 of the container is another user of the host. */
#define MAPPED(host)                                                                                         \
    "'namespaces': [{'type': 'user'}], 'uidMappings': [{'containerID': 0, 'hostID': 100000, 'size': 1000}, " \
    "{'containerID': 1000, 'hostID': " host ", 'size': 1}], 'gidMappings': [{'containerID': 1, 'hostID': "   \
    "0, 'size': 2000}]"

static void users_and_groups(void **state)
{
    static struct spec_id_mapping root_last = {.container_id = 1000, .host_id = 0, .size = 1};
    static const struct policy_namespace_fact fact = {
        .type = "user",
        .path = "/proc/7/ns/user",
        .exists = true,
        .is_of_type = true,
        .has_mappings = true,
        .uid_mappings = {.items = &root_last, .count = 1, .present = true},
    };
    static const struct policy_observed rootless = {.host = {.rootless = true}},
                                        joined = {.namespaces = &fact, .namespace_count = 1};
    static const struct fixture_row rows[] = {
        {.policy = "'process': {'user': {'root': 'deny'}}",
         .process = "'user': {'uid': 0, 'gid': 0}",
         .findings = "refused TW0201 /process/user/uid\n"},
        {.policy = "'process': {'user': {'root': 'deny'}}", /* no user is user 0 */
         .findings = "refused TW0201 /process/user/uid\n"},
        {.policy = "'process': {'user': {'root': 'deny'}}", /* group 0 is another rule's */
         .process = "'user': {'uid': 1, 'gid': 0}",
         .findings = "",
         .granted = "'uid':1"},
        {.policy = "'process': {'user': {'root': 'deny'}}", /* root of a user namespace is root */
         .process = "'user': {'uid': 0, 'gid': 0}",
         .linux_part = "'namespaces': [{'type': 'user'}], 'uidMappings': [{'containerID': 0, 'hostID': "
                       "100000, 'size': 65536}], 'gidMappings': [{'containerID': 0, 'hostID': 100000, "
                       "'size': 65536}]",
         .findings = "refused TW0201 /process/user/uid\n"},
        {.policy = "'process': {'user': {'root': 'allow'}}", .findings = ""},
        {.policy = "'process': {'user': {'uids': ['1000-1999', '7'], 'gids': ['10-20']}}",
         .process = "'user': {'uid': 7, 'gid': 10, 'additionalGids': [20, 11]}",
         .findings = ""},
        {.policy = "'process': {'user': {'uids': ['1000-1999'], 'gids': ['10-20']}}",
         .process = "'user': {'uid': 2000, 'gid': 9, 'additionalGids': [20, 21, 0]}",
         .findings = "refused TW0202 /process/user/uid\n"
                     "refused TW0203 /process/user/additionalGids/1\n"
                     "refused TW0203 /process/user/additionalGids/2\n"
                     "refused TW0203 /process/user/gid\n"},
        /* The same id on the host counts, where a user namespace gives it another. */
        {.policy = "'process': {'user': {'root': 'deny', 'uids': ['1000'], 'gids': ['1000', '5']}}",
         .process = "'user': {'uid': 1000, 'gid': 1000, 'additionalGids': [5]}",
         .linux_part = MAPPED("0"),
         .findings = "refused TW0201 /process/user/uid on the host\n"
                     "refused TW0202 /process/user/uid on the host\n"
                     "refused TW0203 /process/user/additionalGids/0 on the host\n"
                     "refused TW0203 /process/user/gid on the host\n"},
        {.policy = "'process': {'user': {'root': 'deny', 'uids': ['1000']}}",
         .process = "'user': {'uid': 1000, 'gid': 1000, 'additionalGids': [5]}",
         .linux_part = MAPPED("1000"),
         .findings = ""},
        {.policy = "'process': {'user': {'root': 'deny', 'uids': ['1000']}}",
         .process = "'user': {'uid': 1000, 'gid': 1000}",
         .linux_part = MAPPED("65536"),
         .findings = ""},
        {.policy = "'process': {'user': {'root': 'deny'}}", /* 0 of a user's own namespace is that user */
         .process = "'user': {'uid': 1000, 'gid': 1000}",
         .linux_part = MAPPED("0"),
         .observed = &rootless,
         .findings = ""},
        /* A joined one has the mappings that were seen in it. */
        {.policy = "'process': {'user': {'root': 'deny'}}",
         .process = "'user': {'uid': 1000, 'gid': 1000}",
         .linux_part = "'namespaces': [{'type': 'user', 'path': '/proc/7/ns/user'}]",
         .observed = &joined,
         .findings = "refused TW0201 /process/user/uid on the host\n"},
        /* Nobody can guess another user: never narrowed. */
        {.policy = "'process': {'user': {'root': 'deny', 'mode': 'audit'}}",
         .findings = "would-refuse TW0201 /process/user/uid\n",
         .granted = "'args':['sh']"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void capabilities(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = "'process': {'capabilities': {'allow': ['CHOWN', 'KILL']}}",
         .process = "'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_SYS_ADMIN'], 'effective': "
                    "['CAP_SYS_ADMIN'], 'permitted': ['CAP_SYS_ADMIN', 'CAP_CHOWN'], 'inheritable': "
                    "['CAP_KILL'], 'ambient': ['CAP_NET_RAW']}",
         .findings = "narrowed TW0205 /process/capabilities CAP_NET_RAW -> dropped\n"
                     "narrowed TW0205 /process/capabilities CAP_SYS_ADMIN -> dropped\n",
         .granted = "'capabilities':{'bounding':['CAP_CHOWN'],'effective':[],'inheritable':['CAP_KILL'],"
                    "'permitted':['CAP_CHOWN'],'ambient':[]}"},
        {.policy = "'process': {'capabilities': {'allow': ['ALL']}}",
         .process = "'capabilities': {'bounding': ['CAP_SYS_ADMIN']}",
         .findings = ""},
        {.policy = "'process': {'capabilities': {'allow': []}}", /* nothing asked, nothing dropped */
         .findings = ""},
        {.policy = "'process': {'capabilities': {'deny': ['CAP_NET_RAW']}}",
         .process =
             "'capabilities': {'bounding': ['CAP_NET_RAW', 'CAP_CHOWN'], 'effective': ['CAP_NET_RAW']}",
         .findings = "narrowed TW0205 /process/capabilities CAP_NET_RAW -> dropped\n",
         .granted = "'bounding':['CAP_CHOWN'],'effective':[]"},
        /* A name that is not known here is beyond what is allowed, and on nobody's list of what is denied. */
        {.policy = "'process': {'capabilities': {'allow': ['CHOWN']}}",
         .process = "'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_FUTURE'], 'permitted': ['CAP_FUTURE']}",
         .findings = "narrowed TW0205 /process/capabilities CAP_FUTURE -> dropped\n",
         .granted = "'bounding':['CAP_CHOWN'],'permitted':[]"},
        {.policy = "'process': {'capabilities': {'deny': ['CHOWN']}}",
         .process = "'capabilities': {'bounding': ['CAP_FUTURE']}",
         .findings = ""},
        {.policy = "'process': {'capabilities': {'allow': ['CHOWN'], 'otherwise': 'refuse'}}",
         .process = "'capabilities': {'bounding': ['CAP_KILL']}",
         .findings = "refused TW0205 /process/capabilities CAP_KILL\n"},
        {.policy = "'process': {'capabilities': {'allow': ['CHOWN'], 'mode': 'audit'}}",
         .process = "'capabilities': {'bounding': ['CAP_KILL']}",
         .findings = "would-narrow TW0205 /process/capabilities CAP_KILL\n",
         .granted = "'bounding':['CAP_KILL']"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void limits(void **state)
{
    static const struct policy_rlimit_fact facts[] = {{"RLIMIT_NOFILE", 1024, 4096},
                                                      {"RLIMIT_CORE", 0, UINT64_MAX}};
    static const struct policy_observed observed = {.host = {.rlimits = facts, .rlimit_count = 2}};
    static const struct fixture_row rows[] = {
        {.policy = "'process': {'rlimits': {'NOFILE': 65536}}",
         .process = "'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 1024, 'hard': 1048576}]",
         .findings = "narrowed TW0206 /process/rlimits/0 RLIMIT_NOFILE -> soft 1024, hard 65536\n",
         .granted = "'rlimits':[{'type':'RLIMIT_NOFILE','hard':65536,'soft':1024}]"},
        {.policy = "'process': {'rlimits': {'NOFILE': 100}}",
         .process = "'rlimits': [{'type': 'RLIMIT_NPROC', 'soft': 5, 'hard': 5}, {'type': 'RLIMIT_NOFILE', "
                    "'soft': 18446744073709551615, 'hard': 18446744073709551615}]",
         .findings = "narrowed TW0206 /process/rlimits/1 RLIMIT_NOFILE -> soft 100, hard 100\n",
         .granted =
             "{'type':'RLIMIT_NPROC','hard':5,'soft':5},{'type':'RLIMIT_NOFILE','hard':100,'soft':100}"},
        {.policy = "'process': {'rlimits': {'NOFILE': 'unlimited', 'CPU': 'unlimited'}}",
         .process = "'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 9, 'hard': 18446744073709551615}]",
         .findings = ""},
        /* Not asked for: the runtime's own is judged, and never raised. */
        {.policy = "'process': {'rlimits': {'NOFILE': 65536}}", .findings = "", .observed = &observed},
        {.policy = "'process': {'rlimits': {'NOFILE': 2048}}",
         .findings = "narrowed TW0206 /process/rlimits RLIMIT_NOFILE -> soft 1024, hard 2048\n",
         .granted = "'rlimits':[{'type':'RLIMIT_NOFILE','hard':2048,'soft':1024}]",
         .observed = &observed},
        {.policy = "'process': {'rlimits': {'CORE': 0}}",
         .findings = "narrowed TW0206 /process/rlimits RLIMIT_CORE -> soft 0, hard 0\n",
         .observed = &observed},
        /* Not known: unlimited. */
        {.policy = "'process': {'rlimits': {'NPROC': 64}}",
         .findings = "narrowed TW0206 /process/rlimits RLIMIT_NPROC -> soft 64, hard 64\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void environment(void **state)
{
    static const char asked[] = "'env': ['PATH=/bin', 'DB_PASSWORD=hunter2', 'AWS_SECRET_KEY=hunter2', "
                                "'DB_PASSWORD=hunter3', 'HOME=/']";
    static const struct fixture_row rows[] = {
        {.policy = "'process': {'environment': {'deny': ['*_PASSWORD', 'AWS_SECRET_*']}}",
         .process = asked,
         .findings = "refused TW0207 /process/env AWS_SECRET_KEY\nrefused TW0207 /process/env DB_PASSWORD\n"},
        {.policy = "'process': {'environment': {'deny': ['*_PASSWORD', 'AWS_SECRET_*'], 'otherwise': "
                   "'narrow'}}",
         .process = asked,
         .findings = "narrowed TW0207 /process/env AWS_SECRET_KEY -> removed\n"
                     "narrowed TW0207 /process/env DB_PASSWORD -> removed\n",
         .granted = "'env':['PATH=/bin','HOME=/']"},
        {.policy = "'process': {'environment': {'deny': ['password']}}", .process = asked, .findings = ""},
    };
    struct fixture fixture = {0};
    cleanup_text struct text text = text_growing(1 << 16);

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));

    /* A value is in no text. */
    fixture_policy(&fixture, rows[0].policy);
    fixture_request(&fixture, asked, "", "");
    fixture_decide(&fixture);
    policy_findings_encode(&text, &fixture.decision);
    policy_refusal_text(&text, &fixture.decision);
    assert_non_null(strstr(text.bytes, "DB_PASSWORD"));
    assert_null(strstr(text.bytes, "hunter"));
    fixture_end(&fixture);
}

static void confinement(void **state)
{
    static const struct policy_observed active = {.host = {.known = true, .apparmor = true, .selinux = true}};
    static const struct policy_observed none = {.host = {.known = true}};
    static const char require[] = "'process': {'apparmor': {'require': 'confined'}}";
    static const char allow[] = "'process': {'apparmor': {'allow': ['docker-*', 'cri-containerd*']}}";
    static const char selinux[] =
        "'process': {'selinux': {'require': 'confined', 'allow': ['container_*', 'spc_t']}}";
    static const char types[] = "'process': {'selinux': {'allow': ['container_t']}}";
    static const struct fixture_row rows[] = {
        {require, .findings = "refused TW0208 /process/apparmorProfile\n", .observed = &active},
        {require, "'apparmorProfile': 'unconfined'", .findings = "refused TW0208 /process/apparmorProfile\n",
         .observed = &active},
        {require, "'apparmorProfile': ':ns://unconfined'",
         .findings = "refused TW0208 /process/apparmorProfile\n", .observed = &active},
        {require, "'apparmorProfile': 'unconfined//&docker-default'", .findings = "", .observed = &active},
        {require, "'apparmorProfile': 'docker-default'", .findings = "", .observed = &active},
        {require, "'apparmorProfile': 'docker-default'",
         .findings = "refused TW0005 /process/apparmorProfile AppArmor\n", .observed = &none},
        {"'process': {'apparmor': {'require': 'confined', 'ifUnsupported': 'note'}}",
         .findings = "granted TW0005 /process/apparmorProfile AppArmor\n", .observed = &none},
        /* What is not named is the engine's default; without the module nothing is named. */
        {allow, .findings = "", .observed = &active},
        {allow, "'apparmorProfile': 'unconfined'", .findings = "refused TW0208 /process/apparmorProfile\n",
         .observed = &active},
        {allow, "'apparmorProfile': 'cri-containerd.apparmor.d'", .findings = "", .observed = &active},
        {allow, "'apparmorProfile': 'unconfined'", .findings = "", .observed = &none},
        {selinux, .findings = "refused TW0209 /process/selinuxLabel\n", .observed = &active},
        {selinux, "'selinuxLabel': 'system_u:system_r:container_t:s0:c1,c2'", .findings = "",
         .observed = &active},
        {selinux, "'selinuxLabel': 'system_u:system_r:spc_t:s0'", /* free, whatever the list says */
         .findings = "refused TW0209 /process/selinuxLabel\n", .observed = &active},
        {selinux, "'selinuxLabel': 'nonsense'", .findings = "refused TW0209 /process/selinuxLabel\n",
         .observed = &active},
        {selinux, .findings = "refused TW0005 /process/selinuxLabel SELinux\n", .observed = &none},
        {types, "'selinuxLabel': 'system_u:system_r:container_kvm_t:s0'",
         .findings = "refused TW0209 /process/selinuxLabel\n", .observed = &active},
        {types, .findings = "", .observed = &active},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void one_way_switches(void **state)
{
    static const struct policy_observed of_a_loner = {.host = {.has_oom_score_adj = true}};
    static const struct policy_observed of_an_engine = {
        .host = {.oom_score_adj = -999, .has_oom_score_adj = true}};
    static const struct fixture_row rows[] = {
        {"'process': {'noNewPrivileges': true}",
         .findings = "narrowed TW0204 /process/noNewPrivileges -> true\n",
         .granted = "'noNewPrivileges':true"},
        {"'process': {'noNewPrivileges': true}", "'noNewPrivileges': true", .findings = ""},
        {"'process': {'noNewPrivileges': false}", .findings = "granted TW0001 /\n"},
        {"'process': {'noNewPrivileges': {'value': true, 'otherwise': 'refuse'}}", "'noNewPrivileges': false",
         .findings = "refused TW0204 /process/noNewPrivileges\n"},
        {"'process': {'oomScoreAdj': {'min': 0}}", "'oomScoreAdj': -998",
         .findings = "narrowed TW0210 /process/oomScoreAdj -> 0\n", .granted = "'oomScoreAdj':0"},
        {"'process': {'oomScoreAdj': {'min': 0}}", "'oomScoreAdj': 5", .findings = ""},
        {"'process': {'oomScoreAdj': {'min': 0}}", .findings = ""},
        {"'process': {'oomScoreAdj': {'min': 0}}", .findings = "", .observed = &of_a_loner},
        {"'process': {'oomScoreAdj': {'min': 0}}", .observed = &of_an_engine,
         .findings = "narrowed TW0210 /process/oomScoreAdj -> 0\n", .granted = "'oomScoreAdj':0"},
        {"'process': {'oomScoreAdj': {'min': 0}}", "'oomScoreAdj': 1", .findings = "",
         .observed = &of_an_engine},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

#define ALL                                                                                                  \
    "'CAP_CHOWN','CAP_DAC_OVERRIDE','CAP_DAC_READ_SEARCH','CAP_FOWNER','CAP_FSETID','CAP_KILL','CAP_SETGID'" \
    ","                                                                                                      \
    "'CAP_SETUID','CAP_SETPCAP','CAP_LINUX_IMMUTABLE','CAP_NET_BIND_SERVICE','CAP_NET_BROADCAST',"           \
    "'CAP_NET_ADMIN','CAP_NET_RAW','CAP_IPC_LOCK','CAP_IPC_OWNER','CAP_SYS_MODULE','CAP_SYS_RAWIO',"         \
    "'CAP_SYS_CHROOT','CAP_SYS_PTRACE','CAP_SYS_PACCT','CAP_SYS_ADMIN','CAP_SYS_BOOT','CAP_SYS_NICE',"       \
    "'CAP_SYS_RESOURCE','CAP_SYS_TIME','CAP_SYS_TTY_CONFIG','CAP_MKNOD','CAP_LEASE','CAP_AUDIT_WRITE',"      \
    "'CAP_AUDIT_CONTROL','CAP_SETFCAP','CAP_MAC_OVERRIDE','CAP_MAC_ADMIN','CAP_SYSLOG','CAP_WAKE_ALARM'"

/* What takes CAP_SYS_NICE is beyond a ceiling that leaves it out. */
static void priority_takes_a_right(void **state)
{
    static const char none[] = "'process': {'capabilities': {'allow': ['CHOWN']}}";
    static const char real_time[] = "'scheduler': {'policy': 'SCHED_FIFO', 'priority': 1}";
    static const struct fixture_row rows[] = {
        {none, real_time, .findings = "narrowed TW0205 /process/scheduler CAP_SYS_NICE -> dropped\n"},
        {none, "'scheduler': {'policy': 'SCHED_DEADLINE', 'runtime': 1, 'deadline': 1, 'period': 1}",
         .findings = "narrowed TW0205 /process/scheduler CAP_SYS_NICE -> dropped\n"},
        {none, "'scheduler': {'policy': 'SCHED_BATCH', 'nice': -1}",
         .findings = "narrowed TW0205 /process/scheduler CAP_SYS_NICE -> dropped\n"},
        {none, "'scheduler': {'policy': 'SCHED_IDLE', 'nice': 1}", .findings = "", .granted = "SCHED_IDLE"},
        {none, "'ioPriority': {'class': 'IOPRIO_CLASS_RT', 'priority': 7}",
         .findings = "narrowed TW0205 /process/ioPriority CAP_SYS_NICE -> dropped\n"},
        {none, "'ioPriority': {'class': 'IOPRIO_CLASS_BE', 'priority': 0}", .findings = "", .granted = "_BE"},
        {"'process': {'capabilities': {'allow': ['SYS_NICE']}}", real_time, .findings = "",
         .granted = "FIFO"},
        {"'process': {'capabilities': {'deny': ['SYS_ADMIN']}}", real_time, .findings = "",
         .granted = "FIFO"},
        {"'process': {'capabilities': {'deny': ['SYS_NICE'], 'otherwise': 'refuse'}}", real_time,
         .findings = "refused TW0205 /process/scheduler CAP_SYS_NICE\n"},
        {"'process': {'capabilities': {'allow': ['ALL']}}", real_time, .findings = "", .granted = "FIFO"},
        {"'process': {'capabilities': {'allow': [], 'mode': 'audit'}}", real_time,
         .findings = "would-narrow TW0205 /process/scheduler CAP_SYS_NICE\n", .granted = "FIFO"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void privileged_is_two_walls_less(void **state)
{
    static const char deny[] = "'process': {'privileged': 'deny'}";
    static const char filter[] = "'seccomp': {'defaultAction': 'SCMP_ACT_ERRNO'}";
    static const char masked[] = "'maskedPaths': ['/proc/kcore']";
    static const char refused[] = "refused TW0212 /\n";
    static const struct fixture_row rows[] = {
        {deny, "'capabilities': {'bounding': [" ALL "]}", "", .findings = refused},
        {deny, "'capabilities': {'bounding': ['CAP_CHOWN']}", "", .findings = ""},
        {deny, NULL, masked, .findings = ""},
        {deny, NULL, filter, .findings = ""},
        {deny, "'capabilities': {'bounding': [" ALL "]}", masked, .findings = refused},
        {deny, NULL,
         "'maskedPaths': ['/proc/kcore'], 'resources': {'devices': [{'allow': false, 'access': 'rwm'}, "
         "{'allow': true, 'access': 'rwm'}]}",
         .findings = refused},
        {deny, NULL,
         "'maskedPaths': ['/proc/kcore'], 'resources': {'devices': [{'allow': true, 'access': 'rwm'}, "
         "{'allow': false, 'access': 'rwm'}]}",
         .findings = ""},
        {deny, NULL,
         "'maskedPaths': ['/proc/kcore'], 'resources': {'devices': [{'allow': true, 'access': 'rwm'}, "
         "{'allow': false, 'access': 'm'}]}",
         .findings = refused},
        {deny, NULL,
         "'maskedPaths': ['/proc/kcore'], 'resources': {'devices': [{'allow': true, 'type': 'c', 'major': 1, "
         "'minor': 3, 'access': 'rwm'}]}",
         .findings = ""},
        {"'process': {'privileged': 'allow'}", NULL, "", .findings = "granted TW0001 /\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_and_groups),
        cmocka_unit_test(capabilities),
        cmocka_unit_test(limits),
        cmocka_unit_test(environment),
        cmocka_unit_test(confinement),
        cmocka_unit_test(one_way_switches),
        cmocka_unit_test(priority_takes_a_right),
        cmocka_unit_test(privileged_is_two_walls_less),
    };

    return cmocka_run_group_tests_name("policy_process", tests, NULL, NULL);
}
