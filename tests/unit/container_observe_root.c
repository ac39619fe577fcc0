/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roots as engines mount them: what the kernel tells of them is what was mounted. */
#include "container/observe_root.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include "private_namespace.h"

static struct arena arena;

static const char *at(const char *path)
{
    return arena_format(&arena, "%s/%s", scratch, path);
}

static void make(const char *const *folders)
{
    for (; *folders != NULL; folders++)
        CHECK(mkdir(*folders, 0755) == 0);
}

/* Without overlays here (the scratch is a tmpfs), there is nothing to see. */
static void mount_overlay(const char *on, const char *options)
{
    if (mount("overlay", on, "overlay", 0, options) < 0) {
        CHECK(errno == ENODEV || errno == EINVAL || errno == EPERM);
        fprintf(stderr, "no overlay can be mounted here\n");
        _exit(CHILD_SKIPPED);
    }
}

static struct trust_root observe(const char *path)
{
    struct trust_root root;

    CHECK(observe_root("/bundle", path, &arena, &root, &test_error) == 0);
    CHECK(strcmp(root.bundle, "/bundle") == 0 && strcmp(root.path, path) == 0);
    return root;
}

#define CHECK_TEXT(text, expected) CHECK((text) != NULL && strcmp((text), (expected)) == 0)

static const char *const storage[] = {"g",
                                      "g/overlay",
                                      "g/overlay/A",
                                      "g/overlay/A/diff",
                                      "g/overlay/B",
                                      "g/overlay/B/diff",
                                      "g/overlay/C",
                                      "g/overlay/C/diff",
                                      "g/overlay/C/work",
                                      "g/overlay/C/merged",
                                      "g/overlay/l",
                                      NULL};

static void make_storage(void)
{
    make(storage);
    CHECK(symlink("../A/diff", "g/overlay/l/SHORTA") == 0);
    CHECK(symlink("../B/diff", "g/overlay/l/SHORTB") == 0);
}

static void check_storage(const struct trust_root *root)
{
    CHECK(root->unclear == NULL && root->covered == NULL && root->at_mount);
    CHECK_TEXT(root->type, "overlay");
    CHECK_TEXT(root->upper, at("g/overlay/C/diff"));
    CHECK(root->lower_count == 2);
    CHECK_TEXT(root->lowers[0], at("g/overlay/B/diff"));
    CHECK_TEXT(root->lowers[1], at("g/overlay/A/diff"));
}

static void body_absolute_links(void)
{
    make_storage();
    mount_overlay(at("g/overlay/C/merged"),
                  arena_format(&arena, "lowerdir=%s:%s,upperdir=%s,workdir=%s", at("g/overlay/l/SHORTB"),
                               at("g/overlay/l/SHORTA"), at("g/overlay/C/diff"), at("g/overlay/C/work")));
    const struct trust_root root = observe(at("g/overlay/C/merged"));
    check_storage(&root);
    CHECK(strstr(root.options, "upperdir=") != NULL);
    /* A part of it, and something mounted in it. */
    CHECK(mkdir(at("g/overlay/C/merged/etc"), 0755) == 0);
    CHECK(!observe(at("g/overlay/C/merged/etc")).at_mount);
    CHECK(mount("x", at("g/overlay/C/merged/etc"), "tmpfs", 0, NULL) == 0);
    CHECK_TEXT(observe(at("g/overlay/C/merged")).covered, at("g/overlay/C/merged/etc"));
    /* As Buildah does: the whole in another place, a part in another place. */
    make((const char *const[]){"bundle", "part", NULL});
    CHECK(umount(at("g/overlay/C/merged/etc")) == 0);
    CHECK(mount(at("g/overlay/C/merged"), at("bundle"), NULL, MS_BIND, NULL) == 0);
    CHECK(mount(at("g/overlay/C/merged/etc"), at("part"), NULL, MS_BIND, NULL) == 0);
    const struct trust_root bound = observe(at("bundle"));
    check_storage(&bound);
    CHECK(!observe(at("part")).at_mount);
}

/* Engines mount from their folder when the list would be too long. */
static void body_relative_links(void)
{
    make_storage();
    CHECK(chdir("g/overlay") == 0);
    mount_overlay("C/merged", "lowerdir=l/SHORTB:l/SHORTA,upperdir=C/diff,workdir=C/work");
    CHECK(chdir("/") == 0);
    const struct trust_root root = observe(at("g/overlay/C/merged"));
    check_storage(&root);
}

/* containerd's upper directory stays absolute, and its mount is elsewhere. */
static void body_relative_to_upper(void)
{
    make((const char *const[]){"s", "s/1", "s/1/fs", "s/2", "s/2/fs", "s/2/work", "root", NULL});
    CHECK(chdir("s") == 0);
    mount_overlay(at("root"),
                  arena_format(&arena, "lowerdir=1/fs,upperdir=%s,workdir=%s", at("s/2/fs"), at("s/2/work")));
    CHECK(chdir("/") == 0);
    const struct trust_root root = observe(at("root"));
    CHECK(root.unclear == NULL && root.lower_count == 1);
    CHECK_TEXT(root.lowers[0], at("s/1/fs"));
    CHECK_TEXT(root.upper, at("s/2/fs"));
}

