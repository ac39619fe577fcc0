/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart list */
#include <string.h>
#include "cli/command.h"
#include "container/delegate.h"

enum { LIST_BYTES_MAX = 256 * 1024 * 1024 };

struct list_options {
    const char *format;
    bool quiet;
};

static const char *const formats[] = {"table", "json", NULL};

static const struct option rows[] = {
    {"format", 'f', OPTION_WORD, offsetof(struct list_options, format), "FORMAT", "table (default) or json",
     .words = formats},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct list_options, quiet), NULL, "ids only"},
};

static size_t widest(const char *heading, const struct container_entry *entries, size_t count, size_t offset)
{
    size_t width = strlen(heading);

    for (size_t i = 0; i < count; i++) {
        const char *value = *(const char *const *)(const void *)((const char *)&entries[i] + offset);
        if (value != NULL && strlen(value) > width)
            width = strlen(value);
    }
    return width;
}

static const char *shown(const char *value)
{
    return value != NULL ? value : "-";
}

static void append_table(struct text *text, const struct container_entry *entries, size_t count)
{
    int id = (int)widest("ID", entries, count, offsetof(struct container_entry, id));
    int bundle = (int)widest("BUNDLE", entries, count, offsetof(struct container_entry, bundle));

    text_append_format(text, "%-*s  %-10s  %-8s  %-*s  %-30s  %s\n", id, "ID", "PID", "STATUS", bundle,
                       "BUNDLE", "CREATED", "OWNER");
    for (size_t i = 0; i < count; i++) {
        const struct container_entry *entry = &entries[i];
        text_append_format(text, "%-*s  %-10lld  %-8s  %-*s  %-30s  %s\n", id, entry->id,
                           (long long)entry->pid, entry->status, bundle, shown(entry->bundle),
                           shown(entry->created), shown(entry->owner));
    }
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct list_options *options = invocation->options;
    cleanup_text struct text text = text_growing(LIST_BYTES_MAX);
    const struct container_entry *entries;
    size_t count;

    (void)status;
    if (delegate_pass(invocation->runtime, NULL, error) != 0 ||
        container_list(invocation->runtime, invocation->arena, &entries, &count, error) != 0)
        return -1;
    if (options->quiet) {
        for (size_t i = 0; i < count; i++)
            text_append_format(&text, "%s\n", entries[i].id);
    } else if (options->format != NULL && strcmp(options->format, "json") == 0) {
        container_list_encode(&text, entries, count);
    } else {
        append_table(&text, entries, count);
    }
    for (size_t i = 0; i < count; i++)
        if (entries[i].problem != NULL)
            notice(&invocation->runtime->notices, NOTICE_WARNING, "%s", entries[i].problem);
    return command_print(&text, error);
}

const struct command command_list = {
    .name = "list",
    .words = "",
    .summary = "show all containers of the state directory",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct list_options),
    .run = run,
};
