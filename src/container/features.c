/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features document, from the tables by which configurations are read: what is listed is what is
 * understood. */
#include "container/features.h"

#include <stddef.h>
#include "base/arena.h"
#include "base/memory.h"
#include "config.h"
#include "json/table.h"
#include "linux/seccomp.h"
#include "plan/kernel_words.h"
#include "policy/acting_annotations.h"
#include "spec/mount_options.h"

/* What is not supported must be said too: the encoder leaves a false boolean out unless its presence flag is
 * set. */
struct cgroup_features {
    bool told;
    bool v1, v2, systemd, systemd_user, rdma;
};

struct seccomp_features {
    bool enabled;
    struct json_strings actions, operators, architectures, known_flags, supported_flags;
};

struct enabled_feature {
    bool enabled;
};

struct memory_policy_features {
    struct json_strings modes, flags;
};

struct rdt_features {
    bool enabled, schemata, monitoring;
};

struct mount_extensions {
    const struct enabled_feature *idmap;
};

struct linux_features {
    struct json_strings namespaces, capabilities;
    const struct cgroup_features *cgroup;
    const struct seccomp_features *seccomp;
    const struct enabled_feature *apparmor, *selinux;
    const struct memory_policy_features *memory_policy;
    const struct rdt_features *intel_rdt;
    const struct mount_extensions *mount_extensions;
    const struct enabled_feature *net_devices;
};

struct features {
    const char *version_minimum, *version_maximum;
    struct json_strings hooks, mount_options;
    const struct linux_features *linux_features;
    struct json_string_map annotations;
    struct json_strings unsafe_annotations;
};

#define ROW(type, member, name, row_kind)                                                                    \
    {                                                                                                        \
        .key = (name), .kind = (row_kind), .offset = offsetof(struct type, member),                          \
        .presence = JSON_NO_PRESENCE                                                                         \
    }
#define STRUCT_ROW(type, member, name, row_table)                                                            \
    {                                                                                                        \
        .key = (name), .kind = JSON_KIND_STRUCT, .offset = offsetof(struct type, member),                    \
        .presence = JSON_NO_PRESENCE, .table = &(row_table)                                                  \
    }
#define TABLE(type, rows)                                                                                    \
    {                                                                                                        \
        .name = #type, .size = sizeof(struct type), .fields = (rows), .count = ARRAY_LENGTH(rows),           \
        .origin = JSON_NO_PRESENCE                                                                           \
    }

#define TOLD_ROW(member, name)                                                                               \
    {                                                                                                        \
        .key = (name), .kind = JSON_KIND_BOOLEAN, .offset = offsetof(struct cgroup_features, member),        \
        .presence = offsetof(struct cgroup_features, told)                                                   \
    }

static const struct json_field cgroup_rows[] = {
    TOLD_ROW(v1, "v1"),           TOLD_ROW(v2, "v2"),
    TOLD_ROW(systemd, "systemd"), TOLD_ROW(systemd_user, "systemdUser"),
    TOLD_ROW(rdma, "rdma"),
};
static const struct json_table cgroup_table = TABLE(cgroup_features, cgroup_rows);

static const struct json_field seccomp_rows[] = {
    ROW(seccomp_features, enabled, "enabled", JSON_KIND_BOOLEAN),
    ROW(seccomp_features, actions, "actions", JSON_KIND_STRINGS),
    ROW(seccomp_features, operators, "operators", JSON_KIND_STRINGS),
    ROW(seccomp_features, architectures, "archs", JSON_KIND_STRINGS),
    ROW(seccomp_features, known_flags, "knownFlags", JSON_KIND_STRINGS),
    ROW(seccomp_features, supported_flags, "supportedFlags", JSON_KIND_STRINGS),
};
static const struct json_table seccomp_table = TABLE(seccomp_features, seccomp_rows);

