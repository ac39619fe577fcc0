/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting gpg. */
#include "gpg/program.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#define PROGRAM_VARIABLE "THWART_GPG_PROGRAM" /* the true gpg */
#define WORKER_VARIABLE  "THWART_GPG_WORKER"  /* who must outlive it */
#define SEARCH_VARIABLE  "THWART_GPG_PATH"
#define PRIVATE_VARIABLE "THWART_GPG_PRIVATE"

/* The oldest that all options used here need; gpgme asks for newer ones only where it has been told of newer.
 */
#define VERSION_LINE "gpg (GnuPG) 2.2.0\n"

enum {
    ARGUMENTS_MAX = 64,
    ADOPTION_ROUNDS = 2000,
    ADOPTION_PAUSE_NS = 500 * 1000,
    MEMORY_BYTES_MAX = 1 << 30,
    CPU_SECONDS_MAX = 60,
    FAILURE = 125,
};

int program_find(const char *name, char *path, size_t size, struct error *error)
{
    const char *search = getenv("PATH"), *next = search != NULL ? search : "";

    while (*next != '\0') {
        size_t length = strcspn(next, ":");

        if (length > 0 && *next == '/' && text_print(path, size, "%.*s/%s", (int)length, next, name) == 0 &&
            access(path, X_OK) == 0)
            return 0;
        next += length;
        next += *next == ':';
    }
    return error_set(
        error, ERROR_UNSUPPORTED,
        "gpg is not installed (looked for in %s), and without it no signature can be verified or made",
        search != NULL ? search : "no directory at all");
}

int program_announce(const char *path, const char *home, bool private_home, const char *tty,
                     struct error *error)
{
    char worker[32], search[PROGRAM_PATH_SIZE];
    const char *inherited = getenv("PATH");

    if (text_print(worker, sizeof(worker), "%d", (int)getpid()) != 0 ||
        text_print(search, sizeof(search), "%s", inherited != NULL ? inherited : "") != 0)
        return error_set(error, ERROR_LIMIT, "PATH is too long");
    /* gpgme looks for a program of the name that it was told in PATH: /proc/self/exe, this one. */
    if (setenv("PATH", "/proc/self", 1) != 0 || setenv("GNUPGHOME", home, 1) != 0 ||
        setenv("LC_ALL", "C", 1) != 0 || setenv(PROGRAM_VARIABLE, path, 1) != 0 ||
        setenv(WORKER_VARIABLE, worker, 1) != 0 || setenv(SEARCH_VARIABLE, search, 1) != 0 ||
        (private_home && setenv(PRIVATE_VARIABLE, "1", 1) != 0) ||
        (tty != NULL && setenv("GPG_TTY", tty, 1) != 0))
        return error_system(error, errno, "setting the environment of gpg");
    return 0;
}

bool program_is_called(void)
{
    return getenv(PROGRAM_VARIABLE) != NULL;
}

/* gpgme's children are made twice, so that nobody has to wait for them: the worker adopts them when the one
 * between has ended. From then on they end with it. */
static int end_with_the_worker(void)
{
    const struct timespec pause = {.tv_nsec = ADOPTION_PAUSE_NS};
    const char *text = getenv(WORKER_VARIABLE);
    int64_t worker;

    if (text == NULL || !number_signed(text, 1, INT32_MAX, &worker))
        return -1;
    for (int round = 0; getppid() != (pid_t)worker; round++) {
        if (round == ADOPTION_ROUNDS)
            return -1;
        nanosleep(&pause, NULL);
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return -1;
    return getppid() == (pid_t)worker ? 0 : -1;
}

int program_limit(void)
{
    static const struct {
        int resource;
        rlim_t value;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_AS, MEMORY_BYTES_MAX},
        {RLIMIT_CPU, CPU_SECONDS_MAX},
        {RLIMIT_FSIZE, 8 * (rlim_t)GPG_KEYRING_BYTES_MAX},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
        const struct rlimit value = {limits[i].value, limits[i].value};

        /* A lower one that is there already stays. */
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &value) != 0 && errno != EPERM)
            return -1;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int program_become(int count, char **arguments)
{
    /* Keys come from the home alone, and all in it are trusted: nothing is looked up, started or remembered.
     */
    static char options[][32] = {
        "--no-options",           "--trust-model=always",  "--no-auto-key-locate",
        "--no-auto-key-retrieve", "--no-autostart",        "--no-auto-check-trustdb",
        "--lock-never",           "--no-random-seed-file", "--disable-dirmngr",
    };
    const char *search = getenv(SEARCH_VARIABLE), *variable = getenv(PROGRAM_VARIABLE);
    char *program = variable != NULL ? strdup(variable) : NULL; /* the variable itself goes */
    bool private_home = getenv(PRIVATE_VARIABLE) != NULL;
    char *all[ARGUMENTS_MAX + ARRAY_LENGTH(options) + 1];
    size_t used = 0;

    if (count == 2 && strcmp(arguments[1], "--version") == 0)
        return write(STDOUT_FILENO, VERSION_LINE, strlen(VERSION_LINE)) == (ssize_t)strlen(VERSION_LINE)
                   ? 0
                   : FAILURE;
    if (count < 1 || count > ARGUMENTS_MAX || program == NULL || search == NULL ||
        end_with_the_worker() != 0 || (private_home && program_limit() != 0))
        return FAILURE;
    all[used++] = arguments[0];
    for (size_t i = 0; private_home && i < ARRAY_LENGTH(options); i++)
        all[used++] = options[i];
    for (int i = 1; i < count; i++)
        all[used++] = arguments[i];
    all[used] = NULL;
    if (setenv("PATH", search, 1) != 0 || unsetenv(PROGRAM_VARIABLE) != 0 || unsetenv(WORKER_VARIABLE) != 0 ||
        unsetenv(SEARCH_VARIABLE) != 0 || unsetenv(PRIVATE_VARIABLE) != 0)
        return FAILURE;
    execv(program, all);
    return FAILURE;
}
