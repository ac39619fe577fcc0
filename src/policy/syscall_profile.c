/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles in the engines' form; see syscall_profile.h. */
#include "policy/syscall_profile.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "json/table.h"
#include "policy/words.h"

enum { ERRNO_MAX = 4095, VERSION_MAX = 255 };

struct condition {
    struct json_strings caps, arches;
    const char *min_kernel;
};

struct rule {
    struct json_strings names;
    const char *name, *action, *errno_name, *comment;
    uint32_t errno_return;
    bool has_errno_return;
    struct json_structs arguments;
    const struct condition *includes, *excludes;
    struct json_origin origin;
};

struct architecture_map {
    const char *architecture;
    struct json_strings sub_architectures;
};

struct profile {
    const char *default_action, *default_errno_name, *listener_path, *listener_metadata;
    uint32_t default_errno_return;
    bool has_default_errno_return;
    struct json_structs architecture_maps, rules;
    struct json_strings architectures, flags;
};

static const struct json_field argument_rows[] = {
    JSON_FIELD(struct spec_seccomp_argument, index, "index", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = 5),
    JSON_FIELD(struct spec_seccomp_argument, value, "value", JSON_KIND_UINT64, .required = true),
    JSON_FIELD_FLAGGED(struct spec_seccomp_argument, value_two, "valueTwo", JSON_KIND_UINT64),
    JSON_FIELD(struct spec_seccomp_argument, operator_name, "op", JSON_KIND_STRING, .required = true),
};
static const struct json_table argument_table =
    JSON_TABLE(struct spec_seccomp_argument, "argument", argument_rows);

static const struct json_field condition_rows[] = {
    JSON_FIELD(struct condition, caps, "caps", JSON_KIND_STRINGS),
    JSON_FIELD(struct condition, arches, "arches", JSON_KIND_STRINGS),
    JSON_FIELD(struct condition, min_kernel, "minKernel", JSON_KIND_STRING),
};
static const struct json_table condition_table = JSON_TABLE(struct condition, "condition", condition_rows);

/* "errno" and "defaultErrno" are the names that Podman's profiles have beside the numbers. */
static const struct json_field rule_rows[] = {
    JSON_FIELD(struct rule, names, "names", JSON_KIND_STRINGS),
    JSON_FIELD(struct rule, name, "name", JSON_KIND_STRING),
    JSON_FIELD(struct rule, action, "action", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct rule, errno_return, "errnoRet", JSON_KIND_UINT32,
                       .maximum_unsigned = ERRNO_MAX),
    JSON_FIELD(struct rule, errno_name, "errno", JSON_KIND_STRING),
    JSON_FIELD(struct rule, arguments, "args", JSON_KIND_STRUCTS, .table = &argument_table),
    JSON_FIELD(struct rule, comment, "comment", JSON_KIND_STRING),
    JSON_FIELD(struct rule, includes, "includes", JSON_KIND_STRUCT, .table = &condition_table),
    JSON_FIELD(struct rule, excludes, "excludes", JSON_KIND_STRUCT, .table = &condition_table),
};
static const struct json_table rule_table = JSON_TABLE_PLACED(struct rule, "rule", rule_rows);

static const struct json_field map_rows[] = {
    JSON_FIELD(struct architecture_map, architecture, "architecture", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct architecture_map, sub_architectures, "subArchitectures", JSON_KIND_STRINGS),
};
static const struct json_table map_table = JSON_TABLE(struct architecture_map, "entry of archMap", map_rows);

static const struct json_field profile_rows[] = {
    JSON_FIELD(struct profile, default_action, "defaultAction", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct profile, default_errno_return, "defaultErrnoRet", JSON_KIND_UINT32,
                       .maximum_unsigned = ERRNO_MAX),
    JSON_FIELD(struct profile, default_errno_name, "defaultErrno", JSON_KIND_STRING),
    JSON_FIELD(struct profile, architecture_maps, "archMap", JSON_KIND_STRUCTS, .table = &map_table),
    JSON_FIELD(struct profile, architectures, "architectures", JSON_KIND_STRINGS),
    JSON_FIELD(struct profile, flags, "flags", JSON_KIND_STRINGS),
    JSON_FIELD(struct profile, listener_path, "listenerPath", JSON_KIND_STRING),
    JSON_FIELD(struct profile, listener_metadata, "listenerMetadata", JSON_KIND_STRING),
    JSON_FIELD(struct profile, rules, "syscalls", JSON_KIND_STRUCTS, .table = &rule_table),
};
static const struct json_table profile_table = JSON_TABLE(struct profile, "profile", profile_rows);

