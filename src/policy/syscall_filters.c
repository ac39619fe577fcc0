/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a policy's `syscalls` section to filters. What the section says about a call is collected from its
 * lists (groups resolved), and from what other sections imply; what is denied counts before what is allowed,
 * and the default answers the rest. docs/thwart-policy.5.md, "syscalls", says the same to authors.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/suggest.h"
#include "base/syscall_arguments.h"
#include "base/text.h"
#include "policy/syscall_answers.h"
#include "policy/syscall_profile.h"
#include "policy/syscalls.h"
#include "policy/words.h"

enum {
    PRIORITY_DENIED,
    PRIORITY_ALLOWED,
    CAPABILITY_SYS_ADMIN = 21,
    KERNEL_MAJOR_SHIFT = 16,
    /* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; unshare knows NEWTIME, too, whose bit
     * belongs to the signal in clone's flags. */
    CLONE_NAMESPACES = 0x7e020000,
    UNSHARE_NAMESPACES = 0x7e020080,
};

struct building {
    const struct policy *policy;
    const struct policy_syscalls *section;
    const struct syscall_circumstances *circumstances;
    struct arena *arena;
    struct error *error;
    struct syscall_library *library;
    const struct syscall_known *known;
    uint32_t knows; /* kernel; 0: nothing was said */
    struct syscall_sayings sayings;
};

static int fail(const struct building *building, uint32_t line, uint32_t column, const char *text)
{
    return error_set(building->error, ERROR_INVALID, "%s:%u:%u: syscalls: %s", building->policy->file, line,
                     column, text);
}

static int fail_entry(const struct building *building, const struct policy_syscall *entry, const char *text)
{
    return fail(building, entry->line, entry->column, text);
}

static int fail_section(const struct building *building, const char *text)
{
    return fail(building, building->section->rule.line, building->section->rule.column, text);
}

/* ---- answers ---- */

static struct syscall_answer answer_of(enum policy_syscall_action action, uint16_t errno_value)
{
    static const enum syscall_verdict verdicts[] = {
        [POLICY_SYSCALL_ALLOW] = SYSCALL_ALLOW,       [POLICY_SYSCALL_ERRNO] = SYSCALL_ERRNO,
        [POLICY_SYSCALL_KILL] = SYSCALL_KILL_PROCESS, [POLICY_SYSCALL_TRAP] = SYSCALL_TRAP,
        [POLICY_SYSCALL_LOG] = SYSCALL_LOG,           [POLICY_SYSCALL_NOTIFY] = SYSCALL_NOTIFY,
    };

    return (struct syscall_answer){.verdict = verdicts[action],
                                   .data = action == POLICY_SYSCALL_ERRNO ? errno_value : 0};
}

static const struct syscall_answer allowed = {.verdict = SYSCALL_ALLOW},
                                   not_permitted = {.verdict = SYSCALL_ERRNO, .data = EPERM},
                                   no_such_call = {.verdict = SYSCALL_ERRNO, .data = ENOSYS};

/* What is denied without an action of its own gets. */
static struct syscall_answer denied_answer(const struct building *building)
{
    const struct policy_syscalls *section = building->section;

    return section->has_default ? answer_of(section->default_action, section->default_errno) : not_permitted;
}

/* What a call gets that is neither allowed nor denied. */
static struct syscall_answer default_answer(const struct building *building, size_t known_index)
{
    if (building->knows != 0 && building->known->since[known_index] > building->knows)
        return no_such_call;
    return building->section->has_allow ? denied_answer(building) : allowed;
}

/* What numbers get that nobody here has a name for: where the default refuses, ENOSYS, which is true and lets
 * C libraries fall back; but an errno that the author gave for everything else is meant for everything else.
 */
static struct syscall_answer unknown_answer(const struct building *building)
{
    const struct policy_syscalls *section = building->section;
    bool is_refused = section->has_allow && denied_answer(building).verdict <= SYSCALL_ERRNO;

