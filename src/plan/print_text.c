/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for people: every effect, in the order in which it happens, a line each. */
#include "plan/print_lines.h"

#include <linux/bpf.h>
#include <string.h>
#include "plan/number_list.h"

static void print_named_string(struct text *text, const char *label, const char *string)
{
    if (string == NULL)
        return;
    print_label(text, label);
    print_string(text, string);
    text_append(text, "\n");
}

static void print_device_rule(struct text *text, const struct plan_device_rule *rule)
{
    print_label(text, rule->allow ? "  allow" : "  deny");
    text_append_format(text, "%c ", rule->type);
    if (rule->major < 0)
        text_append(text, "*:");
    else
        text_append_format(text, "%lld:", (long long)rule->major);
    if (rule->minor < 0)
        text_append(text, "* ");
    else
        text_append_format(text, "%lld ", (long long)rule->minor);
    text_append(text, (rule->access & BPF_DEVCG_ACC_READ) != 0 ? "r" : "");
    text_append(text, (rule->access & BPF_DEVCG_ACC_WRITE) != 0 ? "w" : "");
    text_append(text, (rule->access & BPF_DEVCG_ACC_MKNOD) != 0 ? "m" : "");
    text_append(text, "\n");
}

static void print_cgroup_write(struct text *text, const struct plan_cgroup_write *write)
{
    print_label(text, "limit");
    print_string(text, write->file);
    text_append(text, " = ");
    print_string(text, write->value);
    if (write->otherwise != NULL) {
        text_append(text, ", where that file is missing: ");
        print_string(text, write->otherwise->file);
        text_append(text, " = ");
        print_string(text, write->otherwise->value);
    }
    text_append(text, write->best_effort_missing_file ? " (where the file exists)\n" : "\n");
}

static void print_scope(struct text *text, const struct plan_systemd_scope *scope)
{
    print_label(text, "unit");
    print_string(text, scope->unit);
    text_append(text, " in ");
    print_string(text, scope->slice);
    text_append(text, scope->user_manager ? ", of the user's systemd\n" : ", of systemd\n");
    print_named_string(text, "description", scope->description);
    for (size_t i = 0; i < scope->property_count; i++) {
        const struct plan_unit_property *property = &scope->properties[i];

        print_label(text, "property");
        print_string(text, property->name);
        text_append(text, " =");
        for (size_t j = 0; j < property->values.count; j++) {
            text_append(text, " ");
            print_string(text, property->values.items[j]);
        }
        text_append(text, "\n");
    }
}

static void print_cgroup(struct text *text, const struct plan_cgroup *cgroup)
{
    print_heading(text, "cgroup");
    if (cgroup->manager == PLAN_CGROUP_DISABLED) {
        print_row(text, "cgroup", "none of its own");
        return;
    }
    if (cgroup->scope != NULL) {
        print_scope(text, cgroup->scope);
    } else {
        print_label(text, "make");
        print_string(text, cgroup->path);
        text_append(text, " beneath ");
        print_string(text, cgroup->mount);
        text_append(text, cgroup->optional ? ", if that is permitted\n" : "\n");
    }
    for (size_t i = 0; i < cgroup->controller_count; i++)
        print_row(text, "controller", "%s", cgroup->controllers[i]);
    for (size_t i = 0; i < cgroup->write_count; i++)
        print_cgroup_write(text, &cgroup->writes[i]);
    if (cgroup->has_device_rules) {
        print_row(text, "devices", "denied, except as follows (the last rule that matches decides):");
        for (size_t i = 0; i < cgroup->device_rule_count; i++)
            print_device_rule(text, &cgroup->device_rules[i]);
    }
    if (cgroup->own_user_namespace_delegate)
        print_row(text, "owner", "the container's root");
}

static void print_id_mappings(struct text *text, const char *label, const struct plan_id_mappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const struct plan_id_mapping *mapping = &mappings->items[i];

        print_row(text, label, "%u is the host's %u, %u id%s", mapping->container_id, mapping->host_id,
                  mapping->size, mapping->size == 1 ? "" : "s");
    }
}