/* Who asks, and where messages point. */
struct resolving {
    const char *file;
    const struct syscall_circumstances *circumstances; /* NULL: only check */
    struct arena *arena;
    struct error *error;
};

/* ---- conditions ---- */

/* Engines write architectures as Go does ("amd64"), or as libseccomp does. */
static bool is_architecture(const char *name, const char *native)
{
    static const struct {
        const char *name, *native;
    } names[] = {{"amd64", "SCMP_ARCH_X86_64"},
                 {"x86_64", "SCMP_ARCH_X86_64"},
                 {"386", "SCMP_ARCH_X86"},
                 {"x86", "SCMP_ARCH_X86"},
                 {"x32", "SCMP_ARCH_X32"},
                 {"amd64p32", "SCMP_ARCH_X32"},
                 {"arm64", "SCMP_ARCH_AARCH64"},
                 {"aarch64", "SCMP_ARCH_AARCH64"},
                 {"arm", "SCMP_ARCH_ARM"},
                 {"ppc64le", "SCMP_ARCH_PPC64LE"},
                 {"ppc64", "SCMP_ARCH_PPC64"},
                 {"ppc", "SCMP_ARCH_PPC"},
                 {"s390x", "SCMP_ARCH_S390X"},
                 {"s390", "SCMP_ARCH_S390"},
                 {"riscv64", "SCMP_ARCH_RISCV64"},
                 {"loong64", "SCMP_ARCH_LOONGARCH64"},
                 {"loongarch64", "SCMP_ARCH_LOONGARCH64"},
                 {"mips64", "SCMP_ARCH_MIPS64"},
                 {"mips64le", "SCMP_ARCH_MIPSEL64"},
                 {"mipsel64", "SCMP_ARCH_MIPSEL64"},
                 {"mips", "SCMP_ARCH_MIPS"},
                 {"mipsel", "SCMP_ARCH_MIPSEL"},
                 {"mips64n32", "SCMP_ARCH_MIPS64N32"},
                 {"mipsel64n32", "SCMP_ARCH_MIPSEL64N32"},
                 {"parisc", "SCMP_ARCH_PARISC"},
                 {"parisc64", "SCMP_ARCH_PARISC64"}};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(names[i].name, name) == 0 && strcmp(names[i].native, native) == 0)
            return true;
    return strcmp(name, native) == 0;
}

static bool any_architecture(const struct json_strings *names, const char *native)
{
    for (size_t i = 0; i < names->count; i++)
        if (is_architecture(names->items[i], native))
            return true;
    return false;
}

static bool has_capability(const char *name, uint64_t granted)
{
    unsigned int number;

    return policy_capability_number(name, &number) && ((granted >> number) & 1) != 0;
}

/* "4.8": two numbers up to 255, not 0.0. */
static bool parse_kernel(const char *text, uint64_t *major, uint64_t *minor)
{
    return number_scan_unsigned(&text, major) && *text++ == '.' && number_scan_unsigned(&text, minor) &&
           *text == '\0' && *major <= VERSION_MAX && *minor <= VERSION_MAX && (*major != 0 || *minor != 0);
}

static int check_condition(const struct resolving *resolving, const struct rule *rule,
                           const struct condition *condition)
{
    uint64_t major, minor;

    if (condition == NULL || condition->min_kernel == NULL || condition->min_kernel[0] == '\0' ||
        parse_kernel(condition->min_kernel, &major, &minor))
        return 0;
    return error_set(resolving->error, ERROR_INVALID,
                     "%s:%u:%u: minKernel: \"%.60s\" is no kernel version such as \"4.8\"", resolving->file,
                     rule->origin.line, rule->origin.column, condition->min_kernel);
}

