/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that may not be used: unbounded text, lenient numbers, hidden state, a shell, the host's user
 * data base (which would make a static binary load libraries), temporary files by name. The whole build
 * includes this file through meson's -include.
 */
#pragma once

/* The system's headers must have declared them before they are poisoned. */
#include <pwd.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Some are macros in glibc, by compiler and fortification. */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef alloca

#pragma GCC poison strcpy strcat sprintf vsprintf gets strncpy strncat
#pragma GCC poison atoi atol atoll atof strtok strtok_r
#pragma GCC poison system popen mktemp tmpnam tempnam
#pragma GCC poison getpwnam getpwuid getgrnam getgrgid initgroups
#pragma GCC poison alloca
