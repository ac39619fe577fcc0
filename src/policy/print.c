/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy as text: its head and the small sections. Keys stand in the order of docs/thwart-policy.5.md. */
#include "policy/read.h"

#include "policy/printer.h"
#include "trust/reference.h"
#include "trust/trust.h"

/* {"allow": […]}, whose modifiers stand beside the list. */
static void print_listed(struct printer *printer, const char *key, const char *list,
                         const struct policy_patterns *patterns)
{
    if (!printer_begin_object(printer, key, &patterns->rule))
        return;
    printer_words(printer, list, &patterns->words);
    printer_end_object(printer, &patterns->rule);
}

static void print_one_word(struct printer *printer, const char *key, const struct policy_patterns *patterns)
{
    const char *inner = printer_begin_rule(printer, key, &patterns->rule);

    if (inner == NULL)
        return;
    if (patterns->words.count > 0)
        printer_string(printer, inner, patterns->words.items[0].text);
    printer_end_rule(printer, &patterns->rule);
}

void printer_when(struct printer *printer, const struct policy_when *when)
{
    if (!when->present)
        return;
    printer_open(printer, "when", '{');
    printer_words(printer, "image", &when->image);
    if (when->annotation_count > 0) {
        printer_open(printer, "annotations", '{');
        for (size_t i = 0; i < when->annotation_count; i++)
            printer_string(printer, when->annotations[i].key, when->annotations[i].pattern);
        printer_close(printer, '}');
    }
    if (when->trust_unverified)
        printer_string(printer, "trust", "unverified");
    printer_close(printer, '}');
}

static void print_head(struct printer *printer, const struct policy *policy)
{
    printer_number(printer, "thwart", POLICY_LANGUAGE_VERSION);
    printer_string(printer, "name", policy->name);
    if (policy->description != NULL)
        printer_string(printer, "description", policy->description);
    if (policy->revision != 0)
        printer_number(printer, "revision", policy->revision);
    if (policy->audit)
        printer_string(printer, "mode", "audit");
    if (policy->audit_required)
        printer_string(printer, "audit", "required");
    printer_words(printer, "extends", &policy->extends);
    printer_words(printer, "tags", &policy->tags);
    printer_when(printer, &policy->when);
}

static void print_identity(struct printer *printer, const struct trust_identity_rule *rule)
{
    if (rule->kind == TRUST_MATCH_PATTERN) {
        printer_string(printer, NULL, rule->name);
        return;
    }
    printer_open(printer, NULL, '{');
    for (size_t i = 0; i < trust_identity_type_count; i++) {
        const struct trust_identity_words *words = &trust_identity_types[i];

        if (words->kind != rule->kind)
            continue;
        printer_string(printer, "type", words->word);
        if (words->prefix != NULL)
            printer_string(printer, words->prefix, rule->prefix);
        if (words->name != NULL)
            printer_string(printer, words->name, rule->name);
    }
    printer_close(printer, '}');
}

static void print_requirement(struct printer *printer, const struct trust_requirement *requirement)
{
    printer_open(printer, NULL, '{');
    if (requirement->document != NULL) {
        printer_string(printer, "trust", requirement->document);
        printer_close(printer, '}');
        return;
    }
    printer_number(printer, "require", requirement->needed);
    if (requirement->keyring_count > 0) {
        printer_open(printer, "keys", '[');
        for (size_t i = 0; i < requirement->keyring_count; i++)
            printer_string(printer, NULL, requirement->keyrings[i].path);
        printer_close(printer, ']');
    }
    if (requirement->fingerprint_count > 0) {
        printer_open(printer, "fingerprints", '[');
        for (size_t i = 0; i < requirement->fingerprint_count; i++)
            printer_string(printer, NULL, requirement->fingerprints[i]);
        printer_close(printer, ']');
    }
    if (requirement->identity_count > 0) {
        printer_open(printer, "identity", '[');
        for (size_t i = 0; i < requirement->identity_count; i++)
            print_identity(printer, &requirement->identities[i]);
        printer_close(printer, ']');
    }
    if (requirement->max_age_s != 0)
        printer_duration(printer, "maxAge", requirement->max_age_s);
    printer_close(printer, '}');
}

/* Always as a list: requirements of several policies are put together in it (policy/bound.h). */
static void print_signatures(struct printer *printer, const struct policy_signatures *signatures)
{
    const char *inner = printer_begin_rule(printer, "signature", &signatures->rule);

    if (inner == NULL)
        return;
    printer_open(printer, inner, '[');
    for (size_t i = 0; i < signatures->count; i++)
        print_requirement(printer, &signatures->items[i].requirement);
    printer_close(printer, ']');
    printer_end_rule(printer, &signatures->rule);
}

static void print_integrity(struct printer *printer, const struct policy_integrity *integrity)
{
    if (!printer_begin_object(printer, "integrity", &integrity->rule))
        return;
    printer_string(printer, "value", trust_level_name(integrity->level));
    /* Where no contents are read the weaker word stands: so it says nothing in a meet. */
    if (integrity->level > TRUST_NONE)
        printer_string(printer, "reread",
                       integrity->once_per_boot || integrity->level < TRUST_BOUND_WALK ? "once-per-boot"
                                                                                       : "always");
    printer_end_object(printer, &integrity->rule);
}