static void print_namespaces(struct text *text, const struct plan_namespaces *namespaces)
{
    print_heading(text, "namespaces");
    for (size_t i = 0; i < namespaces->count; i++) {
        const struct plan_namespace *namespace = &namespaces->items[i];

        print_label(text, namespace->path.text != NULL ? "join" : "new");
        text_append(text, namespace->name);
        if (namespace->path.text != NULL) {
            text_append(text, " ");
            print_string(text, namespace->path.text);
        }
        text_append(text, "\n");
    }
    if (namespaces->count == 0)
        print_row(text, "new", "none: the container shares all of the host's");
    if (namespaces->deny_setgroups)
        print_row(text, "setgroups", "denied");
    print_id_mappings(text, "uid", &namespaces->uid_mappings);
    print_id_mappings(text, "gid", &namespaces->gid_mappings);
    if (namespaces->use_mapping_helpers)
        print_row(text, "maps", "written by %s and %s", namespaces->newuidmap, namespaces->newgidmap);
    for (size_t i = 0; i < namespaces->time_offset_count; i++)
        print_row(text, "clock", "%s %+lld s %u ns", namespaces->time_offsets[i].clock,
                  (long long)namespaces->time_offsets[i].seconds, namespaces->time_offsets[i].nanoseconds);
}

static void print_intel_rdt(struct text *text, const struct plan_intel_rdt *plan)
{
    print_label(text, "resctrl class");
    print_string(text, plan->clos_id);
    text_append(text, plan->create              ? ", made and removed\n"
                      : plan->create_if_missing ? ", made where missing\n"
                                                : ", which must exist\n");
    for (size_t i = 0; i < plan->schemata.count; i++) {
        print_label(text, "  schemata");
        print_string(text, plan->schemata.items[i]);
        text_append(text, "\n");
    }
    if (plan->enable_monitoring)
        print_row(text, "  monitoring", "a group of its own");
}

static void print_early_extras(struct text *text, const struct plan *plan)
{
    for (size_t i = 0; i < plan->net_device_count; i++) {
        print_label(text, "net device");
        print_string(text, plan->net_devices[i].host_name);
        text_append(text, " moves in as ");
        print_string(text, plan->net_devices[i].container_name);
        text_append(text, "\n");
    }
    if (plan->intel_rdt != NULL)
        print_intel_rdt(text, plan->intel_rdt);
    print_named_string(text, "hostname", plan->hostname);
    print_named_string(text, "domainname", plan->domainname);
}

static void print_root(struct text *text, const struct plan *plan)
{
    const struct plan_rootfs *rootfs = &plan->rootfs;

    print_heading(text, "file system");
    if (rootfs->new_mount_namespace)
        print_row(text, "propagation", "the old tree becomes %s",
                  kernel_word_name(&kernel_propagations, rootfs->propagation));
    print_label(text, "root");
    print_string(text, rootfs->path.text);
    if (rootfs->mount_label != NULL) {
        text_append(text, ", label ");
        print_string(text, rootfs->mount_label);
    }
    text_append(text, "\n");
    print_mounts(text, rootfs);
    print_devices(text, rootfs);
    if (plan->process != NULL && plan->process->terminal && rootfs->new_mount_namespace)
        print_row(text, "console", "/dev/console is the container's terminal");
}

static void print_hook_list(struct text *text, const char *stage, const struct plan_hook_list *hooks)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const struct plan_hook *hook = &hooks->items[i];

        print_label(text, stage);
        print_string(text, hook->path.text);
        for (size_t j = 1; j < hook->args.count; j++) {
            text_append(text, " ");
            print_string(text, hook->args.items[j]);
        }
        if (hook->timeout_ms != PLAN_HOOK_DEFAULT_TIMEOUT_MS)
            text_append_format(text, ", at most %lld s", (long long)(hook->timeout_ms / 1000));
        text_append(text, "\n");
    }
}