    if (building->knows != 0 ||
        (is_refused && (!section->has_default || section->default_action != POLICY_SYSCALL_ERRNO)))
        return no_such_call;
    return section->has_allow ? denied_answer(building) : allowed;
}

/* ---- entries ---- */

/* Does a value fit into what the kernel looks at? Negative numbers written with 64 bits do. */
static bool fit(uint64_t *value, unsigned int width)
{
    uint64_t top = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;

    if (width < 64 && (*value | top >> 1) == UINT64_MAX)
        *value &= top;
    return *value <= top;
}

static int region_of_test(const struct building *building, const struct policy_syscall *entry,
                          const char *call, const struct policy_argument_test *test,
                          struct syscall_region *region)
{
    unsigned int width = syscall_argument_width(call, test->argument);
    uint64_t value = test->value, mask = test->mask;

    /* s390 has clone's first two arguments the other way round. */
    if (strcmp(call, "clone") == 0 &&
        text_starts_with(building->circumstances->architecture, "SCMP_ARCH_S390"))
        width = test->argument == 1 ? 32 : 64;
    if (!fit(&value, width) || (test->comparison == POLICY_COMPARE_MASKED && !fit(&mask, width)))
        return fail_entry(building, entry,
                          arena_format(building->arena,
                                       "argument %u of %s has %u bits in the kernel: 0x%llx does not fit",
                                       test->argument, call, width,
                                       (unsigned long long)(fit(&value, width) ? mask : value)));
    *region = syscall_region_of(test->argument, test->comparison, value, mask, width, building->arena);
    return 0;
}

/* The arguments that an entry's `when` and `unless` leave of a call. */
static int region_of_entry(const struct building *building, const struct policy_syscall *entry,
                           const char *call, struct syscall_region *region)
{
    bool fits = true;

    *region = syscall_region_everything;
    for (size_t i = 0; i < entry->when_count + entry->unless_count; i++) {
        bool is_when = i < entry->when_count;
        struct syscall_region test;

        if (region_of_test(building, entry, call,
                           is_when ? &entry->when[i] : &entry->unless[i - entry->when_count], &test) != 0)
            return -1;
        fits = fits && (is_when ? syscall_region_meet(region, &test, building->arena, region)
                                : syscall_region_without(region, &test, building->arena, region));
    }
    if (!fits)
        return fail_entry(building, entry,
                          arena_format(building->arena, "%s: too many conditions for one filter", call));
    return 0;
}

static int say(struct building *building, const struct policy_syscall *entry, const char *call,
               const struct syscall_region *within, struct syscall_answer answer, unsigned int priority)
{
    struct syscall_region region;

    if (region_of_entry(building, entry, call, &region) != 0)
        return -1;
    if (!syscall_region_meet(&region, within, building->arena, &region))
        return fail_entry(building, entry,
                          arena_format(building->arena, "%s: too many conditions for one filter", call));
    if (region.count > 0)
        syscall_sayings_add(&building->sayings, call, region, answer, priority);
    return 0;
}

static int say_rules(struct building *building, const struct policy_syscall *entry,
                     const struct syscall_group *group, struct syscall_answer answer, unsigned int priority)
{
    struct json_structs resolved;
    const struct spec_seccomp_rule *rules;

    if (syscall_profile_rules(group->rules, group->name, building->circumstances, building->arena, &resolved,
                              building->error) != 0)
        return -1;
    rules = resolved.items;
    for (size_t i = 0; i < resolved.count; i++) {
        struct syscall_region region;

        if (!syscall_region_of_rule(&rules[i], building->arena, &region))
            return fail_entry(building, entry, "the group's conditions cannot be read");
        for (size_t n = 0; n < rules[i].names.count; n++)
            if (say(building, entry, rules[i].names.items[n], &region, answer, priority) != 0)
                return -1;
    }
    return 0;
}

static int say_group(struct building *building, const struct policy_syscall *entry,
                     struct syscall_answer answer, unsigned int priority)
{
    const struct syscall_group *group;
    struct error error;

