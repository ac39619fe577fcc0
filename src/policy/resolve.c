/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which policies apply: selectors, the default, volunteers, and what they extend. */
#include "policy/resolve.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/glob.h"
#include "base/suggest.h"
#include "policy/claimed.h"
#include "policy/read.h"
#include "policy/shipped.h"

#define VOLUNTEERS "io.thwart.policy"
#define CLAIM      "io.thwart.claim"

enum { CLAIM_BYTES_MAX = 4 * 1024 * 1024 };

/* ---- selectors ---- */

static const char *annotation(const struct spec *spec, const char *key)
{
    for (size_t i = 0; i < spec->annotations.count; i++)
        if (strcmp(spec->annotations.items[i].key, key) == 0)
            return spec->annotations.items[i].value;
    return NULL;
}

/* Where engines write the image's name. Nobody vouches for it: anybody who writes the configuration can
 * borrow another image's wider policy. */
static const char *const claimed_names[] = {
    "io.kubernetes.cri.image-name",
    "io.kubernetes.cri-o.ImageName",
    "io.kubernetes.cri-o.Image",
    "org.opencontainers.image.ref.name",
};

static bool is_listed(const struct policy_when *when, const char *name)
{
    for (size_t i = 0; name != NULL && i < when->image.count; i++)
        if (glob_matches(when->image.items[i].text, name, '/'))
            return true;
    return false;
}

static bool claimed_name_matches(const struct policy_when *when, const struct spec *spec)
{
    for (size_t i = 0; i < ARRAY_LENGTH(claimed_names); i++)
        if (is_listed(when, annotation(spec, claimed_names[i])))
            return true;
    return false;
}

/* Do the selecting policy's signers attest this name, or the host's where it has none? */
static bool may_attest(const struct policy_image *image, const struct trust_requirement *by)
{
    if (image == NULL || !image->signature.rule.present)
        return by->of_host;
    for (size_t i = 0; i < image->signature.count; i++)
        if (trust_requirement_is(by, &image->signature.items[i].requirement))
            return true;
    return false;
}

static bool attested_name_matches(const struct policy_when *when, const struct policy_image *image,
                                  const struct trust *trust)
{
    for (size_t i = 0; i < trust->name_count; i++)
        if (may_attest(image, trust->names[i].by) && is_listed(when, trust->names[i].reference))
            return true;
    return false;
}

static bool annotations_match(const struct policy_when *when, const struct spec *spec)
{
    for (size_t i = 0; i < when->annotation_count; i++) {
        const char *value = annotation(spec, when->annotations[i].key);

        if (value == NULL || !glob_matches(when->annotations[i].pattern, value, '\0'))
            return false;
    }
    return true;
}

bool policy_when_wants_name(const struct policy_when *when)
{
    return when->present && when->image.present && when->image.count > 0 && !when->trust_unverified;
}

bool policy_when_may_match(const struct policy_when *when, const struct spec *spec)
{
    if (!when->present)
        return true;
    if (when->image.present && !policy_when_wants_name(when) && !claimed_name_matches(when, spec))
        return false;
    return annotations_match(when, spec);
}

bool policy_when_matches(const struct policy_when *when, const struct policy_image *image,
                         const struct spec *spec, const struct trust *trust)
{
    return policy_when_may_match(when, spec) &&
           (!policy_when_wants_name(when) || attested_name_matches(when, image, trust));
}

/* ---- the set ---- */

struct resolution {
    const struct policy_library *library;
    const struct spec *spec;
    const struct trust *trust; /* NULL: all that might apply is wanted */
    struct arena *arena;
    struct error *error;
    struct policy_applied *items;
    size_t count, capacity;
    size_t *places;     /* of the library's entries among the items, + 1; 0: not there */
    size_t shipped[64]; /* items that are not the library's */
    size_t shipped_count;
    const struct policy *path[32]; /* of extends, from the first to the one that is added */
    size_t depth;
};

/* A policy that a name stands for: an entry of the library (ordered by name), or a shipped one. */
struct named {
    const struct policy *policy; /* NULL: none */
    size_t entry;                /* in the library; its count: none of its */
};

static size_t find_entry(const struct policy_library *library, const char *name)
{
    size_t low = 0, high = library->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, library->items[middle].policy->name);

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return library->count;
}

