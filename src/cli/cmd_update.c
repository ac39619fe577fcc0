/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart update */
#include "cli/command.h"
#include "container/delegate.h"

struct update_options {
    const char *resources;
    struct json_strings policies;
    const char *values[UPDATE_VALUE_COUNT];
};

#define VALUE(value) offsetof(struct update_options, values[UPDATE_##value])

static const struct option rows[] = {
    {"resources", 'r', OPTION_STRING, offsetof(struct update_options, resources), "FILE",
     "a resources object in place of the options below; -: from standard input"},
    {"policy", 0, OPTION_LIST, offsetof(struct update_options, policies), "POLICY",
     "a policy that bounds the container from now on, by name or path"},
    {"blkio-weight", 0, OPTION_STRING, VALUE(BLKIO_WEIGHT), "WEIGHT", "share of block I/O, 10 to 1000"},
    {"cpu-period", 0, OPTION_STRING, VALUE(CPU_PERIOD), "US", "period of the quota"},
    {"cpu-quota", 0, OPTION_STRING, VALUE(CPU_QUOTA), "US", "processor time in a period; -1: any"},
    {"cpu-burst", 0, OPTION_STRING, VALUE(CPU_BURST), "US", "unused time that may be saved up"},
    {"cpu-rt-period", 0, OPTION_STRING, VALUE(CPU_RT_PERIOD), "US", "refused: cgroup v2 has none"},
    {"cpu-rt-runtime", 0, OPTION_STRING, VALUE(CPU_RT_RUNTIME), "US", "refused: cgroup v2 has none"},
    {"cpu-share", 0, OPTION_STRING, VALUE(CPU_SHARE), "SHARES", "share of processors, 2 to 262144"},
    {"cpu-idle", 0, OPTION_STRING, VALUE(CPU_IDLE), "0|1", "1: run only when nothing else wants to"},
    {"cpuset-cpus", 0, OPTION_STRING, VALUE(CPUSET_CPUS), "LIST", "processors, such as 0-3,7"},
    {"cpuset-mems", 0, OPTION_STRING, VALUE(CPUSET_MEMS), "LIST", "memory nodes"},
    {"memory", 0, OPTION_STRING, VALUE(MEMORY), "BYTES", "limit; k, m, g, t, p; -1: none"},
    {"memory-reservation", 0, OPTION_STRING, VALUE(MEMORY_RESERVATION), "BYTES", "kept from being reclaimed"},
    {"memory-swap", 0, OPTION_STRING, VALUE(MEMORY_SWAP), "BYTES",
     "limit of memory and swap together; -1: any swap"},
    {"kernel-memory", 0, OPTION_STRING, VALUE(KERNEL_MEMORY), "BYTES",
     "counts in the limit of memory: refused when below it"},
    {"kernel-memory-tcp", 0, OPTION_STRING, VALUE(KERNEL_MEMORY_TCP), "BYTES", "as --kernel-memory"},
    {"pids-limit", 0, OPTION_STRING, VALUE(PIDS_LIMIT), "N", "processes and threads; -1: any number"},
    {"l3-cache-schema", 0, OPTION_STRING, VALUE(L3_CACHE_SCHEMA), "SCHEMA", "as L3:0=7f0;1=1f"},
    {"mem-bw-schema", 0, OPTION_STRING, VALUE(MEM_BW_SCHEMA), "SCHEMA", "as MB:0=20;1=70"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct update_options *options = invocation->options;
    struct update_request request = {
        .id = invocation->words[0], .resources_file = options->resources, .policies = options->policies};

    int delegated;

    for (size_t i = 0; i < UPDATE_VALUE_COUNT; i++)
        request.values[i] = options->values[i];
    delegated = delegate_update(invocation->runtime, &request, status, error);
    if (delegated != 0)
        return delegated < 0 ? -1 : 0;
    return container_update(invocation->runtime, &request, error);
}

const struct command command_update = {
    .name = "update",
    .words = "ID",
    .summary = "change the resources of a running container",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct update_options),
    .run = run,
};
