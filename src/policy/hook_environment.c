/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See hook_environment.h. */
#include "policy/hook_environment.h"

#include <string.h>
#include "base/memory.h"
#include "base/glob.h"

/*
 * What decides which code runs: what a C library forgets for set-user-id programs (ld.so(8),
 * "secure-execution mode"), start files and module paths of shells and interpreters, and directories in which
 * programs that hooks are made of (git, iptables, CNI, container tools) look for other programs or for a
 * configuration that names some.
 */
static const char *const steering[] = {
    /* loader and C library */
    "LD_*",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "GETCONF_DIR",
    "LOCPATH",
    "NLSPATH",
    "NIS_PATH",
    "MALLOC_*",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "RESOLV_HOST_CONF",
    "TMPDIR",
    "TZDIR",
    /* shells */
    "BASH_ENV",
    "BASH_FUNC_*",
    "BASHOPTS",
    "SHELLOPTS",
    "ENV",
    "IFS",
    "PS4",
    "CDPATH",
    "FPATH",
    "ZDOTDIR",
    "SHELL",
    /* interpreters */
    "PYTHON*",
    "PERL*",
    "RUBY*",
    "GEM_*",
    "BUNDLE_*",
    "NODE_*",
    "LUA_*",
    "JAVA_*",
    "_JAVA_*",
    "JDK_*",
    "CLASSPATH",
    "PHPRC",
    "PHP_*",
    "GUILE_*",
    "TCL*",
    "AWK*",
    /* homes of start files and modules */
    "HOME",
    "XDG_*",
    /* programs that start programs */
    "GIT_*",
    "SSH_*",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "OPENSSL_*",
    "CURL_HOME",
    "XTABLES_*",
    "IPTABLES_*",
    "IP6TABLES_*",
    "CNI_*",
    "CONTAINERS_*",
    "DOCKER_*",
    "KUBECONFIG",
};

/* Where a distribution's own programs are: PATH may name these. */
static const char *const program_directories[] = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
};

static bool is_program_directory(const char *directory, size_t length)
{
    for (size_t i = 0; i < ARRAY_LENGTH(program_directories); i++)
        if (strlen(program_directories[i]) == length &&
            memcmp(program_directories[i], directory, length) == 0)
            return true;
    return false;
}

/* An empty component is the working directory: the bundle. */
static bool is_usual_path(const char *value)
{
    for (;;) {
        size_t length = strcspn(value, ":");

        if (!is_program_directory(value, length))
            return false;
        if (value[length] == '\0')
            return true;
        value += length + 1;
    }
}

static bool steers(const char *name, const char *value)
{
    if (strcmp(name, "PATH") == 0)
        return !is_usual_path(value);
    if (strcmp(name, "HOME") == 0 && strcmp(value, "/root") == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(steering); i++)
        if (glob_matches(steering[i], name, 0))
            return true;
    return false;
}

static bool is_listed(const struct policy_words *allowed, const char *variable)
{
    for (size_t i = 0; i < allowed->count; i++)
        if (glob_matches(allowed->items[i].text, variable, 0))
            return true;
    return false;
}

const char *hook_environment_refused(const struct json_strings *environment,
                                     const struct policy_words *allowed, struct arena *arena)
{
    for (size_t i = 0; i < environment->count; i++) {
        const char *variable = environment->items[i];
        size_t length = strcspn(variable, "=");
        const char *name = arena_copy(arena, variable, length);

        if (allowed->present ? !is_listed(allowed, variable)
                             : steers(name, variable[length] == '=' ? variable + length + 1 : ""))
            return name;
    }
    return NULL;
}
