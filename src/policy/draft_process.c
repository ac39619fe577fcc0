/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The draft of "process", "namespaces", devices and what else reaches the host. */
#include <string.h>
#include "base/memory.h"
#include "policy/acting_annotations.h"
#include "policy/capability_sets.h"
#include "policy/device_bound.h"
#include "policy/draft_lines.h"
#include "base/glob.h"
#include "policy/mount_request.h"
#include "policy/words.h"

/* ---- process ---- */

static void draft_user(struct draft *draft, const struct spec_process *process)
{
    static const struct spec_user root;
    const struct spec_user *user = process->user != NULL ? process->user : &root;
    struct draft_list gids = draft_list_begin(draft->arena);

    draft_list_add(&gids, arena_format(draft->arena, "%u", user->gid));
    for (size_t i = 0; i < user->additional_gids.count; i++)
        draft_list_add(&gids, arena_format(draft->arena, "%u", user->additional_gids.items[i]));
    draft_add(draft, "process", "user", "process.user",
              arena_format(draft->arena, "{%s\"uids\": [\"%u\"], \"gids\": %s}",
                           user->uid != 0 ? "\"root\": \"deny\", " : "", user->uid, draft_list_end(&gids)),
              user->uid == 0 ? "It runs as user 0. An image that runs as another user is worth the effort."
                             : "Who it runs as.");
}

static void draft_capabilities(struct draft *draft, const struct spec_process *process)
{
    uint64_t bits = process->capabilities != NULL ? capability_all_bits(process->capabilities) : 0;
    struct draft_list list = draft_list_begin(draft->arena);

    for (unsigned int number = 0; number < policy_capability_words.count; number++)
        if ((bits >> number & 1) != 0)
            draft_list_add(&list, policy_capability_name(number));
    draft_add(draft, "process", "capabilities", "process.capabilities",
              arena_format(draft->arena, "{\"allow\": %s}", draft_list_end(&list)),
              bits != 0 ? "What the engine gives by default is more than most programs need." : NULL);
}

static void draft_rlimits(struct draft *draft, const struct spec_process *process)
{
    struct draft_list list = draft_list_begin(draft->arena);
    cleanup_text struct text text = text_growing(DRAFT_JSON_BYTES_MAX);

    for (size_t i = 0; i < process->rlimits.count; i++) {
        const struct spec_rlimit *limit = &SPEC_ITEMS(process->rlimits, struct spec_rlimit)[i];

        if (limit->hard == UINT64_MAX || !text_starts_with(limit->type, "RLIMIT_"))
            continue;
        text_append_format(&text, "%s\"%s\": %llu", text.length > 0 ? ", " : "",
                           limit->type + strlen("RLIMIT_"), (unsigned long long)limit->hard);
    }
    text_free(&list.text);
    if (text.length > 0)
        draft_add(draft, "process", "rlimits", "process.rlimits",
                  arena_format(draft->arena, "{%s}", text.bytes), NULL);
}

/* Names that secrets go by, as far as the bundle has none of them. */
static void draft_environment(struct draft *draft, const struct spec_process *process)
{
    static const char *const secrets[] = {"*_PASSWORD",    "*_PASSWD",   "*_SECRET",
                                          "*_SECRET_*",    "*_TOKEN",    "*_API_KEY",
                                          "*_PRIVATE_KEY", "PGPASSWORD", "MYSQL_PWD"};
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t s = 0; s < ARRAY_LENGTH(secrets); s++) {
        bool used = false;

        for (size_t i = 0; i < process->environment.count && !used; i++) {
            const char *variable = process->environment.items[i];
            const char *name = arena_copy(draft->arena, variable, strcspn(variable, "="));

            used = glob_matches(secrets[s], name, 0);
        }
        if (!used)
            draft_list_add(&list, secrets[s]);
    }
    draft_add(draft, "process", "environment", "process.environment",
              arena_format(draft->arena, "{\"deny\": %s}", draft_list_end(&list)),
              "Secrets belong into files; none of these is set.");
}

