/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Landlock's layers, as lines and as JSON. */
#include "plan/json_writer.h"
#include "plan/landlock_rights.h"
#include "plan/print_lines.h"

static void append_words(struct text *text, const char *before, const struct kernel_words *words,
                         uint64_t value)
{
    if (value == 0)
        return;
    text_append(text, before);
    kernel_words_append(text, words, value, " ");
}

static void print_layer(struct text *text, const struct plan_landlock *layer)
{
    print_label(text, "landlock");
    text_append_format(text, "of policy %s, ABI %u; refused unless allowed below:", layer->policy,
                       layer->abi);
    append_words(text, " ", &landlock_fs_words, layer->handled_fs);
    append_words(text, " ", &landlock_net_words, layer->handled_net);
    append_words(text, "; apart from what is outside: ", &landlock_scope_words, layer->scoped);
    text_append(text, "\n");
    for (size_t i = 0; i < layer->path_count; i++) {
        print_label(text, "  beneath");
        print_string(text, layer->paths[i].path.text);
        append_words(text, ": ", &landlock_fs_words, layer->paths[i].access);
        text_append(text, "\n");
    }
    if (layer->add_loader)
        print_row(text, "  and", "what the loader of a dynamic program needs: itself, and the libraries");
    for (size_t i = 0; i < layer->port_count; i++) {
        const struct plan_landlock_ports *ports = &layer->ports[i];

        print_label(text, "  TCP port");
        text_append_unsigned(text, ports->first);
        if (ports->last != ports->first)
            text_append_format(text, " to %u", ports->last);
        append_words(text, ": ", &landlock_net_words, ports->access);
        text_append(text, "\n");
    }
}

void print_landlock(struct text *text, const struct plan_process *process)
{
    for (size_t i = 0; i < process->landlock_count; i++)
        print_layer(text, &process->landlock[i]);
}

static void write_words(struct json_writer *writer, const char *key, const struct kernel_words *words,
                        uint64_t value)
{
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < words->count; i++)
        if ((value & words->items[i].value) != 0)
            json_writer_string(writer, NULL, words->items[i].word);
    json_writer_close(writer, ']');
}

static void write_layer(struct json_writer *writer, const struct plan_landlock *layer)
{
    json_writer_open(writer, NULL, '{');
    json_writer_string(writer, "policy", layer->policy);
    json_writer_unsigned(writer, "abi", layer->abi);
    write_words(writer, "handledFs", &landlock_fs_words, layer->handled_fs);
    write_words(writer, "handledNet", &landlock_net_words, layer->handled_net);
    write_words(writer, "scoped", &landlock_scope_words, layer->scoped);
    json_writer_open(writer, "paths", '[');
    for (size_t i = 0; i < layer->path_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "path", layer->paths[i].path.text);
        write_words(writer, "access", &landlock_fs_words, layer->paths[i].access);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
    json_writer_open(writer, "ports", '[');
    for (size_t i = 0; i < layer->port_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_unsigned(writer, "first", layer->ports[i].first);
        json_writer_unsigned(writer, "last", layer->ports[i].last);
        write_words(writer, "access", &landlock_net_words, layer->ports[i].access);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
    json_writer_flag(writer, "addLoader", layer->add_loader);
    json_writer_flag(writer, "skipMissing", layer->skip_missing);
    json_writer_flag(writer, "logDenials", (layer->restrict_flags & LANDLOCK_LOG_NEW_EXEC) != 0);
    json_writer_close(writer, '}');
}

void write_landlock(struct json_writer *writer, const struct plan_process *process)
{
    if (process->landlock_count == 0)
        return;
    json_writer_open(writer, "landlock", '[');
    for (size_t i = 0; i < process->landlock_count; i++)
        write_layer(writer, &process->landlock[i]);
    json_writer_close(writer, ']');
}
