/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice on a policy that is one: what it leaves open, what cannot mean what it seems to say. The ids are
 * listed in docs/thwart-policy.5.md, held against this file by a test.
 */
#include "policy/linter.h"

#include <stdarg.h>
#include <string.h>
#include "base/memory.h"
#include "base/glob.h"
#include "policy/rules.h"
#include "policy/words.h"

void linter_say(const struct linter *linter, struct linter_place place, const char *advice,
                const char *format, ...)
{
    char buffer[ERROR_MESSAGE_MAX];
    struct text text = text_over(buffer, sizeof(buffer));
    va_list arguments;

    va_start(arguments, format);
    text_append_format_list(&text, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)buffer[i] < 0x20 || buffer[i] == 0x7f)
            buffer[i] = '?';
    policy_problem_add(linter->problems, linter->arena,
                       (struct policy_problem){.file = linter->policy->file,
                                               .line = place.line,
                                               .column = place.column,
                                               .pointer = arena_string(linter->arena, place.pointer),
                                               .text = arena_string(linter->arena, buffer),
                                               .advice = advice});
}

struct linter_place linter_rule_place(const struct policy_rule *rule, const char *pointer)
{
    return (struct linter_place){rule->line, rule->column, pointer};
}

struct linter_place linter_item_place(const struct linter *linter, const char *pointer, size_t index,
                                      uint32_t line, uint32_t column)
{
    return (struct linter_place){line, column, arena_format(linter->arena, "%s/%zu", pointer, index)};
}

/* ---- what all rules have ---- */

#define RULE(pointer, key, member)                                                                           \
    {                                                                                                        \
        (pointer), (key), offsetof(struct policy, member)                                                    \
    }
static const struct {
    const char *pointer, *key; /* key: in the table of rules */
    size_t offset;
} rules[] = {
    RULE("/image/signature", "image.signature", image.signature.rule),
    RULE("/image/digests", "image.digests", image.digests.rule),
    RULE("/image/integrity", "image.integrity", image.integrity.rule),
    RULE("/process/user", "process.user", process.user.rule),
    RULE("/process/noNewPrivileges", "process.noNewPrivileges", process.no_new_privileges.rule),
    RULE("/process/capabilities", "process.capabilities", process.capabilities.rule),
    RULE("/process/rlimits", "process.rlimits", process.rlimits.rule),
    RULE("/process/environment", "process.environment", process.environment.rule),
    RULE("/process/apparmor", "process.apparmor", process.apparmor.rule),
    RULE("/process/selinux", "process.selinux", process.selinux.rule),
    RULE("/process/oomScoreAdj", "process.oomScoreAdj", process.oom_score_adj.rule),
    RULE("/process/privileged", "process.privileged", process.privileged.rule),
    RULE("/namespaces/private", "namespaces.private", namespaces.private_types.rule),
    RULE("/namespaces/join", "namespaces.join", namespaces.join.rule),
    RULE("/filesystem/rootReadonly", "filesystem.rootReadonly", filesystem.root_readonly.rule),
    RULE("/filesystem/mounts", "filesystem.mounts", filesystem.mounts.rule),
    RULE("/filesystem/options", "filesystem.options", filesystem.options.rule),
    RULE("/filesystem/maskedPaths", "filesystem.maskedPaths", filesystem.masked_paths.rule),
    RULE("/filesystem/readonlyPaths", "filesystem.readonlyPaths", filesystem.readonly_paths.rule),
    RULE("/filesystem/propagation", "filesystem.propagation", filesystem.propagation.rule),
    RULE("/devices/allow", "devices.allow", devices.rule),
    RULE("/resources/memory", "resources.memory", resources.memory.rule),
    RULE("/resources/swap", "resources.swap", resources.swap.rule),
    RULE("/resources/pids", "resources.pids", resources.pids.rule),
    RULE("/resources/cpu", "resources.cpu", resources.cpu.rule),
    RULE("/resources/io", "resources.io", resources.io.rule),
    RULE("/resources/hugepages", "resources.hugepages", resources.hugepages.rule),
    RULE("/sysctls/allow", "sysctls", sysctls.rule),
    RULE("/syscalls", "syscalls", syscalls.rule),
    RULE("/syscalls/filter", "syscalls.filter", syscalls.filter_rule),
    RULE("/hooks/allow", "hooks", hooks.rule),
    RULE("/annotations/acting", "annotations", annotations.rule),
    RULE("/landlock", "landlock", landlock.rule),
    RULE("/lifecycle/exec", "lifecycle.exec", lifecycle.exec.rule),
    RULE("/lifecycle/update", "lifecycle.update", lifecycle.update.rule),
    RULE("/lifecycle/checkpoint", "lifecycle.checkpoint", lifecycle.checkpoint.rule),
    RULE("/lifecycle/maxLifetime", "lifecycle.maxLifetime", lifecycle.max_lifetime_rule),
    RULE("/unknownFields", "unknownFields", unknown_fields.rule),
    RULE("/network", "network", network.rule),
    RULE("/drift", "drift", drift.rule),
    RULE("/onViolation", "onViolation", on_violation.rule),
};

