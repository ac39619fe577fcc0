/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts, devices and links as lines. */
#include "plan/print_lines.h"

#include <sys/mount.h>

/* The words of attributes, access time included; what: "set" or "cleared" is the caller's to say. */
static void append_attributes(struct text *text, uint64_t attributes, bool with_access_time)
{
    uint64_t access_time = attributes & MOUNT_ATTR__ATIME;

    kernel_words_append(text, &kernel_mount_attributes, attributes & ~(uint64_t)MOUNT_ATTR__ATIME, " ");
    if (with_access_time) {
        text_append(text, (attributes & ~(uint64_t)MOUNT_ATTR__ATIME) != 0 ? " " : "");
        text_append(text, kernel_word_name(&kernel_access_times, access_time));
    }
}

/* A part in brackets: "[ro nosuid]". */
static void append_attribute_part(struct text *text, const char *name, uint64_t attributes,
                                  bool with_access_time)
{
    if (attributes == 0 && !with_access_time)
        return;
    text_append(text, " ");
    text_append(text, name);
    text_append(text, "[");
    append_attributes(text, attributes, with_access_time);
    text_append(text, "]");
}

static void append_mappings(struct text *text, const char *name, const struct plan_id_mappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++)
        text_append_format(text, "%s%s %u:%u:%u", i == 0 ? "" : ",", i == 0 ? name : "",
                           mappings->items[i].container_id, mappings->items[i].host_id,
                           mappings->items[i].size);
}

static void append_idmap(struct text *text, const struct plan_mount *mount)
{
    if (mount->idmap == PLAN_IDMAP_NONE)
        return;
    text_append(text, mount->idmap_recursive ? " ridmap[" : " idmap[");
    if (mount->idmap == PLAN_IDMAP_CONTAINER) {
        text_append(text, "container's");
    } else {
        append_mappings(text, "uid", &mount->uid_mappings);
        append_mappings(text, " gid", &mount->gid_mappings);
    }
    text_append(text, "]");
}

static void append_options(struct text *text, const struct plan_mount *mount)
{
    if (mount->option_count == 0)
        return;
    text_append(text, " options[");
    for (size_t i = 0; i < mount->option_count; i++) {
        text_append(text, i > 0 ? " " : "");
        print_string(text, mount->options[i].key);
        if (mount->options[i].value != NULL) {
            text_append(text, "=");
            print_string(text, mount->options[i].value);
        }
    }
    text_append(text, "]");
}

static void append_propagation(struct text *text, const struct plan_mount *mount)
{
    if (mount->propagation_count == 0)
        return;
    text_append(text, " propagation[");
    for (size_t i = 0; i < mount->propagation_count; i++) {
        text_append(text, i > 0 ? " " : "");
        text_append(text, kernel_word_name(&kernel_propagations, mount->propagation[i]));
    }
    text_append(text, "]");
}

static const char *mount_label(const struct plan_mount *mount)
{
    switch (mount->kind) {
    case PLAN_MOUNT_BIND:
        return mount->recursive ? "bind tree" : "bind";
    case PLAN_MOUNT_CGROUP:
        return "mount cgroup";
    case PLAN_MOUNT_REMOUNT:
        return "remount";
    case PLAN_MOUNT_FILESYSTEM:
        break;
    }
    return "mount";
}

static void append_subject(struct text *text, const struct plan_mount *mount)
{
    switch (mount->kind) {
    case PLAN_MOUNT_BIND:
        print_string(text, mount->source_path.text);
        text_append(text, " on ");
        break;
    case PLAN_MOUNT_FILESYSTEM:
        print_string(text, mount->type);
        if (mount->source != NULL && mount->source[0] == '/') {
            text_append(text, " of ");
            print_string(text, mount->source);
        }
        text_append(text, " on ");
        break;
    case PLAN_MOUNT_CGROUP:
        text_append(text, "cgroup2 on ");
        break;
    case PLAN_MOUNT_REMOUNT:
        break;
    }
    print_string(text, mount->destination.text);
}

static void print_mount(struct text *text, const struct plan_mount *mount)
{
    bool sets_access_time = (mount->attributes_set & MOUNT_ATTR__ATIME) != 0 ||
                            (mount->attributes_clear & MOUNT_ATTR__ATIME) != 0;
    bool sets_recursive_access_time = (mount->recursive_clear & MOUNT_ATTR__ATIME) != 0;

    print_label(text, mount_label(mount));
    append_subject(text, mount);
    append_attribute_part(text, "", mount->attributes_set, sets_access_time);
    append_attribute_part(text, "not", mount->attributes_clear & ~(uint64_t)MOUNT_ATTR__ATIME, false);
    append_attribute_part(text, "tree", mount->recursive_set, sets_recursive_access_time);
    append_attribute_part(text, "tree-not", mount->recursive_clear & ~(uint64_t)MOUNT_ATTR__ATIME, false);
    append_options(text, mount);
    append_propagation(text, mount);
    append_idmap(text, mount);
    if (mount->copy_up)
        text_append(text, ", filled from the root file system");
    if (mount->read_only_late)
        text_append(text, ", read-only once all else is in place");
    if (mount->source_no_follow)
        text_append(text, ", source not followed");
    if (mount->optional_fallback_bind_sys)
        text_append(text, ", or the host's /sys bound");
    if (mount->label != NULL) {
        text_append(text, ", label ");
        print_string(text, mount->label);
    }
    text_append(text, "\n");
}

void print_mounts(struct text *text, const struct plan_rootfs *rootfs)
{
    for (size_t i = 0; i < rootfs->mount_count; i++)
        print_mount(text, &rootfs->mounts[i]);
}

static void print_device(struct text *text, const struct plan_device *device)
{
    static const char types[] = {
        [PLAN_DEVICE_CHARACTER] = 'c', [PLAN_DEVICE_BLOCK] = 'b', [PLAN_DEVICE_FIFO] = 'p'};

    print_label(text, device->bind_from_host ? "bind device" : "make device");
    print_string(text, device->path.text);
    text_append_format(text, " %c", types[device->type]);
    if (device->type != PLAN_DEVICE_FIFO)
        text_append_format(text, " %u:%u", device->major, device->minor);
    if (device->bind_from_host) {
        text_append(text, " from ");
        print_string(text, device->host_path.text);
    } else {
        text_append_format(text, " mode %04o owner %u:%u", device->mode, device->uid, device->gid);
    }
    text_append(text, device->is_default ? " (default)\n" : "\n");
}

void print_devices(struct text *text, const struct plan_rootfs *rootfs)
{
    for (size_t i = 0; i < rootfs->device_count; i++)
        print_device(text, &rootfs->devices[i]);
    for (size_t i = 0; i < rootfs->symlink_count; i++)
        print_row(text, "link", "%s -> %s", rootfs->symlinks[i].path.text, rootfs->symlinks[i].target);
}
