/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for kernel numbers. Numbers that Debian 12's headers lack are given here with the kernel version that
 * brought them. */
#include "plan/kernel_words.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include "base/memory.h"
#include "plan/plan.h"

/* linux/sched.h and sched.h cannot be included together. */
enum {
    FLAG_RESET_ON_FORK = 0x01,
    FLAG_RECLAIM = 0x02,
    FLAG_DL_OVERRUN = 0x04,
    FLAG_KEEP_POLICY = 0x08,
    FLAG_KEEP_PARAMS = 0x10,
    FLAG_UTIL_CLAMP_MIN = 0x20,
    FLAG_UTIL_CLAMP_MAX = 0x40,
};

enum {
    POLICY_PREFERRED_MANY = 5,      /* Linux 5.15 */
    POLICY_WEIGHTED_INTERLEAVE = 6, /* Linux 6.9 */
};

#ifndef SCHED_ISO
#define SCHED_ISO 4 /* reserved, never implemented by the kernel */
#endif
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

#define WORDS(name, ...)                                                                                     \
    static const struct kernel_word name##_items[] = {__VA_ARGS__};                                          \
    const struct kernel_words name = {name##_items, ARRAY_LENGTH(name##_items)}

/* The mount namespace comes last: until then the host's paths can still be resolved. */
WORDS(kernel_namespaces, {"user", (uint64_t)CLONE_NEWUSER}, {"pid", CLONE_NEWPID}, {"network", CLONE_NEWNET},
      {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME},
      {"mount", CLONE_NEWNS});

WORDS(kernel_capabilities, {"CAP_CHOWN", 0}, {"CAP_DAC_OVERRIDE", 1}, {"CAP_DAC_READ_SEARCH", 2},
      {"CAP_FOWNER", 3}, {"CAP_FSETID", 4}, {"CAP_KILL", 5}, {"CAP_SETGID", 6}, {"CAP_SETUID", 7},
      {"CAP_SETPCAP", 8}, {"CAP_LINUX_IMMUTABLE", 9}, {"CAP_NET_BIND_SERVICE", 10}, {"CAP_NET_BROADCAST", 11},
      {"CAP_NET_ADMIN", 12}, {"CAP_NET_RAW", 13}, {"CAP_IPC_LOCK", 14}, {"CAP_IPC_OWNER", 15},
      {"CAP_SYS_MODULE", 16}, {"CAP_SYS_RAWIO", 17}, {"CAP_SYS_CHROOT", 18}, {"CAP_SYS_PTRACE", 19},
      {"CAP_SYS_PACCT", 20}, {"CAP_SYS_ADMIN", 21}, {"CAP_SYS_BOOT", 22}, {"CAP_SYS_NICE", 23},
      {"CAP_SYS_RESOURCE", 24}, {"CAP_SYS_TIME", 25}, {"CAP_SYS_TTY_CONFIG", 26}, {"CAP_MKNOD", 27},
      {"CAP_LEASE", 28}, {"CAP_AUDIT_WRITE", 29}, {"CAP_AUDIT_CONTROL", 30}, {"CAP_SETFCAP", 31},
      {"CAP_MAC_OVERRIDE", 32}, {"CAP_MAC_ADMIN", 33}, {"CAP_SYSLOG", 34}, {"CAP_WAKE_ALARM", 35},
      {"CAP_BLOCK_SUSPEND", 36}, {"CAP_AUDIT_READ", 37}, {"CAP_PERFMON", 38}, {"CAP_BPF", 39},
      {"CAP_CHECKPOINT_RESTORE", 40});

WORDS(kernel_rlimits, {"RLIMIT_AS", RLIMIT_AS}, {"RLIMIT_CORE", RLIMIT_CORE}, {"RLIMIT_CPU", RLIMIT_CPU},
      {"RLIMIT_DATA", RLIMIT_DATA}, {"RLIMIT_FSIZE", RLIMIT_FSIZE}, {"RLIMIT_LOCKS", RLIMIT_LOCKS},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
      {"RLIMIT_NOFILE", RLIMIT_NOFILE}, {"RLIMIT_NPROC", RLIMIT_NPROC}, {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO}, {"RLIMIT_RTTIME", RLIMIT_RTTIME},
      {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING}, {"RLIMIT_STACK", RLIMIT_STACK});

WORDS(kernel_propagations, {"private", MS_PRIVATE}, {"rprivate", MS_PRIVATE | MS_REC}, {"slave", MS_SLAVE},
      {"rslave", MS_SLAVE | MS_REC}, {"shared", MS_SHARED}, {"rshared", MS_SHARED | MS_REC},
      {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC});

WORDS(kernel_mount_attributes, {"ro", MOUNT_ATTR_RDONLY}, {"nosuid", MOUNT_ATTR_NOSUID},
      {"nodev", MOUNT_ATTR_NODEV}, {"noexec", MOUNT_ATTR_NOEXEC}, {"nodiratime", MOUNT_ATTR_NODIRATIME},
      {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW});

WORDS(kernel_access_times, {"relatime", MOUNT_ATTR_RELATIME}, {"noatime", MOUNT_ATTR_NOATIME},
      {"strictatime", MOUNT_ATTR_STRICTATIME});

/* SCMP_ACT_KILL is libseccomp's old name for killing the thread. */
WORDS(kernel_seccomp_actions, {"SCMP_ACT_KILL_PROCESS", PLAN_SECCOMP_KILL_PROCESS},
      {"SCMP_ACT_KILL_THREAD", PLAN_SECCOMP_KILL_THREAD}, {"SCMP_ACT_KILL", PLAN_SECCOMP_KILL_THREAD},
      {"SCMP_ACT_TRAP", PLAN_SECCOMP_TRAP}, {"SCMP_ACT_ERRNO", PLAN_SECCOMP_ERRNO},
      {"SCMP_ACT_TRACE", PLAN_SECCOMP_TRACE}, {"SCMP_ACT_LOG", PLAN_SECCOMP_LOG},
      {"SCMP_ACT_ALLOW", PLAN_SECCOMP_ALLOW}, {"SCMP_ACT_NOTIFY", PLAN_SECCOMP_NOTIFY});

WORDS(kernel_seccomp_operators, {"SCMP_CMP_NE", PLAN_SECCOMP_NE}, {"SCMP_CMP_LT", PLAN_SECCOMP_LT},
      {"SCMP_CMP_LE", PLAN_SECCOMP_LE}, {"SCMP_CMP_EQ", PLAN_SECCOMP_EQ}, {"SCMP_CMP_GE", PLAN_SECCOMP_GE},
      {"SCMP_CMP_GT", PLAN_SECCOMP_GT}, {"SCMP_CMP_MASKED_EQ", PLAN_SECCOMP_MASKED_EQ});

WORDS(kernel_seccomp_flags, {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
      {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
      {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
      {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV});

WORDS(kernel_schedulers, {"SCHED_OTHER", SCHED_OTHER}, {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
      {"SCHED_BATCH", SCHED_BATCH}, {"SCHED_ISO", SCHED_ISO}, {"SCHED_IDLE", SCHED_IDLE},
      {"SCHED_DEADLINE", SCHED_DEADLINE});

WORDS(kernel_scheduler_flags, {"SCHED_FLAG_RESET_ON_FORK", FLAG_RESET_ON_FORK},
      {"SCHED_FLAG_RECLAIM", FLAG_RECLAIM}, {"SCHED_FLAG_DL_OVERRUN", FLAG_DL_OVERRUN},
      {"SCHED_FLAG_KEEP_POLICY", FLAG_KEEP_POLICY}, {"SCHED_FLAG_KEEP_PARAMS", FLAG_KEEP_PARAMS},
      {"SCHED_FLAG_UTIL_CLAMP_MIN", FLAG_UTIL_CLAMP_MIN}, {"SCHED_FLAG_UTIL_CLAMP_MAX", FLAG_UTIL_CLAMP_MAX});

WORDS(kernel_io_priority_classes, {"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT}, {"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
      {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE});

WORDS(kernel_memory_policies, {"MPOL_DEFAULT", MPOL_DEFAULT}, {"MPOL_PREFERRED", MPOL_PREFERRED},
      {"MPOL_BIND", MPOL_BIND}, {"MPOL_INTERLEAVE", MPOL_INTERLEAVE}, {"MPOL_LOCAL", MPOL_LOCAL},
      {"MPOL_PREFERRED_MANY", POLICY_PREFERRED_MANY},
      {"MPOL_WEIGHTED_INTERLEAVE", POLICY_WEIGHTED_INTERLEAVE});

WORDS(kernel_memory_policy_flags, {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
      {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES}, {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING});

WORDS(kernel_personalities, {"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32});

bool kernel_word_value(const struct kernel_words *words, const char *word, uint64_t *value)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->items[i].word, word) == 0) {
            *value = words->items[i].value;
            return true;
        }
    return false;
}

const char *kernel_word_name(const struct kernel_words *words, uint64_t value)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].value == value)
            return words->items[i].word;
    return NULL;
}

void kernel_words_append(struct text *text, const struct kernel_words *words, uint64_t value,
                         const char *separator)
{
    const char *before = "";

    for (size_t i = 0; i < words->count; i++) {
        uint64_t bit = words->items[i].value;

        if (bit == 0 || (value & bit) != bit)
            continue;
        text_append(text, before);
        text_append(text, words->items[i].word);
        before = separator;
        value &= ~bit;
    }
    if (value != 0)
        text_append_format(text, "%s0x%llx", before, (unsigned long long)value);
}