    if (syscall_library_group(building->library, entry->name, &group, &error) != 0)
        return fail_entry(building, entry, arena_string(building->arena, error.message));
    if (group->rules != NULL)
        return say_rules(building, entry, group, answer, priority);
    for (size_t i = 0; i < group->call_count; i++)
        if (say(building, entry, group->calls[i], &syscall_region_everything, answer, priority) != 0)
            return -1;
    return 0;
}

static int say_entry(struct building *building, const struct policy_syscall *entry,
                     struct syscall_answer answer, unsigned int priority)
{
    const struct name_set *known = &building->known->names;

    if (entry->name[0] == '@')
        return say_group(building, entry, answer, priority);
    if (name_set_find(known, entry->name) == NAME_SET_NONE) {
        const char *meant = suggest_word(entry->name, known->names, known->count, sizeof(*known->names));

        return fail_entry(building, entry,
                          arena_format(building->arena,
                                       meant != NULL ? "there is no system call \"%s\": did you mean \"%s\"?"
                                                     : "there is no system call \"%s\"",
                                       entry->name, meant));
    }
    return say(building, entry, entry->name, &syscall_region_everything, answer, priority);
}

static int say_entries(struct building *building)
{
    const struct policy_syscalls *section = building->section;

    for (size_t i = 0; i < section->allow_count; i++)
        if (say_entry(building, &section->allow[i], allowed, PRIORITY_ALLOWED) != 0)
            return -1;
    for (size_t i = 0; i < section->deny_count; i++) {
        const struct policy_syscall *entry = &section->deny[i];

        if (say_entry(building, entry,
                      entry->has_action ? answer_of(entry->action, entry->errno_value)
                                        : denied_answer(building),
                      PRIORITY_DENIED) != 0)
            return -1;
    }
    return 0;
}

/* ---- what other sections imply ---- */

static bool is_listed(const struct policy_syscall *entries, size_t count, const char *call)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, call) == 0)
            return true;
    return false;
}

/* May the call happen, and did nobody allow it by its own name? */
static bool is_open(const struct building *building, const char *call)
{
    const struct syscall_sayings *sayings = &building->sayings;
    size_t index = sayings->names.count > 0 ? name_set_find(&sayings->names, call) : NAME_SET_NONE;

    if (is_listed(building->section->allow, building->section->allow_count, call))
        return false;
    if (!building->section->has_allow)
        return true;
    for (size_t at = index != NAME_SET_NONE ? sayings->first[index] : 0; at != 0;
         at = sayings->items[at - 1].next)
        if (sayings->items[at - 1].priority == PRIORITY_ALLOWED)
            return true;
    return false;
}

static void refuse_flags(struct building *building, const char *call, uint32_t argument, uint64_t flags)
{
    struct syscall_region none =
        syscall_region_of(argument, POLICY_COMPARE_MASKED, 0, flags, 64, building->arena);
    struct syscall_region some;

    /* As many boxes as there are flags: it cannot fail. */
    if (is_open(building, call) &&
        syscall_region_without(&syscall_region_everything, &none, building->arena, &some))
        syscall_sayings_add(&building->sayings, call, some, not_permitted, PRIORITY_DENIED);
}

/*
 * Without a user namespace and without CAP_SYS_ADMIN nobody in the container makes namespaces, but by way of
 * a new user namespace, in which he has all capabilities and with them the kernel's less trodden paths.
 * clone3's flags lie in memory, where no filter sees them. setns stays: it needs a namespace to enter, and
 * CAP_SYS_ADMIN in it. Whoever lists one of the calls by its own name means it.
 */
