/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy seccomp: the filter that a policy comes to. */
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "cli/policy_decision.h"
#include "cli/policy_filters.h"
#include "container/observe_request.h"
#include "linux/seccomp_listing.h"
#include "plan/builder.h"
#include "policy/bound.h"
#include "policy/syscalls_meet.h"
#include "policy/words.h"

struct seccomp_options {
    const char *bundle, *architecture, *kernel, *host_facts;
    struct json_strings capabilities;
    bool pseudo_code, program;
};

#define PLACE(member) offsetof(struct seccomp_options, member)

static const struct option rows[] = {
    {"bundle", 'b', OPTION_STRING, PLACE(bundle), "DIR",
     "for this bundle (or configuration): with what it is granted, and its own filter"},
    {"pfc", 0, OPTION_FLAG, PLACE(pseudo_code), NULL, "as pseudo code, one line an instruction"},
    {"bpf", 0, OPTION_FLAG, PLACE(program), NULL, "as the program that the kernel gets (struct sock_filter)"},
    {"cap", 'c', OPTION_LIST, PLACE(capabilities), "CAPABILITY",
     "granted (default: what the policy allows); may be given again"},
    {"arch", 0, OPTION_STRING, PLACE(architecture), "NAME",
     "native architecture: x86_64, aarch64, SCMP_ARCH_..."},
    {"kernel", 0, OPTION_STRING, PLACE(kernel), "VERSION", "as in 6.1"},
    {"host-facts", 0, OPTION_STRING, PLACE(host_facts), "FILE",
     "for the host that FILE describes (thwart features --host-facts)"},
};

/* ---- circumstances ---- */

static int read_kernel(const char *word, struct syscall_circumstances *circumstances, struct error *error)
{
    const char *cursor = word;
    uint64_t major, minor;

    if (!number_scan_unsigned(&cursor, &major) || *cursor != '.' ||
        (cursor++, !number_scan_unsigned(&cursor, &minor)) || *cursor != '\0' || major > 255 || minor > 255)
        return error_set(error, ERROR_USAGE,
                         "thwart policy seccomp: --kernel: \"%.64s\" is no version as in 6.1", word);
    circumstances->kernel_major = (uint32_t)major;
    circumstances->kernel_minor = (uint32_t)minor;
    return 0;
}

static int read_capabilities(const struct json_strings *names, struct syscall_circumstances *circumstances,
                             struct error *error)
{
    circumstances->capabilities = 0;
    for (size_t i = 0; i < names->count; i++) {
        unsigned int number;

        if (strcmp(names->items[i], "ALL") == 0)
            circumstances->capabilities = UINT64_MAX;
        else if (strcmp(names->items[i], "NONE") == 0)
            continue;
        else if (policy_capability_number(names->items[i], &number))
            circumstances->capabilities |= UINT64_C(1) << number;
        else
            return error_set(error, ERROR_USAGE, "thwart policy seccomp: --cap: \"%.64s\" is no capability",
                             names->items[i]);
    }
    return 0;
}

static int read_architecture(const char *word, struct arena *arena,
                             struct syscall_circumstances *circumstances, struct error *error)
{
    const char *found = text_starts_with(word, "SCMP_ARCH_") ? word : syscall_architecture(word, "");
    cleanup_text struct text text = text_growing(256);

    if (found == NULL || *found == '\0') {
        /* "x86_64" */
        text_append(&text, "SCMP_ARCH_");
        for (const char *at = word; *at != '\0'; at++)
            text_append_character(&text, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
        found = text.bytes;
    }
    if (syscall_architecture(found, found) == NULL)
        return error_set(error, ERROR_USAGE, "thwart policy seccomp: --arch: \"%.64s\" is no architecture",
                         word);
    circumstances->architecture = arena_string(arena, found);
    return 0;
}

static int read_circumstances(const struct invocation *invocation, const struct policy_set *set,
                              struct syscall_circumstances *circumstances, struct error *error)
{
    const struct seccomp_options *options = invocation->options;
    struct policy_bounds bounds;
    struct policy_host host;

