/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe: a static program that runs inside containers and tells what it sees, or tries one thing and tells
 * what the kernel answered. Tests compare its words with the bundle: never what the runtime says about
 * itself.
 *
 * It stays away from everything that a hostile or half-made container could lack: no NSS, no locale, no
 * dynamic loader, and system calls in preference to /proc wherever both would answer.
 */
#ifndef THWART_TESTS_PROBE_H
#define THWART_TESTS_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* --- probe_json.c: a writer for one JSON document on standard output
 * ------------------------------------------- */

/* Every json_* call below writes one value; `key` is its name in the enclosing object, NULL inside an array.
 * Bytes that are not ASCII are written as \u00XX, so that the output is always valid JSON. */
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_text(const char *key, const char *value); /* NULL becomes null */
void json_bytes(const char *key, const char *value, size_t length);
void json_number(const char *key, long long value);
void json_unsigned(const char *key, unsigned long long value);
void json_bool(const char *key, bool value);
void json_octal(const char *key, unsigned value); /* as text: "0022" */
void json_device(const char *key, unsigned long long device);
/* The name of `error_number` ("EROFS"), or null for 0. */
void json_error(const char *key, int error_number);
/* Writes the document with one write(2) where the descriptor allows and starts anew; exits 111 when that
 * fails. */
void json_flush(void);

/* --- probe_file.c: small files and numbers
 * ---------------------------------------------------------------------- */

/* Reads at most capacity - 1 bytes of a file and terminates them; returns the length, -1 with errno set. */
long read_small_file(const char *path, char *buffer, size_t capacity);
/* A number in any base of C; exits 112 when `text` is not one. */
long long parse_number(const char *text);
/* "fifo", "directory", ... of a st_mode. */
const char *file_type_name(unsigned mode);
/* Writes an object with type, mode, owner, device, inode... of `path` (not following a last symlink). */
void describe_path(const char *path);

/* --- the parts of a report: each writes its keys into the open object
 * -------------------------------------------- */

void report_descriptors(void);  /* probe_descriptors.c */
void report_identity(void);     /* probe_identity.c: ids, groups, capabilities, securebits, nnp, seccomp */
void report_process(void);      /* probe_process.c: signals, limits, scheduling, umask, ... */
void report_terminal(void);     /* probe_terminal.c */
void report_surroundings(void); /* probe_surroundings.c: namespaces, cgroup, mounts, names, sysctls, clocks */

/* --- the things that can be tried
 * ---------------------------------------------------------------------------------- */

/* One subcommand: its name, the least number of arguments after it, what they are, and the function. The
 * function returns the exit status. */
struct probe_command {
    const char *name;
    int least_arguments;
    const char *arguments;
    int (*run)(int argc, char **argv);
};

extern const struct probe_command probe_file_commands[];    /* probe_files.c */
extern const struct probe_command probe_system_commands[];  /* probe_system.c */
extern const struct probe_command probe_process_commands[]; /* probe_life.c */
extern const struct probe_command probe_attack_commands[];  /* probe_attack.c */

/* Prints {"did": what, "on": object, "result": ..., "error": ...}; returns 0 when `result` is not negative,
 * else 1. errno is the error. */
int tell_outcome(const char *what, const char *object, long result);

#endif