static int read_shipped(const struct policy_library *library, const char *name, struct arena *arena,
                        const struct policy **policy, struct error *error)
{
    struct policy_memory *memory = library->memory;

    for (size_t i = 0; memory != NULL && i < memory->count; i++)
        if (strcmp(memory->items[i]->name, name) == 0) {
            *policy = memory->items[i];
            return 0;
        }
    if (library->shipped(library->context, name, arena, policy, error) != 0)
        return -1;
    if (*policy != NULL && memory != NULL && memory->count < ARRAY_LENGTH(memory->items) &&
        strcmp((*policy)->name, name) == 0)
        memory->items[memory->count++] = *policy;
    return 0;
}

static int find(struct resolution *resolution, const char *name, struct named *named)
{
    const struct policy_library *library = resolution->library;

    named->entry = find_entry(library, name);
    named->policy = named->entry < library->count ? library->items[named->entry].policy : NULL;
    if (named->policy != NULL || library->shipped == NULL)
        return 0;
    for (size_t i = 0; i < resolution->shipped_count; i++)
        if (strcmp(resolution->items[resolution->shipped[i]].policy->name, name) == 0) {
            named->policy = resolution->items[resolution->shipped[i]].policy;
            return 0;
        }
    return read_shipped(library, name, resolution->arena, &named->policy, resolution->error);
}

/* The end of a sentence about a name that is none: ": did you mean …", or nothing. A name counts that this
 * library has: another folder may stand for what is shipped. */
static const char *did_you_mean(const struct resolution *resolution, const char *name)
{
    const struct policy_library *library = resolution->library;
    const struct policy *policy;
    struct error error;
    size_t count;
    const struct shipped_file *files = shipped_files(&count);
    const char **names = arena_array(resolution->arena, library->count + count, sizeof(*names));
    const char *meant;

    for (size_t i = 0; i < library->count; i++)
        names[i] = library->items[i].policy->name;
    for (size_t i = 0; library->shipped != NULL && i < count; i++)
        if (strchr(files[i].name, '/') == NULL &&
            library->shipped(library->context, files[i].name, resolution->arena, &policy, &error) == 0 &&
            policy != NULL)
            names[library->count + i] = files[i].name;
    meant = suggest_word(name, names, library->count + count, sizeof(*names));
    return meant != NULL ? arena_format(resolution->arena, ": did you mean \"%s\"?", meant) : "";
}

static struct policy_applied *find_item(const struct resolution *resolution, const struct named *named)
{
    if (named->entry < resolution->library->count)
        return resolution->places[named->entry] == 0
                   ? NULL
                   : &resolution->items[resolution->places[named->entry] - 1];
    for (size_t i = 0; i < resolution->shipped_count; i++)
        if (resolution->items[resolution->shipped[i]].policy == named->policy)
            return &resolution->items[resolution->shipped[i]];
    return NULL;
}

static int append(struct resolution *resolution, const struct named *named, enum policy_role role, bool audit)
{
    if (resolution->count == resolution->capacity) {
        size_t capacity = resolution->capacity * 2 + 8;
        struct policy_applied *items = arena_array(resolution->arena, capacity, sizeof(*items));

        if (resolution->count > 0)
            memcpy(items, resolution->items, resolution->count * sizeof(*items));
        resolution->items = items;
        resolution->capacity = capacity;
    }
    if (named->entry < resolution->library->count)
        resolution->places[named->entry] = resolution->count + 1;
    else if (resolution->shipped_count < ARRAY_LENGTH(resolution->shipped))
        resolution->shipped[resolution->shipped_count++] = resolution->count;
    else
        return error_set(resolution->error, ERROR_LIMIT, "more than %zu shipped policies apply at once",
                         ARRAY_LENGTH(resolution->shipped));
    resolution->items[resolution->count++] =
        (struct policy_applied){.policy = named->policy, .role = role, .audit = audit};
    return 0;
}

/* Twice: the strictest way counts. *changed: what it extends has to be looked at (again). */
static int put(struct resolution *resolution, const struct named *named, enum policy_role role, bool audit,
               bool *changed)
{
    struct policy_applied *item = find_item(resolution, named);

    *changed = item == NULL || (item->audit && !audit);
    if (item == NULL)
        return append(resolution, named, role, audit);
    item->role = role > item->role ? role : item->role;
    item->audit = item->audit && audit;
    return 0;
}