/* Does any finding of this key know a way to narrow? */
static bool can_narrow(const char *key)
{
    size_t count;
    const struct policy_rule_words *words = policy_rules_all(&count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].key, key) == 0 && words[i].can_narrow)
            return true;
    return false;
}

static void lint_rules(const struct linter *linter)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        const struct policy_rule *rule = (const void *)((const char *)linter->policy + rules[i].offset);
        struct linter_place place = linter_rule_place(rule, rules[i].pointer);

        if (!rule->present)
            continue;
        if (rule->audit)
            linter_say(linter, place, "audit-mode",
                       "this rule is in audit mode: it reports and changes nothing");
        if (rule->enforce && linter->policy->audit)
            linter_say(
                linter, place, "enforce-in-audit",
                "\"mode\": \"enforce\" has no effect: the policy is in audit mode, which changes nothing");
        if (rule->otherwise == POLICY_OTHERWISE_NARROW && !can_narrow(rules[i].key))
            linter_say(
                linter, place, "cannot-narrow",
                "\"otherwise\": \"narrow\" has no effect: what is beyond this bound is always refused");
        if (rule->note_if_unsupported)
            linter_say(linter, place, "unsupported-noted",
                       "a host that cannot enforce this rule runs the container all the same");
    }
}

/* ---- the head ---- */

/* A folder's policy is in the default's place, which bounds all that this one has no rule for. */
static bool bounds_images_alone(const struct policy *policy)
{
    bool images = false;

    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        const struct policy_rule *rule = (const void *)((const char *)policy + rules[i].offset);

        if (rule->present && !text_starts_with(rules[i].key, "image."))
            return false;
        images = images || rule->present;
    }
    return images && policy->bounds_anything && policy->extends.count == 0 && !policy->audit;
}

static void lint_head(const struct linter *linter)
{
    const struct policy *policy = linter->policy;
    const struct linter_place top = {1, 1, ""};

    if (policy->audit)
        linter_say(linter, (struct linter_place){1, 1, "/mode"}, "audit-mode",
                   "the whole policy is in audit mode: it reports and changes nothing");
    if (!policy->bounds_anything && policy->extends.count == 0)
        linter_say(linter, top, "bounds-nothing", "no rule of this policy keeps anything from anybody");
    if (bounds_images_alone(policy))
        linter_say(
            linter, top, "image-alone",
            "where this policy is mandatory the default one does not apply, and a signed image gets all "
            "that it asks for: extend \"baseline\"");
    if (policy->description == NULL)
        linter_say(linter, top, "no-description",
                   "a description tells whoever is refused what the policy is for");
}

/* Signed names are whole: "busybox" is docker.io/library/busybox:latest there. So one whose first part is no
 * host matches nothing. */
static bool names_no_host(const char *pattern)
{
    size_t length = strcspn(pattern, "/");

    if (pattern[length] == '\0')
        return strstr(pattern, "**") == NULL;
    return strcspn(pattern, "*?[\\.:") >= length && !text_starts_with(pattern, "localhost/");
}

static void lint_names(const struct linter *linter, const struct policy_words *patterns, const char *pointer)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (names_no_host(patterns->items[i].text))
            linter_say(
                linter,
                linter_item_place(linter, pointer, i, patterns->items[i].line, patterns->items[i].column),
                "image-pattern-never",
                "\"%s\" fits no signed name: those begin with a host (docker.io/library/busybox:1)",
                patterns->items[i].text);
}

