/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layer_attributes.h. */
#include "trust/layer_attributes.h"

#include <errno.h>
#include <sys/xattr.h>
#include "base/memory.h"
#include "base/text.h"

enum { LIST_MAX = 65536, VALUE_MAX = 65536 }; /* the kernel's own */

#define TRUSTED_OPAQUE "trusted.overlay.opaque"
#define USER_OPAQUE    "user.overlay.opaque"

bool layer_attribute_is_the_hosts(const char *name)
{
    static const char *const names[] = {
        "security.selinux",       "security.ima",           "security.evm",        "security.apparmor",
        "trusted.overlay.origin", "trusted.overlay.impure", "user.overlay.origin", "user.overlay.impure",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return text_starts_with(name, "security.SMACK64");
}

static bool is_opaque_mark(const char *name)
{
    return strcmp(name, TRUSTED_OPAQUE) == 0 || strcmp(name, USER_OPAQUE) == 0;
}

static const struct tar_xattr *find(const struct tar_xattr *xattrs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(xattrs[i].name, name) == 0)
            return &xattrs[i];
    return NULL;
}

/* Attributes that are there and not signed. */
static void compare_list(struct layer_tree *tree, const char *path, const char *list, size_t length,
                         const struct tar_xattr *xattrs, size_t count)
{
    for (size_t at = 0; at < length; at += strlen(list + at) + 1) {
        const char *name = list + at;

        if (!layer_attribute_is_the_hosts(name) && !is_opaque_mark(name) && find(xattrs, count, name) == NULL)
            layer_tree_differs(tree, TRUST_CHANGED, path, "the attribute %s is not signed", name);
    }
}

static void compare_value(struct layer_tree *tree, int file, const char *path, const struct tar_xattr *xattr)
{
    char few[256];
    cleanup_free char *many = xattr->length > sizeof(few) ? malloc(xattr->length) : NULL;
    char *value = many != NULL ? many : few;
    ssize_t length = -1;

    /* Longer than the kernel allows, or no memory for it: it cannot be there as signed. */
    if (xattr->length <= sizeof(few) || (many != NULL && xattr->length <= VALUE_MAX))
        length = fgetxattr(file, xattr->name, value, many != NULL ? xattr->length : sizeof(few));
    if (length < 0 && errno == ENODATA)
        layer_tree_differs(tree, TRUST_CHANGED, path, "the signed attribute %s is missing", xattr->name);
    else if (length < 0 || (size_t)length != xattr->length || memcmp(value, xattr->value, xattr->length) != 0)
        layer_tree_differs(tree, TRUST_CHANGED, path, "the attribute %s is not as signed", xattr->name);
}

void layer_attributes_compare(struct layer_tree *tree, int file, const char *path,
                              const struct tar_xattr *xattrs, size_t count)
{
    char few[1024];
    cleanup_free char *many = NULL;
    ssize_t length = flistxattr(file, few, sizeof(few));

    if (length < 0 && errno == ERANGE && (many = malloc(LIST_MAX)) != NULL)
        length = flistxattr(file, many, LIST_MAX);
    if (length < 0 && errno != ENOTSUP)
        layer_tree_differs(tree, TRUST_CHANGED, path, "its extended attributes cannot be read");
    else if (length > 0)
        compare_list(tree, path, many != NULL ? many : few, (size_t)length, xattrs, count);
    for (size_t i = 0; i < count; i++)
        if (!layer_attribute_is_the_hosts(xattrs[i].name) && !is_opaque_mark(xattrs[i].name))
            compare_value(tree, file, path, &xattrs[i]);
}

void layer_opaque_compare(struct layer_tree *tree, int folder, const char *path, bool is_signed)
{
    const char *in_force = tree->setting->user_marks ? USER_OPAQUE : TRUSTED_OPAQUE;
    const char *other = tree->setting->user_marks ? TRUSTED_OPAQUE : USER_OPAQUE;
    char value[16];
    ssize_t length = fgetxattr(folder, in_force, value, sizeof(value));

    if (length < 0 && errno != ENODATA && errno != ENOTSUP)
        layer_tree_differs(tree, TRUST_CHANGED, path, "the mark %s cannot be read", in_force);
    else if (length >= 0 && !is_signed)
        layer_tree_differs(tree, TRUST_CHANGED, path, "it hides the layers below by %s, which is not signed",
                           in_force);
    else if (length >= 0 && (length != 1 || *value != 'y'))
        layer_tree_differs(tree, TRUST_CHANGED, path, "the mark %s is not as signed", in_force);
    /* Below the lowest layer nothing is: containerd makes no mark there. */
    else if (length < 0 && is_signed && tree->number > 1)
        layer_tree_differs(tree, TRUST_CHANGED, path, "it does not hide the layers below, as signed");
    if (fgetxattr(folder, other, NULL, 0) >= 0 && !is_signed)
        layer_tree_differs(tree, TRUST_CHANGED, path, "the attribute %s is not signed", other);
}
