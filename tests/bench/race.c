/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times commands against each other: one run of each in turn, round after round, so that a machine whose
 * speed drifts is fair to all. Prints the median, the quartiles and the ratio to the command named crun (or
 * the last one). usage: race RUNS NAME=COMMAND... | race --usage NAME=COMMAND A command is split at spaces;
 * there is no shell. Every run must end with status 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_COMMANDS = 16, MAXIMUM_WORDS = 64, WARM_UP = 3 };

struct command {
    const char *name;
    char *words[MAXIMUM_WORDS];
    double *times_ms;
};

static struct command parse(char *text)
{
    struct command command = {.name = text};
    char *rest = strchr(text, '=');
    if (!rest) {
        fprintf(stderr, "race: %s has no NAME=\n", text);
        exit(2);
    }
    *rest++ = '\0';
    int count = 0;
    for (char *word = strtok(rest, " "); word && count < MAXIMUM_WORDS - 1; word = strtok(NULL, " "))
        command.words[count++] = word;
    return command;
}

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double run(const struct command *command, struct rusage *usage)
{
    double begin = now_ms();
    pid_t pid = vfork();
    if (pid == 0) {
        execv(command->words[0], command->words);
        _exit(127);
    }
    int status;
    if (pid < 0 || wait4(pid, &status, 0, usage) < 0) {
        perror("race");
        exit(1);
    }
    double end = now_ms();
    if (status != 0) {
        fprintf(stderr, "race: %s ended with wait status %#x\n", command->name, (unsigned)status);
        exit(1);
    }
    return end - begin;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int usage_of(char *text)
{
    struct command command = parse(text);
    struct rusage usage;
    run(&command, &usage);
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    printf("%-8s peak %6ld kB, %5ld page faults, %3ld context switches\n", command.name, children.ru_maxrss,
           usage.ru_minflt, usage.ru_nvcsw + usage.ru_nivcsw);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--usage") == 0)
        return usage_of(argv[2]);
    if (argc < 3 || argc > MAXIMUM_COMMANDS + 2)
        return 2;
    long runs = strtol(argv[1], NULL, 10);
    int count = argc - 2;
    struct command commands[MAXIMUM_COMMANDS];
    int reference = count - 1;
    for (int i = 0; i < count; i++) {
        commands[i] = parse(argv[i + 2]);
        commands[i].times_ms = calloc((size_t)runs, sizeof(double));
        if (strcmp(commands[i].name, "crun") == 0)
            reference = i;
    }
    for (int i = 0; i < count; i++)
        for (int warm = 0; warm < WARM_UP; warm++)
            run(&commands[i], NULL);
    for (long round = 0; round < runs; round++)
        for (int i = 0; i < count; i++)
            commands[i].times_ms[round] = run(&commands[i], NULL);
    for (int i = 0; i < count; i++)
        qsort(commands[i].times_ms, (size_t)runs, sizeof(double), compare);
    double crun = commands[reference].times_ms[runs / 2];
    double floor_ms = commands[0].times_ms[runs / 2];
    printf("%-10s %9s %9s %9s %9s %9s\n", "", "median ms", "25 %", "75 %", "to crun", "to first");
    for (int i = 0; i < count; i++) {
        const double *times = commands[i].times_ms;
        printf("%-10s %9.2f %9.2f %9.2f %9.2f %9.2f\n", commands[i].name, times[runs / 2], times[runs / 4],
               times[runs * 3 / 4], times[runs / 2] / crun, times[runs / 2] / floor_ms);
    }
    return 0;
}