static void imply_no_namespaces(struct building *building)
{
    bool s390 = text_starts_with(building->circumstances->architecture, "SCMP_ARCH_S390");

    if (building->circumstances->user_namespace ||
        ((building->circumstances->capabilities >> CAPABILITY_SYS_ADMIN) & 1) != 0)
        return;
    refuse_flags(building, "clone", s390 ? 1 : 0, CLONE_NAMESPACES);
    refuse_flags(building, "unshare", 0, UNSHARE_NAMESPACES);
    if (is_open(building, "clone3"))
        syscall_sayings_add(&building->sayings, "clone3", syscall_region_everything, no_such_call,
                            PRIORITY_DENIED);
}

/* ---- the filter of the lists ---- */

/* Is this what the author wrote as the action of clone3 itself? */
static bool is_written_for_clone3(const struct building *building, struct syscall_answer answer)
{
    for (size_t i = 0; i < building->section->deny_count; i++) {
        const struct policy_syscall *entry = &building->section->deny[i];

        if (entry->has_action && strcmp(entry->name, "clone3") == 0 &&
            syscall_answer_same(answer_of(entry->action, entry->errno_value), answer))
            return true;
    }
    return false;
}

/* A C library makes threads by clone when there is no clone3, and by nothing when clone3 is refused
 * otherwise: so whatever refuses it answers ENOSYS, unless its own entry says another action. */
static void mend_clone3(const struct building *building, struct syscall_decision *decision)
{
    for (size_t i = 0; i <= decision->piece_count; i++) {
        struct syscall_answer *answer =
            i < decision->piece_count ? &decision->pieces[i].answer : &decision->otherwise;

        if (answer->verdict <= SYSCALL_ERRNO && !is_written_for_clone3(building, *answer))
            *answer = no_such_call;
    }
}

static int write_call(const struct building *building, struct syscall_writer *writer, size_t known_index,
                      struct syscall_filters *filters)
{
    const char *name = building->known->names.names[known_index];
    struct syscall_answer otherwise = default_answer(building, known_index);
    struct syscall_decision decision = {.otherwise = otherwise};
    size_t said =
        building->sayings.names.count > 0 ? name_set_find(&building->sayings.names, name) : NAME_SET_NONE;
    bool fits =
        said == NAME_SET_NONE || syscall_sayings_decide(&building->sayings, said, otherwise, &decision);

    if (fits && strcmp(name, "clone3") == 0)
        mend_clone3(building, &decision);
    if (!fits || !syscall_writer_add(writer, name, &decision))
        return fail_section(building,
                            arena_format(building->arena, "%s: too many conditions for one filter", name));
    if (syscall_decision_permits(&decision))
        filters->allowed++;
    else
        filters->refused++;
    return 0;
}

/* The default of the filter. EPERM for what is refused and ENOSYS for what is unknown are what a filter
 * without an errno of its own answers, if only the newest call is named; otherwise one of the two is the
 * default, and calls with the other one are listed. */
static struct syscall_writer begin_writing(const struct building *building, struct syscall_answer usual,
                                           struct syscall_answer unknown)
{
    struct syscall_writer writer = {.arena = building->arena, .unknown = unknown};

    if (syscall_answer_same(usual, not_permitted) && syscall_answer_same(unknown, no_such_call)) {
        writer.unknown = usual;
        writer.errno_unsaid = true;
    }
    return writer;
}

static struct spec_seccomp *end_writing(const struct building *building, struct syscall_writer *writer)
{
    syscall_writer_name_newest(writer, building->known->names.names[building->known->names.count - 1]);
    return syscall_writer_finish(writer);
}

static int write_filter(const struct building *building, struct syscall_filters *filters,
                        struct spec_seccomp **filter)
{
    struct syscall_answer usual = building->section->has_allow ? denied_answer(building) : allowed;
    struct syscall_writer writer = begin_writing(building, usual, unknown_answer(building));

    for (size_t i = 0; i < building->known->names.count; i++)
        if (write_call(building, &writer, i, filters) != 0)
            return -1;
    *filter = end_writing(building, &writer);
    return 0;
}

/* ---- architectures ---- */

