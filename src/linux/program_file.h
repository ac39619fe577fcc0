/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program's file says that the kernel will execute beside it: the loader of a dynamic program, the
 * interpreter of a script. Read as the kernel reads it (binfmt_elf.c, binfmt_script.c); the file is hostile,
 * so every number in it is bounded before it is used.
 */
#pragma once

#include <limits.h>

enum program_kind {
    PROGRAM_OTHER,   /* nothing that is known: the kernel will say ENOEXEC, or ask binfmt_misc */
    PROGRAM_STATIC,  /* ELF without a loader */
    PROGRAM_DYNAMIC, /* ELF; interpreter is its loader */
    PROGRAM_SCRIPT,  /* #!; interpreter is what it names */
};

/* Scripts of scripts: as many as the kernel follows (exec.c). */
enum { PROGRAM_SCRIPTS_MAX = 5 };

/* file: open for reading. interpreter: filled for DYNAMIC and SCRIPT, as it stands there: may be relative. An
 * unreadable file is OTHER. */
enum program_kind program_file_read(int file, char interpreter[PATH_MAX]);
