/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe's entry: without arguments (or with "report") it prints all that it sees; else one subcommand. */
#include "probe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void report_texts(const char *key, char **texts)
{
    json_open(key, '[');
    for (; *texts; texts++)
        json_text(NULL, *texts);
    json_close(']');
}

static int report(char **argv)
{
    extern char **environ;

    json_open(NULL, '{');
    /* First, before the probe itself opens anything. */
    report_descriptors();
    report_texts("args", argv);
    report_texts("env", environ);
    report_identity();
    report_process();
    report_terminal();
    report_surroundings();
    json_close('}');
    json_flush();
    return 0;
}

static int usage(void)
{
    static const struct probe_command *const tables[] = {
        probe_file_commands,
        probe_system_commands,
        probe_process_commands,
        probe_attack_commands,
    };

    dprintf(STDERR_FILENO, "usage: probe [report] | COMMAND ARGUMENTS\n");
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++) {
        for (const struct probe_command *each = tables[table]; each->name; each++)
            dprintf(STDERR_FILENO, "  probe %s %s\n", each->name, each->arguments);
    }
    return 2;
}

static const struct probe_command *find(const struct probe_command *table, const char *name)
{
    for (; table->name; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "report") == 0)
        return report(argv);
    const struct probe_command *command = find(probe_file_commands, argv[1]);
    if (!command)
        command = find(probe_system_commands, argv[1]);
    if (!command)
        command = find(probe_process_commands, argv[1]);
    if (!command)
        command = find(probe_attack_commands, argv[1]);
    if (!command || argc - 2 < command->least_arguments)
        return usage();
    return command->run(argc - 1, argv + 1);
}