    if (policy_host_of(invocation, options->host_facts, &host, error) != 0 ||
        policy_bounds_of_set(set, invocation->arena, &bounds, error) != 0)
        return -1;
    *circumstances =
        (struct syscall_circumstances){.capabilities = policy_bounds_capabilities(&bounds, false),
                                       .kernel_major = host.kernel_major,
                                       .kernel_minor = host.kernel_minor,
                                       .architecture = host.architecture};
    if (options->kernel != NULL && read_kernel(options->kernel, circumstances, error) != 0)
        return -1;
    if (options->architecture != NULL &&
        read_architecture(options->architecture, invocation->arena, circumstances, error) != 0)
        return -1;
    return options->capabilities.present ? read_capabilities(&options->capabilities, circumstances, error)
                                         : 0;
}

/* ---- the filter ---- */

/* As create decides: the filters follow what the bundle is granted. */
static int of_bundle(const struct invocation *invocation, const struct json_strings *words,
                     const struct spec_seccomp **filter, struct error *error)
{
    const struct seccomp_options *options = invocation->options;
    struct bundle_options wanted = {.host_facts = options->host_facts, .policies = *words};
    const struct spec_seccomp **filters;
    struct prepared prepared;
    const char *name;
    size_t count = 0;

    policy_bundle_of(&wanted, options->bundle);
    if (options->kernel != NULL || options->architecture != NULL || options->capabilities.present)
        return error_set(
            error, ERROR_USAGE,
            "thwart policy seccomp: --bundle says what --cap, --arch and --kernel would; for another "
            "host give --host-facts");
    if (policy_prepare_alone(invocation, &wanted, &prepared, &name, error) != 0 ||
        prepare_check_decision(&prepared.decision, error) != 0)
        return -1;
    filters = arena_array(invocation->arena, prepared.decision.layers.filter_count + 1, sizeof(*filters));
    if (prepared.grant->linux_part != NULL && prepared.grant->linux_part->seccomp != NULL)
        filters[count++] = prepared.grant->linux_part->seccomp;
    for (size_t i = 0; i < prepared.decision.layers.filter_count; i++)
        filters[count++] = prepared.decision.layers.filters[i];
    return policy_filter_meet(filters, count,
                              observe_policy_host(prepared.facts, invocation->arena).architecture,
                              invocation->arena, filter, error);
}

static int of_policy(const struct invocation *invocation, const struct json_strings *words,
                     const struct spec_seccomp **filter, struct error *error)
{
    struct syscall_circumstances circumstances;
    struct policy_set set;

    if (policy_set_of(invocation, words, &set, error) != 0 ||
        read_circumstances(invocation, &set, &circumstances, error) != 0)
        return -1;
    return policy_filter_of(&set, &circumstances, NULL, invocation->arena, filter, error);
}

static int compile(const struct spec_seccomp *filter, struct arena *arena, struct seccomp_program *program,
                   struct error *error)
{
    static const struct spec_linux empty;
    static const struct plan_inputs inputs;
    struct host_facts facts = {0};
    struct plan_builder builder = {.linux_part = &empty, .facts = &facts, .inputs = &inputs, .arena = arena};
    const struct plan_seccomp *plan;

    return plan_build_seccomp(&builder, filter, &plan, error) != 0
               ? -1
               : seccomp_compile(plan, arena, program, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct seccomp_options *options = invocation->options;
    const char *word = invocation->words[0];
    const struct json_strings words = {.items = &word, .count = 1, .present = true};
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    const struct spec_seccomp *filter;
    struct seccomp_program program;

    (void)status;
    if ((options->bundle != NULL ? of_bundle : of_policy)(invocation, &words, &filter, error) != 0)
        return -1;
    if (filter == NULL)
        return error_set(error, ERROR_UNSUPPORTED, "the policy %s bounds no system call: there is no filter",
                         word);
    if (!options->pseudo_code && !options->program) {
        json_encode(&text, &spec_seccomp_table, filter, 2);
        text_append(&text, "\n");
        return command_print(&text, error);
    }
    if (compile(filter, invocation->arena, &program, error) != 0)
        return -1;
    if (options->pseudo_code)
        seccomp_listing(&text, &program, invocation->arena);
    else
        text_append_bytes(&text, (const char *)program.instructions,
                          program.count * sizeof(*program.instructions));
    return command_print(&text, error);
}

const struct command policy_command_seccomp = {
    .name = "policy seccomp",
    .words = "POLICY",
    .summary = "the system call filter of a policy, as OCI JSON, pseudo code or BPF",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct seccomp_options),
    .run = run,
};