static int check_circle(const struct resolution *resolution, const struct policy *policy,
                        const struct policy_word *word)
{
    const struct policy *extending = resolution->path[resolution->depth - 1];

    for (size_t i = 0; i < resolution->depth; i++)
        if (strcmp(resolution->path[i]->name, policy->name) == 0)
            return error_set(resolution->error, ERROR_INVALID,
                             "%s:%u:%u: extends \"%s\", which extends \"%s\" in turn: a circle",
                             extending->file, word->line, word->column, policy->name,
                             resolution->path[i]->name);
    if (resolution->depth == ARRAY_LENGTH(resolution->path))
        return error_set(resolution->error, ERROR_LIMIT, "%s:%u:%u: extends more than %zu deep",
                         extending->file, word->line, word->column, ARRAY_LENGTH(resolution->path));
    return 0;
}

/* Add a policy and all that it extends. `extends` is a meet like any other: the extended ones apply beside
 * it. */
static int add(struct resolution *resolution, const struct named *named, enum policy_role role, bool audit)
{
    const struct policy *policy = named->policy;
    bool changed;

    audit = audit || policy->audit;
    if (put(resolution, named, role, audit, &changed) != 0)
        return -1;
    if (!changed)
        return 0;
    resolution->path[resolution->depth++] = policy;
    for (size_t i = 0; i < policy->extends.count; i++) {
        const struct policy_word *word = &policy->extends.items[i];
        struct named extended;

        if (find(resolution, word->text, &extended) != 0)
            return -1;
        if (extended.policy == NULL)
            return error_set(resolution->error, ERROR_INVALID,
                             "%s:%u:%u: extends \"%s\": there is no policy of that name%s", policy->file,
                             word->line, word->column, word->text, did_you_mean(resolution, word->text));
        if (check_circle(resolution, extended.policy, word) != 0 ||
            add(resolution, &extended, POLICY_ROLE_EXTENDED, audit) != 0)
            return -1;
    }
    resolution->depth--;
    return 0;
}

/* Nothing is known of the image yet where trust is NULL. *surely: it applies whatever will be found out. */
static bool is_selected(const struct resolution *resolution, const struct policy_entry *entry, bool *surely)
{
    const struct policy *policy = entry->policy;

    *surely = true;
    if (!entry->mandatory)
        return false;
    if (entry->forced)
        return true;
    if (resolution->trust != NULL)
        return policy_when_matches(&policy->when, &policy->image, resolution->spec, resolution->trust);
    *surely = !policy_when_wants_name(&policy->when);
    return policy_when_may_match(&policy->when, resolution->spec);
}

/* *enforced: one of them does not just report, and applies for sure. */
static int add_mandatory(struct resolution *resolution, bool *enforced)
{
    const struct policy_library *library = resolution->library;

    for (size_t i = 0; i < library->count; i++) {
        const struct policy_entry *entry = &library->items[i];
        const struct named named = {entry->policy, i};
        bool surely;

        if (!is_selected(resolution, entry, &surely))
            continue;
        if (add(resolution, &named, POLICY_ROLE_MANDATORY, false) != 0)
            return -1;
        *enforced = *enforced || (surely && !entry->policy->audit);
    }
    return 0;
}

static int add_default(struct resolution *resolution)
{
    const char *name = resolution->library->default_policy;
    struct named named;

    if (name == NULL)
        return 0;
    if (find(resolution, name, &named) != 0)
        return -1;
    if (named.policy == NULL)
        return error_set(resolution->error, ERROR_INVALID, "the default policy \"%s\" does not exist%s", name,
                         did_you_mean(resolution, name));
    return add(resolution, &named, POLICY_ROLE_DEFAULT, false);
}

/* "web, offline": each can only tighten. A name that means nothing is a bound that its author counts on. */
static int add_volunteered(struct resolution *resolution)
{
    const char *names = annotation(resolution->spec, VOLUNTEERS);

    while (names != NULL && *names != '\0') {
        size_t length = strcspn(names, ",");
        const char *begin = names + strspn(names, " \t"), *end = names + length;
        struct named named;

        while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end > begin) {
            const char *name = arena_copy(resolution->arena, begin, (size_t)(end - begin));

            if (find(resolution, name, &named) != 0)
                return -1;
            if (named.policy == NULL)
                return error_set(resolution->error, ERROR_DENIED,
                                 "policy denied: annotations/" VOLUNTEERS ": there is no policy \"%s\"%s",
                                 name, did_you_mean(resolution, name));
            if (add(resolution, &named, POLICY_ROLE_VOLUNTEERED, false) != 0)
                return -1;
        }
        names += length + (names[length] == ',');
    }
    return 0;
}

