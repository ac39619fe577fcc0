/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process object of an exec. */
#include "container/exec_process.h"

#include <fcntl.h>
#include <string.h>
#include "base/number.h"
#include "container/prepare.h"

/* (uid_t)-1 means "unchanged" to the kernel. */
static const uint64_t id_maximum = UINT32_MAX - 1;

int exec_process_parse_user(const char *text, uint32_t *uid, uint32_t *gid, bool *has_gid,
                            struct error *error)
{
    const char *colon = strchr(text, ':');
    size_t length = colon == NULL ? strlen(text) : (size_t)(colon - text);
    char first[24];
    uint64_t value;

    if (length >= sizeof(first))
        length = sizeof(first) - 1;
    memcpy(first, text, length);
    first[length] = '\0';
    if (!number_unsigned(first, id_maximum, &value))
        return error_set(error, ERROR_USAGE,
                         "--user \"%.64s\": expected UID or UID:GID as numbers of at most %llu", text,
                         (unsigned long long)id_maximum);
    *uid = (uint32_t)value;
    *has_gid = colon != NULL;
    if (colon == NULL)
        return 0;
    if (!number_unsigned(colon + 1, id_maximum, &value))
        return error_set(error, ERROR_USAGE, "--user \"%.64s\": the group is not a number of at most %llu",
                         text, (unsigned long long)id_maximum);
    *gid = (uint32_t)value;
    return 0;
}

static int apply_user(const struct exec_request *request, struct spec_process *process, struct arena *arena,
                      struct error *error)
{
    struct spec_user *user = arena_allocate(arena, sizeof(*user));
    uint32_t *gids = arena_array(arena, request->additional_gids.count, sizeof(*gids));
    bool has_gid;

    if (process->user != NULL)
        *user = *process->user;
    if (request->user != NULL) {
        if (exec_process_parse_user(request->user, &user->uid, &user->gid, &has_gid, error) != 0)
            return -1;
        user->has_uid = user->has_gid = true;
        user->additional_gids = (struct json_uint32s){0};
    }
    for (size_t i = 0; i < request->additional_gids.count; i++) {
        uint64_t value;
        if (!number_unsigned(request->additional_gids.items[i], id_maximum, &value))
            return error_set(error, ERROR_USAGE,
                             "--additional-gids \"%.64s\" is not a number of at most %llu",
                             request->additional_gids.items[i], (unsigned long long)id_maximum);
        gids[i] = (uint32_t)value;
    }
    if (request->additional_gids.count > 0)
        user->additional_gids =
            (struct json_uint32s){.items = gids, .count = request->additional_gids.count, .present = true};
    process->user = user;
    return 0;
}

static bool same_name(const char *left, const char *right)
{
    size_t length = strcspn(left, "=");

    return length == strcspn(right, "=") && memcmp(left, right, length) == 0;
}

static int apply_environment(const struct exec_request *request, struct spec_process *process,
                             struct arena *arena, struct error *error)
{
    size_t own = process->environment.count, added = request->environment.count, count = 0;
    const char **items = arena_array(arena, own + added, sizeof(*items));

    for (size_t i = 0; i < own; i++)
        items[count++] = process->environment.items[i];
    for (size_t i = 0; i < added; i++) {
        const char *entry = request->environment.items[i];
        size_t place = 0;
        if (strchr(entry, '=') == NULL || entry[0] == '=')
            return error_set(error, ERROR_USAGE, "--env \"%.64s\": expected NAME=VALUE", entry);
        while (place < count && !same_name(items[place], entry))
            place++;
        items[place] = entry;
        count += place == count ? 1 : 0;
    }
    process->environment = (struct json_strings){.items = items, .count = count, .present = count > 0};
    return 0;
}

static void add_words(struct json_strings *set, const struct json_strings *words, struct arena *arena)
{
    const char **items = arena_array(arena, set->count + words->count, sizeof(*items));
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        items[count++] = set->items[i];
    for (size_t i = 0; i < words->count; i++) {
        size_t place = 0;
        while (place < count && strcmp(items[place], words->items[i]) != 0)
            place++;
        if (place == count)
            items[count++] = words->items[i];
    }
    *set = (struct json_strings){.items = items, .count = count, .present = true};
}

static int apply_capabilities(const struct exec_request *request, struct spec_process *process,
                              struct arena *arena, struct error *error)
{
    struct spec_capabilities *sets;