static bool kernel_is_new_enough(const char *wanted, const struct syscall_circumstances *circumstances)
{
    uint64_t major, minor;

    if (wanted == NULL || wanted[0] == '\0')
        return true;
    return parse_kernel(wanted, &major, &minor) &&
           (circumstances->kernel_major > major ||
            (circumstances->kernel_major == major && circumstances->kernel_minor >= minor));
}

/* excludes: one of them that holds drops the rule. */
static bool is_excluded(const struct condition *excludes, const struct syscall_circumstances *circumstances)
{
    if (excludes == NULL)
        return false;
    for (size_t i = 0; i < excludes->caps.count; i++)
        if (has_capability(excludes->caps.items[i], circumstances->capabilities))
            return true;
    if (any_architecture(&excludes->arches, circumstances->architecture))
        return true;
    return excludes->min_kernel != NULL && excludes->min_kernel[0] != '\0' &&
           kernel_is_new_enough(excludes->min_kernel, circumstances);
}

/* includes: all of them must hold. */
static bool is_included(const struct condition *includes, const struct syscall_circumstances *circumstances)
{
    if (includes == NULL)
        return true;
    for (size_t i = 0; i < includes->caps.count; i++)
        if (!has_capability(includes->caps.items[i], circumstances->capabilities))
            return false;
    if (includes->arches.count > 0 && !any_architecture(&includes->arches, circumstances->architecture))
        return false;
    return kernel_is_new_enough(includes->min_kernel, circumstances);
}

/* ---- rules ---- */

static int errno_by_name(const struct resolving *resolving, const char *name, uint32_t line, bool *has,
                         uint32_t *number)
{
    if (*has || name == NULL || name[0] == '\0')
        return 0;
    *number = policy_errno_number(name);
    if (*number == 0)
        return error_set(resolving->error, ERROR_INVALID, "%s:%u: there is no error \"%.60s\"",
                         resolving->file, line, name);
    *has = true;
    return 0;
}

/* The rule in OCI's form. */
static int convert_rule(const struct resolving *resolving, const struct rule *rule,
                        struct spec_seccomp_rule *converted)
{
    const char *const *name = &rule->name;
    bool has_name = rule->name != NULL && rule->name[0] != '\0';

    if (has_name == (rule->names.count > 0))
        return error_set(resolving->error, ERROR_INVALID, "%s:%u:%u: a rule needs \"names\"%s",
                         resolving->file, rule->origin.line, rule->origin.column,
                         has_name ? ", or \"name\", not both" : "");
    *converted = (struct spec_seccomp_rule){
        .names = rule->names,
        .action = rule->action != NULL ? rule->action : "SCMP_ACT_ALLOW",
        .errno_return = rule->errno_return,
        .has_errno_return = rule->has_errno_return,
        .arguments = rule->arguments,
        .origin = rule->origin,
    };
    if (has_name) {
        const char **names = arena_array(resolving->arena, 1, sizeof(*names));

        names[0] = *name;
        converted->names = (struct json_strings){.items = names, .count = 1, .present = true};
    }
    return errno_by_name(resolving, rule->errno_name, rule->origin.line, &converted->has_errno_return,
                         &converted->errno_return);
}

static int resolve_rules(const struct resolving *resolving, const struct json_structs *from,
                         struct json_structs *resolved)
{
    const struct rule *rules = from->items;
    struct spec_seccomp_rule *kept = arena_array(resolving->arena, from->count, sizeof(*kept));
    const struct syscall_circumstances *circumstances = resolving->circumstances;

    *resolved = (struct json_structs){.items = kept, .present = true};
    for (size_t i = 0; i < from->count; i++) {
        struct spec_seccomp_rule converted;

        if (check_condition(resolving, &rules[i], rules[i].includes) != 0 ||
            check_condition(resolving, &rules[i], rules[i].excludes) != 0 ||
            convert_rule(resolving, &rules[i], &converted) != 0)
            return -1;
        if (circumstances != NULL && !is_excluded(rules[i].excludes, circumstances) &&
            is_included(rules[i].includes, circumstances))
            kept[resolved->count++] = converted;
    }
    return 0;
}

