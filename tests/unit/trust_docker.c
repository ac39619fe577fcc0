/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Docker's own store, and plain bundles with thwart.image. */
#include "store_fixture.h"
#include "trust/engine_files.h"
#include "trust/image.h"
#include "trust/signature.h"

#define CONFIGURATION "3d98850fefc11a9a9fb3be4d118485615f398d6755b08229b54453207ba084cb"
#define DIFF_ID       "f32aceecda58648f0e4f884efb93fc9dcd773842e51efc32ba5c1845a082e9be"
#define MANIFEST      "72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define LAYERDB       "image/overlay2/layerdb/"
#define MOUNT         LAYERDB "mounts/c1/"
#define LAYER         LAYERDB "sha256/" DIFF_ID "/"
#define CONTENT       "image/overlay2/imagedb/content/sha256/"
#define CONTAINER     "containers/c1/config.v2.json"

static void write_store(void)
{
    copy_sample("layouts/oci/blobs/sha256/" CONFIGURATION,
                "image/overlay2/imagedb/content/sha256/" CONFIGURATION);
    write_text(LAYERDB "mounts/c1/mount-id", "mount1");
    write_text(LAYERDB "mounts/c1/parent", "sha256:" DIFF_ID);
    write_text(LAYERDB "sha256/" DIFF_ID "/cache-id", "cache1");
    write_text(LAYERDB "sha256/" DIFF_ID "/diff", "sha256:" DIFF_ID);
    write_text(LAYERDB "sha256/" DIFF_ID "/tar-split.json.gz", "x");
    write_text(CONTAINER, "{\"ID\":\"c1\",\"Image\":\"sha256:" CONFIGURATION "\"}");
    write_text("image/overlay2/repositories.json",
               "{\"Repositories\":{\"example.com/tiny\":{\"example.com/tiny:1.0\":\"sha256:" CONFIGURATION
               "\",\"example.com/tiny@sha256:" MANIFEST "\":\"sha256:" CONFIGURATION
               "\"},\"busybox\":{\"busybox:1\":\"sha256:" DIFF_ID "\"}}}");
    write_text("overlay2/mount1-init/diff/etc/hosts", "");
    write_text("overlay2/mount1-init/diff/.dockerenv", "");
    write_text("overlay2/cache1/diff/file", "x");
}

static struct trust_root docker_root(void)
{
    static const char *lowers[4];

    lowers[0] = in_store("overlay2/mount1-init/diff");
    lowers[1] = in_store("overlay2/cache1/diff");
    return (struct trust_root){
        .bundle = "/run/containerd/io.containerd.runtime.v2.task/moby/c1",
        .path = in_store("overlay2/mount1/merged"),
        .type = "overlay",
        .lowers = lowers,
        .lower_count = 2,
        .upper = in_store("overlay2/mount1/diff"),
        .at_mount = true,
    };
}

static struct trust_image find(const struct trust_root *root)
{
    const struct trust_places places = {.registries_d = in_store("registries.d"),
                                        .lookaside = in_store("lookaside")};
    struct trust_image image;
    struct error error = {0};

    assert_int_equal(trust_image_find(root, &places, &arena, &image, &error), 0);
    return image;
}

static struct trust_chain chain_of(const struct trust_image *image)
{
    struct trust_chain chain;
    struct error error = {0};

    assert_int_equal(trust_chain_of(image, &arena, &chain, &error), 0);
    return chain;
}

static void check_found(const struct trust_image *image)
{
    if (image->why_not != NULL)
        fail_msg("%s", image->why_not);
    assert_string_equal(image->store, "docker");
    assert_string_equal(image->id, "sha256:" CONFIGURATION);
}

static void test_docker(void **state)
{
    (void)state;
    write_store();
    struct trust_root root = docker_root();
    struct trust_image image = find(&root);

    check_found(&image);
    assert_null(image.layers_broken);
    assert_int_equal(image.layer_count, 1);
    assert_string_equal(image.layers[0].directory, root.lowers[1]);
    assert_string_equal(image.layers[0].tar_split, in_store(LAYERDB "sha256/" DIFF_ID "/tar-split.json.gz"));
    assert_int_equal(image.name_count, 2);
    assert_null(image.manifest);
    assert_string_equal(chain_of(&image).broken, "docker keeps no manifest of the image");
    /* Not by the bundle: by the mount. */
    root.bundle = "/somewhere/else";
    check_found((struct trust_image[]){find(&root)});
}