static void lint_when(const struct linter *linter)
{
    const struct policy_when *when = &linter->policy->when;
    struct linter_place place = {when->line, when->column, "/when"};

    if (!when->present)
        return;
    if (!when->image.present && when->annotation_count == 0)
        linter_say(linter, place, "empty-when", "selects every container: leave \"when\" out, or say which");
    if (when->image.present && when->image.count == 0)
        linter_say(linter, place, "when-selects-nothing",
                   "no image matches an empty list: the policy never applies");
    if (when->image.count > 0 && when->trust_unverified)
        linter_say(linter, place, "image-selector-unverified",
                   "an image's name in an annotation proves nothing: whoever makes the container chooses it");
    else if (when->image.count > 0)
        linter_say(
            linter, place, "image-selector-attested",
            linter->policy->image.signature.rule.present
                ? "matches only images whose name a signature attests by the policy's own keys: no other "
                  "container is bounded"
                : "matches only images whose name a signature attests by a key of thwart.json's "
                  "\"keyrings\": no "
                  "other container is bounded");
    if (!when->trust_unverified)
        lint_names(linter, &when->image, "/when/image");
    if (when->trust_unverified && !when->image.present)
        linter_say(linter, place, "trust-without-image",
                   "\"trust\" says how images are matched: there is none");
}

/* ---- process ---- */

static void lint_user(const struct linter *linter, const struct policy_user *user)
{
    struct linter_place place = linter_rule_place(&user->rule, "/process/user");

    if (!user->rule.present)
        return;
    if (!user->deny_root && !user->has_uids && !user->has_gids)
        linter_say(linter, place, "rule-without-effect", "bounds neither root nor user ids nor group ids");
    else if (user->has_uids && !user->has_gids)
        linter_say(
            linter, place, "group-ids-open",
            "\"uids\" without \"gids\": the process may still be of group 0, and of the host's groups");
}

static void lint_capabilities(const struct linter *linter, const struct policy_capabilities *capabilities)
{
    static const char *const dangerous[] = {"CAP_SYS_ADMIN", "CAP_SYS_MODULE",      "CAP_SYS_RAWIO",
                                            "CAP_BPF",       "CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"};
    struct linter_place place = linter_rule_place(&capabilities->rule, "/process/capabilities");

    if (!capabilities->rule.present)
        return;
    if (!capabilities->is_allow) {
        linter_say(
            linter, place, "capabilities-deny-list",
            "a list of what is denied permits the rest, and what later kernels add: list what is allowed");
        return;
    }
    if (capabilities->set == UINT64_MAX) {
        linter_say(linter, place, "rule-without-effect", "\"ALL\" allows every capability");
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(dangerous); i++) {
        unsigned int number;

        if (policy_capability_number(dangerous[i], &number) && (capabilities->set >> number & 1) != 0)
            linter_say(linter, place, "capability-dangerous",
                       "%s is enough to take over the host, or all that other containers have", dangerous[i]);
    }
}

static void lint_flag(const struct linter *linter, const struct policy_flag *flag, const char *pointer)
{
    if (flag->rule.present && !flag->value)
        linter_say(linter, linter_rule_place(&flag->rule, pointer), "rule-without-effect",
                   "says that nothing is bounded: leave it out (no other policy is overruled)");
}

static void lint_process(const struct linter *linter)
{
    const struct policy_process *process = &linter->policy->process;

    lint_user(linter, &process->user);
    lint_capabilities(linter, &process->capabilities);
    lint_flag(linter, &process->no_new_privileges, "/process/noNewPrivileges");
    lint_flag(linter, &process->privileged, "/process/privileged");
    lint_flag(linter, &linter->policy->filesystem.root_readonly, "/filesystem/rootReadonly");
}

/* ---- filesystem, devices, resources ---- */

static void lint_source(const struct linter *linter, size_t index)
{
    static const char *const sockets[] = {"/run/docker.sock", "/run/podman/podman.sock",
                                          "/run/containerd/containerd.sock", "/run/crio/crio.sock"};
    const struct policy_mount_source *source = &linter->policy->filesystem.mounts.sources[index];
    struct linter_place place =
        linter_item_place(linter, "/filesystem/mounts/sources", index, source->line, source->column);

    if (glob_matches(source->path, "/", '/')) {
        linter_say(linter, place, "mount-source-root",
                   "\"%s\" is the host's root directory: all of the host may be mounted%s", source->path,
                   source->access == POLICY_ACCESS_READ_WRITE ? ", writable" : "");
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(sockets); i++)
        if (glob_covers_path(source->path, sockets[i])) {
            linter_say(linter, place, "mount-source-engine",
                       "\"%s\" covers %s: an engine's socket is root on the host", source->path, sockets[i]);
            return;
        }
}

