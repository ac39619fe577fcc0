/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signal names to numbers. */
#include "container/signal_name.h"

#include <ctype.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "base/number.h"

/* The kernel's range; the C library keeps the first two for itself, yet a container's program may use them.
 */
enum { SIGNAL_LAST = 64 };

static const struct {
    const char *name;
    int number;
} names[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT},     {"ILL", SIGILL},   {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"IOT", SIGABRT},      {"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},     {"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},
    {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD},     {"CLD", SIGCHLD},  {"CONT", SIGCONT},
    {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU}, {"URG", SIGURG},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},     {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
    {"IO", SIGIO},     {"POLL", SIGIO},       {"PWR", SIGPWR},       {"SYS", SIGSYS},
};

/* RTMIN as programs see it: 34 with glibc. */
static bool real_time(const char *text, int *number)
{
    uint64_t distance = 0;
    bool from_minimum = strncasecmp(text, "RTMIN", 5) == 0;

    if (!from_minimum && strncasecmp(text, "RTMAX", 5) != 0)
        return false;
    text += 5;
    if (*text != '\0') {
        if (*text != (from_minimum ? '+' : '-') || !number_unsigned(text + 1, SIGNAL_LAST, &distance))
            return false;
    }
    *number = from_minimum ? SIGRTMIN + (int)distance : SIGNAL_LAST - (int)distance;
    return *number >= SIGRTMIN && *number <= SIGNAL_LAST;
}

bool signal_from_name(const char *text, int *number)
{
    uint64_t value;

    if (isdigit((unsigned char)text[0])) {
        if (!number_unsigned(text, SIGNAL_LAST, &value))
            return false;
        *number = (int)value;
        return true;
    }
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            *number = names[i].number;
            return true;
        }
    }
    return real_time(text, number);
}