static void draft_confinement(struct draft *draft, const struct spec_process *process)
{
    const char *profile = process->apparmor_profile, *label = process->selinux_label;
    const char *type = label;

    if (profile != NULL && profile[0] != '\0' && strcmp(profile, "unconfined") != 0) {
        struct draft_list list = draft_list_begin(draft->arena);

        draft_list_add_pattern(&list, profile);
        draft_add(draft, "process", "apparmor", "process.apparmor",
                  arena_format(draft->arena,
                               "{\"require\": \"confined\", \"allow\": %s, \"ifUnsupported\": \"note\"}",
                               draft_list_end(&list)),
                  "Remove ifUnsupported where every host has AppArmor.");
    }
    /* user:role:type:level */
    for (int i = 0; i < 2 && type != NULL; i++) {
        type = strchr(type, ':');
        type = type != NULL ? type + 1 : NULL;
    }
    if (type != NULL && type[0] != '\0') {
        struct draft_list list = draft_list_begin(draft->arena);

        draft_list_add_pattern(&list, arena_copy(draft->arena, type, strcspn(type, ":")));
        draft_add(draft, "process", "selinux", "process.selinux",
                  arena_format(draft->arena,
                               "{\"require\": \"confined\", \"allow\": %s, \"ifUnsupported\": \"note\"}",
                               draft_list_end(&list)),
                  "Remove ifUnsupported where every host has SELinux.");
    }
}

void draft_process(struct draft *draft)
{
    const struct spec_process *process = draft->request->spec->process;

    if (process == NULL)
        return;
    draft_user(draft, process);
    if (process->no_new_privileges)
        draft_add(draft, "process", "noNewPrivileges", "process.noNewPrivileges", "true", NULL);
    else
        draft_remark(draft, "process",
                     "\"noNewPrivileges\": true would keep set-user-id programs from gaining anything.");
    draft_capabilities(draft, process);
    draft_rlimits(draft, process);
    draft_environment(draft, process);
    draft_confinement(draft, process);
    if (process->has_oom_score_adj)
        draft_add(draft, "process", "oomScoreAdj", "process.oomScoreAdj",
                  arena_format(draft->arena, "{\"min\": %d}", process->oom_score_adj), NULL);
    draft_add(draft, "process", "privileged", "process.privileged", "\"deny\"", NULL);
}

/* ---- namespaces ---- */

static void draft_namespaces(struct draft *draft, const struct spec_linux *linux_part)
{
    struct draft_list new = draft_list_begin(draft->arena), joined = draft_list_begin(draft->arena);

    for (size_t i = 0; i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (namespace->path == NULL || namespace->path[0] == '\0') {
            /* One that is given the host's devices is not private. */
            if (strcmp(namespace->type, "network") != 0 || linux_part->net_devices.count == 0)
                draft_list_add(&new, namespace->type);
        } else
            draft_list_add_pattern(&joined, namespace->path);
    }
    draft_add(draft, "namespaces", "private", "namespaces.private", draft_list_end(&new),
              "Of its own; the others are the host's or are joined.");
    draft_add(draft, "namespaces", "join", "namespaces.join",
              arena_format(draft->arena, "{\"allow\": %s}", draft_list_end(&joined)),
              "Paths with a process id or a container's name in them need a pattern.");
}

/* ---- devices ---- */

static const char *device_number(bool has, int64_t number, struct arena *arena)
{
    return has && number >= 0 ? arena_format(arena, "%lld", (long long)number) : "\"*\"";
}

static void draft_devices(struct draft *draft, const struct spec_linux *linux_part)
{
    const struct spec_resources *resources = linux_part->resources;
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t i = 0; i < linux_part->devices.count; i++) {
        const struct spec_device *device = &SPEC_ITEMS(linux_part->devices, struct spec_device)[i];

        if (device->type != NULL && device->type[0] != 'p')
            draft_list_add_json(
                &list,
                arena_format(draft->arena,
                             "{\"type\": \"%c\", \"major\": %lld, \"minor\": %lld, \"access\": \"rw\"}",
                             device->type[0] == 'u' ? 'c' : device->type[0], (long long)device->major,
                             (long long)device->minor));
    }
    for (size_t i = 0; resources != NULL && i < resources->devices.count; i++) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(resources->devices, struct spec_device_rule)[i];
        const char *access = rule->access != NULL && rule->access[0] != '\0' ? rule->access : "rwm";

        if (!rule->allow || strcmp(access, "m") == 0)
            continue;
        draft_list_add_json(
            &list,
            arena_format(draft->arena, "{\"type\": \"%c\", \"major\": %s, \"minor\": %s, \"access\": \"%s\"}",
                         rule->type != NULL && rule->type[0] != '\0' ? rule->type[0] : 'a',
                         device_number(rule->has_major, rule->major, draft->arena),
                         device_number(rule->has_minor, rule->minor, draft->arena), access));
    }
    for (size_t i = 0; i < draft->request->spec->mounts.count; i++) {
        const struct spec_mount *mount = &SPEC_ITEMS(draft->request->spec->mounts, struct spec_mount)[i];
        int64_t major, minor;
        char type;

        if (mount->source != NULL && device_known_by_name(mount->source, &type, &major, &minor))
            draft_list_add(&list, mount->source);
    }
    draft_add(draft, "devices", "allow", "devices.allow", draft_list_end(&list),
              "Beside those that every container has: null, zero, full, random, urandom, tty, the console.");
}

