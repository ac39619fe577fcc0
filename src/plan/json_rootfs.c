/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system of the plan as JSON. */
#include "plan/json_writer.h"

#include <sys/mount.h>
#include "plan/kernel_words.h"

void write_mappings(struct json_writer *writer, const char *key, const struct plan_id_mappings *mappings)
{
    if (mappings->count == 0)
        return;
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < mappings->count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_unsigned(writer, "containerID", mappings->items[i].container_id);
        json_writer_unsigned(writer, "hostID", mappings->items[i].host_id);
        json_writer_unsigned(writer, "size", mappings->items[i].size);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

/* access_time: the field is part of the statement. */
static void write_attributes(struct json_writer *writer, const char *key, uint64_t attributes,
                             bool access_time)
{
    uint64_t bits = attributes & ~(uint64_t)MOUNT_ATTR__ATIME;

    if (bits == 0 && !access_time)
        return;
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < kernel_mount_attributes.count; i++)
        if ((bits & kernel_mount_attributes.items[i].value) != 0)
            json_writer_string(writer, NULL, kernel_mount_attributes.items[i].word);
    if (access_time)
        json_writer_string(writer, NULL,
                           kernel_word_name(&kernel_access_times, attributes & MOUNT_ATTR__ATIME));
    json_writer_close(writer, ']');
}

static void write_mount_options(struct json_writer *writer, const struct plan_mount *mount)
{
    if (mount->option_count > 0) {
        json_writer_open(writer, "options", '[');
        for (size_t i = 0; i < mount->option_count; i++) {
            json_writer_open(writer, NULL, '{');
            json_writer_string(writer, "key", mount->options[i].key);
            json_writer_optional_string(writer, "value", mount->options[i].value);
            json_writer_close(writer, '}');
        }
        json_writer_close(writer, ']');
    }
    if (mount->propagation_count > 0) {
        json_writer_open(writer, "propagation", '[');
        for (size_t i = 0; i < mount->propagation_count; i++)
            json_writer_string(writer, NULL, kernel_word_name(&kernel_propagations, mount->propagation[i]));
        json_writer_close(writer, ']');
    }
}

static void write_idmap(struct json_writer *writer, const struct plan_mount *mount)
{
    if (mount->idmap == PLAN_IDMAP_NONE)
        return;
    json_writer_open(writer, "idmap", '{');
    json_writer_string(writer, "from", mount->idmap == PLAN_IDMAP_CONTAINER ? "container" : "given");
    json_writer_flag(writer, "recursive", mount->idmap_recursive);
    write_mappings(writer, "uidMappings", &mount->uid_mappings);
    write_mappings(writer, "gidMappings", &mount->gid_mappings);
    json_writer_close(writer, '}');
}

static void write_mount(struct json_writer *writer, const struct plan_mount *mount)
{
    static const char *const kinds[] = {[PLAN_MOUNT_FILESYSTEM] = "filesystem",
                                        [PLAN_MOUNT_BIND] = "bind",
                                        [PLAN_MOUNT_CGROUP] = "cgroup",
                                        [PLAN_MOUNT_REMOUNT] = "remount"};
    uint64_t changes_access_time = (mount->attributes_set | mount->attributes_clear) & MOUNT_ATTR__ATIME;

    json_writer_open(writer, NULL, '{');
    json_writer_string(writer, "kind", kinds[mount->kind]);
    json_writer_string(writer, "type", mount->type);
    json_writer_optional_string(writer, "source",
                                mount->kind == PLAN_MOUNT_BIND ? mount->source_path.text : mount->source);
    json_writer_string(writer, "destination", mount->destination.text);
    json_writer_flag(writer, "sourceNoFollow", mount->source_no_follow);
    json_writer_flag(writer, "recursive", mount->recursive);
    json_writer_flag(writer, "readOnly", mount->read_only);
    json_writer_flag(writer, "readOnlyLate", mount->read_only_late);
    write_attributes(writer, "attributesSet", mount->attributes_set, changes_access_time != 0);
    write_attributes(writer, "attributesClear", mount->attributes_clear, false);
    write_attributes(writer, "recursiveSet", mount->recursive_set,
                     (mount->recursive_clear & MOUNT_ATTR__ATIME) != 0);
    write_attributes(writer, "recursiveClear", mount->recursive_clear, false);
    write_mount_options(writer, mount);
    json_writer_flag(writer, "copyUp", mount->copy_up);
    write_idmap(writer, mount);
    json_writer_optional_string(writer, "label", mount->label);
    json_writer_flag(writer, "fallbackBindSys", mount->optional_fallback_bind_sys);
    if (mount->index != PLAN_NO_INDEX)
        json_writer_unsigned(writer, "index", mount->index);
    json_writer_close(writer, '}');
}

