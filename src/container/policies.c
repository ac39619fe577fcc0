/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what an administrator wrote: thwart.json, the policies of the mandatory folders, waivers. A file
 * that anybody else could have changed, or put in its place, is refused: who writes it decides what
 * containers get. (--policy is the caller's own word, wherever the file comes from.) Where thwart.json wants
 * signatures, each of them has one, over the bytes that are parsed.
 */
#include "container/policies.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/suggest.h"
#include "container/file_signers.h"
#include "container/prepare.h"
#include "container/site_file.h"
#include "container/site_path.h"
#include "policy/read.h"
#include "policy/shipped.h"
#include "policy/waiver.h"

enum { POLICY_BYTES_MAX = 4 * 1024 * 1024 };

#define SITE_POLICIES "/etc/thwart/policies"
#define SITE_WAIVERS  "/etc/thwart/waivers"

struct loading {
    const struct policies_request *request;
    struct arena *arena;
    struct policies *policies;
    struct policy_entry *entries;
    size_t entry_count, entry_capacity;
    struct policy_waiver *waivers;
    size_t waiver_count;
    struct error *error;
};

/* ---- files ---- */

/* A file of the administrator's, signed where that is wanted. */
static int read_site_file(struct file_signers *signers, int directory, const char *path, const char *name,
                          struct arena *arena, char **bytes, size_t *length, struct error *error)
{
    struct signed_file file = {.directory = directory, .path = path, .name = name, .site = true};

    if (site_file_read(directory, path, name, POLICY_BYTES_MAX, arena, bytes, length, error) != 0)
        return -1;
    file.bytes = *bytes;
    file.length = *length;
    return file_signers_check(signers, &file, error);
}

/* The caller's own word. */
static int read_given_file(struct file_signers *signers, const char *path, struct arena *arena, char **bytes,
                           size_t *length, struct error *error)
{
    struct signed_file file = {.directory = AT_FDCWD, .path = path, .name = path};

    if (prepare_read_document(AT_FDCWD, path, path, POLICY_BYTES_MAX, arena, bytes, length, error) != 0)
        return -1;
    file.bytes = *bytes;
    file.length = *length;
    return file_signers_check(signers, &file, error);
}

/* What a policy file names lies beside it, and is as much of it as its own bytes. */
static int read_beside(void *context, const char *policy_file, const char *path, struct arena *arena,
                       const char **bytes, size_t *length, struct error *error)
{
    const char *slash = strrchr(policy_file, '/');
    const char *directory =
        slash == NULL
            ? "."
            : arena_copy(arena, policy_file, slash == policy_file ? 1 : (size_t)(slash - policy_file));
    const char *whole = host_path_join(arena, directory, path).text;
    char *content;

    if (read_site_file(context, AT_FDCWD, whole, whole, arena, &content, length, error) != 0)
        return -1;
    *bytes = content;
    return 0;
}

static struct policy_files files_beside(struct file_signers *signers)
{
    return (struct policy_files){.read = read_beside, .context = signers};
}

/* ---- policies ---- */

static int read_policy(struct loading *loading, const char *bytes, size_t length, const char *file,
                       const struct policy **policy)
{
    const struct policy_files files = files_beside(loading->policies->signers);
    struct policy_problems problems = {0};

    if (policy_read(bytes, length, file, &files, loading->arena, &problems, policy, loading->error) != 0)
        return -1;
    return policies_check_revision(&loading->policies->configuration, *policy, loading->error);
}

static void add_entry(struct loading *loading, const struct policy *policy, bool forced)
{
    if (loading->entry_count == loading->entry_capacity) {
        size_t capacity = loading->entry_capacity * 2 + 16;
        struct policy_entry *entries = arena_array(loading->arena, capacity, sizeof(*entries));

        if (loading->entry_count > 0)
            memcpy(entries, loading->entries, loading->entry_count * sizeof(*entries));
        loading->entries = entries;
        loading->entry_capacity = capacity;
    }
    loading->entries[loading->entry_count++] =
        (struct policy_entry){.policy = policy, .mandatory = true, .forced = forced};
}

/* optional: a default folder may be missing; one that thwart.json names may not. */
static int read_folder(struct loading *loading, const char *folder, bool optional)
{
    cleanup_fd int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char **names = NULL;
    size_t count;

    if (directory < 0 && errno == ENOENT && optional)
        return 0;
    if (directory < 0)
        return error_system(loading->error, errno, "opening the folder of policies %s", folder);
    if (site_file_check_owner(directory, folder, loading->error) != 0 ||
        site_path_check(folder, loading->error) != 0 ||
        site_folder_list(directory, folder, loading->arena, &names, &count, loading->error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *file = host_path_join(loading->arena, folder, names[i]).text;
        const struct policy *policy;
        char *bytes;
        size_t length;

        if (read_site_file(loading->policies->signers, directory, names[i], file, loading->arena, &bytes,
                           &length, loading->error) != 0 ||
            read_policy(loading, bytes, length, file, &policy) != 0)
            return -1;
        add_entry(loading, policy, false);
    }
    return 0;
}

/* From the folder that stands for the built-in ones. */
static int read_shipped_file(const struct policies *policies, const char *name, struct arena *arena,
                             const struct policy **policy, struct error *error)
{
    const char *folder = policies->configuration.shipped;
    const char *file = host_path_join(arena, folder, arena_format(arena, "%s.json", name)).text;
    const struct policy_files files = files_beside(policies->signers);
    struct policy_problems problems = {0};
    size_t length;
    char *bytes;

    if (access(file, F_OK) != 0 && errno == ENOENT)
        return 0;
    if (read_site_file(policies->signers, AT_FDCWD, file, file, arena, &bytes, &length, error) != 0)
        return -1;
    return policy_read(bytes, length, file, &files, arena, &problems, policy, error);
}

/* Built-in ones are as trustworthy as the program. */
static int read_built_in(const char *name, struct arena *arena, const struct policy **policy,
                         struct error *error)
{
    const struct shipped_file *shipped = shipped_file(name);
    struct policy_problems problems = {0};

    if (shipped == NULL)
        return 0;
    return policy_read(shipped->bytes, shipped->length, arena_format(arena, "%s.json", name), NULL, arena,
                       &problems, policy, error);
}

/* Also asked when everything else was read: nothing of gpg's is left running. */
static int read_shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                        struct error *error)
{
    const struct policies *policies = context;
    int result;

    *policy = NULL;
    if (strchr(name, '/') != NULL)
        return 0;
    result = policies->configuration.shipped != NULL ? read_shipped_file(policies, name, arena, policy, error)
                                                     : read_built_in(name, arena, policy, error);
    file_signers_end(policies->signers);
    if (result != 0 || *policy == NULL)
        return result;
    return policies_check_revision(&policies->configuration, *policy, error);
}

/* A name that is none, and the one that was probably meant. */
static int fail_name(struct loading *loading, const char *name)
{
    const char **shipped, **names, *meant;
    size_t count;

    if (policies_shipped_names(loading->policies, loading->arena, &shipped, &count, loading->error) != 0)
        return -1;
    names = arena_array(loading->arena, loading->entry_count + count, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = shipped[i];
    for (size_t i = 0; i < loading->entry_count; i++)
        names[count + i] = loading->entries[i].policy->name;
    meant = suggest_word(name, names, count + loading->entry_count, sizeof(*names));
    return error_set(loading->error, ERROR_USAGE,
                     "there is no policy \"%s\"%s%s%s (a path has a slash in it, or ends in .json)", name,
                     meant != NULL ? ": did you mean \"" : "", meant != NULL ? meant : "",
                     meant != NULL ? "\"?" : "");
}

static int find_by_name(struct loading *loading, const char *name)
{
    const struct policy *policy = NULL;

    for (size_t i = 0; i < loading->entry_count; i++)
        if (strcmp(loading->entries[i].policy->name, name) == 0) {
            loading->entries[i].forced = true;
            return 0;
        }
    if (read_shipped(loading->policies, name, loading->arena, &policy, loading->error) != 0)
        return -1;
    if (policy == NULL)
        return fail_name(loading, name);
    add_entry(loading, policy, true);
    return 0;
}

/*
 * A file may not call itself as what is shipped: a mandatory policy that extends "baseline" would get this
 * one in its place, and --policy could loosen. (A site's own folder may: whoever writes there decides
 * anyway.)
 */
static int refuse_shipped_name(struct loading *loading, const struct policy *policy)
{
    const struct policy *shipped = NULL;

    for (size_t i = 0; i < loading->entry_count; i++)
        if (strcmp(loading->entries[i].policy->name, policy->name) == 0)
            return 0; /* two of one name: order_entries asks */
    if (read_shipped(loading->policies, policy->name, loading->arena, &shipped, loading->error) != 0)
        return -1;
    if (shipped == NULL || memcmp(&shipped->digest, &policy->digest, sizeof(struct digest)) == 0)
        return 0;
    return error_set(loading->error, ERROR_INVALID,
                     "%s is named \"%s\", as a policy that is shipped, and is another: policies that extend "
                     "\"%s\" would get this one; give it a name of its own",
                     policy->file, policy->name, policy->name);
}

/* --policy: a path when it has a slash or ends in .json, else a name. */
static int add_named(struct loading *loading, const char *word)
{
    const size_t length = strlen(word);
    const struct policy *policy;
    char *bytes;
    size_t size;

    if (strchr(word, '/') == NULL && (length < 5 || strcmp(word + length - 5, ".json") != 0))
        return find_by_name(loading, word);
    if (read_given_file(loading->policies->signers, word, loading->arena, &bytes, &size, loading->error) !=
            0 ||
        read_policy(loading, bytes, size, word, &policy) != 0 ||
        (!loading->request->alone && refuse_shipped_name(loading, policy) != 0))
        return -1;
    add_entry(loading, policy, true);
    return 0;
}

static int compare_entries(const void *one, const void *other)
{
    const struct policy_entry *first = one, *second = other;

    return strcmp(first->policy->name, second->policy->name);
}

/* The same bytes twice (--policy with a file of the folder) are one policy; two of one name are a question.
 */
static int order_entries(struct loading *loading)
{
    size_t kept = 0;

    if (loading->entry_count > 1)
        qsort(loading->entries, loading->entry_count, sizeof(*loading->entries), compare_entries);
    for (size_t i = 0; i < loading->entry_count; i++) {
        struct policy_entry *entry = &loading->entries[i],
                            *before = kept > 0 ? &loading->entries[kept - 1] : NULL;

        if (before == NULL || strcmp(before->policy->name, entry->policy->name) != 0) {
            loading->entries[kept++] = *entry;
            continue;
        }
        if (memcmp(&before->policy->digest, &entry->policy->digest, sizeof(struct digest)) != 0)
            return error_set(loading->error, ERROR_INVALID,
                             "%s and %s are both named \"%s\": a name stands for one policy",
                             before->policy->file, entry->policy->file, entry->policy->name);
        before->forced |= entry->forced;
    }
    loading->entry_count = kept;
    return 0;
}

/* ---- waivers ---- */

static int read_waiver_file(struct loading *loading, int directory, const char *path, const char *file)
{
    struct policy_problems problems = {0};
    const struct policy_waiver *waivers;
    struct policy_waiver *all;
    char *bytes;
    size_t length, count;

    if (read_site_file(loading->policies->signers, directory, path, file, loading->arena, &bytes, &length,
                       loading->error) != 0 ||
        policy_waivers_read(bytes, length, file, loading->arena, &problems, &waivers, &count,
                            loading->error) != 0)
        return -1;
    if (count == 0)
        return 0;
    all = arena_array(loading->arena, loading->waiver_count + count, sizeof(*all));
    if (loading->waiver_count > 0)
        memcpy(all, loading->waivers, loading->waiver_count * sizeof(*all));
    memcpy(all + loading->waiver_count, waivers, count * sizeof(*all));
    loading->waivers = all;
    loading->waiver_count += count;
    return 0;
}

static int read_waivers(struct loading *loading, const char *place, bool optional)
{
    cleanup_fd int directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char **names = NULL;
    size_t count;

    if (directory < 0 && errno == ENOENT && optional)
        return 0;
    if (directory < 0 && errno == ENOTDIR)
        return read_waiver_file(loading, AT_FDCWD, place, place);
    if (directory < 0)
        return error_system(loading->error, errno, "opening the waivers %s", place);
    if (site_file_check_owner(directory, place, loading->error) != 0 ||
        site_path_check(place, loading->error) != 0 ||
        site_folder_list(directory, place, loading->arena, &names, &count, loading->error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (read_waiver_file(loading, directory, names[i],
                             host_path_join(loading->arena, place, names[i]).text) != 0)
            return -1;
    return 0;
}

/* ---- all of it ---- */

int policies_configuration(const struct policies_request *request, struct arena *arena,
                           struct configuration *configuration, struct error *error)
{
    const char *file = request->configuration_file;
    const char *name = file != NULL ? file : CONFIGURATION_FILE;
    char *bytes;
    size_t length;

    *configuration = configuration_default();
    if (file == NULL && access(name, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (site_file_read(AT_FDCWD, name, name, POLICY_BYTES_MAX, arena, &bytes, &length, error) != 0)
        return -1;
    return configuration_parse(bytes, length, name, arena, NULL, configuration, error);
}

static int read_configuration(struct loading *loading)
{
    struct policies *policies = loading->policies;

    if (policies_configuration(loading->request, loading->arena, &policies->configuration, loading->error) !=
        0)
        return -1;
    policies->signers =
        file_signers_of(&policies->configuration, loading->request->state_root, loading->arena);
    return 0;
}

static int read_places(struct loading *loading, const struct json_strings *places, const char *by_default,
                       int (*read)(struct loading *loading, const char *place, bool optional))
{
    if (!places->present)
        return read(loading, by_default, true);
    for (size_t i = 0; i < places->count; i++)
        if (read(loading, places->items[i], false) != 0)
            return -1;
    return 0;
}

static int load(struct loading *loading)
{
    struct policies *policies = loading->policies;
    const struct policies_request *request = loading->request;

    if (read_configuration(loading) != 0 ||
        read_places(loading, &policies->configuration.policies, SITE_POLICIES, read_folder) != 0 ||
        read_places(loading, &policies->configuration.waivers, SITE_WAIVERS, read_waivers) != 0)
        return -1;
    for (size_t i = 0; i < request->named.count; i++)
        if (add_named(loading, request->named.items[i]) != 0)
            return -1;
    if (order_entries(loading) != 0)
        return -1;
    policies->library = (struct policy_library){
        .items = loading->entries,
        .count = loading->entry_count,
        .waivers = loading->waivers,
        .waiver_count = loading->waiver_count,
        .default_policy = policies->configuration.default_policy != NULL
                              ? policies->configuration.default_policy
                              : "baseline",
        .shipped = read_shipped,
        .context = policies,
        .memory = arena_allocate(loading->arena, sizeof(struct policy_memory)),
    };
    return 0;
}

int policies_load(const struct policies_request *request, struct arena *arena, struct policies *policies,
                  struct error *error)
{
    struct loading loading = {.request = request, .arena = arena, .policies = policies, .error = error};
    int result;

    *policies = (struct policies){0};
    if (request->alone)
        return policies_named(request, &request->named, arena, policies, error);
    result = load(&loading);
    file_signers_end(policies->signers);
    return result;
}

/* A file that is worked on stands for the installed policy of its name. */
static void prefer_named(struct loading *loading)
{
    size_t kept = 0;

    for (size_t i = 0; i < loading->entry_count; i++) {
        bool stands_back = false;

        for (size_t k = 0; !loading->entries[i].forced && k < loading->entry_count && !stands_back; k++)
            stands_back = loading->entries[k].forced &&
                          strcmp(loading->entries[k].policy->name, loading->entries[i].policy->name) == 0;
        if (!stands_back)
            loading->entries[kept++] = loading->entries[i];
    }
    loading->entry_count = kept;
}

static int load_named(struct loading *loading, const struct json_strings *words)
{
    struct policies *policies = loading->policies;

    if (read_configuration(loading) != 0 ||
        read_places(loading, &policies->configuration.policies, SITE_POLICIES, read_folder) != 0)
        return -1;
    for (size_t i = 0; i < words->count; i++)
        if (add_named(loading, words->items[i]) != 0)
            return -1;
    /* Only what was named applies; the others are there to be extended. */
    for (size_t i = 0; i < loading->entry_count; i++)
        loading->entries[i].mandatory = loading->entries[i].forced;
    if (loading->request->alone)
        prefer_named(loading);
    if (order_entries(loading) != 0)
        return -1;
    policies->library = (struct policy_library){.items = loading->entries,
                                                .count = loading->entry_count,
                                                .shipped = read_shipped,
                                                .context = policies};
    return 0;
}

int policies_named(const struct policies_request *request, const struct json_strings *words,
                   struct arena *arena, struct policies *policies, struct error *error)
{
    struct loading loading = {.request = request, .arena = arena, .policies = policies, .error = error};
    int result;

    *policies = (struct policies){0};
    result = load_named(&loading, words);
    file_signers_end(policies->signers);
    return result;
}

int policies_check_signature(const struct policies_request *request, const char *path, struct arena *arena,
                             struct error *error)
{
    struct policies policies = {0};
    struct loading loading = {.request = request, .arena = arena, .policies = &policies, .error = error};
    size_t length;
    char *bytes;
    int result;

    if (read_configuration(&loading) != 0)
        return -1;
    if (policies.signers == NULL)
        return 0;
    result = read_given_file(policies.signers, path, arena, &bytes, &length, error);
    file_signers_end(policies.signers);
    return result;
}

/* By the keys that it has: a policy has a name; waivers are objects where thwart.json has paths. */
static enum policies_file_kind kind_of(const char *bytes, size_t length, struct arena *arena)
{
    static const char *const keys[] = {"policies",         "shipped",     "default",      "waivers",
                                       "events",           "delegate",    "keyrings",     "issuers",
                                       "policySignatures", "imageStores", "imageVerifier"};
    const struct json_limits limits = {.comments = true};
    const struct json_value *waivers;
    struct json_value *root = NULL;
    struct error error;

    if (json_read(bytes, length, "", &limits, arena, &root, &error) != 0 || json_member(root, "name") != NULL)
        return POLICIES_FILE_POLICY; /* whose reader says what is wrong */
    waivers = json_member(root, "waivers");
    if (waivers != NULL && waivers->type == JSON_ARRAY &&
        (waivers->array.count > 0 ? waivers->array.items[0]->type == JSON_OBJECT : root->object.count <= 2))
        return POLICIES_FILE_WAIVERS;
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        if (json_member(root, keys[i]) != NULL)
            return POLICIES_FILE_CONFIGURATION;
    return POLICIES_FILE_POLICY;
}

int policies_read_file(const char *path, struct arena *arena, struct policy_problems *problems,
                       struct policies_file *file, struct error *error)
{
    const struct policy_files files = files_beside(NULL);
    const struct policy_waiver *waivers;
    struct configuration configuration;
    char *bytes;
    size_t length;

    *file = (struct policies_file){0};
    if (prepare_read_document(AT_FDCWD, path, path, POLICY_BYTES_MAX, arena, &bytes, &length, error) != 0)
        return -1;
    file->kind = kind_of(bytes, length, arena);
    if (file->kind == POLICIES_FILE_WAIVERS)
        return policy_waivers_read(bytes, length, path, arena, problems, &waivers, &file->waiver_count,
                                   error);
    if (file->kind == POLICIES_FILE_CONFIGURATION)
        return configuration_parse(bytes, length, path, arena, problems, &configuration, error);
    return policy_read(bytes, length, path, &files, arena, problems, &file->policy, error);
}

int policies_shipped_names(const struct policies *policies, struct arena *arena, const char ***names,
                           size_t *count, struct error *error)
{
    const char *folder = policies->configuration.shipped;
    const struct shipped_file *files = shipped_files(count);
    size_t kept = 0;

    if (folder != NULL) {
        cleanup_fd int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (directory < 0)
            return error_system(error, errno, "opening the folder of policies %s", folder);
        if (site_folder_list(directory, folder, arena, names, count, error) != 0)
            return -1;
        for (size_t i = 0; i < *count; i++)
            (*names)[i] = arena_copy(arena, (*names)[i], strlen((*names)[i]) - strlen(".json"));
        return 0;
    }
    *names = arena_array(arena, *count, sizeof(**names));
    for (size_t i = 0; i < *count; i++)
        if (strchr(files[i].name, '/') == NULL)
            (*names)[kept++] = files[i].name;
    *count = kept;
    return 0;
}

bool policies_join(struct policy_set *set, const struct policy_set *added, struct arena *arena)
{
    struct policy_applied *items = arena_array(arena, set->count + added->count, sizeof(*items));
    size_t count = 0, s = 0, a = 0;
    bool changed = false;

    while (s < set->count || a < added->count) {
        int order = s == set->count     ? 1
                    : a == added->count ? -1
                                        : strcmp(set->items[s].policy->name, added->items[a].policy->name);

        if (order <= 0) {
            items[count] = set->items[s++];
            if (order == 0 && items[count].audit && !added->items[a].audit) {
                items[count].audit = false;
                changed = true;
            }
            a += order == 0;
        } else {
            items[count] = added->items[a++];
            changed = true;
        }
        count++;
    }
    set->items = items;
    set->count = count;
    return changed;
}

struct json_strings policies_words(const struct policy_set *set, struct arena *arena)
{
    const char **items = arena_array(arena, set->count, sizeof(*items));
    char digest[DIGEST_HEX_SIZE];

    for (size_t i = 0; i < set->count; i++) {
        digest_hex(&set->items[i].policy->digest, digest);
        items[i] = arena_format(arena, "%s@sha256:%s", set->items[i].policy->name, digest);
    }
    return (struct json_strings){.items = items, .count = set->count, .present = set->count > 0};
}

const char *policies_annotation(const struct json_strings *words, struct arena *arena)
{
    cleanup_text struct text text = text_growing(SIZE_MAX / 2);

    for (size_t i = 0; i < words->count; i++)
        text_append_format(&text, "%s%s", i > 0 ? "," : "", words->items[i]);
    return arena_copy(arena, text.bytes, text.length);
}

bool policies_bound_anything(const struct policy_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].policy->bounds_anything || set->items[i].policy->audit_required)
            return true;
    return false;
}