static const struct json_field enabled_rows[] = {ROW(enabled_feature, enabled, "enabled", JSON_KIND_BOOLEAN)};
static const struct json_table enabled_table = TABLE(enabled_feature, enabled_rows);

static const struct json_field memory_policy_rows[] = {
    ROW(memory_policy_features, modes, "modes", JSON_KIND_STRINGS),
    ROW(memory_policy_features, flags, "flags", JSON_KIND_STRINGS),
};
static const struct json_table memory_policy_table = TABLE(memory_policy_features, memory_policy_rows);

static const struct json_field rdt_rows[] = {
    ROW(rdt_features, enabled, "enabled", JSON_KIND_BOOLEAN),
    ROW(rdt_features, schemata, "schemata", JSON_KIND_BOOLEAN),
    ROW(rdt_features, monitoring, "monitoring", JSON_KIND_BOOLEAN),
};
static const struct json_table rdt_table = TABLE(rdt_features, rdt_rows);

static const struct json_field mount_extension_rows[] = {
    STRUCT_ROW(mount_extensions, idmap, "idmap", enabled_table)};
static const struct json_table mount_extensions_table = TABLE(mount_extensions, mount_extension_rows);

static const struct json_field linux_rows[] = {
    ROW(linux_features, namespaces, "namespaces", JSON_KIND_STRINGS),
    ROW(linux_features, capabilities, "capabilities", JSON_KIND_STRINGS),
    STRUCT_ROW(linux_features, cgroup, "cgroup", cgroup_table),
    STRUCT_ROW(linux_features, seccomp, "seccomp", seccomp_table),
    STRUCT_ROW(linux_features, apparmor, "apparmor", enabled_table),
    STRUCT_ROW(linux_features, selinux, "selinux", enabled_table),
    STRUCT_ROW(linux_features, memory_policy, "memoryPolicy", memory_policy_table),
    STRUCT_ROW(linux_features, intel_rdt, "intelRdt", rdt_table),
    STRUCT_ROW(linux_features, mount_extensions, "mountExtensions", mount_extensions_table),
    STRUCT_ROW(linux_features, net_devices, "netDevices", enabled_table),
};
static const struct json_table linux_table = TABLE(linux_features, linux_rows);

static const struct json_field features_rows[] = {
    ROW(features, version_minimum, "ociVersionMin", JSON_KIND_STRING),
    ROW(features, version_maximum, "ociVersionMax", JSON_KIND_STRING),
    ROW(features, hooks, "hooks", JSON_KIND_STRINGS),
    ROW(features, mount_options, "mountOptions", JSON_KIND_STRINGS),
    STRUCT_ROW(features, linux_features, "linux", linux_table),
    ROW(features, annotations, "annotations", JSON_KIND_STRING_MAP),
    ROW(features, unsafe_annotations, "potentiallyUnsafeConfigAnnotations", JSON_KIND_STRINGS),
};
static const struct json_table features_table = TABLE(features, features_rows);

static const char *hook_names[] = {"prestart",       "createRuntime", "createContainer",
                                   "startContainer", "poststart",     "poststop"};

/* Those of libseccomp 2.5.4, the least that the build accepts, and what 2.6.0 added. */
static const char *architectures[] = {
    "SCMP_ARCH_AARCH64",   "SCMP_ARCH_ARM",      "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",
    "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",   "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
    "SCMP_ARCH_PARISC",    "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC",      "SCMP_ARCH_PPC64",
    "SCMP_ARCH_PPC64LE",   "SCMP_ARCH_RISCV64",  "SCMP_ARCH_S390",     "SCMP_ARCH_S390X",
    "SCMP_ARCH_X32",       "SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",   "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",      "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",
};
enum { ARCHITECTURES_ADDED = 4, ADDED_VERSION = 2 << 16 | 6 << 8 };