int syscall_profile_rules(const struct json_value *rules, const char *file,
                          const struct syscall_circumstances *circumstances, struct arena *arena,
                          struct json_structs *resolved, struct error *error)
{
    static const struct json_field wrapper_rows[] = {
        JSON_FIELD(struct profile, rules, "rules", JSON_KIND_STRUCTS, .table = &rule_table),
    };
    static const struct json_table wrapper_table = JSON_TABLE(struct profile, "group", wrapper_rows);
    const struct resolving resolving = {file, circumstances, arena, error};
    const struct json_decoding decoding = {.name = file, .arena = arena};
    struct json_member member = {.key = "rules", .value = (struct json_value *)(uintptr_t)rules};
    const struct json_value wrapper = {.type = JSON_OBJECT, .object = {.members = &member, .count = 1}};
    struct profile group;

    if (json_decode(&decoding, &wrapper_table, &wrapper, &group, error) != 0)
        return -1;
    return resolve_rules(&resolving, &group.rules, resolved);
}

/* ---- the whole ---- */

/* archMap: the entry of the native architecture, with what can run beside it. */
static struct json_strings mapped_architectures(const struct resolving *resolving,
                                                const struct profile *profile)
{
    const struct architecture_map *maps = profile->architecture_maps.items;

    for (size_t i = 0; i < profile->architecture_maps.count; i++) {
        const struct json_strings *subs = &maps[i].sub_architectures;
        const char **names;

        if (strcmp(maps[i].architecture, resolving->circumstances->architecture) != 0)
            continue;
        names = arena_array(resolving->arena, subs->count + 1, sizeof(*names));
        names[0] = maps[i].architecture;
        for (size_t k = 0; k < subs->count; k++)
            names[k + 1] = subs->items[k];
        return (struct json_strings){.items = names, .count = subs->count + 1, .present = true};
    }
    return (struct json_strings){0};
}

static int check_profile(const struct resolving *resolving, const struct json_value *value,
                         const struct profile *profile)
{
    const char *what = NULL;

    if (profile->architectures.count > 0 && profile->architecture_maps.count > 0)
        what = "\"architectures\" and \"archMap\" contradict each other: remove one of them";
    else if ((profile->default_action == NULL || profile->default_action[0] == '\0') &&
             profile->rules.count == 0)
        what =
            "a profile without defaultAction and rules would be no filter at all: write \"defaultAction\": "
            "\"SCMP_ACT_ALLOW\" if that is meant";
    else if (profile->default_action == NULL || profile->default_action[0] == '\0')
        what = "defaultAction is missing";
    if (what != NULL)
        return error_set(resolving->error, ERROR_INVALID, "%s:%u:%u: %s", resolving->file, value->line,
                         value->column, what);
    return 0;
}

int syscall_profile_resolve(const struct json_value *value, const char *file,
                            const struct syscall_circumstances *circumstances, struct arena *arena,
                            const struct spec_seccomp **seccomp, struct error *error)
{
    const struct resolving resolving = {file, circumstances, arena, error};
    /* Engines' own profiles hold "args": null. */
    const struct json_decoding decoding = {.name = file, .arena = arena, .null_is_absent = true};
    struct spec_seccomp *resolved = arena_allocate(arena, sizeof(*resolved));
    struct profile profile;

    if (json_decode(&decoding, &profile_table, value, &profile, error) != 0 ||
        check_profile(&resolving, value, &profile) != 0 ||
        errno_by_name(&resolving, profile.default_errno_name, value->line, &profile.has_default_errno_return,
                      &profile.default_errno_return) != 0 ||
        resolve_rules(&resolving, &profile.rules, &resolved->rules) != 0)
        return -1;
    resolved->default_action = profile.default_action;
    resolved->default_errno_return = profile.default_errno_return;
    resolved->has_default_errno_return = profile.has_default_errno_return;
    resolved->architectures = profile.architectures;
    if (circumstances != NULL && profile.architecture_maps.count > 0)
        resolved->architectures = mapped_architectures(&resolving, &profile);
    resolved->flags = profile.flags;
    resolved->listener_path = profile.listener_path;
    resolved->listener_metadata = profile.listener_metadata;
    *seccomp = resolved;
    return 0;
}