    if (request->capabilities.count == 0)
        return 0;
    for (size_t i = 0; i < request->capabilities.count; i++)
        if (!spec_is_capability(request->capabilities.items[i]))
            return error_set(
                error, ERROR_USAGE,
                "--cap %.64s: unknown capability: expected a name as in capabilities(7), such as "
                "CAP_CHOWN",
                request->capabilities.items[i]);
    sets = arena_allocate(arena, sizeof(*sets));
    if (process->capabilities != NULL)
        *sets = *process->capabilities;
    add_words(&sets->bounding, &request->capabilities, arena);
    add_words(&sets->permitted, &request->capabilities, arena);
    add_words(&sets->effective, &request->capabilities, arena);
    process->capabilities = sets;
    return 0;
}

static int from_flags(const struct exec_request *request, const struct spec *container, struct arena *arena,
                      struct spec_process *process, struct error *error)
{
    if (container->process == NULL)
        return error_set(error, ERROR_INVALID,
                         "the container has no process of its own to take defaults from: describe this one "
                         "with --process FILE");
    *process = *container->process;
    process->args = request->arguments;
    process->args.present = true;
    process->terminal = request->terminal;
    process->has_terminal = true;
    if (!request->terminal)
        process->console_size = NULL;
    if (request->cwd != NULL)
        process->cwd = request->cwd;
    if (request->process_label != NULL)
        process->selinux_label = request->process_label;
    if (request->apparmor_profile != NULL)
        process->apparmor_profile = request->apparmor_profile;
    if (request->no_new_privileges) {
        process->no_new_privileges = true;
        process->has_no_new_privileges = true;
    }
    if (apply_user(request, process, arena, error) != 0 ||
        apply_environment(request, process, arena, error) != 0 ||
        apply_capabilities(request, process, arena, error) != 0)
        return -1;
    return spec_validate_process(process, "the command line", error);
}

int exec_process_build(const struct exec_request *request, const struct spec *container, struct arena *arena,
                       struct json_notes *notes, const struct spec_process **process, struct error *error)
{
    struct spec_process *built;
    const struct spec_process *read;
    char *bytes;
    size_t length;

    if (request->process_file != NULL) {
        if (request->arguments.count > 0)
            return error_set(error, ERROR_USAGE, "exec takes a command or --process FILE, not both");
        if (prepare_read_document(AT_FDCWD, request->process_file, request->process_file,
                                  PREPARE_CONFIG_BYTES_MAX, arena, &bytes, &length, error) != 0 ||
            spec_parse_process(bytes, length, request->process_file, arena, notes, &read, error) != 0)
            return -1;
        if (!request->terminal || read->terminal) {
            *process = read;
            return 0;
        }
        built = arena_allocate(arena, sizeof(*built));
        *built = *read;
        built->terminal = true;
        built->has_terminal = true;
        *process = built;
        return 0;
    }
    if (request->arguments.count == 0)
        return error_set(error, ERROR_USAGE, "exec needs a command, or --process FILE");
    built = arena_allocate(arena, sizeof(*built));
    if (from_flags(request, container, arena, built, error) != 0)
        return -1;
    *process = built;
    return 0;
}

static const char *word_or(const char *word, const char *otherwise)
{
    return word != NULL && word[0] != '\0' ? word : otherwise;
}

static const struct spec_user *complete_user(const struct spec_user *user, const struct spec_user *containers,
                                             struct arena *arena)
{
    struct spec_user *whole;

    if (containers == NULL || !containers->has_umask || (user != NULL && user->has_umask))
        return user;
    whole = arena_allocate(arena, sizeof(*whole));
    if (user != NULL)
        *whole = *user;
    whole->umask = containers->umask;
    whole->has_umask = true;
    return whole;
}

const struct spec_process *exec_process_complete(const struct spec_process *process,
                                                 const struct spec *container, struct arena *arena)
{
    const struct spec_process *from = container->process;
    struct spec_process *whole = arena_allocate(arena, sizeof(*whole));

    *whole = *process;
    if (from == NULL)
        return whole;
    if (whole->capabilities == NULL)
        whole->capabilities = from->capabilities;
    if (whole->rlimits.count == 0)
        whole->rlimits = from->rlimits;
    if (!whole->has_no_new_privileges) {
        whole->no_new_privileges = from->no_new_privileges;
        whole->has_no_new_privileges = from->has_no_new_privileges;
    }
    if (!whole->has_oom_score_adj) {
        whole->oom_score_adj = from->oom_score_adj;
        whole->has_oom_score_adj = from->has_oom_score_adj;
    }
    whole->apparmor_profile = word_or(whole->apparmor_profile, from->apparmor_profile);
    whole->selinux_label = word_or(whole->selinux_label, from->selinux_label);
    if (whole->exec_cpu_affinity == NULL)
        whole->exec_cpu_affinity = from->exec_cpu_affinity;
    whole->user = complete_user(whole->user, from->user, arena);
    return whole;
}