/* What is done where a kernel interface is missing. */
static const struct missing_interface {
    const char *name;
    size_t offset; /* of its bool in the facts */
    const char *instead;
} missing_interfaces[] = {
#define INTERFACE(member) offsetof(struct host_facts, member)
    {"clone3", INTERFACE(has_clone3), "processes are made by clone and enter their cgroup after their birth"},
    {"clone-into-cgroup", INTERFACE(has_clone_into_cgroup), "processes enter their cgroup after their birth"},
    {"openat2", INTERFACE(has_openat2),
     "containers are refused: no path can be kept inside of a root file system"},
    {"mount-api", INTERFACE(has_mount_api),
     "containers with a mount namespace are refused: nothing can be mounted detached"},
    {"mount-setattr", INTERFACE(has_mount_setattr), "mounts whose attributes must change are refused"},
    {"idmapped-mounts", INTERFACE(has_idmapped_mounts), "mounts with mappings of their own are refused"},
    {"close-range", INTERFACE(has_close_range), "descriptors are closed one by one"},
    {"pidfd", INTERFACE(has_pidfd), "containers are refused: processes cannot be told apart for certain"},
    {"cgroup-kill", INTERFACE(has_cgroup_kill),
     "cgroups are frozen and their processes killed one by one until none is left"},
    {"time-namespace", INTERFACE(has_time_namespace), "time namespaces are refused"},
    {"seccomp-notify", INTERFACE(has_seccomp_notify), "filters with SCMP_ACT_NOTIFY are refused"},
    {"seccomp-wait-killable", INTERFACE(has_seccomp_wait_killable),
     "the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is refused"},
    {"cgroup-device-bpf", INTERFACE(has_cgroup_device_bpf), "device rules are refused"},
    {"procfs-subset", INTERFACE(has_procfs_subset),
     "the private procfs is a detached clone of /proc, or /proc with its type checked"},
};

static void add(struct json_strings *list, const char *word)
{
    list->items[list->count++] = word;
}

static struct json_strings list_of(struct arena *arena, size_t maximum)
{
    return (struct json_strings){.items = arena_array(arena, maximum, sizeof(const char *)), .present = true};
}

static struct json_strings words_of(struct arena *arena, const struct kernel_words *words)
{
    struct json_strings list = list_of(arena, words->count);

    for (size_t i = 0; i < words->count; i++)
        add(&list, words->items[i].word);
    return list;
}

static struct json_strings mount_options(struct arena *arena)
{
    struct json_strings list;
    size_t count = 0;

    while (mount_option_word(count) != NULL)
        count++;
    list = list_of(arena, count);
    for (size_t i = 0; i < count; i++)
        add(&list, mount_option_word(i));
    return list;
}

static struct json_strings supported_flags(struct arena *arena, const struct host_facts *facts)
{
    struct json_strings list = list_of(arena, kernel_seccomp_flags.count);

