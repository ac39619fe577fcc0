/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of seccomp. */
#include "spec_cases.h"

#define RULE(members) SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','syscalls':[\n{" members "}]")

static const struct spec_case cases[] = {
    {"whole",
     SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,'architectures':['SCMP_ARCH_X86_64','"
             "SCMP_ARCH_SHEB'],"
             "'flags':['SECCOMP_FILTER_FLAG_LOG'],'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW',"
             "'args':[{'index':5,'value':18446744073709551615,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}]"),
     NULL},
    {"no default", SECCOMP("'syscalls':[]"),
     ":3:11: /linux/seccomp/defaultAction: required member of seccomp is missing"},
    {"unknown default", SECCOMP("'defaultAction':'SCMP_ACT_DENY'"),
     ":4:17: /linux/seccomp/defaultAction: \"SCMP_ACT_DENY\" is not a seccomp action: expected one of "
     "SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, "
     "SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY"},
    {"default to a listener", SECCOMP("'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/run/s'"),
     ":4:17: /linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be the default action"},
    {"default errno of allow", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1"),
     ":4:52: /linux/seccomp/defaultErrnoRet: SCMP_ACT_ALLOW has no errno: only SCMP_ACT_ERRNO and "
     "SCMP_ACT_TRACE do"},
    {"default errno 4096", SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096"),
     ":4:52: /linux/seccomp/defaultErrnoRet: expected a whole number from 0 to 4095, found 4096"},
    {"unknown architecture", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_VAX']"),
     ":4:51: /linux/seccomp/architectures/0: \"SCMP_ARCH_VAX\" is not a seccomp architecture: expected one "
     "of SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_ARM, SCMP_ARCH_AARCH64, SCMP_ARCH_MIPS, "
     "SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, "
     "SCMP_ARCH_PPC, SCMP_ARCH_PPC64, SCMP_ARCH_PPC64LE, SCMP_ARCH_S390, SCMP_ARCH_S390X, SCMP_ARCH_PARISC, "
     "SCMP_ARCH_PARISC64, SCMP_ARCH_RISCV64, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_SH, "
     "SCMP_ARCH_SHEB"},
    {"unknown flag", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_NEW_LISTENER']"),
     ":4:43: /linux/seccomp/flags/0: \"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not a seccomp flag: expected "
     "one of SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "
     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
    {"listener",
     SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/run/s','listenerMetadata':'m',"
             "'syscalls':[{'names':['mknod'],'action':'SCMP_ACT_NOTIFY'}]"),
     NULL},
    {"metadata without a listener", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'m'"),
     ":4:53: /linux/seccomp/listenerMetadata: listenerMetadata needs listenerPath"},
    {"relative listener", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'s'"),
     ":4:49: /linux/seccomp/listenerPath: expected an absolute path, found \"s\""},
    {"long listener",
     SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/"
             "01234567890123456789012345678901234567890123456789"
             "012345678901234567890123456789012345678901234567890123456789'"),
     ":4:49: /linux/seccomp/listenerPath: 111 bytes are more than a socket's path can have, 107"},
    {"notify without a listener", RULE("'names':['mknod'],'action':'SCMP_ACT_NOTIFY'"),
     ":5:29: /linux/seccomp/syscalls/0/action: SCMP_ACT_NOTIFY needs listenerPath"},
    {"no names", RULE("'names':[],'action':'SCMP_ACT_ALLOW'"),
     ":5:10: /linux/seccomp/syscalls/0/names: expected at least one name of a system call"},
    {"names missing", RULE("'action':'SCMP_ACT_ALLOW'"),
     ":5:1: /linux/seccomp/syscalls/0/names: required member of seccomp rule is missing"},
    {"empty name", RULE("'names':['read',''],'action':'SCMP_ACT_ALLOW'"),
     ":5:18: /linux/seccomp/syscalls/0/names/1: the name of a system call is empty"},
    {"unknown action", RULE("'names':['read'],'action':'ALLOW'"),
     ":5:28: /linux/seccomp/syscalls/0/action: \"ALLOW\" is not a seccomp action: expected one of "
     "SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, "
     "SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY"},
    {"errno of allow", RULE("'names':['read'],'action':'SCMP_ACT_ALLOW','errnoRet':1"),
     ":5:56: /linux/seccomp/syscalls/0/errnoRet: SCMP_ACT_ALLOW has no errno: only SCMP_ACT_ERRNO and "
     "SCMP_ACT_TRACE do"},
    {"errno of trace", RULE("'names':['read'],'action':'SCMP_ACT_TRACE','errnoRet':4095"), NULL},
    {"errno -1", RULE("'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':-1"),
     ":5:56: /linux/seccomp/syscalls/0/errnoRet: expected a whole number from 0 to 4095, found -1"},
    {"errno 65537", RULE("'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':65537"),
     ":5:56: /linux/seccomp/syscalls/0/errnoRet: expected a whole number from 0 to 4095, found 65537"},
    {"argument 6",
     RULE("'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':6,'value':0,'op':'SCMP_CMP_EQ'}]"),
     ":5:62: /linux/seccomp/syscalls/0/args/0/index: expected a whole number from 0 to 5, found 6"},
    {"argument without op", RULE("'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':0}]"),
     ":5:53: /linux/seccomp/syscalls/0/args/0/op: required member of seccomp argument is missing"},
    {"unknown comparison",
     RULE("'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':0,'op':'=='}]"),
     ":5:79: /linux/seccomp/syscalls/0/args/0/op: \"==\" is not a seccomp comparison: expected one of "
     "SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ"},
    {"negative value",
     RULE("'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':-1,'op':'SCMP_CMP_EQ'}]"),
     ":5:72: /linux/seccomp/syscalls/0/args/0/value: expected a whole number from 0 to 18446744073709551615, "
     "found -1"},
};

static void seccomp_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seccomp_rules),
    };

    return cmocka_run_group_tests_name("spec_seccomp", tests, NULL, NULL);
}
