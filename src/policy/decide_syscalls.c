/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters, after all that narrows capabilities: each policy's stands beside the bundle's own, so nothing
 * is taken from the grant, and what a call gets is the strictest answer of all. The finding says so for each
 * policy, every time: a layer is not something that a request can bring along.
 */
#include "policy/decider.h"

#include <string.h>
#include "base/text.h"
#include "policy/capability_sets.h"
#include "policy/decide_namespaces.h"
#include "policy/engine.h"
#include "policy/syscalls.h"

#define POINTER "/linux/seccomp"

/* ---- what the filters follow ---- */

static const char *native_architecture(const struct decider *decider)
{
    if (decider->observed->host.architecture != NULL)
        return decider->observed->host.architecture;
#if defined(__x86_64__)
    return "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
    return "SCMP_ARCH_AARCH64";
#elif defined(__riscv)
    return "SCMP_ARCH_RISCV64";
#elif defined(__s390x__)
    return "SCMP_ARCH_S390X";
#elif defined(__powerpc64__)
    return "SCMP_ARCH_PPC64LE";
#else
#error "name this architecture as libseccomp does"
#endif
}

static const struct spec_seccomp *own_filter(const struct decider *decider)
{
    return decider->spec->linux_part != NULL ? decider->spec->linux_part->seccomp : NULL;
}

/* A process without the member keeps what the runtime has: everything, for this purpose. */
static struct syscall_circumstances circumstances_of(const struct decider *decider)
{
    const struct spec_process *process = decider_process_now(decider);
    const struct spec_seccomp *own = own_filter(decider);

    return (struct syscall_circumstances){
        .capabilities = process->capabilities != NULL ? capability_set_bits(&process->capabilities->bounding)
                                                      : UINT64_MAX,
        .kernel_major = decider->observed->host.kernel_major,
        .kernel_minor = decider->observed->host.kernel_minor,
        .architecture = native_architecture(decider),
        .bundle_architectures = own != NULL ? &own->architectures : NULL,
        .user_namespace = decide_namespace_owner(decider, "user") != NAMESPACE_HOST,
    };
}

/* ---- the bundle's own filter ---- */

/* Does what the filter does not name get through? */
static bool permits_by_default(const struct spec_seccomp *filter)
{
    static const char *const permissive[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"};

    for (size_t i = 0; i < sizeof(permissive) / sizeof(permissive[0]); i++)
        if (strcmp(filter->default_action, permissive[i]) == 0)
            return true;
    return false;
}

static const char *describe_own(const struct decider *decider)
{
    const struct spec_seccomp *own = own_filter(decider);

    if (own == NULL)
        return "no filter";
    return permits_by_default(own) ? "a filter that lets through what it does not name"
                                   : "a filter of its own";
}

static void demand_own_filter(struct decider *decider, const struct policy_syscalls *section)
{
    const struct spec_seccomp *own = own_filter(decider);
    enum policy_engine engine = policy_engine_of(decider->spec);
    struct policy_finding finding = {
        .rule = "TW0802",
        .pointer = POINTER,
        .requested = describe_own(decider),
    };

    if (!section->filter_rule.present || section->filter == POLICY_FILTER_ANY ||
        (own != NULL && !permits_by_default(own)))
        return;
    if (section->filter == POLICY_FILTER_ENGINE && !policy_engine_sends_filter(engine))
        return;
    finding.reason =
        section->filter == POLICY_FILTER_REQUIRED
            ? "the configuration must bring a system call filter that refuses by default"
            : arena_format(decider->arena, "%s sends a system call filter unless it is told to leave it out",
                           policy_engine_name(engine));
    decider_refuse(decider, &section->filter_rule, &finding);
}

/* ---- the policy's ---- */

static const char *describe_filters(const struct decider *decider, const struct policy *policy,
                                    const struct syscall_filters *filters)
{
    const struct policy_syscalls *section = &policy->syscalls;
    size_t total = filters->allowed + filters->refused;

    if (total == 0)
        return arena_format(decider->arena, "also the profile %s",
                            section->profile_file != NULL ? section->profile_file : "of the policy");
    return arena_format(decider->arena, "%zu of the %zu system calls that are known%s", filters->allowed,
                        total, section->profile != NULL ? ", and its profile" : "");
}

void decide_syscalls(struct decider *decider, const struct policy *policy)
{
    const struct policy_syscalls *section = &policy->syscalls;
    struct syscall_circumstances circumstances = circumstances_of(decider);
    struct policy_finding finding = {
        .rule = "TW0801",
        .pointer = POINTER,
        .subject = policy->name,
        .requested = describe_own(decider),
        .reason = "the policy's filter stands beside that of the configuration: the strictest answer counts",
    };
    struct syscall_filters filters;

    demand_own_filter(decider, section);
    if (!section->rule.present || decider->failed)
        return;
    if (decider->syscalls == NULL) {
        decider->syscalls = arena_allocate(decider->arena, sizeof(*decider->syscalls));
        /* What this decision reads beyond it lives no longer than the decision. */
        if (decider->set->calls != NULL)
            *decider->syscalls = *decider->set->calls;
        decider->syscalls->arena = decider->arena;
    }
    circumstances.library = decider->syscalls;
    if (policy_syscall_filters(policy, &circumstances, decider->arena, &filters, decider->error) != 0) {
        decider->failed = true;
        return;
    }
    if (!decider_judge(decider, &section->rule, &finding))
        return;
    decider_granted(decider, describe_filters(decider, policy, &filters));
    for (size_t i = 0; i < filters.count; i++)
        decider_add_filter(decider, filters.items[i].seccomp);
}
