/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies' landlock sections become layers: lists of paths and ports become the kernel's rights.
 *
 * The rights are those of the ABI that the policy pins, on whatever kernel, so that a policy means the same
 * everywhere and after an update. Once one of the three lists of paths is given, every right over files is
 * handled, so that a list that was forgotten refuses; without any of them files are not bounded. A list of
 * ports bounds what it names alone.
 */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>
#include "base/memory.h"
#include "plan/landlock_rights.h"
#include "policy/policy.h"

#define WORDS(name, ...)                                                                                     \
    static const struct kernel_word name##_items[] = {__VA_ARGS__};                                          \
    const struct kernel_words name = {name##_items, ARRAY_LENGTH(name##_items)}

WORDS(landlock_fs_words, {"execute", LANDLOCK_FS_EXECUTE}, {"write_file", LANDLOCK_FS_WRITE_FILE},
      {"read_file", LANDLOCK_FS_READ_FILE}, {"read_dir", LANDLOCK_FS_READ_DIR},
      {"remove_dir", LANDLOCK_FS_REMOVE_DIR}, {"remove_file", LANDLOCK_FS_REMOVE_FILE},
      {"make_char", LANDLOCK_FS_MAKE_CHAR}, {"make_dir", LANDLOCK_FS_MAKE_DIR},
      {"make_reg", LANDLOCK_FS_MAKE_REG}, {"make_sock", LANDLOCK_FS_MAKE_SOCK},
      {"make_fifo", LANDLOCK_FS_MAKE_FIFO}, {"make_block", LANDLOCK_FS_MAKE_BLOCK},
      {"make_sym", LANDLOCK_FS_MAKE_SYM}, {"refer", LANDLOCK_FS_REFER}, {"truncate", LANDLOCK_FS_TRUNCATE},
      {"ioctl_dev", LANDLOCK_FS_IOCTL_DEV}, {"resolve_unix", LANDLOCK_FS_RESOLVE_UNIX});
WORDS(landlock_net_words, {"bind_tcp", LANDLOCK_NET_BIND_TCP}, {"connect_tcp", LANDLOCK_NET_CONNECT_TCP});
WORDS(landlock_scope_words, {"abstract_unix_socket", LANDLOCK_SCOPED_ABSTRACT_UNIX},
      {"signal", LANDLOCK_SCOPED_SIGNAL});

_Static_assert((int)LANDLOCK_ABI_KNOWN == (int)POLICY_LANDLOCK_ABI_KNOWN, "decided as planned");
_Static_assert((int)POLICY_LANDLOCK_LAYERS_MAX == LANDLOCK_LAYERS_MAX - LANDLOCK_LAYERS_LEFT,
               "decided as planned");

/* ---- what an ABI knows ---- */

static uint64_t fs_rights(uint32_t abi)
{
    static const struct {
        uint32_t abi;
        uint64_t rights;
    } added[] = {{1, LANDLOCK_FS_ABI_1},
                 {2, LANDLOCK_FS_REFER},
                 {3, LANDLOCK_FS_TRUNCATE},
                 {5, LANDLOCK_FS_IOCTL_DEV},
                 {9, LANDLOCK_FS_RESOLVE_UNIX}};
    uint64_t rights = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(added); i++)
        rights |= abi >= added[i].abi ? added[i].rights : 0;
    return rights;
}

/* Reading: contents of files, and lists of directories. */
static const uint64_t read_rights = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR;

/* Executing opens the file for reading as well. */
static const uint64_t execute_rights = LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE;

/* Writing: whatever changes a file or a directory, and its list of names, which are no secret from who makes
 * and removes them; not the contents of files. */
static uint64_t write_rights(uint32_t abi)
{
    return (fs_rights(abi) & ~(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE)) | LANDLOCK_FS_READ_DIR;
}

/* ---- one layer ---- */

struct paths {
    struct plan_landlock_path *items;
    size_t count;
};

static void add_path(struct paths *paths, struct container_path path, uint64_t access)
{
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->items[i].path.text, path.text) == 0) {
            paths->items[i].access |= access;
            return;
        }
    paths->items[paths->count++] = (struct plan_landlock_path){path, access};
}

