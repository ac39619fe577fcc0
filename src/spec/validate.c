/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that span members, of the document as a whole (config.md); the parts have files of their own, in
 * the same order. */
#include "spec/check.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"

enum { HOSTNAME_BYTES_MAX = 64 }; /* __NEW_UTS_LEN */

static bool is_version_character(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') || character == '-' || character == '.';
}

/* Dot-separated identifiers as of semver 2.0.0, items 9 and 10, up to stop; advances the cursor. */
static bool scan_identifiers(const char **cursor, char stop)
{
    const char *at = *cursor;

    if (*at == '.')
        return false;
    for (; *at != '\0' && *at != stop; at++)
        if (!is_version_character(*at) || (*at == '.' && (at[1] == '.' || at[1] == '\0' || at[1] == stop)))
            return false;
    if (at == *cursor)
        return false;
    *cursor = at;
    return true;
}

/* A version number without leading zeros at *cursor, followed by stop unless that is NUL. */
static bool scan_version_number(const char **cursor, char stop, uint64_t *number)
{
    if ((*cursor)[0] == '0' && (*cursor)[1] >= '0' && (*cursor)[1] <= '9')
        return false;
    if (!number_scan_unsigned(cursor, number))
        return false;
    if (stop == '\0')
        return true;
    if (**cursor != stop)
        return false;
    (*cursor)++;
    return true;
}

/* semver 2.0.0: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD] */
static bool parse_version(const char *version, uint64_t *major, uint64_t *minor)
{
    const char *cursor = version;
    uint64_t patch;

    if (!scan_version_number(&cursor, '.', major) || !scan_version_number(&cursor, '.', minor) ||
        !scan_version_number(&cursor, '\0', &patch))
        return false;
    if (*cursor == '-') {
        cursor++;
        if (!scan_identifiers(&cursor, '+'))
            return false;
    }
    if (*cursor == '+') {
        cursor++;
        if (!scan_identifiers(&cursor, '\0'))
            return false;
    }
    return *cursor == '\0';
}

/* config.md, "Specification version": semver; what is compatible is one major version. */
static int check_version(const struct spec_check *check, const struct spec *spec)
{
    const struct json_place *place = PLACE_MEMBER(NULL, "ociVersion");
    uint64_t major, minor;

    if (!parse_version(spec->oci_version, &major, &minor))
        return spec_refuse(check, place, "expected a version such as \"1.3.0\", found \"%.100s\"",
                           spec->oci_version);
    if (major != 1)
        return spec_refuse(check, place, "version %.100s of the specification is not supported: only 1.x is",
                           spec->oci_version);
    if (minor > 3)
        spec_note(check, place, "newer than 1.3, the latest version known here: what it added is ignored");
    return 0;
}

/* config.md, "Root" */
static int check_root(const struct spec_check *check, const struct spec *spec)
{
    const struct json_place *place = PLACE_MEMBER(PLACE_MEMBER(NULL, "root"), "path");

    if (spec->root->path[0] == '\0')
        return spec_refuse(check, place, "the path of the root filesystem is empty");
    return spec_check_plain(check, place, spec->root->path, "the path");
}

/* config.md, "Hostname" and "Domainname": both live in a UTS namespace, which must be the container's. */
static int check_uts_name(const struct spec_check *check, const struct spec *spec, const char *member,
                          const char *name)
{
    const struct json_place *place = PLACE_MEMBER(NULL, member);

    if (name == NULL || name[0] == '\0')
        return 0;
    if (strlen(name) > HOSTNAME_BYTES_MAX)
        return spec_refuse(check, place, "%zu bytes are more than the %d that Linux takes", strlen(name),
                           HOSTNAME_BYTES_MAX);
    /* Engines write these names into files whose fields end at a colon, a slash or a line's end. */
    if (text_has_control(name) || strpbrk(name, ":/ ") != NULL)
        return spec_refuse(check, place,
                           "\"%s\" is no %s: control characters, blanks, ':' and '/' are not allowed", name,
                           member);
    if (spec_find_namespace(spec->linux_part, "uts") == NULL)
        return spec_refuse(check, place,
                           "setting the %s needs a namespace of type \"uts\" in /linux/namespaces", member);
    return 0;
}