/* Engines copy what an image says of itself into annotations. The annotation may repeat what a signature
 * carried; by itself it would be anybody's word. */
static bool is_admitted(const struct resolution *resolution, const char *text)
{
    const struct json_limits limits = {.bytes = CLAIM_BYTES_MAX};
    const struct json_value *policy;
    struct json_value *claim = NULL;
    struct error error;

    if (json_read(text, strlen(text), CLAIM, &limits, resolution->arena, &claim, &error) != 0)
        return false;
    policy = json_member(claim, "policy");
    for (size_t i = 0; i < resolution->trust->claim_count; i++)
        if (policy_same_tree(policy != NULL ? policy : claim, resolution->trust->claims[i].policy))
            return true;
    return false;
}

static int check_claim(const struct resolution *resolution)
{
    const char *claim = annotation(resolution->spec, CLAIM);

    if (claim == NULL || is_admitted(resolution, claim))
        return 0;
    return error_set(resolution->error, ERROR_UNTRUSTED,
                     "annotations/" CLAIM
                     ": no signature that counts carries this claim, and what is not proven "
                     "is not believed: remove the annotation, or have the claim signed with the image by an "
                     "issuer that thwart.json names");
}

/* What the image's author signed bounds like what somebody volunteered. */
static int add_claims(struct resolution *resolution)
{
    const struct policy *const *claims;
    size_t count;

    if (check_claim(resolution) != 0 ||
        policy_claimed(resolution->library, resolution->trust, resolution->arena, &claims, &count,
                       resolution->error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct named named = {claims[i], resolution->library->count};

        if (add(resolution, &named, POLICY_ROLE_VOLUNTEERED, false) != 0)
            return -1;
    }
    return 0;
}

static int compare_names(const void *one, const void *other)
{
    const struct policy_applied *first = one, *second = other;

    return strcmp(first->policy->name, second->policy->name);
}

static void match_waivers(const struct resolution *resolution, struct policy_set *set)
{
    const struct policy_library *library = resolution->library;
    struct policy_waiver *waivers = arena_array(resolution->arena, library->waiver_count, sizeof(*waivers));

    for (size_t i = 0; i < library->waiver_count; i++) {
        const struct policy_when *when = &library->waivers[i].when;

        if (resolution->trust != NULL ? policy_when_matches(when, NULL, resolution->spec, resolution->trust)
                                      : policy_when_may_match(when, resolution->spec))
            waivers[set->waiver_count++] = library->waivers[i];
    }
    set->waivers = waivers;
}

static struct resolution begin(const struct policy_library *library, const struct spec *spec,
                               const struct trust *trust, struct arena *arena, struct error *error)
{
    return (struct resolution){.library = library,
                               .spec = spec,
                               .trust = trust,
                               .arena = arena,
                               .error = error,
                               .places = arena_array(arena, library->count, sizeof(size_t))};
}

/* A policy on trial changes nothing: it does not take the default's place either. */
static int choose(struct resolution *resolution)
{
    bool enforced = false;

    return add_mandatory(resolution, &enforced) != 0 || (!enforced && add_default(resolution) != 0) ||
                   add_volunteered(resolution) != 0
               ? -1
               : 0;
}

static void finish(struct resolution *resolution, struct policy_set *set)
{
    *set = (struct policy_set){0};
    if (resolution->count > 1)
        qsort(resolution->items, resolution->count, sizeof(*resolution->items), compare_names);
    set->items = resolution->items;
    set->count = resolution->count;
    match_waivers(resolution, set);
}

int policy_resolve(const struct policy_library *library, const struct spec *spec, const struct trust *trust,
                   struct arena *arena, struct policy_set *set, struct error *error)
{
    struct resolution resolution = begin(library, spec, trust, arena, error);

    if (choose(&resolution) != 0 || add_claims(&resolution) != 0)
        return -1;
    finish(&resolution, set);
    return 0;
}

int policy_resolve_possible(const struct policy_library *library, const struct spec *spec,
                            const char *const *also, size_t also_count, struct arena *arena,
                            struct policy_set *set, struct error *error)
{
    struct resolution resolution = begin(library, spec, NULL, arena, error);

    if (choose(&resolution) != 0)
        return -1;
    for (size_t i = 0; i < also_count; i++) {
        struct named named;

        if (find(&resolution, also[i], &named) != 0 ||
            (named.policy != NULL && add(&resolution, &named, POLICY_ROLE_EXTENDED, false) != 0))
            return -1;
    }
    finish(&resolution, set);
    return 0;
}
