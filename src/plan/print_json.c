/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for programs: docs/thwart-plan.schema.json describes it. Members keep their names and meanings;
 * new ones may come. */
#include <linux/bpf.h>
#include <string.h>

#include "plan/json_writer.h"
#include "plan/kernel_words.h"

enum { DOCUMENT_VERSION = 1 };

static void write_cgroup_writes(struct json_writer *writer, const struct plan_cgroup *cgroup)
{
    json_writer_open(writer, "writes", '[');
    for (size_t i = 0; i < cgroup->write_count; i++) {
        const struct plan_cgroup_write *write = &cgroup->writes[i];

        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "file", write->file);
        json_writer_string(writer, "value", write->value);
        json_writer_string(writer, "pointer", write->pointer);
        json_writer_flag(writer, "mayBeMissing", write->best_effort_missing_file);
        if (write->otherwise != NULL) {
            json_writer_open(writer, "otherwise", '{');
            json_writer_string(writer, "file", write->otherwise->file);
            json_writer_string(writer, "value", write->otherwise->value);
            json_writer_close(writer, '}');
        }
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_device_rules(struct json_writer *writer, const struct plan_cgroup *cgroup)
{
    if (!cgroup->has_device_rules)
        return;
    json_writer_open(writer, "deviceRules", '[');
    for (size_t i = 0; i < cgroup->device_rule_count; i++) {
        const struct plan_device_rule *rule = &cgroup->device_rules[i];
        const char type[] = {rule->type, '\0'};
        char access[4] = "";
        size_t length = 0;

        if ((rule->access & BPF_DEVCG_ACC_READ) != 0)
            access[length++] = 'r';
        if ((rule->access & BPF_DEVCG_ACC_WRITE) != 0)
            access[length++] = 'w';
        if ((rule->access & BPF_DEVCG_ACC_MKNOD) != 0)
            access[length++] = 'm';
        json_writer_open(writer, NULL, '{');
        json_writer_boolean(writer, "allow", rule->allow);
        json_writer_string(writer, "type", type);
        json_writer_number(writer, "major", rule->major);
        json_writer_number(writer, "minor", rule->minor);
        json_writer_string(writer, "access", access);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_scope(struct json_writer *writer, const struct plan_systemd_scope *scope)
{
    json_writer_string(writer, "unit", scope->unit);
    json_writer_string(writer, "slice", scope->slice);
    json_writer_string(writer, "description", scope->description);
    json_writer_flag(writer, "userManager", scope->user_manager);
    json_writer_open(writer, "properties", '[');
    for (size_t i = 0; i < scope->property_count; i++) {
        const struct plan_unit_property *property = &scope->properties[i];

        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "name", property->name);
        json_writer_string(writer, "signature", property->signature);
        json_writer_strings(writer, "values", &property->values);
        json_writer_optional_string(writer, "pointer", property->pointer);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_cgroup(struct json_writer *writer, const struct plan_cgroup *cgroup)
{
    const struct plan_strings controllers = {.items = cgroup->controllers, .count = cgroup->controller_count};

    json_writer_open(writer, "cgroup", '{');
    if (cgroup->manager == PLAN_CGROUP_DISABLED) {
        json_writer_string(writer, "manager", "disabled");
        json_writer_close(writer, '}');
        return;
    }
    json_writer_string(writer, "manager", cgroup->scope != NULL ? "systemd" : "cgroupfs");
    json_writer_string(writer, "mount", cgroup->mount);
    if (cgroup->scope != NULL)
        write_scope(writer, cgroup->scope);
    else
        json_writer_string(writer, "path", cgroup->path);
    json_writer_flag(writer, "optional", cgroup->optional);
    json_writer_flag(writer, "ownedByContainer", cgroup->own_user_namespace_delegate);
    json_writer_strings(writer, "controllers", &controllers);
    write_cgroup_writes(writer, cgroup);
    write_device_rules(writer, cgroup);
    json_writer_close(writer, '}');
}

static void write_time_offsets(struct json_writer *writer, const struct plan_namespaces *namespaces)
{
    if (namespaces->time_offset_count == 0)
        return;
    json_writer_open(writer, "timeOffsets", '[');
    for (size_t i = 0; i < namespaces->time_offset_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "clock", namespaces->time_offsets[i].clock);
        json_writer_number(writer, "secs", namespaces->time_offsets[i].seconds);
        json_writer_unsigned(writer, "nanosecs", namespaces->time_offsets[i].nanoseconds);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_namespaces(struct json_writer *writer, const struct plan_namespaces *namespaces)
{
    json_writer_open(writer, "namespaces", '{');
    json_writer_open(writer, "list", '[');
    for (size_t i = 0; i < namespaces->count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "type", namespaces->items[i].name);
        json_writer_optional_string(writer, "join", namespaces->items[i].path.text);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
    json_writer_flag(writer, "denySetgroups", namespaces->deny_setgroups);
    write_mappings(writer, "uidMappings", &namespaces->uid_mappings);
    write_mappings(writer, "gidMappings", &namespaces->gid_mappings);
    if (namespaces->use_mapping_helpers) {
        json_writer_string(writer, "newuidmap", namespaces->newuidmap);
        json_writer_string(writer, "newgidmap", namespaces->newgidmap);
    }
    write_time_offsets(writer, namespaces);
    json_writer_close(writer, '}');
}

static void write_hook_list(struct json_writer *writer, const char *stage, const struct plan_hook_list *hooks)
{
    if (hooks->count == 0)
        return;
    json_writer_open(writer, stage, '[');
    for (size_t i = 0; i < hooks->count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "path", hooks->items[i].path.text);
        json_writer_strings(writer, "args", &hooks->items[i].args);
        json_writer_strings(writer, "env", &hooks->items[i].environment);
        if (hooks->items[i].timeout_ms != PLAN_HOOK_DEFAULT_TIMEOUT_MS)
            json_writer_number(writer, "timeoutMs", hooks->items[i].timeout_ms);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_hooks(struct json_writer *writer, const struct plan_hooks *hooks)
{
    json_writer_open(writer, "hooks", '{');
    write_hook_list(writer, "prestart", &hooks->prestart);
    write_hook_list(writer, "createRuntime", &hooks->create_runtime);
    write_hook_list(writer, "createContainer", &hooks->create_container);
    write_hook_list(writer, "startContainer", &hooks->start_container);
    write_hook_list(writer, "poststart", &hooks->poststart);
    write_hook_list(writer, "poststop", &hooks->poststop);
    json_writer_close(writer, '}');
}

static void write_extras(struct json_writer *writer, const struct plan *plan)
{
    json_writer_open(writer, "netDevices", '[');
    for (size_t i = 0; i < plan->net_device_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "hostName", plan->net_devices[i].host_name);
        json_writer_string(writer, "containerName", plan->net_devices[i].container_name);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
    if (plan->intel_rdt == NULL)
        return;
    json_writer_open(writer, "intelRdt", '{');
    json_writer_string(writer, "closID", plan->intel_rdt->clos_id);
    json_writer_strings(writer, "schemata", &plan->intel_rdt->schemata);
    json_writer_flag(writer, "create", plan->intel_rdt->create);
    json_writer_flag(writer, "createIfMissing", plan->intel_rdt->create_if_missing);
    json_writer_flag(writer, "enableMonitoring", plan->intel_rdt->enable_monitoring);
    json_writer_close(writer, '}');
}

static void write_sysctls(struct json_writer *writer, const struct plan *plan)
{
    json_writer_open(writer, "sysctls", '[');
    for (size_t i = 0; i < plan->sysctl_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "path", plan->sysctls[i].path);
        json_writer_string(writer, "value", plan->sysctls[i].value);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

static void write_annotations_and_notes(struct json_writer *writer, const struct plan *plan)
{
    json_writer_open(writer, "annotations", '{');
    for (size_t i = 0; i < plan->annotation_count; i++)
        json_writer_string(writer, plan->annotations[i].key, plan->annotations[i].value);
    json_writer_close(writer, '}');
    json_writer_open(writer, "notes", '[');
    for (size_t i = 0; i < plan->note_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "pointer", plan->notes[i].pointer);
        json_writer_string(writer, "text", plan->notes[i].text);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

void plan_print_json(const struct plan *plan, struct text *text)
{
    struct json_writer writer = {.text = text, .empty = true};

    json_writer_open(&writer, NULL, '{');
    json_writer_unsigned(&writer, "planVersion", DOCUMENT_VERSION);
    json_writer_string(&writer, "id", plan->id);
    json_writer_optional_string(&writer, "ociVersion", plan->oci_version);
    json_writer_optional_string(&writer, "bundle", plan->bundle.text);
    write_cgroup(&writer, &plan->cgroup);
    write_namespaces(&writer, &plan->namespaces);
    write_extras(&writer, plan);
    write_rootfs(&writer, &plan->rootfs);
    write_hooks(&writer, &plan->hooks);
    json_writer_optional_string(&writer, "hostname", plan->hostname);
    json_writer_optional_string(&writer, "domainname", plan->domainname);
    write_sysctls(&writer, plan);
    if (plan->process != NULL)
        write_process(&writer, plan->process);
    write_number_set(&writer, "execAffinityInitial", &plan->exec_affinity_initial);
    write_number_set(&writer, "execAffinityFinal", &plan->exec_affinity_final);
    write_annotations_and_notes(&writer, plan);
    json_writer_close(&writer, '}');
    text_append(text, "\n");
}