const char *syscall_architecture(const char *word, const char *native)
{
    static const struct {
        const char *word, *name;
    } words[] = {
        {"x86", "SCMP_ARCH_X86"},
        {"x86_64", "SCMP_ARCH_X86_64"},
        {"x32", "SCMP_ARCH_X32"},
        {"arm", "SCMP_ARCH_ARM"},
        {"aarch64", "SCMP_ARCH_AARCH64"},
        {"mips", "SCMP_ARCH_MIPS"},
        {"mips64", "SCMP_ARCH_MIPS64"},
        {"mips64n32", "SCMP_ARCH_MIPS64N32"},
        {"mipsel", "SCMP_ARCH_MIPSEL"},
        {"mipsel64", "SCMP_ARCH_MIPSEL64"},
        {"mipsel64n32", "SCMP_ARCH_MIPSEL64N32"},
        {"ppc", "SCMP_ARCH_PPC"},
        {"ppc64", "SCMP_ARCH_PPC64"},
        {"ppc64le", "SCMP_ARCH_PPC64LE"},
        {"s390", "SCMP_ARCH_S390"},
        {"s390x", "SCMP_ARCH_S390X"},
        {"riscv64", "SCMP_ARCH_RISCV64"},
        {"loongarch64", "SCMP_ARCH_LOONGARCH64"},
        {"parisc", "SCMP_ARCH_PARISC"},
        {"parisc64", "SCMP_ARCH_PARISC64"},
        {"m68k", "SCMP_ARCH_M68K"},
        {"sh", "SCMP_ARCH_SH"},
        {"sheb", "SCMP_ARCH_SHEB"},
    };

    if (strcmp(word, "native") == 0)
        return native;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].word, word) == 0 || strcmp(words[i].name, word) == 0)
            return words[i].name;
    return NULL;
}

/* The section's; else what the profile (NULL: none) lists; else the bundle's; else the native one alone. */
static int set_architectures(const struct building *building, const struct json_strings *of_profile,
                             struct spec_seccomp *filter)
{
    const struct policy_words *words = &building->section->architectures;
    const struct json_strings *of_bundle = building->circumstances->bundle_architectures;
    const char *native = building->circumstances->architecture, **names;

    if (!words->present && of_profile != NULL && of_profile->count > 0) {
        filter->architectures = *of_profile;
        return 0;
    }
    if (!words->present && of_bundle != NULL && of_bundle->count > 0) {
        filter->architectures = *of_bundle;
        return 0;
    }
    names = arena_array(building->arena, words->count + 1, sizeof(*names));
    names[0] = native;
    filter->architectures = (struct json_strings){.items = names, .count = 1, .present = true};
    for (size_t i = 0; i < words->count; i++) {
        const char *name = syscall_architecture(words->items[i].text, native);

        if (name == NULL)
            return fail(building, words->items[i].line, words->items[i].column,
                        arena_format(building->arena, "\"%s\" is no architecture", words->items[i].text));
        if (strcmp(name, native) != 0)
            names[filter->architectures.count++] = name;
    }
    return 0;
}

/* ---- the profile ---- */

/* A profile that says which kernel it knows: newer calls get ENOSYS unless it names them. */
static int write_knowing(const struct building *building, const struct spec_seccomp *profile,
                         const char *where, struct spec_seccomp **filter)
{
    struct syscall_sayings sayings = {.arena = building->arena};
    struct syscall_writer writer;
    struct syscall_answer unnamed;

    if (syscall_sayings_of_filter(profile, where, &sayings, &unnamed, building->error) != 0)
        return -1;
    writer = begin_writing(building, unnamed, no_such_call);
    for (size_t i = 0; i < building->known->names.count; i++) {
        const char *name = building->known->names.names[i];
        struct syscall_decision decision = {
            .otherwise = building->known->since[i] > building->knows ? no_such_call : unnamed};
        size_t said = sayings.names.count > 0 ? name_set_find(&sayings.names, name) : NAME_SET_NONE;

        if ((said != NAME_SET_NONE && !syscall_sayings_decide(&sayings, said, unnamed, &decision)) ||
            !syscall_writer_add(&writer, name, &decision))
            return fail_section(
                building, arena_format(building->arena, "%s: too many conditions for one filter", name));
    }
    *filter = end_writing(building, &writer);
    return 0;
}

