/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.blockIO on cgroup v2: weights and throttles. */
#include "plan/cgroup_writes.h"

#include "plan/weights.h"

#define BLOCK_IO RESOURCES "/blockIO"

enum { WEIGHT_MIN = 10, WEIGHT_MAX = 1000 };

static int check_weight(uint16_t weight, const char *pointer, struct error *error)
{
    if (weight < WEIGHT_MIN || weight > WEIGHT_MAX)
        return error_set(error, ERROR_INVALID, "%s: %u is outside %d..%d", pointer, weight, WEIGHT_MIN,
                         WEIGHT_MAX);
    return 0;
}

static int refuse_leaf_weight(const char *pointer, struct error *error)
{
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s: cgroup v2 has no leaf weight: processes live in leaves only; use weight instead",
                     pointer);
}

/* BFQ's file where that scheduler is built, on v1's scale; else io.weight on its own. */
static int add_weight(struct cgroup_writes *writes, const struct spec_block_io *io, struct error *error)
{
    static const char pointer[] = BLOCK_IO "/weight";
    struct arena *arena = writes->builder->arena;
    struct plan_cgroup_write *otherwise;

    if (!io->has_weight || io->weight == 0)
        return 0;
    if (check_weight(io->weight, pointer, error) < 0)
        return -1;
    otherwise = arena_allocate(arena, sizeof(*otherwise));
    *otherwise = (struct plan_cgroup_write){
        .controller = "io",
        .file = "io.weight",
        .value = arena_format(arena, "%llu", (unsigned long long)io_weight_from_blkio(io->weight)),
        .pointer = pointer,
    };
    cgroup_writes_add(writes, "io.bfq.weight", arena_format(arena, "%u", io->weight), pointer)->otherwise =
        otherwise;
    return 0;
}

/* One device's weight: io.weight knows devices too ("MAJ:MIN WEIGHT"), on its own scale. */
static int add_device_weight(struct cgroup_writes *writes, const struct spec_weight_device *device,
                             size_t index, struct error *error)
{
    struct arena *arena = writes->builder->arena;
    const char *pointer = arena_format(arena, BLOCK_IO "/weightDevice/%zu", index);
    struct plan_cgroup_write *otherwise;

    if (device->has_leaf_weight && device->leaf_weight != 0)
        return refuse_leaf_weight(pointer, error);
    if (!device->has_weight || device->weight == 0)
        return 0;
    if (check_weight(device->weight, pointer, error) < 0)
        return -1;
    otherwise = arena_allocate(arena, sizeof(*otherwise));
    *otherwise = (struct plan_cgroup_write){
        .controller = "io",
        .file = "io.weight",
        .value = arena_format(arena, "%lld:%lld %llu", (long long)device->major, (long long)device->minor,
                              (unsigned long long)io_weight_from_blkio(device->weight)),
        .pointer = pointer,
    };
    cgroup_writes_add(writes, "io.bfq.weight",
                      arena_format(arena, "%lld:%lld %u", (long long)device->major, (long long)device->minor,
                                   device->weight),
                      pointer)
        ->otherwise = otherwise;
    return 0;
}

/* A rate of zero has no limit (v1); io.max refuses the number. */
static void add_throttles(struct cgroup_writes *writes, const struct json_structs *devices, const char *key,
                          const char *member)
{
    const struct spec_throttle_device *items = SPEC_ITEMS(*devices, struct spec_throttle_device);
    struct arena *arena = writes->builder->arena;

    for (size_t i = 0; i < devices->count; i++) {
        const char *rate =
            items[i].rate == 0 ? "max" : arena_format(arena, "%llu", (unsigned long long)items[i].rate);

        cgroup_writes_add(writes, "io.max",
                          arena_format(arena, "%lld:%lld %s=%s", (long long)items[i].major,
                                       (long long)items[i].minor, key, rate),
                          arena_format(arena, BLOCK_IO "/%s/%zu", member, i));
    }
}

int cgroup_writes_block_io(struct cgroup_writes *writes, const struct spec_block_io *io, struct error *error)
{
    const struct spec_weight_device *devices;

    if (io == NULL)
        return 0;
    devices = SPEC_ITEMS(io->weight_device, struct spec_weight_device);
    if (io->has_leaf_weight && io->leaf_weight != 0)
        return refuse_leaf_weight(BLOCK_IO "/leafWeight", error);
    if (add_weight(writes, io, error) < 0)
        return -1;
    for (size_t i = 0; i < io->weight_device.count; i++)
        if (add_device_weight(writes, &devices[i], i, error) < 0)
            return -1;
    add_throttles(writes, &io->throttle_read_bps, "rbps", "throttleReadBpsDevice");
    add_throttles(writes, &io->throttle_write_bps, "wbps", "throttleWriteBpsDevice");
    add_throttles(writes, &io->throttle_read_iops, "riops", "throttleReadIOPSDevice");
    add_throttles(writes, &io->throttle_write_iops, "wiops", "throttleWriteIOPSDevice");
    return 0;
}
