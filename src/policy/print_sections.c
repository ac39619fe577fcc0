/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The large sections as text: process, filesystem, devices, resources. */
#include "policy/printer.h"

#include <string.h>

static void print_flag(struct printer *printer, const char *key, const struct policy_flag *flag)
{
    const char *inner = printer_begin_rule(printer, key, &flag->rule);

    if (inner == NULL)
        return;
    printer_flag(printer, inner, flag->value);
    printer_end_rule(printer, &flag->rule);
}

/* ---- process ---- */

static void print_user(struct printer *printer, const struct policy_user *user)
{
    if (!printer_begin_object(printer, "user", &user->rule))
        return;
    if (user->deny_root)
        printer_string(printer, "root", "deny");
    if (user->has_uids)
        printer_ranges(printer, "uids", user->uids, user->uid_count);
    if (user->has_gids)
        printer_ranges(printer, "gids", user->gids, user->gid_count);
    printer_end_object(printer, &user->rule);
}

static void print_capabilities(struct printer *printer, const struct policy_capabilities *capabilities)
{
    const char *name;

    if (!printer_begin_object(printer, "capabilities", &capabilities->rule))
        return;
    printer_open(printer, capabilities->is_allow ? "allow" : "deny", '[');
    if (capabilities->set == UINT64_MAX)
        printer_string(printer, NULL, "ALL");
    else
        for (unsigned int number = 0; (name = policy_capability_name(number)) != NULL; number++)
            if ((capabilities->set >> number & 1) != 0)
                printer_string(printer, NULL, name + strlen("CAP_"));
    printer_close(printer, ']');
    printer_end_object(printer, &capabilities->rule);
}

static void print_rlimits(struct printer *printer, const struct policy_rlimits *limits)
{
    if (!printer_begin_object(printer, "rlimits", &limits->rule))
        return;
    for (size_t i = 0; i < limits->count; i++)
        printer_count(printer, limits->items[i].type + strlen("RLIMIT_"), limits->items[i].maximum);
    printer_end_object(printer, &limits->rule);
}

static void print_confinement(struct printer *printer, const char *key,
                              const struct policy_confinement *confinement)
{
    if (!printer_begin_object(printer, key, &confinement->rule))
        return;
    if (confinement->require_confined)
        printer_string(printer, "require", "confined");
    printer_words(printer, "allow", &confinement->allow);
    printer_end_object(printer, &confinement->rule);
}

static void print_privileged(struct printer *printer, const struct policy_flag *flag)
{
    const char *inner = printer_begin_rule(printer, "privileged", &flag->rule);

    if (inner == NULL)
        return;
    printer_string(printer, inner, flag->value ? "deny" : "allow");
    printer_end_rule(printer, &flag->rule);
}

void printer_process(struct printer *printer, const struct policy_process *process)
{
    struct printer_mark mark = printer_begin_section(printer, "process");

    print_user(printer, &process->user);
    print_flag(printer, "noNewPrivileges", &process->no_new_privileges);
    print_capabilities(printer, &process->capabilities);
    print_rlimits(printer, &process->rlimits);
    if (printer_begin_object(printer, "environment", &process->environment.rule)) {
        printer_words(printer, "deny", &process->environment.words);
        printer_end_object(printer, &process->environment.rule);
    }
    print_confinement(printer, "apparmor", &process->apparmor);
    print_confinement(printer, "selinux", &process->selinux);
    if (printer_begin_object(printer, "oomScoreAdj", &process->oom_score_adj.rule)) {
        printer_signed(printer, "min", process->oom_score_adj.value);
        printer_end_object(printer, &process->oom_score_adj.rule);
    }
    print_privileged(printer, &process->privileged);
    printer_end_section(printer, mark);
}

/* ---- filesystem ---- */

static void print_mounts(struct printer *printer, const struct policy_mounts *mounts)
{
    if (!printer_begin_object(printer, "mounts", &mounts->rule))
        return;
    printer_words(printer, "types", &mounts->types);
    if (mounts->has_sources) {
        printer_open(printer, "sources", '[');
        for (size_t i = 0; i < mounts->source_count; i++) {
            printer_open(printer, NULL, '{');
            printer_string(printer, "path", mounts->sources[i].path);
            printer_string(printer, "access",
                           mounts->sources[i].access == POLICY_ACCESS_READ_WRITE ? "rw" : "ro");
            printer_close(printer, '}');
        }
        printer_close(printer, ']');
    }
    printer_words(printer, "deny", &mounts->deny);
    printer_end_object(printer, &mounts->rule);
}

static void print_paths(struct printer *printer, const char *key, const struct policy_paths *paths)
{
    const char *inner = printer_begin_rule(printer, key, &paths->rule);

    if (inner == NULL)
        return;
    if (paths->use_default)
        printer_string(printer, inner, "default");
    else
        printer_words(printer, inner, &paths->paths);
    printer_end_rule(printer, &paths->rule);
}