static int add_words(struct plan_builder *builder, const struct policy_landlock_layer *layer,
                     const struct policy_words *words, uint64_t access, struct paths *paths,
                     struct error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct policy_word *word = &words->items[i];

        if (word->text[0] != '/')
            return error_set(error, ERROR_INVALID,
                             "%s:%u: landlock: \"%s\" is no absolute path of the container", layer->file,
                             word->line, word->text);
        add_path(paths, container_path_normalise(builder->arena, word->text), access);
    }
    return 0;
}

static int fill_paths(struct plan_builder *builder, const struct policy_landlock_layer *layer,
                      struct plan_landlock *plan, struct error *error)
{
    static const struct plan_landlock_path everywhere = {{"/"}, LANDLOCK_FS_REFER};
    const struct policy_landlock *rules = layer->rules;
    struct paths paths = {0};

    if (!rules->read.present && !rules->write.present && !rules->execute.present) {
        /* Beneath another layer that handles files, the kernel refuses every layer's links and renames to
         * another directory unless that one allows them as well. */
        if (plan->abi >= 2) {
            plan->handled_fs = LANDLOCK_FS_REFER;
            plan->paths = &everywhere;
            plan->path_count = 1;
        }
        return 0;
    }
    plan->handled_fs = fs_rights(plan->abi);
    plan->add_loader = true;
    paths.items = arena_array(builder->arena, rules->read.count + rules->write.count + rules->execute.count,
                              sizeof(*paths.items));
    if (add_words(builder, layer, &rules->read, read_rights, &paths, error) < 0 ||
        add_words(builder, layer, &rules->write, write_rights(plan->abi), &paths, error) < 0 ||
        add_words(builder, layer, &rules->execute, execute_rights, &paths, error) < 0)
        return -1;
    plan->paths = paths.items;
    plan->path_count = paths.count;
    return 0;
}

static size_t add_ranges(const struct policy_id_range *ranges, size_t count, uint64_t access,
                         struct plan_landlock_ports *ports)
{
    for (size_t i = 0; i < count; i++)
        ports[i] = (struct plan_landlock_ports){(uint16_t)ranges[i].first, (uint16_t)ranges[i].last, access};
    return count;
}

/* Every port: that is no bound, and 65536 rules less. Nobody connects to port 0; to bind it is to ask the
 * kernel for one. */
static bool holds_all(const struct policy_id_range *ranges, size_t count, uint32_t lowest)
{
    for (size_t i = 0; i < count; i++)
        if (ranges[i].first <= lowest && ranges[i].last == UINT16_MAX)
            return true;
    return false;
}

static void fill_ports(struct plan_builder *builder, const struct policy_landlock *rules,
                       struct plan_landlock *plan)
{
    const bool connect = rules->has_connect && !holds_all(rules->connect, rules->connect_count, 1);
    const bool bind = rules->has_bind && !holds_all(rules->bind, rules->bind_count, 0);
    struct plan_landlock_ports *ports;

    if (plan->abi < 4)
        return;
    ports = arena_array(builder->arena, rules->connect_count + rules->bind_count, sizeof(*ports));
    plan->ports = ports;
    if (connect) {
        plan->handled_net |= LANDLOCK_NET_CONNECT_TCP;
        plan->port_count += add_ranges(rules->connect, rules->connect_count, LANDLOCK_NET_CONNECT_TCP, ports);
    }
    if (bind) {
        plan->handled_net |= LANDLOCK_NET_BIND_TCP;
        plan->port_count +=
            add_ranges(rules->bind, rules->bind_count, LANDLOCK_NET_BIND_TCP, ports + plan->port_count);
    }
}

/* The policy's ABI; less where the host has less and the rule wants that noted. The decision has refused
 * whatever is an error here: this is for grants that were decided on another kernel. */
static int choose_abi(const struct plan_builder *builder, const struct policy_landlock_layer *layer,
                      uint32_t *abi, struct error *error)
{
    const uint32_t host =
        builder->facts->landlock_abi < LANDLOCK_ABI_KNOWN ? builder->facts->landlock_abi : LANDLOCK_ABI_KNOWN;

    *abi = layer->rules->abi;
    if (*abi <= host)
        return 0;
    if (!layer->rules->rule.note_if_unsupported)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s:%u: policy %s: landlock: ABI %u is asked for, and this host has %u%s",
                         layer->file, layer->line, layer->policy, *abi, host,
                         host == 0 ? " (no Landlock)" : "");
    *abi = host;
    return 0;
}