static void print_early_hooks(struct text *text, const struct plan_hooks *hooks)
{
    if (hooks->prestart.count + hooks->create_runtime.count + hooks->create_container.count == 0)
        return;
    print_heading(text, "hooks while it is created");
    print_hook_list(text, "prestart", &hooks->prestart);
    print_hook_list(text, "createRuntime", &hooks->create_runtime);
    print_hook_list(text, "createContainer", &hooks->create_container);
}

static void print_late_hooks(struct text *text, const struct plan_hooks *hooks)
{
    if (hooks->start_container.count + hooks->poststart.count + hooks->poststop.count == 0)
        return;
    print_heading(text, "hooks from its start on");
    print_hook_list(text, "startContainer", &hooks->start_container);
    print_hook_list(text, "poststart", &hooks->poststart);
    print_hook_list(text, "poststop", &hooks->poststop);
}

static void print_entry(struct text *text, const struct plan *plan)
{
    const struct plan_rootfs *rootfs = &plan->rootfs;

    print_heading(text, "inside");
    if (!rootfs->new_mount_namespace)
        print_row(text, "enter", "by chroot, in a mount namespace that is not its own");
    else if (rootfs->no_pivot)
        print_row(text, "enter", "by moving the root and chroot (--no-pivot)");
    else
        print_row(text, "enter", "by pivot_root; the old root is unmounted");
    if (plan->process != NULL && plan->process->create_cwd && strcmp(plan->process->cwd.text, "/") != 0) {
        print_label(text, "directory");
        print_string(text, plan->process->cwd.text);
        text_append(text, ", made where missing\n");
    }
    for (size_t i = 0; i < plan->sysctl_count; i++) {
        print_label(text, "sysctl");
        print_string(text, plan->sysctls[i].path);
        text_append(text, " = ");
        print_string(text, plan->sysctls[i].value);
        text_append(text, "\n");
    }
    for (size_t i = 0; i < rootfs->readonly_count; i++)
        print_named_string(text, "read-only", rootfs->readonly[i].text);
    for (size_t i = 0; i < rootfs->masked_count; i++)
        print_named_string(text, "mask", rootfs->masked[i].text);
    if (rootfs->kernel_mask_count > 0)
        print_row(text, "kernel files",
                  "%zu of policies' masks are looked for in every mount, and put where they are missing",
                  rootfs->kernel_mask_count);
    if (rootfs->read_only)
        print_row(text, "read-only", "/");
    if (rootfs->final_propagation != 0)
        print_row(text, "propagation", "/ becomes %s",
                  kernel_word_name(&kernel_propagations, rootfs->final_propagation));
}

static void print_affinity(struct text *text, const char *when, const struct plan_cpu_set *set)
{
    if (set->count == 0)
        return;
    print_label(text, "exec affinity");
    text_append(text, when);
    text_append(text, ": CPUs ");
    number_list_append(text, set);
    text_append(text, "\n");
}

void plan_print_text(const struct plan *plan, struct text *text)
{
    text_append(text, "container ");
    print_string(text, plan->id);
    text_append(text, "\n");
    print_named_string(text, "bundle", plan->bundle.text);
    print_named_string(text, "OCI version", plan->oci_version);

    print_cgroup(text, &plan->cgroup);
    print_namespaces(text, &plan->namespaces);
    print_early_extras(text, plan);
    print_root(text, plan);
    print_early_hooks(text, &plan->hooks);
    print_entry(text, plan);
    print_heading(text, "process");
    if (plan->process != NULL)
        print_process(text, plan->process);
    else
        print_row(text, "none", "the configuration has no process: the container cannot be started");
    print_affinity(text, "at first", &plan->exec_affinity_initial);
    print_affinity(text, "in the end", &plan->exec_affinity_final);
    print_late_hooks(text, &plan->hooks);

    if (plan->note_count > 0)
        print_heading(text, "notes: not done, or done otherwise than asked");
    for (size_t i = 0; i < plan->note_count; i++) {
        text_append(text, "  ");
        print_string(text, plan->notes[i].pointer);
        text_append(text, ": ");
        print_string(text, plan->notes[i].text);
        text_append(text, "\n");
    }
}
