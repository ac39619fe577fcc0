/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's cgroup as a transient scope of systemd: in which slice, by what name, with which
 * properties. cgroupsPath is "SLICE:PREFIX:NAME" then, as engines send it.
 */
#include "plan/systemd.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { UNIT_NAME_MAX = 255, VALUES_AT_FIRST = 8, HEX_ESCAPE_BYTES = 4 };

static const char scope_suffix[] = ".scope";
static const char slice_suffix[] = ".slice";
static const char path_pointer[] = "/linux/cgroupsPath";

/* ---- properties ---- */

static struct plan_unit_property *find_property(const struct unit_properties *properties, const char *name)
{
    for (size_t i = 0; i < properties->count; i++)
        if (strcmp(properties->items[i].name, name) == 0)
            return &properties->items[i];
    return NULL;
}

static struct plan_unit_property *make_room(struct unit_properties *properties)
{
    if (properties->count == properties->capacity) {
        size_t capacity = properties->capacity > 0 ? 2 * properties->capacity : VALUES_AT_FIRST;
        struct plan_unit_property *items = arena_array(properties->arena, capacity, sizeof(*items));

        if (properties->count > 0)
            memcpy(items, properties->items, properties->count * sizeof(*items));
        properties->items = items;
        properties->capacity = capacity;
    }
    return &properties->items[properties->count++];
}

void unit_properties_add_value(struct plan_unit_property *property, struct arena *arena, const char *value)
{
    size_t count = property->values.count;
    const char **items = arena_array(arena, count + 2, sizeof(*items));

    if (count > 0)
        memcpy(items, property->values.items, count * sizeof(*items));
    items[count] = value;
    property->values = (struct plan_strings){.items = items, .count = count + 1};
}

struct plan_unit_property *unit_properties_set(struct unit_properties *properties, const char *name,
                                               const char *signature, const char *value, const char *pointer)
{
    struct plan_unit_property *property = find_property(properties, name);

    if (property == NULL)
        property = make_room(properties);
    *property = (struct plan_unit_property){.name = name, .signature = signature, .pointer = pointer};
    if (value != NULL)
        unit_properties_add_value(property, properties->arena, value);
    return property;
}

void unit_properties_add_pair(struct unit_properties *properties, const char *name, const char *signature,
                              const char *first, const char *second, const char *pointer)
{
    struct plan_unit_property *property = find_property(properties, name);
    const char **items;

    if (property == NULL)
        property = unit_properties_set(properties, name, signature, NULL, pointer);
    for (size_t i = 0; i < property->values.count; i += 2) {
        if (strcmp(property->values.items[i], first) != 0)
            continue;
        items = arena_array(properties->arena, property->values.count + 1, sizeof(*items));
        memcpy(items, property->values.items, property->values.count * sizeof(*items));
        items[i + 1] = second;
        property->values.items = items;
        return;
    }
    unit_properties_add_value(property, properties->arena, first);
    unit_properties_add_value(property, properties->arena, second);
}

/* ---- names ---- */

/* systemd.unit(5): what the name of a unit is made of; '@' makes an instance of a template, which is nothing
 * for a scope. */
static bool is_name_character(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') ||
           (character != '\0' && strchr(":-_.\\", character) != NULL);
}

static bool is_unit_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > UNIT_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_name_character(name[i]))
            return false;
    return true;
}

/* systemd.slice(5): a dash goes one slice down, so none may stand at an end or beside another. "-.slice" is
 * the root. */
static bool is_slice_name(const char *name)
{
    if (!is_unit_name(name) || !text_ends_with(name, slice_suffix) || strcmp(name, slice_suffix) == 0)
        return false;
    if (strcmp(name, "-.slice") == 0)
        return true;
    return name[0] != '-' && strstr(name, "--") == NULL && strstr(name, "-.slice") == NULL;
}

/* An id may hold '+', which a unit's name may not: as systemd-escape(1) writes it. */
static const char *escape_id(struct arena *arena, const char *id)
{
    char *escaped = arena_allocate(arena, strlen(id) * HEX_ESCAPE_BYTES + 1);
    struct text text = text_over(escaped, strlen(id) * HEX_ESCAPE_BYTES + 1);

    for (; *id != '\0'; id++) {
        if (is_name_character(*id))
            text_append_character(&text, *id);
        else
            text_append_format(&text, "\\x%02x", (unsigned int)(unsigned char)*id);
    }
    return escaped;
}

static int refuse_form(const char *path, struct error *error)
{
    return error_set(
        error, ERROR_INVALID,
        "%s: \"%s\": with systemd's cgroup manager it has the form SLICE:PREFIX:NAME "
        "(\"system.slice:thwart:c1\"), where each may be empty but the name: let the engine use its "
        "systemd cgroup driver, or leave --systemd-cgroup (--cgroup-manager systemd) out",
        path_pointer, path);
}