/* config.md, "Annotations": keys MUST NOT be empty. */
static int check_annotations(const struct spec_check *check, const struct spec *spec)
{
    for (size_t i = 0; i < spec->annotations.count; i++)
        if (spec->annotations.items[i].key[0] == '\0')
            return spec_refuse(check, PLACE_MEMBER(PLACE_MEMBER(NULL, "annotations"), ""),
                               "an annotation's key is empty");
    return 0;
}

static int check_hook_list(const struct spec_check *check, const struct json_structs *hooks,
                           const struct json_place *place)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const struct spec_hook *hook = &SPEC_ITEMS(*hooks, struct spec_hook)[i];
        const struct json_place *here = PLACE_ITEM(place, i);

        if (hook->path[0] != '/')
            return spec_refuse(check, PLACE_MEMBER(here, "path"),
                               "expected an absolute path, found \"%.200s\"", hook->path);
        if (spec_check_environment(check, PLACE_MEMBER(here, "env"), &hook->environment) < 0)
            return -1;
    }
    return 0;
}

/* config.md, "POSIX-platform Hooks": path MUST be absolute; timeout MUST be greater than zero (its row says
 * so). */
int spec_check_hooks(const struct spec_check *check, const struct spec_hooks *hooks,
                     const struct json_place *place)
{
    if (check_hook_list(check, &hooks->prestart, PLACE_MEMBER(place, "prestart")) < 0 ||
        check_hook_list(check, &hooks->create_runtime, PLACE_MEMBER(place, "createRuntime")) < 0 ||
        check_hook_list(check, &hooks->create_container, PLACE_MEMBER(place, "createContainer")) < 0 ||
        check_hook_list(check, &hooks->start_container, PLACE_MEMBER(place, "startContainer")) < 0 ||
        check_hook_list(check, &hooks->poststart, PLACE_MEMBER(place, "poststart")) < 0 ||
        check_hook_list(check, &hooks->poststop, PLACE_MEMBER(place, "poststop")) < 0)
        return -1;
    return 0;
}

/* config.md, "Platform-specific configuration": parts for other platforms are ignored, and the user is told.
 */
static void note_other_platforms(const struct spec_check *check, const struct spec *spec)
{
    const struct {
        const char *member;
        bool present;
    } parts[] = {
        {"windows", spec->windows != NULL}, {"solaris", spec->solaris != NULL}, {"vm", spec->vm != NULL},
        {"zos", spec->zos != NULL},         {"freebsd", spec->freebsd != NULL},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        if (parts[i].present)
            spec_note(check, PLACE_MEMBER(NULL, parts[i].member), "for another platform: ignored");
}

int spec_check_whole(const struct spec_check *check, const struct spec *spec)
{
    if (check_version(check, spec) < 0 || check_root(check, spec) < 0)
        return -1;
    if (spec->process != NULL && spec_check_process(check, spec->process, PLACE_MEMBER(NULL, "process")) < 0)
        return -1;
    if (spec->linux_part != NULL &&
        spec_check_namespaces(check, spec->linux_part, PLACE_MEMBER(NULL, "linux")) < 0)
        return -1;
    if (check_uts_name(check, spec, "hostname", spec->hostname) < 0 ||
        check_uts_name(check, spec, "domainname", spec->domainname) < 0 ||
        spec_check_mounts(check, spec) < 0 || check_annotations(check, spec) < 0)
        return -1;
    if (spec->hooks != NULL && spec_check_hooks(check, spec->hooks, PLACE_MEMBER(NULL, "hooks")) < 0)
        return -1;
    if (spec->linux_part != NULL && spec_check_linux(check, spec, PLACE_MEMBER(NULL, "linux")) < 0)
        return -1;
    note_other_platforms(check, spec);
    return 0;
}
