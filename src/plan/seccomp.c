/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system call filter, from words to numbers; libseccomp's part is in linux/. OCI config-linux.md,
 * "Seccomp". */
#include "plan/builder.h"

#include <errno.h>
#include <linux/seccomp.h>
#include "plan/kernel_words.h"
#include "plan/seccomp_width.h"
#include "policy/policy.h"

#define SECCOMP "/linux/seccomp"

enum {
    ERRNO_MAX = 4095, /* the kernel cuts larger ones to this */
    TRACE_MAX = UINT16_MAX,
    ARGUMENTS_MAX = 6,
};

static bool carries_data(enum plan_seccomp_action action)
{
    return action == PLAN_SECCOMP_ERRNO || action == PLAN_SECCOMP_TRACE;
}

/* The action and its number: EPERM unless given. Actions that carry none refuse one, as the specification
 * demands. */
static int read_action(const char *word, bool given, uint32_t number, const char *pointer,
                       enum plan_seccomp_action *action, uint16_t *data, struct error *error)
{
    uint64_t value;
    uint32_t maximum;

    if (word == NULL || !kernel_word_value(&kernel_seccomp_actions, word, &value))
        return error_set(error, ERROR_INVALID, "%s: \"%s\" is no seccomp action", pointer,
                         word != NULL ? word : "");
    *action = (enum plan_seccomp_action)value;
    *data = 0;
    if (!carries_data(*action)) {
        if (given)
            return error_set(error, ERROR_INVALID, "%s: %s carries no errno: leave it out", pointer, word);
        return 0;
    }
    maximum = *action == PLAN_SECCOMP_ERRNO ? ERRNO_MAX : TRACE_MAX;
    if (given && number > maximum)
        return error_set(error, ERROR_INVALID, "%s: %u is above %u, the most that %s carries", pointer,
                         number, maximum, word);
    *data = given ? (uint16_t)number : EPERM;
    return 0;
}

static int read_arguments(struct plan_builder *builder, const struct spec_seccomp_rule *from, size_t index,
                          struct plan_seccomp_rule *rule, struct error *error)
{
    const struct spec_seccomp_argument *items = SPEC_ITEMS(from->arguments, struct spec_seccomp_argument);
    struct plan_seccomp_argument *arguments;

    if (from->arguments.count == 0)
        return 0;
    arguments = arena_array(builder->arena, from->arguments.count, sizeof(*arguments));
    for (size_t i = 0; i < from->arguments.count; i++) {
        uint64_t operation;

        if (items[i].index >= ARGUMENTS_MAX)
            return error_set(error, ERROR_INVALID,
                             SECCOMP "/syscalls/%zu/args/%zu/index: %u: system calls have arguments 0 to 5",
                             index, i, items[i].index);
        if (items[i].operator_name == NULL ||
            !kernel_word_value(&kernel_seccomp_operators, items[i].operator_name, &operation))
            return error_set(error, ERROR_INVALID,
                             SECCOMP "/syscalls/%zu/args/%zu/op: \"%s\" is no comparison", index, i,
                             items[i].operator_name != NULL ? items[i].operator_name : "");
        arguments[i] = (struct plan_seccomp_argument){
            .index = items[i].index,
            .operation = (enum plan_seccomp_operator)operation,
            .value = items[i].value,
            .value_two = items[i].value_two,
        };
    }
    rule->arguments = arguments;
    rule->argument_count = from->arguments.count;
    return 0;
}

static int read_rule(struct plan_builder *builder, const struct spec_seccomp_rule *from, size_t index,
                     struct plan_seccomp_rule *rule, struct error *error)
{
    char pointer[64];

    (void)text_print(pointer, sizeof(pointer), SECCOMP "/syscalls/%zu", index);
    if (read_action(from->action, from->has_errno_return, from->errno_return, pointer, &rule->action,
                    &rule->data, error) < 0)
        return -1;
    rule->names = plan_builder_copy(builder, &from->names);
    rule->index = index;
    return read_arguments(builder, from, index, rule, error);
}

/*
 * Without a word on flags: SPEC_ALLOW, as runc and crun, or every filtered process pays for the kernel's
 * store-bypass mitigation. An empty list means none.
 */
static int read_flags(const struct plan_builder *builder, const struct json_strings *flags,
                      struct plan_seccomp *plan, struct error *error)
{
    if (!flags->present)
        plan->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    for (size_t i = 0; i < flags->count; i++) {
        uint64_t flag;

        if (!kernel_word_value(&kernel_seccomp_flags, flags->items[i], &flag))
            return error_set(error, ERROR_INVALID, SECCOMP "/flags/%zu: \"%s\" is no filter flag", i,
                             flags->items[i]);
        plan->flags |= flag;
    }
    if ((plan->flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) == 0)
        return 0;
    if (!builder->facts->has_seccomp_wait_killable)
        return error_set(error, ERROR_UNSUPPORTED,
                         SECCOMP "/flags: this kernel has no SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (it "
                                 "came with Linux 5.19)");
    for (size_t i = 0; i < plan->rule_count; i++)
        if (plan->rules[i].action == PLAN_SECCOMP_NOTIFY)
            return 0;
    return error_set(error, ERROR_INVALID,
                     SECCOMP
                     "/flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for filters with SCMP_ACT_NOTIFY");
}