static void print_image(struct printer *printer, const struct policy_image *image)
{
    struct printer_mark mark = printer_begin_section(printer, "image");

    print_signatures(printer, &image->signature);
    printer_patterns(printer, "digests", &image->digests);
    print_integrity(printer, &image->integrity);
    printer_end_section(printer, mark);
}

static void print_namespaces(struct printer *printer, const struct policy_namespaces *namespaces)
{
    struct printer_mark mark = printer_begin_section(printer, "namespaces");

    printer_patterns(printer, "private", &namespaces->private_types);
    print_listed(printer, "join", "allow", &namespaces->join);
    printer_end_section(printer, mark);
}

static void print_hooks(struct printer *printer, const struct policy_hooks *hooks)
{
    if (!printer_begin_object(printer, "hooks", &hooks->rule))
        return;
    printer_open(printer, "allow", '[');
    for (size_t i = 0; i < hooks->count; i++) {
        const struct policy_hook *hook = &hooks->items[i];

        printer_open(printer, NULL, '{');
        printer_string(printer, "path", hook->path);
        if (hook->sha256 != NULL)
            printer_string(printer, "sha256", hook->sha256);
        printer_words(printer, "args", &hook->args);
        printer_words(printer, "env", &hook->env);
        printer_close(printer, '}');
    }
    printer_close(printer, ']');
    printer_end_object(printer, &hooks->rule);
}

static void print_annotations(struct printer *printer, const struct policy_patterns *annotations)
{
    struct printer_mark mark = printer_begin_section(printer, "annotations");

    print_listed(printer, "acting", "allow", annotations);
    printer_end_section(printer, mark);
}

static void print_landlock(struct printer *printer, const struct policy_landlock *landlock)
{
    if (!printer_begin_object(printer, "landlock", &landlock->rule))
        return;
    printer_number(printer, "abi", landlock->abi);
    printer_words(printer, "read", &landlock->read);
    printer_words(printer, "write", &landlock->write);
    printer_words(printer, "execute", &landlock->execute);
    if (landlock->has_connect)
        printer_ranges(printer, "connect", landlock->connect, landlock->connect_count);
    if (landlock->has_bind)
        printer_ranges(printer, "bind", landlock->bind, landlock->bind_count);
    printer_end_object(printer, &landlock->rule);
}

static void print_command(struct printer *printer, const char *key, const struct policy_command *command)
{
    const char *inner;

    if (command->verdict == POLICY_COMMAND_LISTED) {
        if (!printer_begin_object(printer, key, &command->rule))
            return;
        printer_words(printer, "commands", &command->commands);
        printer_end_object(printer, &command->rule);
        return;
    }
    inner = printer_begin_rule(printer, key, &command->rule);
    if (inner == NULL)
        return;
    printer_string(printer, inner, command->verdict == POLICY_COMMAND_ALLOW ? "allow" : "deny");
    printer_end_rule(printer, &command->rule);
}

static void print_lifecycle(struct printer *printer, const struct policy_lifecycle *lifecycle)
{
    struct printer_mark mark = printer_begin_section(printer, "lifecycle");
    const char *inner;

    print_command(printer, "exec", &lifecycle->exec);
    print_command(printer, "update", &lifecycle->update);
    print_command(printer, "checkpoint", &lifecycle->checkpoint);
    inner = printer_begin_rule(printer, "maxLifetime", &lifecycle->max_lifetime_rule);
    if (inner != NULL) {
        printer_duration(printer, inner, lifecycle->max_lifetime_s);
        printer_end_rule(printer, &lifecycle->max_lifetime_rule);
    }
    printer_end_section(printer, mark);
}

/* An object takes the modifiers beside its keys, a list takes them around it. */
static void print_watched(struct printer *printer, const char *key, const struct policy_watched *watched)
{
    const char *inner;

    if (!watched->rule.present)
        return;
    if (watched->value->type == JSON_OBJECT) {
        printer_open(printer, key, '{');
        for (size_t i = 0; i < watched->value->object.count; i++)
            printer_tree(printer, watched->value->object.members[i].key,
                         watched->value->object.members[i].value);
        printer_end_object(printer, &watched->rule);
        return;
    }
    inner = printer_begin_rule(printer, key, &watched->rule);
    printer_tree(printer, inner, watched->value);
    printer_end_rule(printer, &watched->rule);
}

void policy_print(struct text *text, const struct policy *policy, unsigned int indent)
{
    struct printer printer = {.text = text, .indent = indent, .first = true};

    printer_open(&printer, NULL, '{');
    print_head(&printer, policy);
    print_image(&printer, &policy->image);
    printer_process(&printer, &policy->process);
    print_namespaces(&printer, &policy->namespaces);
    printer_filesystem(&printer, &policy->filesystem);
    printer_devices(&printer, &policy->devices);
    printer_resources(&printer, &policy->resources);
    print_listed(&printer, "sysctls", "allow", &policy->sysctls);
    printer_syscalls(&printer, &policy->syscalls);
    print_hooks(&printer, &policy->hooks);
    print_annotations(&printer, &policy->annotations);
    print_landlock(&printer, &policy->landlock);
    print_lifecycle(&printer, &policy->lifecycle);
    print_one_word(&printer, "unknownFields", &policy->unknown_fields);
    print_watched(&printer, "network", &policy->network);
    print_watched(&printer, "drift", &policy->drift);
    print_watched(&printer, "onViolation", &policy->on_violation);
    printer_close(&printer, '}');
}