/* The manifest may lie beside its signatures: by its digest, and of this configuration alone. */
static void test_manifest_from_the_lookaside(void **state)
{
    (void)state;
    const struct trust_root root = docker_root();

    write_store();
    copy_sample("manifest-1.0.json", "lookaside/tiny@sha256=" MANIFEST "/manifest.json");
    copy_sample("good/skopeo-rsa.sig", "lookaside/tiny@sha256=" MANIFEST "/signature-1");
    struct trust_image image = find(&root);
    assert_non_null(image.manifest);
    assert_int_equal(image.signature_count, 1);
    const struct trust_chain chain = chain_of(&image);
    assert_null(chain.broken);
    assert_string_equal(chain.manifest_digest, "sha256:" MANIFEST);

    copy_sample("manifest-2.0.json", "lookaside/tiny@sha256=" MANIFEST "/manifest.json");
    image = find(&root);
    assert_null(image.manifest);
    assert_int_equal(image.signature_count, 0);
    assert_says(image.lookaside, "is another manifest");
}

static void test_torn_stores(void **state)
{
    (void)state;
    const struct trust_root root = docker_root();

    write_store();
    write_text(CONTAINER, "{\"Image\":\"" CONFIGURATION "\"}");
    assert_says(find(&root).why_not, "names no image");
    write_text(CONTAINER, "{\"Image\":\"sha256:" DIFF_ID "\"}");
    assert_says(find(&root).why_not, "has no image sha256:" DIFF_ID);
    assert_int_equal(unlink(in_store(CONTAINER)), 0);
    assert_says(find(&root).why_not, "has no container c1");

    write_store();
    write_text(LAYERDB "mounts/c1/mount-id", "mount2");
    assert_says(find(&root).why_not, "no container over mount1");
    write_store();
    write_text(LAYERDB "mounts/c1/parent", "sha256:" CONFIGURATION);
    assert_says(find(&root).why_not, "container c1 stands on sha256:" CONFIGURATION);
    write_store();
    replace_in("image/overlay2/imagedb/content/sha256/" CONFIGURATION, "layers", "layers ");
    assert_says(find(&root).why_not, CONFIGURATION " is sha256:");
}

static void test_layers_that_are_otherwise(void **state)
{
    (void)state;
    struct trust_root root = docker_root();
    const char *const reversed[] = {root.lowers[1], root.lowers[0]};

    write_store();
    write_text(LAYERDB "sha256/" DIFF_ID "/cache-id", "cache2");
    assert_says(find(&root).layers_broken, "layer 1 is cache2");
    write_store();
    write_text(LAYERDB "sha256/" DIFF_ID "/diff", "sha256:" CONFIGURATION);
    assert_says(find(&root).layers_broken, "is not of layer 1");
    write_store();
    write_text("overlay2/mount1-init/diff/etc/shadow", "");
    assert_says(find(&root).layers_broken, "etc/shadow is in it");
    root.lowers = reversed;
    assert_says(find(&root).layers_broken, "under mount1-init");
}

static void look_again(void)
{
    const struct trust_root root = docker_root();

    look_at_anything(&root);
}

static void test_any_damage(void **state)
{
    static const char mount[] = MOUNT "mount-id", parent[] = MOUNT "parent", cache[] = LAYER "cache-id",
                      diff[] = LAYER "diff", configuration[] = CONTENT CONFIGURATION,
                      repositories[] = "image/overlay2/repositories.json";
    static const char *const files[] = {CONTAINER, repositories, mount, parent, cache, diff, configuration};

    (void)state;
    write_store();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        damage(files[i], 1, look_again);
}

/* Whose a folder is, the upper one says. */
static void test_copied_folders(void)
{
    const char *const below[] = {arena_string(&arena, in_store("lower"))};
    const struct engine_setting setting = {.below = below, .below_count = 1},
                                mapped = {.below = below, .below_count = 1, .user = 1000};

    write_text("lower/etc/hosts", "of the image");
    assert_int_equal(chmod(in_store("lower"), 0555), 0);
    assert_null(trust_engine_files_only(in_store("upper"), &setting, &arena));
    assert_int_equal(chmod(in_store("lower/etc"), 0700), 0);
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena),
                "etc has the mode 0755, in the image 0700");
    assert_int_equal(chmod(in_store("upper/etc"), 0700), 0);
    assert_null(trust_engine_files_only(in_store("upper"), &setting, &arena));
    assert_int_equal(chmod(in_store("upper"), 0777), 0);
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena), ". has the mode 0777");
    assert_int_equal(chmod(in_store("upper"), 0755), 0);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(in_store("upper/etc"), 1000, 0), 0);
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena),
                "etc belongs to 1000:0, in the image to 0:0");
    assert_int_equal(chown(in_store("lower/etc"), 1000, 0), 0);
    assert_null(trust_engine_files_only(in_store("upper"), &setting, &arena));
    assert_says(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena),
                "etc belongs to 1000");
    assert_says(trust_engine_files_only(in_store("upper"), &mapped, &arena), ". belongs to 0:0");
}