static void lint_mounts(const struct linter *linter)
{
    const struct policy_mounts *mounts = &linter->policy->filesystem.mounts;
    struct linter_place place = linter_rule_place(&mounts->rule, "/filesystem/mounts");

    if (!mounts->rule.present)
        return;
    if (!mounts->types.present && !mounts->has_sources && mounts->deny.count == 0)
        linter_say(linter, place, "rule-without-effect", "bounds neither types nor sources");
    else if (mounts->has_sources && !mounts->types.present)
        linter_say(linter, place, "mount-types-open",
                   "\"sources\" without \"types\": file systems of every type may be mounted");
    for (size_t i = 0; i < mounts->source_count; i++)
        lint_source(linter, i);
}

static void lint_devices(const struct linter *linter)
{
    const struct policy_devices *devices = &linter->policy->devices;
    const uint32_t read_or_write = 3;

    for (size_t i = 0; i < devices->count; i++) {
        const struct policy_device *device = &devices->items[i];

        if (device->name == NULL && device->major < 0 && (device->access & read_or_write) != 0)
            linter_say(linter, linter_item_place(linter, "/devices/allow", i, device->line, device->column),
                       "device-any", "every device of the host may be opened, its disks among them");
    }
}

static void lint_maximum(const struct linter *linter, const struct policy_maximum *maximum,
                         const char *pointer)
{
    if (maximum->rule.present && maximum->value == UINT64_MAX)
        linter_say(linter, linter_rule_place(&maximum->rule, pointer), "rule-without-effect",
                   "\"unlimited\" bounds nothing: leave it out (no other policy is overruled)");
}

static void lint_resources(const struct linter *linter)
{
    const struct policy_resources *resources = &linter->policy->resources;

    lint_maximum(linter, &resources->memory, "/resources/memory");
    lint_maximum(linter, &resources->swap, "/resources/swap");
    lint_maximum(linter, &resources->pids, "/resources/pids");
    lint_maximum(linter, &resources->cpu, "/resources/cpu");
    if (resources->memory.rule.present && resources->memory.value != UINT64_MAX &&
        !resources->swap.rule.present)
        linter_say(linter, linter_rule_place(&resources->memory.rule, "/resources/memory"), "swap-open",
                   "\"memory\" without \"swap\": what does not fit may go to the host's swap without bound");
}

/* ---- the rest ---- */

/* Of a list of patterns: one that matches everything. */
static void lint_everything(const struct linter *linter, const struct policy_words *words,
                            const char *pointer, const char *advice, const char *what)
{
    for (size_t i = 0; i < words->count; i++)
        if (strspn(words->items[i].text, "*") == strlen(words->items[i].text))
            linter_say(linter,
                       linter_item_place(linter, pointer, i, words->items[i].line, words->items[i].column),
                       advice, "\"%s\" allows %s", words->items[i].text, what);
}

static void lint_hooks(const struct linter *linter)
{
    const struct policy_hooks *hooks = &linter->policy->hooks;

    for (size_t i = 0; i < hooks->count; i++)
        if (hooks->items[i].sha256 == NULL)
            linter_say(
                linter,
                linter_item_place(linter, "/hooks/allow", i, hooks->items[i].line, hooks->items[i].column),
                "hook-without-digest",
                "\"%s\" runs as root on the host with whatever content it has: give its \"sha256\"",
                hooks->items[i].path);
}

static void lint_landlock(const struct linter *linter)
{
    const struct policy_landlock *landlock = &linter->policy->landlock;

    for (size_t i = 0; i < landlock->write.count; i++)
        if (strcmp(landlock->write.items[i].text, "/") == 0)
            linter_say(linter,
                       linter_item_place(linter, "/landlock/write", i, landlock->write.items[i].line,
                                         landlock->write.items[i].column),
                       "landlock-root-writable", "\"/\" lets the program write everywhere");
}