void printer_filesystem(struct printer *printer, const struct policy_filesystem *filesystem)
{
    struct printer_mark mark = printer_begin_section(printer, "filesystem");

    print_flag(printer, "rootReadonly", &filesystem->root_readonly);
    print_mounts(printer, &filesystem->mounts);
    printer_patterns(printer, "options", &filesystem->options);
    print_paths(printer, "maskedPaths", &filesystem->masked_paths);
    print_paths(printer, "readonlyPaths", &filesystem->readonly_paths);
    printer_patterns(printer, "propagation", &filesystem->propagation);
    printer_end_section(printer, mark);
}

/* ---- devices ---- */

static void print_device_number(struct printer *printer, const char *key, int64_t number)
{
    if (number < 0)
        printer_string(printer, key, "*");
    else
        printer_signed(printer, key, number);
}

static void print_access(struct printer *printer, uint32_t access)
{
    char letters[4] = "";
    size_t count = 0;

    for (unsigned int bit = 0; bit < 3; bit++)
        if ((access >> bit & 1) != 0)
            letters[count++] = "rwm"[bit];
    letters[count] = '\0';
    printer_string(printer, "access", letters);
}

static void print_device(struct printer *printer, const struct policy_device *device)
{
    const uint32_t all = 7;

    if (device->name != NULL && device->access == all) {
        printer_string(printer, NULL, device->name);
        return;
    }
    printer_open(printer, NULL, '{');
    if (device->name != NULL) {
        printer_string(printer, "name", device->name);
    } else {
        printer_string(printer, "type", (char[]){device->type, '\0'});
        print_device_number(printer, "major", device->major);
        print_device_number(printer, "minor", device->minor);
    }
    print_access(printer, device->access);
    printer_close(printer, '}');
}

void printer_devices(struct printer *printer, const struct policy_devices *devices)
{
    if (!printer_begin_object(printer, "devices", &devices->rule))
        return;
    printer_open(printer, "allow", '[');
    for (size_t i = 0; i < devices->count; i++)
        print_device(printer, &devices->items[i]);
    printer_close(printer, ']');
    printer_end_object(printer, &devices->rule);
}

/* ---- resources ---- */

static void print_maximum(struct printer *printer, const char *key, const struct policy_maximum *maximum,
                          void (*print)(struct printer *printer, const char *key, uint64_t value))
{
    const char *inner = printer_begin_rule(printer, key, &maximum->rule);

    if (inner == NULL)
        return;
    print(printer, inner, maximum->value);
    printer_end_rule(printer, &maximum->rule);
}

/* 1500 is 1.5. */
static void print_cpu(struct printer *printer, const char *key, uint64_t thousandths)
{
    char decimals[8];
    size_t length;

    if (thousandths == UINT64_MAX || thousandths % 1000 == 0) {
        printer_count(printer, key, thousandths == UINT64_MAX ? UINT64_MAX : thousandths / 1000);
        return;
    }
    text_print(decimals, sizeof(decimals), "%03u", (unsigned int)(thousandths % 1000));
    for (length = 3; decimals[length - 1] == '0'; length--)
        ;
    printer_key(printer, key);
    text_append_format(printer->text, "%llu.%.*s", (unsigned long long)(thousandths / 1000), (int)length,
                       decimals);
}

static void print_io_limit(struct printer *printer, const struct policy_io_limit *limit)
{
    char device[48];

    text_print(device, sizeof(device), "%lld:%lld", (long long)limit->major, (long long)limit->minor);
    printer_open(printer, NULL, '{');
    printer_string(printer, "device", device);
    if (limit->read_bps != UINT64_MAX)
        printer_size(printer, "readBps", limit->read_bps);
    if (limit->write_bps != UINT64_MAX)
        printer_size(printer, "writeBps", limit->write_bps);
    if (limit->read_iops != UINT64_MAX)
        printer_count(printer, "readIops", limit->read_iops);
    if (limit->write_iops != UINT64_MAX)
        printer_count(printer, "writeIops", limit->write_iops);
    printer_close(printer, '}');
}

void printer_resources(struct printer *printer, const struct policy_resources *resources)
{
    struct printer_mark mark = printer_begin_section(printer, "resources");
    const char *inner;

    print_maximum(printer, "memory", &resources->memory, printer_size);
    print_maximum(printer, "swap", &resources->swap, printer_size);
    print_maximum(printer, "pids", &resources->pids, printer_count);
    print_maximum(printer, "cpu", &resources->cpu, print_cpu);
    inner = printer_begin_rule(printer, "io", &resources->io.rule);
    if (inner != NULL) {
        printer_open(printer, inner, '[');
        for (size_t i = 0; i < resources->io.count; i++)
            print_io_limit(printer, &resources->io.items[i]);
        printer_close(printer, ']');
        printer_end_rule(printer, &resources->io.rule);
    }
    if (printer_begin_object(printer, "hugepages", &resources->hugepages.rule)) {
        for (size_t i = 0; i < resources->hugepages.count; i++)
            printer_size(printer, resources->hugepages.items[i].page_size,
                         resources->hugepages.items[i].maximum);
        printer_end_object(printer, &resources->hugepages.rule);
    }
    printer_end_section(printer, mark);
}