static int add_profile(const struct building *building, struct syscall_filters *filters)
{
    const char *where =
        building->section->profile_file != NULL ? building->section->profile_file : building->policy->file;
    const struct spec_seccomp *profile;
    struct spec_seccomp *filter;
    struct syscall_answer answer;

    if (syscall_profile_resolve(building->section->profile, where, building->circumstances, building->arena,
                                &profile, building->error) != 0)
        return -1;
    if (profile->listener_path != NULL && profile->listener_path[0] != '\0')
        return fail_section(building, "a policy's profile has no listener of its own: what it hands on "
                                      "goes to the configuration's listenerPath");
    if (!syscall_answer_parse(profile->default_action, profile->has_default_errno_return,
                              profile->default_errno_return, &answer) ||
        answer.verdict == SYSCALL_NOTIFY)
        return fail_section(building, arena_format(building->arena,
                                                   "the profile's defaultAction \"%s\" is none that a filter "
                                                   "can have, or has an errno that belongs to another",
                                                   profile->default_action));
    if (building->knows != 0) {
        if (write_knowing(building, profile, where, &filter) != 0)
            return -1;
    } else {
        filter = arena_allocate(building->arena, sizeof(*filter));
        *filter = *profile;
    }
    filter->flags = profile->flags;
    filter->listener_path = filter->listener_metadata = NULL;
    if (set_architectures(building, &profile->architectures, filter) != 0)
        return -1;
    filters->items[filters->count++] = (struct syscall_filter){filter, "syscalls.profile"};
    return 0;
}

/* ---- the whole ---- */

static int read_knows(struct building *building)
{
    const char *text = building->section->knows;
    uint64_t major = 0, minor = 0;

    if (text == NULL)
        return 0;
    if (!number_scan_unsigned(&text, &major) || *text++ != '.' || !number_scan_unsigned(&text, &minor) ||
        major > UINT8_MAX || minor > UINT8_MAX)
        return fail_section(building, "knows: no kernel version such as \"6.1\"");
    building->knows = (uint32_t)(major << KERNEL_MAJOR_SHIFT | minor);
    return 0;
}

int policy_syscall_filters(const struct policy *policy, const struct syscall_circumstances *circumstances,
                           struct arena *arena, struct syscall_filters *filters, struct error *error)
{
    const struct policy_syscalls *section = &policy->syscalls;
    struct syscall_library own = {.arena = arena};
    struct building building = {.policy = policy,
                                .section = section,
                                .library = circumstances->library,
                                .circumstances = circumstances,
                                .arena = arena,
                                .error = error,
                                .sayings = {.arena = arena}};
    bool has_lists =
        section->has_allow || section->deny_count > 0 || (section->rule.present && section->profile == NULL);

    *filters = (struct syscall_filters){0};
    if (!section->rule.present)
        return 0;
    if (building.library == NULL)
        building.library = &own;
    if (syscall_library_known(building.library, &building.known, error) != 0 || read_knows(&building) != 0)
        return -1;
    if (section->has_default && section->default_action == POLICY_SYSCALL_NOTIFY)
        return fail_section(&building, "default: \"notify\" would hand on what the container starts with; "
                                       "deny calls with \"action\": \"notify\" instead");
    if (has_lists) {
        struct spec_seccomp *filter;

        if (say_entries(&building) != 0)
            return -1;
        imply_no_namespaces(&building);
        if (write_filter(&building, filters, &filter) != 0 || set_architectures(&building, NULL, filter) != 0)
            return -1;
        filters->items[filters->count++] = (struct syscall_filter){filter, "syscalls"};
    }
    return section->profile != NULL ? add_profile(&building, filters) : 0;
}