static int build_layer(struct plan_builder *builder, const struct policy_landlock_layer *layer,
                       struct plan_landlock *plan, struct error *error)
{
    *plan = (struct plan_landlock){
        .policy = layer->policy,
        .file = layer->file,
        .line = layer->line,
        .skip_missing = layer->rules->rule.note_if_unsupported,
    };
    if (choose_abi(builder, layer, &plan->abi, error) < 0)
        return -1;
    if (plan->abi == 0)
        return 0;
    if (fill_paths(builder, layer, plan, error) < 0)
        return -1;
    fill_ports(builder, layer->rules, plan);
    if (plan->abi >= 6)
        plan->scoped = LANDLOCK_SCOPED_ABSTRACT_UNIX | LANDLOCK_SCOPED_SIGNAL;
    /* What a bound has refused belongs into the log; the kernel would be silent about programs that are
     * executed after the restriction, which here are all. */
    if (plan->abi >= 7)
        plan->restrict_flags = LANDLOCK_LOG_NEW_EXEC;
    return 0;
}

/* Nothing but what stands in for "files are not bounded": no layer at all. */
static bool bounds_something(const struct plan_landlock *plan)
{
    return (plan->handled_fs & ~LANDLOCK_FS_REFER) != 0 || plan->handled_net != 0 || plan->scoped != 0;
}

int plan_build_landlock(struct plan_builder *builder, struct plan_process *process, struct error *error)
{
    const struct policy_layers *layers = builder->inputs->layers;
    struct plan_landlock *plans;

    if (layers == NULL || layers->landlock_count == 0)
        return 0;
    if (layers->landlock_count > LANDLOCK_LAYERS_MAX - LANDLOCK_LAYERS_LEFT)
        return error_set(error, ERROR_LIMIT,
                         "%zu policies have a landlock section: the kernel stacks %d layers, and %d of them "
                         "are left to the container's own programs",
                         layers->landlock_count, LANDLOCK_LAYERS_MAX, LANDLOCK_LAYERS_LEFT);
    plans = arena_array(builder->arena, layers->landlock_count, sizeof(*plans));
    for (size_t i = 0; i < layers->landlock_count; i++) {
        struct plan_landlock *plan = &plans[process->landlock_count];

        if (build_layer(builder, &layers->landlock[i], plan, error) < 0)
            return -1;
        if (bounds_something(plan))
            process->landlock_count++;
        else
            plan_builder_note(builder, "/process", "policy %s: landlock: no layer: %s", plan->policy,
                              plan->abi == 0 ? "this host has no Landlock"
                                             : "the section bounds nothing that its ABI knows");
    }
    process->landlock = plans;
    return 0;
}

/*
 * A process that joins gets layers of its own, beside those of the first process: to the kernel they are
 * strangers. So a scope would forbid it to signal what it was sent for (`nginx -s reload`). Where a namespace
 * that the container made holds all that can be signalled or connected to, the namespace is the scope.
 */
void plan_join_landlock(struct plan_builder *builder, const struct plan_process *container,
                        struct plan_process *process)
{
    const uint64_t made = builder->plan->namespaces.new_flags;
    const uint64_t held = ((made & CLONE_NEWPID) != 0 ? LANDLOCK_SCOPED_SIGNAL : 0) |
                          ((made & CLONE_NEWNET) != 0 ? LANDLOCK_SCOPED_ABSTRACT_UNIX : 0);
    struct plan_landlock *plans;

    if (container->landlock_count == 0)
        return;
    plans = arena_array(builder->arena, container->landlock_count, sizeof(*plans));
    for (size_t i = 0; i < container->landlock_count; i++) {
        plans[process->landlock_count] = container->landlock[i];
        plans[process->landlock_count].scoped &= ~held;
        if (bounds_something(&plans[process->landlock_count]))
            process->landlock_count++;
    }
    process->landlock = plans;
}