    for (size_t i = 0; i < kernel_seccomp_flags.count; i++) {
        const char *flag = kernel_seccomp_flags.items[i].word;

        if (facts->has_seccomp_wait_killable || strcmp(flag, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") != 0)
            add(&list, flag);
    }
    return list;
}

static struct json_string_map annotations(struct arena *arena, const struct host_facts *facts)
{
    enum { ALWAYS = 7 };
    struct json_string_map map = {
        .items = arena_array(arena, ALWAYS + ARRAY_LENGTH(missing_interfaces), sizeof(struct json_pair)),
        .present = true};
    const uint32_t library = seccomp_library_version();

    map.items[map.count++] = (struct json_pair){
        "io.github.seccomp.libseccomp.version",
        arena_format(arena, "%u.%u.%u", library >> 16, library >> 8 & 0xff, library & 0xff)};
    map.items[map.count++] = (struct json_pair){"io.thwart.version", THWART_VERSION};
    map.items[map.count++] = (struct json_pair){"io.thwart.commit", THWART_COMMIT};
    /* The specification has no word for it yet; "0": none. */
    map.items[map.count++] =
        (struct json_pair){"io.thwart.landlock.abi", arena_format(arena, "%u", facts->landlock_abi)};
    /* What a filter must let happen for the runtime's own sake (linux/sandbox_process.c). */
    map.items[map.count++] = (struct json_pair){"io.thwart.seccomp.needs", "execve"};
    /* How far an image's files can be tied to what was signed (thwart-trust(7)); without thwart-gpg nobody's
     * signature is verified, and digests alone vouch. */
    map.items[map.count++] = (struct json_pair){"io.thwart.trust.levels",
                                                "none,manifest-only,bound-walk,bound-layers,bound-verity"};
    map.items[map.count++] = (struct json_pair){
        "io.thwart.trust.signatures", THWART_GPG ? THWART_YAML ? "openpgp,registries.d" : "openpgp" : "none"};
    for (size_t i = 0; i < ARRAY_LENGTH(missing_interfaces); i++) {
        const struct missing_interface *interface = &missing_interfaces[i];

        if (!*(const bool *)((const char *)facts + interface->offset))
            map.items[map.count++] = (struct json_pair){
                arena_format(arena, "io.thwart.missing.%s", interface->name), interface->instead};
    }
    return map;
}

/* The annotations of a configuration that change what this runtime, as it was built, does. */
static struct json_strings unsafe_annotations(struct arena *arena)
{
    struct json_strings list = {.items = arena_array(arena, acting_annotation_count, sizeof(*list.items)),
                                .present = true};

    for (size_t i = 0; i < acting_annotation_count; i++)
        if (!acting_annotations[i].only_tightens &&
            (THWART_SYSTEMD || !text_starts_with(acting_annotations[i].key, "org.systemd.property.")))
            list.items[list.count++] = acting_annotations[i].key;
    return list;
}

void features_encode(struct text *text, const struct host_facts *facts, unsigned int indent)
{
    cleanup_arena struct arena arena = {0};
    const struct enabled_feature enabled = {.enabled = true};
    const struct cgroup_features cgroup = {
        .told = true, .v2 = true, .systemd = THWART_SYSTEMD, .systemd_user = THWART_SYSTEMD, .rdma = true};
    const struct seccomp_features seccomp = {
        .enabled = true,
        .actions = words_of(&arena, &kernel_seccomp_actions),
        .operators = words_of(&arena, &kernel_seccomp_operators),
        .architectures = {.items = architectures,
                          .count = ARRAY_LENGTH(architectures) -
                                   (seccomp_library_version() < ADDED_VERSION ? ARCHITECTURES_ADDED : 0),
                          .present = true},
        .known_flags = words_of(&arena, &kernel_seccomp_flags),
        .supported_flags = supported_flags(&arena, facts),
    };
    const struct memory_policy_features memory_policy = {
        .modes = words_of(&arena, &kernel_memory_policies),
        .flags = words_of(&arena, &kernel_memory_policy_flags),
    };
    const struct rdt_features rdt = {.enabled = true, .schemata = true, .monitoring = true};
    const struct mount_extensions extensions = {.idmap = &enabled};
    const struct linux_features linux_features = {
        .namespaces = words_of(&arena, &kernel_namespaces),
        .capabilities = words_of(&arena, &kernel_capabilities),
        .cgroup = &cgroup,
        .seccomp = &seccomp,
        .apparmor = &enabled,
        .selinux = &enabled,
        .memory_policy = &memory_policy,
        .intel_rdt = &rdt,
        .mount_extensions = &extensions,
        .net_devices = &enabled,
    };
    const struct features features = {
        .version_minimum = "1.0.0",
        .version_maximum = "1.3.0",
        .hooks = {.items = hook_names, .count = ARRAY_LENGTH(hook_names), .present = true},
        .mount_options = mount_options(&arena),
        .linux_features = &linux_features,
        .annotations = annotations(&arena, facts),
        .unsafe_annotations = unsafe_annotations(&arena),
    };

    json_encode(text, &features_table, &features, indent);
}