/*
 * "SLICE:PREFIX:NAME" gives PREFIX-NAME.scope; without a prefix, NAME.scope. "SLICE:NAME" and "NAME" are
 * crun's shorter forms. The suffix is appended whatever NAME ends in: engines work the unit's name out
 * themselves.
 */
static int split_path(struct arena *arena, const char *path, const char **slice, const char **unit,
                      struct error *error)
{
    const char *first = strchr(path, ':'), *second, *prefix, *name;

    if (strchr(path, '/') != NULL)
        return refuse_form(path, error);
    if (first == NULL) {
        *slice = "";
        *unit = arena_format(arena, "%s%s", path, scope_suffix);
        return 0;
    }
    *slice = arena_copy(arena, path, (size_t)(first - path));
    second = strchr(first + 1, ':');
    prefix = second != NULL ? arena_copy(arena, first + 1, (size_t)(second - first - 1)) : "";
    name = second != NULL ? second + 1 : first + 1;
    if (name[0] == '\0' || strchr(name, ':') != NULL)
        return refuse_form(path, error);
    *unit = arena_format(arena, "%s%s%s%s", prefix, prefix[0] != '\0' ? "-" : "", name, scope_suffix);
    return 0;
}

static int choose_names(struct plan_builder *builder, struct plan_systemd_scope *scope, struct error *error)
{
    const char *configured = builder->linux_part->cgroups_path;
    struct arena *arena = builder->arena;

    scope->slice = "";
    if (configured == NULL || configured[0] == '\0')
        scope->unit = arena_format(arena, "thwart-%s%s", escape_id(arena, builder->inputs->id), scope_suffix);
    else if (split_path(arena, configured, &scope->slice, &scope->unit, error) < 0)
        return -1;
    if (scope->slice[0] == '\0')
        scope->slice = scope->user_manager ? "user.slice" : "system.slice";
    else if (strcmp(scope->slice, "-") == 0)
        scope->slice = "-.slice";
    if (!is_slice_name(scope->slice))
        return error_set(
            error, ERROR_INVALID,
            "%s: \"%s\" is no name of a slice: it ends in .slice, and its dashes tell the slices "
            "above it (\"machine-pods.slice\"), so no two stand together",
            path_pointer, scope->slice);
    if (!is_unit_name(scope->unit))
        return error_set(error, ERROR_INVALID,
                         "%s: \"%s\" is no name of a systemd unit: at most %d characters of "
                         "[A-Za-z0-9:_.\\-]",
                         configured != NULL && configured[0] != '\0' ? path_pointer : "the container's id",
                         scope->unit, (int)UNIT_NAME_MAX);
    return 0;
}

/* ---- the scope ---- */

static void set_fixed(struct unit_properties *properties)
{
    static const char *const accounting[] = {"CPUAccounting", "MemoryAccounting", "IOAccounting",
                                             "TasksAccounting"};

    /* What is below the scope is the container's; without it systemd would move and remove cgroups there. */
    unit_properties_set(properties, "Delegate", "b", "true", NULL)->required = true;
    /* It neither holds up nor follows the host's shutdown by itself: engines order that. */
    unit_properties_set(properties, "DefaultDependencies", "b", "false", NULL);
    /* A scope that failed (its processes killed for memory) would otherwise hold its name. */
    unit_properties_set(properties, "CollectMode", "s", "inactive-or-failed", NULL);
    /* Engines read what is used, limits or not. */
    for (size_t i = 0; i < ARRAY_LENGTH(accounting); i++)
        unit_properties_set(properties, accounting[i], "b", "true", NULL);
}

int plan_build_systemd_scope(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error)
{
    struct plan_systemd_scope *scope = arena_allocate(builder->arena, sizeof(*scope));
    struct unit_properties properties = {.arena = builder->arena};

    scope->user_manager = plan_is_rootless(builder->facts);
    if (choose_names(builder, scope, error) < 0)
        return -1;
    scope->description = arena_format(builder->arena, "thwart container %s", builder->inputs->id);
    set_fixed(&properties);
    unit_properties_of_writes(&properties, cgroup, true);
    unit_properties_of_devices(builder, &properties, cgroup);
    if (unit_properties_of_annotations(builder, &properties, error) < 0)
        return -1;
    if (properties.rounded_quota != NULL)
        plan_builder_note(builder, properties.rounded_quota,
                          "the unit's property is rounded up: systemd keeps whole percents of a CPU; the "
                          "cgroup's file has the exact value");
    scope->properties = properties.items;
    scope->property_count = properties.count;
    cgroup->scope = scope;
    return 0;
}

void plan_build_unit_properties(const struct plan_cgroup *cgroup, struct arena *arena,
                                const struct plan_unit_property **properties, size_t *count)
{
    struct unit_properties built = {.arena = arena};

    unit_properties_of_writes(&built, cgroup, false);
    *properties = built.items;
    *count = built.count;
}