/* What a runtime makes to mount on, where the bundle mounts. */
static void test_places(void **state)
{
    static const char *const mounts[] = {"/run/.containerenv", "/srv/data", "relative"};
    const char *const below[] = {arena_string(&arena, in_store("lower"))};
    const struct engine_setting setting = {
        .below = below, .below_count = 1, .mounts = mounts, .mount_count = 3};

    (void)state;
    write_text("lower/etc/motd", "");
    write_text("upper/run/.containerenv", "");
    write_text("upper/srv/data/x", "");
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena), "srv/data/x is in it");
    assert_int_equal(unlink(in_store("upper/srv/data/x")), 0);
    assert_null(trust_engine_files_only(in_store("upper"), &setting, &arena));
    assert_says(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena), "is in it");
    write_text("upper/run/.containerenv", "x");
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena),
                "run/.containerenv is not what");
    write_text("upper/run/.containerenv", "");
    write_text("lower/srv", "a file");
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena),
                "srv is no folder in the image");
    assert_int_equal(unlink(in_store("lower/srv")), 0);
    write_text("upper/run/other", "");
    assert_says(trust_engine_files_only(in_store("upper"), &setting, &arena), "run/other is in it");
}

/* What engines put over an image, and what nobody does. */
static void test_engine_files(void **state)
{
    (void)state;
    write_text("upper/etc/resolv.conf", "");
    write_text("upper/dev/console", "");
    assert_int_equal(symlink("/proc/mounts", in_store("upper/etc/mtab")), 0);
    assert_null(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena));
    write_text("upper/etc/resolv.conf", "nameserver");
    assert_says(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena),
                "etc/resolv.conf is not what");
    write_text("upper/etc/resolv.conf", "");
    assert_int_equal(unlink(in_store("upper/etc/mtab")), 0);
    assert_int_equal(symlink("/etc/shadow", in_store("upper/etc/mtab")), 0);
    assert_says(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena),
                "etc/mtab leads elsewhere");
    assert_int_equal(unlink(in_store("upper/etc/mtab")), 0);
    assert_int_equal(mkdir(in_store("upper/sys"), 0755), 0);
    assert_int_equal(chmod(in_store("upper/sys"), 0777), 0);
    assert_says(trust_engine_files_only(in_store("upper"), &(struct engine_setting){0}, &arena),
                "sys can be written by everybody");
    assert_int_equal(rmdir(in_store("upper/sys")), 0);
    test_copied_folders();
    assert_says(trust_engine_files_only(in_store("nothing"), &(struct engine_setting){0}, &arena),
                "does not exist");
}

static void write_bundle(void)
{
    copy_sample("manifest-1.0.json", "thwart.image/manifest.json");
    copy_sample("layouts/oci/blobs/sha256/" CONFIGURATION, "thwart.image/config.json");
    copy_sample("good/skopeo-rsa.sig", "thwart.image/signature-1");
    copy_sample("good/ed25519.sig", "thwart.image/signature-2");
    copy_sample("good/ed25519.sig", "thwart.image/signature-4");
    write_text("thwart.image/name", "127.0.0.1:5000/demo/tiny:1.0\n");
    write_text("thwart.image/seal", "thwart seal 1\n");
}

static void test_bundle(void **state)
{
    (void)state;
    const struct trust_root root = {.bundle = store, .path = in_store("rootfs"), .type = "ext4"};

    write_bundle();
    struct trust_image image = find(&root);
    if (image.why_not != NULL)
        fail_msg("%s", image.why_not);
    assert_string_equal(image.store, "bundle");
    assert_int_equal(image.signature_count, 2);
    assert_string_equal(image.names[0], "127.0.0.1:5000/demo/tiny:1.0");
    assert_int_equal(image.seal_count > 0, 1);
    assert_string_equal(image.seals[0], in_store("thwart.image/seal"));
    assert_non_null(image.layers_broken);
    assert_null(chain_of(&image).broken);

    assert_int_equal(unlink(in_store("thwart.image/name")), 0);
    image = find(&root);
    assert_int_equal(image.name_count, 0);
    assert_null(image.lookaside);
    assert_int_equal(unlink(in_store("thwart.image/config.json")), 0);
    assert_says(find(&root).why_not, "has no config.json");
}

static void test_umoci(void **state)
{
    (void)state;
    const struct trust_root root = {.bundle = store, .path = in_store("rootfs"), .type = "ext4"};

    write_text("umoci.json", "{\"from_descriptor_path\":{\"descriptor_walk\":[{\"digest\":\"sha256:" DIFF_ID
                             "\"},{\"digest\":\"sha256:" MANIFEST "\"}]}}");
    assert_says(find(&root).why_not, "umoci made");
    assert_says(find(&root).why_not, "sha256:" MANIFEST);
    write_text("umoci.json", "{}");
    assert_says(find(&root).why_not, "of no store that is known");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_docker),       STORE_TEST(test_manifest_from_the_lookaside),
        STORE_TEST(test_torn_stores),  STORE_TEST(test_layers_that_are_otherwise),
        STORE_TEST(test_engine_files), STORE_TEST(test_places),
        STORE_TEST(test_bundle),       STORE_TEST(test_umoci),
        STORE_TEST(test_any_damage),
    };
    samples = count > 1 ? arguments[1] : "tests/samples/signatures";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