static void lint_requirement(const struct linter *linter, size_t index)
{
    const struct policy_signature *signature = &linter->policy->image.signature.items[index];
    const struct trust_requirement *requirement = &signature->requirement;
    const struct linter_place place = {signature->line, signature->column, "/image/signature"};

    if (requirement->document != NULL)
        return;
    if (requirement->keyring_count == 0)
        linter_say(linter, place, "signature-host-keys",
                   "without \"keys\" those count that thwart.json names in \"keyrings\": without any, every "
                   "container is refused");
    if (requirement->keyring_count > 1 && requirement->fingerprint_count == 0 && requirement->needed == 1)
        linter_say(linter, place, "signature-any-key",
                   "one signature by any of the keys in these files is enough: say how many in \"require\"");
    for (size_t i = 0; i < requirement->identity_count; i++)
        if (requirement->identities[i].kind == TRUST_MATCH_PATTERN &&
            names_no_host(requirement->identities[i].name))
            linter_say(linter, place, "image-pattern-never",
                       "\"%s\" fits no signed name: those begin with a host (docker.io/library/busybox:1)",
                       requirement->identities[i].name);
    if (requirement->identity_count == 0)
        linter_say(linter, place, "signature-own-name",
                   "without \"identity\" the image's own name must be the signed one, which a store has to "
                   "tell: where nobody knows it, the container is refused");
}

static void lint_image(const struct linter *linter)
{
    const struct policy_image *image = &linter->policy->image;

    for (size_t i = 0; i < image->signature.count; i++)
        lint_requirement(linter, i);
    for (size_t i = 0; i < image->digests.words.count; i++)
        if (!text_starts_with(image->digests.words.items[i].text, "sha256:"))
            linter_say(linter,
                       linter_item_place(linter, "/image/digests", i, image->digests.words.items[i].line,
                                         image->digests.words.items[i].column),
                       "digest-not-computed", "only sha256 digests are computed: this one matches nothing");
    if ((image->signature.rule.present || image->digests.rule.present) &&
        (!image->integrity.rule.present || image->integrity.level == TRUST_NONE))
        linter_say(
            linter,
            linter_rule_place(image->signature.rule.present ? &image->signature.rule : &image->digests.rule,
                              image->signature.rule.present ? "/image/signature" : "/image/digests"),
            "signature-without-integrity",
            "says who signed the image, and nothing of whether these are its files: add \"integrity\"");
    if (image->integrity.rule.present && image->integrity.level > TRUST_NONE &&
        !image->signature.rule.present && !image->digests.rule.present)
        linter_say(linter, linter_rule_place(&image->integrity.rule, "/image/integrity"),
                   "integrity-without-signature",
                   "names neither \"signature\" nor \"digests\": the keys count that thwart.json names in "
                   "\"keyrings\"");
}

static void lint_watched(const struct linter *linter, const struct policy_rule *rule, const char *pointer)
{
    if (rule->present)
        linter_say(
            linter, linter_rule_place(rule, pointer), "not-enforced-yet",
            rule->note_if_unsupported
                ? "this version of thwart does not enforce it: a note says so and nothing is bounded"
                : "this version of thwart does not enforce it: every container that the policy bounds is "
                  "refused");
}

void policy_lint(const struct policy *policy, struct arena *arena, struct policy_problems *problems)
{
    const struct linter linter = {policy, arena, problems};

    lint_head(&linter);
    lint_when(&linter);
    lint_rules(&linter);
    lint_process(&linter);
    lint_mounts(&linter);
    lint_devices(&linter);
    lint_resources(&linter);
    lint_everything(&linter, &policy->sysctls.words, "/sysctls/allow", "sysctl-any",
                    "every kernel parameter");
    lint_everything(&linter, &policy->annotations.words, "/annotations/acting/allow", "annotation-any",
                    "every annotation that changes what the runtime does");
    lint_everything(&linter, &policy->lifecycle.exec.commands, "/lifecycle/exec/commands", "exec-any",
                    "every command");
    lint_syscalls(&linter);
    lint_hooks(&linter);
    lint_landlock(&linter);
    lint_image(&linter);
    lint_watched(&linter, &policy->network.rule, "/network");
    lint_watched(&linter, &policy->drift.rule, "/drift");
    lint_watched(&linter, &policy->on_violation.rule, "/onViolation");
    lint_watched(&linter, &policy->lifecycle.max_lifetime_rule, "/lifecycle/maxLifetime");
}