/* ---- sysctls, hooks, annotations ---- */

static void draft_sysctls(struct draft *draft, const struct spec_linux *linux_part)
{
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t i = 0; i < linux_part->sysctl.count; i++)
        draft_list_add_pattern(&list, linux_part->sysctl.items[i].key);
    draft_add(draft, "sysctls", "allow", "sysctls", draft_list_end(&list), NULL);
}

/* Nothing where there is none: then any that steers nothing is allowed. */
static const char *hook_environment(struct draft *draft, const struct spec_hook *hook)
{
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t i = 0; i < hook->environment.count; i++)
        draft_list_add_pattern(&list, hook->environment.items[i]);
    if (hook->environment.count == 0) {
        text_free(&list.text);
        return "";
    }
    return arena_format(draft->arena, ", \"env\": %s", draft_list_end(&list));
}

static void add_hooks(struct draft *draft, struct draft_list *list, const struct json_structs *hooks)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const struct spec_hook *hook = &SPEC_ITEMS(*hooks, struct spec_hook)[i];
        struct draft_list args = draft_list_begin(draft->arena);
        cleanup_text struct text path = text_growing(DRAFT_JSON_BYTES_MAX);

        for (size_t a = 1; a < hook->args.count; a++)
            draft_list_add_pattern(&args, hook->args.items[a]);
        json_append_string(&path, draft_literal(hook->path, draft->arena));
        draft_list_add_json(list, arena_format(draft->arena, "{\"path\": %s, \"args\": %s%s}", path.bytes,
                                               draft_list_end(&args), hook_environment(draft, hook)));
    }
}

static void draft_hooks(struct draft *draft)
{
    static const struct spec_hooks none;
    const struct spec_hooks *hooks =
        draft->request->spec->hooks != NULL ? draft->request->spec->hooks : &none;
    struct draft_list list = draft_list_begin(draft->arena);

    add_hooks(draft, &list, &hooks->prestart);
    add_hooks(draft, &list, &hooks->create_runtime);
    add_hooks(draft, &list, &hooks->create_container);
    add_hooks(draft, &list, &hooks->start_container);
    add_hooks(draft, &list, &hooks->poststart);
    add_hooks(draft, &list, &hooks->poststop);
    draft_add(draft, "hooks", "allow", "hooks", draft_list_end(&list),
              draft->request->spec->hooks != NULL
                  ? "Run on the host as root. \"sha256\" of each holds it to the program that was reviewed."
                  : NULL);
}

static void draft_annotations(struct draft *draft)
{
    const struct json_string_map *annotations = &draft->request->spec->annotations;
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t i = 0; i < annotations->count; i++) {
        const struct acting_annotation *acting = acting_annotation_find(annotations->items[i].key);

        if (acting != NULL && !acting->only_tightens)
            draft_list_add_pattern(&list, annotations->items[i].key);
    }
    draft_add(draft, "annotations", "acting", "annotations",
              arena_format(draft->arena, "{\"allow\": %s}", draft_list_end(&list)), NULL);
}

void draft_host(struct draft *draft)
{
    const struct spec_linux *linux_part = draft->request->spec->linux_part;

    if (linux_part != NULL) {
        draft_namespaces(draft, linux_part);
        draft_devices(draft, linux_part);
        draft_sysctls(draft, linux_part);
    }
    draft_hooks(draft);
    draft_annotations(draft);
}
