/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.apparmor and process.selinux.
 *
 * `require: "confined"`: the host's module must be active and the process under a profile (a type) that
 * confines. `allow` alone bounds what may be named: a profile that is not named is the engine's or the host's
 * default, which the Pod Security Standards count as allowed; and where the module is not active there is
 * nothing to name.
 */
#include "policy/decide_parts.h"

#include <string.h>

struct confinement {
    const char *rule, *pointer, *module, *what; /* "AppArmor", "profile" */
    const char *asked;                          /* as the request has it; NULL: nothing */
    const char *name;                           /* what `allow` is asked about */
    bool active, confines;
};

/* One part of a profile's name, with or without a namespace in front (":NAMESPACE://PROFILE"). */
static bool is_unconfined_profile(const char *name, size_t length)
{
    static const char word[] = "unconfined";
    const size_t word_length = sizeof(word) - 1;
    const char *before;

    if (length < word_length || memcmp(name + length - word_length, word, word_length) != 0)
        return false;
    before = name + length - word_length;
    if (before - name >= 2 && name[0] == ':' && before[-1] == '/' && before[-2] == '/')
        return true;
    return before == name || before[-1] == ':' || before[-1] == '&';
}

/* A stack ("ONE//&OTHER") confines when one of its profiles does. */
static bool profile_confines(const char *name)
{
    for (;;) {
        const char *end = strstr(name, "//&");
        size_t length = end != NULL ? (size_t)(end - name) : strlen(name);

        if (length > 0 && !is_unconfined_profile(name, length))
            return true;
        if (end == NULL)
            return false;
        name = end + strlen("//&");
    }
}

/* The type of "USER:ROLE:TYPE:LEVEL"; "" where there is none. */
static const char *type_of_label(const struct decider *decider, const char *label)
{
    for (int i = 0; i < 2; i++) {
        label = strchr(label, ':');
        if (label == NULL)
            return "";
        label++;
    }
    return arena_copy(decider->arena, label, strcspn(label, ":"));
}

/* Types of the reference policy that are as good as none. */
static bool type_confines(const char *type)
{
    static const char *const free_types[] = {
        "spc_t", "container_runtime_t", "kernel_t", "init_t", "initrc_t", "sysadm_t"};

    if (*type == '\0' || text_starts_with(type, "unconfined"))
        return false;
    for (size_t i = 0; i < sizeof(free_types) / sizeof(free_types[0]); i++)
        if (strcmp(type, free_types[i]) == 0)
            return false;
    return true;
}

static void refuse(struct decider *decider, const struct policy_confinement *rule,
                   const struct confinement *confinement, const char *reason)
{
    const struct policy_finding finding = {
        .rule = confinement->rule,
        .pointer = confinement->pointer,
        .requested = confinement->asked != NULL ? confinement->asked : "none",
        .reason = reason,
    };

    decider_refuse(decider, &rule->rule, &finding);
}

/* "*" means every profile; what does not confine is none, and has to be named as it is. */
static bool is_allowed(const struct policy_confinement *rule, const struct confinement *confinement)
{
    if (confinement->confines)
        return decide_words_match(&rule->allow, confinement->name, 0);
    for (size_t i = 0; i < rule->allow.count; i++)
        if (strcmp(rule->allow.items[i].text, confinement->name) == 0)
            return true;
    return false;
}

static void judge(struct decider *decider, const struct policy_confinement *rule,
                  const struct confinement *confinement)
{
    const struct policy_finding unsupported = {
        .rule = "TW0005",
        .pointer = confinement->pointer,
        .subject = confinement->module,
        .reason = arena_format(decider->arena, "%s is not active on this host, so nothing can be confined",
                               confinement->module),
    };

    if (!rule->rule.present)
        return;
    if (!confinement->active) {
        if (rule->require_confined)
            (void)decider_unsupported(decider, &rule->rule, &unsupported);
        return;
    }
    if (confinement->asked == NULL) {
        if (rule->require_confined)
            refuse(decider, rule, confinement,
                   arena_format(decider->arena, "no %s confines the program", confinement->what));
        return;
    }
    if (rule->require_confined && !confinement->confines)
        refuse(decider, rule, confinement,
               arena_format(decider->arena, "the %s \"%s\" does not confine", confinement->what,
                            confinement->name));
    else if (rule->allow.present && !is_allowed(rule, confinement))
        refuse(decider, rule, confinement,
               arena_format(decider->arena, "the %s \"%s\" is not allowed", confinement->what,
                            confinement->name));
}

/* An empty word is none; a process that joins and does not say has the container's. */
static const char *asked_word(const char *own, const char *containers)
{
    const char *asked = own != NULL && own[0] != '\0' ? own : containers;

    return asked != NULL && asked[0] != '\0' ? asked : NULL;
}

void decide_confinement(struct decider *decider, const struct policy_process *rules)
{
    const struct spec_process *process = decider->process, *container = decide_container_process(decider);
    const struct policy_host *host = &decider->observed->host;
    const char *profile =
        asked_word(process->apparmor_profile, container != NULL ? container->apparmor_profile : NULL);
    const char *label =
        asked_word(process->selinux_label, container != NULL ? container->selinux_label : NULL);

    if (rules->apparmor.rule.present) {
        const struct confinement confinement = {
            .rule = "TW0208",
            .pointer = decide_process_pointer(decider, "/apparmorProfile"),
            .module = "AppArmor",
            .what = "profile",
            .asked = profile,
            .name = profile,
            .active = !host->known || host->apparmor,
            .confines = profile != NULL && profile_confines(profile),
        };

        judge(decider, &rules->apparmor, &confinement);
    }
    if (rules->selinux.rule.present) {
        const char *type = label != NULL ? type_of_label(decider, label) : "";
        const struct confinement confinement = {
            .rule = "TW0209",
            .pointer = decide_process_pointer(decider, "/selinuxLabel"),
            .module = "SELinux",
            .what = "type",
            .asked = label,
            .name = type,
            .active = !host->known || host->selinux,
            .confines = type_confines(type),
        };

        judge(decider, &rules->selinux, &confinement);
    }
}