static void write_device(struct json_writer *writer, const struct plan_device *device)
{
    static const char *const types[] = {
        [PLAN_DEVICE_CHARACTER] = "c", [PLAN_DEVICE_BLOCK] = "b", [PLAN_DEVICE_FIFO] = "p"};

    json_writer_open(writer, NULL, '{');
    json_writer_string(writer, "path", device->path.text);
    json_writer_string(writer, "type", types[device->type]);
    if (device->type != PLAN_DEVICE_FIFO) {
        json_writer_unsigned(writer, "major", device->major);
        json_writer_unsigned(writer, "minor", device->minor);
    }
    if (device->bind_from_host) {
        json_writer_string(writer, "bindFrom", device->host_path.text);
    } else {
        json_writer_unsigned(writer, "mode", device->mode);
        json_writer_unsigned(writer, "uid", device->uid);
        json_writer_unsigned(writer, "gid", device->gid);
    }
    json_writer_flag(writer, "default", device->is_default);
    json_writer_close(writer, '}');
}

static void write_paths(struct json_writer *writer, const char *key, const struct container_path *paths,
                        size_t count)
{
    if (count == 0)
        return;
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < count; i++)
        json_writer_string(writer, NULL, paths[i].text);
    json_writer_close(writer, ']');
}

static void write_kernel_masks(struct json_writer *writer, const struct plan_rootfs *rootfs)
{
    if (rootfs->kernel_mask_count == 0)
        return;
    json_writer_open(writer, "kernelMasks", '[');
    for (size_t i = 0; i < rootfs->kernel_mask_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "fileSystem", rootfs->kernel_masks[i].type);
        json_writer_string(writer, "path", rootfs->kernel_masks[i].path);
        json_writer_flag(writer, "readOnly", rootfs->kernel_masks[i].read_only);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

void write_rootfs(struct json_writer *writer, const struct plan_rootfs *rootfs)
{
    json_writer_open(writer, "rootfs", '{');
    json_writer_string(writer, "path", rootfs->path.text);
    json_writer_boolean(writer, "readOnly", rootfs->read_only);
    json_writer_boolean(writer, "newMountNamespace", rootfs->new_mount_namespace);
    if (rootfs->propagation != 0)
        json_writer_string(writer, "propagation",
                           kernel_word_name(&kernel_propagations, rootfs->propagation));
    if (rootfs->final_propagation != 0)
        json_writer_string(writer, "finalPropagation",
                           kernel_word_name(&kernel_propagations, rootfs->final_propagation));
    json_writer_flag(writer, "noPivot", rootfs->no_pivot);
    json_writer_flag(writer, "sourcesOpenedEarly", rootfs->sources_opened_early);
    json_writer_optional_string(writer, "mountLabel", rootfs->mount_label);
    json_writer_open(writer, "mounts", '[');
    for (size_t i = 0; i < rootfs->mount_count; i++)
        write_mount(writer, &rootfs->mounts[i]);
    json_writer_close(writer, ']');
    json_writer_open(writer, "devices", '[');
    for (size_t i = 0; i < rootfs->device_count; i++)
        write_device(writer, &rootfs->devices[i]);
    json_writer_close(writer, ']');
    json_writer_open(writer, "symlinks", '[');
    for (size_t i = 0; i < rootfs->symlink_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "path", rootfs->symlinks[i].path.text);
        json_writer_string(writer, "target", rootfs->symlinks[i].target);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
    write_paths(writer, "readonlyPaths", rootfs->readonly, rootfs->readonly_count);
    write_paths(writer, "maskedPaths", rootfs->masked, rootfs->masked_count);
    write_kernel_masks(writer, rootfs);
    json_writer_close(writer, '}');
}