/* Names with everything that is written with an escape. */
static void body_escaped_names(void)
{
    make((const char *const[]){"a:b,c d\\e", "u:p", "w", "root", NULL});
    mount_overlay(at("root"),
                  arena_format(&arena, "lowerdir=%s/a\\:b\\,c d\\\\e,upperdir=%s/u\\:p,workdir=%s/w", scratch,
                               scratch, scratch));
    const struct trust_root root = observe(at("root"));
    CHECK(root.unclear == NULL && root.lower_count == 1);
    CHECK_TEXT(root.lowers[0], at("a:b,c d\\e"));
    CHECK_TEXT(root.upper, at("u:p"));
}

static void body_overlay_on_overlay(void)
{
    make_storage();
    make((const char *const[]){"u", "w", "root", NULL});
    mount_overlay(at("g/overlay/C/merged"),
                  arena_format(&arena, "lowerdir=%s:%s,upperdir=%s,workdir=%s", at("g/overlay/B/diff"),
                               at("g/overlay/A/diff"), at("g/overlay/C/diff"), at("g/overlay/C/work")));
    mount_overlay(at("root"), arena_format(&arena, "lowerdir=%s,upperdir=%s,workdir=%s",
                                           at("g/overlay/C/merged"), at("u"), at("w")));
    const struct trust_root root = observe(at("root"));
    CHECK(root.unclear == NULL && root.lower_count == 3);
    CHECK_TEXT(root.upper, at("u"));
    CHECK_TEXT(root.lowers[0], at("g/overlay/C/diff"));
    CHECK_TEXT(root.lowers[1], at("g/overlay/B/diff"));
    CHECK_TEXT(root.lowers[2], at("g/overlay/A/diff"));
}

/* Podman's layers through idmapped mounts that are gone again. */
static void body_mapped_layers(void)
{
    make_storage();
    make((const char *const[]){"g/overlay/C/mapped", "g/overlay/C/mapped/0", NULL});
    CHECK(mount(at("g/overlay"), at("g/overlay/C/mapped/0"), NULL, MS_BIND, NULL) == 0);
    mount_overlay(at("g/overlay/C/merged"),
                  arena_format(&arena, "lowerdir=%s:%s,upperdir=%s,workdir=%s",
                               at("g/overlay/C/mapped/0/l/SHORTB"), at("g/overlay/C/mapped/0/A/diff"),
                               at("g/overlay/C/diff"), at("g/overlay/C/work")));
    CHECK(umount2(at("g/overlay/C/mapped/0"), MNT_DETACH) == 0);
    const struct trust_root root = observe(at("g/overlay/C/merged"));
    check_storage(&root);
}

static void body_lost_layers(void)
{
    make_storage();
    mount_overlay(at("g/overlay/C/merged"),
                  arena_format(&arena, "lowerdir=%s:%s", at("g/overlay/l/SHORTB"), at("g/overlay/A/diff")));
    CHECK(unlink(at("g/overlay/l/SHORTB")) == 0);
    const struct trust_root root = observe(at("g/overlay/C/merged"));
    CHECK(root.unclear != NULL && strstr(root.unclear, "SHORTB does not exist") != NULL);
    CHECK(root.upper == NULL && root.lower_count == 2);
}

static void body_other_roots(void)
{
    make((const char *const[]){"plain", "plain/etc", NULL});
    struct trust_root root = observe(at("plain"));
    CHECK_TEXT(root.type, "tmpfs");
    CHECK(!root.at_mount && root.unclear == NULL && root.lower_count == 0 && root.covered == NULL);
    CHECK(mount("x", at("plain/etc"), "tmpfs", 0, NULL) == 0);
    root = observe(at("plain"));
    CHECK_TEXT(root.covered, at("plain/etc"));
    /* Hidden by a mount over the root, it is not what the path leads to. */
    CHECK(mount("y", at("plain"), "tmpfs", 0, NULL) == 0);
    root = observe(at("plain"));
    CHECK(root.at_mount && root.covered == NULL);
    root = observe(at("nothing"));
    CHECK(root.unclear != NULL && root.type == NULL);
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

PRIVATE_TEST(absolute_links)
PRIVATE_TEST(relative_links)
PRIVATE_TEST(relative_to_upper)
PRIVATE_TEST(escaped_names)
PRIVATE_TEST(overlay_on_overlay)
PRIVATE_TEST(mapped_layers)
PRIVATE_TEST(lost_layers)
PRIVATE_TEST(other_roots)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absolute_links),     cmocka_unit_test(test_relative_links),
        cmocka_unit_test(test_relative_to_upper),  cmocka_unit_test(test_escaped_names),
        cmocka_unit_test(test_overlay_on_overlay), cmocka_unit_test(test_mapped_layers),
        cmocka_unit_test(test_lost_layers),        cmocka_unit_test(test_other_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
