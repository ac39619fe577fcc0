/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capability sets and secure bits of a container's process. */
#include "linux/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers that a 64-bit set can hold; where the kernel's end, prctl says EINVAL. */
enum { CAPABILITY_NUMBERS = 64 };

struct capability_sets {
    uint64_t effective, permitted, inheritable;
};

static uint64_t bit(unsigned int capability)
{
    return UINT64_C(1) << capability;
}

static int sets_read(struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

static int sets_write(const struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
        {(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
         (uint32_t)(sets->inheritable >> 32)},
    };

    return (int)syscall(SYS_capset, &header, data);
}

bool capabilities_effective(unsigned int capability)
{
    struct capability_sets sets;

    return sets_read(&sets) == 0 && (sets.effective & bit(capability)) != 0;
}

int capabilities_clear_securebits(struct error *error)
{
    int bits = prctl(PR_GET_SECUREBITS);

    if (bits < 0)
        return error_system(error, errno, "read the secure bits");
    if (bits == 0)
        return 0;
    if (prctl(PR_SET_SECUREBITS, 0) < 0)
        return error_system(
            error, errno,
            "clear the secure bits 0x%x that the runtime was started with (locked ones must be removed "
            "where it is started, e.g. SecureBits= of the engine's unit)",
            (unsigned int)bits);
    return 0;
}

int capabilities_limit_bounding(const struct plan_capabilities *plan, struct error *error)
{
    for (unsigned int number = 0; number < CAPABILITY_NUMBERS; number++) {
        if ((plan->bounding & bit(number)) != 0)
            continue;
        if (prctl(PR_CAPBSET_DROP, number) == 0)
            continue;
        if (errno == EINVAL)
            return 0; /* the kernel's numbers end here */
        /* Without CAP_SETPCAP nothing can be dropped, but what is absent need not be. */
        if (errno != EPERM || prctl(PR_CAPBSET_READ, number) != 0)
            return error_system(error, errno, "drop capability %u from the bounding set", number);
    }
    return 0;
}

int capabilities_keep(bool keep, struct error *error)
{
    if (prctl(PR_SET_KEEPCAPS, keep ? 1L : 0L, 0L, 0L, 0L) < 0)
        return error_system(error, errno, "set the keep-capabilities flag");
    return 0;
}

static int set_ambient(uint64_t ambient, struct error *error)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L) < 0)
        return error_system(error, errno, "clear the ambient capabilities");
    for (unsigned int number = 0; ambient >> number != 0 && number < CAPABILITY_NUMBERS; number++) {
        if ((ambient & bit(number)) == 0)
            continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (long)number, 0L, 0L) < 0)
            return error_system(error, errno,
                                "raise ambient capability %u (it must be permitted and inheritable)", number);
    }
    return 0;
}

int capabilities_set(const struct plan_capabilities *plan, uint64_t extra, struct error *error)
{
    const struct capability_sets sets = {
        .effective = plan->effective | extra,
        .permitted = plan->permitted | extra,
        .inheritable = plan->inheritable,
    };

    if (sets_write(&sets) < 0)
        return error_system(error, errno,
                            "set the capabilities (effective 0x%llx, permitted 0x%llx, inheritable 0x%llx)",
                            (unsigned long long)sets.effective, (unsigned long long)sets.permitted,
                            (unsigned long long)sets.inheritable);
    return set_ambient(plan->ambient, error);
}

static int difference(const char *set, uint64_t wanted, uint64_t actual, struct error *error)
{
    return error_set(error, ERROR_SYSTEM, "the %s capabilities were set to 0x%llx, 0x%llx is in effect", set,
                     (unsigned long long)wanted, (unsigned long long)actual);
}

static int verify_bounding(uint64_t wanted, struct error *error)
{
    uint64_t actual = 0;

    for (unsigned int number = 0; number < CAPABILITY_NUMBERS; number++) {
        int present = prctl(PR_CAPBSET_READ, number);

        if (present < 0)
            break;
        if (present > 0)
            actual |= bit(number);
    }
    return actual == wanted ? 0 : difference("bounding", wanted, actual, error);
}

static int verify_ambient(uint64_t wanted, uint64_t inheritable, struct error *error)
{
    uint64_t actual = 0;

    /* The kernel keeps ambient within inheritable and permitted, so an empty inheritable set proves an empty
     * ambient one. */
    for (unsigned int number = 0; inheritable >> number != 0 && number < CAPABILITY_NUMBERS; number++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, (long)number, 0L, 0L) > 0)
            actual |= bit(number);
    return actual == wanted ? 0 : difference("ambient", wanted, actual, error);
}

int capabilities_verify(const struct plan_capabilities *plan, uint64_t extra, struct error *error)
{
    struct capability_sets sets;
    int bits = prctl(PR_GET_SECUREBITS);

    if (bits != 0)
        return error_set(error, ERROR_SYSTEM, "the secure bits were cleared, 0x%x is in effect",
                         (unsigned int)bits);
    if (sets_read(&sets) < 0)
        return error_system(error, errno, "read the capabilities back");
    if (sets.effective != (plan->effective | extra))
        return difference("effective", plan->effective | extra, sets.effective, error);
    if (sets.permitted != (plan->permitted | extra))
        return difference("permitted", plan->permitted | extra, sets.permitted, error);
    if (sets.inheritable != plan->inheritable)
        return difference("inheritable", plan->inheritable, sets.inheritable, error);
    if (verify_bounding(plan->bounding, error) < 0)
        return -1;
    return verify_ambient(plan->ambient, sets.inheritable, error);
}