static int refuse_notifying_default(const struct plan_seccomp *plan, struct error *error)
{
    if (plan->default_action != PLAN_SECCOMP_NOTIFY)
        return 0;
    return error_set(
        error, ERROR_INVALID,
        SECCOMP "/defaultAction: SCMP_ACT_NOTIFY for every call would stop the container before it starts");
}

/*
 * What any filter of the stack hands on goes to the one listener that the bundle names: a process has one. It
 * is kept with the first filter. seccomp: the bundle's own filter, NULL: none.
 */
static int read_listener(const struct plan_builder *builder, const struct spec_seccomp *seccomp,
                         struct plan_seccomp *first, struct error *error)
{
    const char *policy = NULL;

    for (const struct plan_seccomp *filter = first; filter != NULL; filter = filter->also)
        for (size_t i = 0; i < filter->rule_count; i++)
            if (filter->rules[i].action == PLAN_SECCOMP_NOTIFY && !first->notify) {
                first->notify = true;
                policy = filter->policy;
            }
    if (!first->notify)
        return 0;
    if (!builder->facts->has_seccomp_notify)
        return error_set(error, ERROR_UNSUPPORTED,
                         SECCOMP ": this kernel has no seccomp notifications (they came with Linux 5.0)");
    if (seccomp == NULL || seccomp->listener_path == NULL || seccomp->listener_path[0] == '\0') {
        if (policy != NULL)
            return error_set(error, ERROR_UNSUPPORTED,
                             SECCOMP
                             "/listenerPath: policy %s hands calls on (\"action\": \"notify\") to the "
                             "configuration's listener, which it does not name",
                             policy);
        return error_set(error, ERROR_INVALID,
                         SECCOMP "/listenerPath: SCMP_ACT_NOTIFY needs a listener's socket");
    }
    first->listener_path = (struct host_path){seccomp->listener_path};
    first->listener_metadata = seccomp->listener_metadata;
    return 0;
}

/* One filter in the plan's words. policy: whose it is; NULL: the bundle's. */
static int read_filter(struct plan_builder *builder, const struct spec_seccomp *seccomp, const char *policy,
                       struct plan_seccomp *built, struct error *error)
{
    const struct spec_seccomp_rule *from = SPEC_ITEMS(seccomp->rules, struct spec_seccomp_rule);
    struct plan_seccomp_rule *rules = arena_array(builder->arena, seccomp->rules.count, sizeof(*rules));

    built->policy = policy;
    if (read_action(seccomp->default_action, seccomp->has_default_errno_return, seccomp->default_errno_return,
                    SECCOMP "/defaultAction", &built->default_action, &built->default_data, error) < 0)
        return -1;
    built->default_data_given = seccomp->has_default_errno_return;
    for (size_t i = 0; i < seccomp->rules.count; i++) {
        if (read_rule(builder, &from[i], i, &rules[i], error) < 0)
            return -1;
        /* The widths of a policy's comparisons were its compiler's business. */
        if (policy == NULL)
            plan_seccomp_note_widths(builder, &rules[i]);
    }
    built->rules = rules;
    built->rule_count = seccomp->rules.count;
    built->architectures = plan_builder_copy(builder, &seccomp->architectures);
    if (refuse_notifying_default(built, error) < 0)
        return -1;
    return read_flags(builder, &seccomp->flags, built, error);
}

/*
 * The bundle's filter and those of the policies, chained by `also`: the first one's errno counts among
 * equally strict answers, so the bundle's own comes first. The switch that opens socketcall(2) is the
 * operator's for engines' filters; it opens no policy's.
 */
int plan_build_seccomp(struct plan_builder *builder, const struct spec_seccomp *seccomp,
                       const struct plan_seccomp **plan, struct error *error)
{
    const struct policy_layers *layers = builder->inputs->layers;
    size_t layer_count = layers != NULL ? layers->filter_count : 0, count = 0;
    struct plan_seccomp *filters = arena_array(builder->arena, layer_count + 1, sizeof(*filters));

    *plan = NULL;
    if (seccomp != NULL) {
        if (read_filter(builder, seccomp, NULL, &filters[count], error) < 0)
            return -1;
        filters[count++].allow_socketcall = builder->inputs->seccomp_allow_socketcall;
    }
    for (size_t i = 0; i < layer_count; i++) {
        const char *policy = layers->filter_policies != NULL ? layers->filter_policies[i] : "(unknown)";

        if (read_filter(builder, layers->filters[i], policy, &filters[count++], error) < 0)
            return error_prefix(error, "the filter of policy %s", policy);
    }
    if (count == 0)
        return 0;
    for (size_t i = 0; i + 1 < count; i++)
        filters[i].also = &filters[i + 1];
    if (read_listener(builder, seccomp, filters, error) < 0)
        return -1;
    *plan = filters;
    return 0;
}

int plan_build_filters(const struct spec_seccomp *own, const struct policy_layers *layers,
                       const struct host_facts *facts, struct arena *arena, const struct plan_seccomp **plan,
                       struct error *error)
{
    const struct plan_inputs inputs = {.layers = layers};
    struct plan_builder builder = {.facts = facts, .inputs = &inputs, .arena = arena};

    return plan_build_seccomp(&builder, own, plan, error);
}
