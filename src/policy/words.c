/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists. Order is part of some: see words.h. */
#include "policy/words.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "policy/model.h"

#define LIST(name, what_it_is, ...)                                                                          \
    static const char *const name##_items[] = {__VA_ARGS__};                                                 \
    const struct policy_word_list policy_##name##_words = {(what_it_is), name##_items,                       \
                                                           ARRAY_LENGTH(name##_items)}

enum {
    ERRNO_LAST = 133, /* EHWPOISON, the last that Linux has on most architectures */
    CAPABILITY_PREFIX = sizeof("CAP_") - 1,
};

/* The words are the ends of the full names. */
#define CAPABILITY(name) &("CAP_" name)[CAPABILITY_PREFIX]
LIST(capability, "a capability", CAPABILITY("CHOWN"), CAPABILITY("DAC_OVERRIDE"),
     CAPABILITY("DAC_READ_SEARCH"), CAPABILITY("FOWNER"), CAPABILITY("FSETID"), CAPABILITY("KILL"),
     CAPABILITY("SETGID"), CAPABILITY("SETUID"), CAPABILITY("SETPCAP"), CAPABILITY("LINUX_IMMUTABLE"),
     CAPABILITY("NET_BIND_SERVICE"), CAPABILITY("NET_BROADCAST"), CAPABILITY("NET_ADMIN"),
     CAPABILITY("NET_RAW"), CAPABILITY("IPC_LOCK"), CAPABILITY("IPC_OWNER"), CAPABILITY("SYS_MODULE"),
     CAPABILITY("SYS_RAWIO"), CAPABILITY("SYS_CHROOT"), CAPABILITY("SYS_PTRACE"), CAPABILITY("SYS_PACCT"),
     CAPABILITY("SYS_ADMIN"), CAPABILITY("SYS_BOOT"), CAPABILITY("SYS_NICE"), CAPABILITY("SYS_RESOURCE"),
     CAPABILITY("SYS_TIME"), CAPABILITY("SYS_TTY_CONFIG"), CAPABILITY("MKNOD"), CAPABILITY("LEASE"),
     CAPABILITY("AUDIT_WRITE"), CAPABILITY("AUDIT_CONTROL"), CAPABILITY("SETFCAP"),
     CAPABILITY("MAC_OVERRIDE"), CAPABILITY("MAC_ADMIN"), CAPABILITY("SYSLOG"), CAPABILITY("WAKE_ALARM"),
     CAPABILITY("BLOCK_SUSPEND"), CAPABILITY("AUDIT_READ"), CAPABILITY("PERFMON"), CAPABILITY("BPF"),
     CAPABILITY("CHECKPOINT_RESTORE"));
LIST(rlimit, "a resource limit", "AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE", "NICE",
     "NOFILE", "NPROC", "RSS", "RTPRIO", "RTTIME", "SIGPENDING", "STACK");
LIST(namespace, "a namespace", "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time");
LIST(propagation, "a propagation", "private", "slave", "shared", "unbindable");
LIST(mount_option, "a mount option", "nosuid", "nodev", "noexec", "nosymfollow");
LIST(architecture, "an architecture", "native", "x86", "x86_64", "x32", "arm", "aarch64", "mips", "mips64",
     "mips64n32", "mipsel", "mipsel64", "mipsel64n32", "ppc", "ppc64", "ppc64le", "s390", "s390x", "parisc",
     "parisc64", "riscv64");
LIST(integrity, "a kind of integrity", "none", "manifest-only", "bound-walk", "bound-layers", "bound-verity",
     "manifest");
LIST(reread, "a rhythm", "always", "once-per-boot");
LIST(unknown_field, "a verdict", "note", "refuse");
LIST(filter, "a demand", "any", "engine", "required");
LIST(family, "an address family", "unix", "inet", "inet6", "netlink", "packet", "vsock", "bluetooth", "can",
     "alg", "xdp");
LIST(protocol, "a protocol", "tcp", "udp", "sctp", "icmp");
LIST(violation, "a response", "log", "deny", "freeze", "stop", "kill", "capture");
LIST(drift, "a measure", "manifest", "image");

bool policy_word_index(const struct policy_word_list *list, const char *word, size_t *index)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], word) == 0) {
            if (index != NULL)
                *index = i;
            return true;
        }
    return false;
}

bool policy_capability_number(const char *name, unsigned int *number)
{
    size_t index;

    if (!policy_word_index(&policy_capability_words, text_starts_with(name, "CAP_") ? name + 4 : name,
                           &index))
        return false;
    *number = (unsigned int)index;
    return true;
}

const char *policy_capability_name(unsigned int number)
{
    return number < ARRAY_LENGTH(capability_items) ? capability_items[number] - CAPABILITY_PREFIX : NULL;
}

const char *policy_errno_name(uint16_t number)
{
    return number >= 1 && number <= ERRNO_LAST ? strerrorname_np(number) : NULL;
}

uint16_t policy_errno_number(const char *name)
{
    for (uint16_t number = 1; number <= ERRNO_LAST; number++) {
        const char *known = strerrorname_np(number);

        if (known != NULL && strcmp(known, name) == 0)
            return number;
    }
    return 0;
}
