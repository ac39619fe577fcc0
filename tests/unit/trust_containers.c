/* SPDX-License-Identifier: GPL-2.0-or-later */
/* containers-storage: what a pull under signedBy and a created container left
 * (tests/samples/signatures/layouts), and the same torn, mixed up and hostile. */
#include "store_fixture.h"
#include "trust/image.h"
#include "trust/signature.h"

#define CONTAINER "07304723de3a442c21ff0e4704670d8d26ded3cc0833e6a6e3181ded3fa84c94"
#define LAYER     "e53ded480eee68a1cb1decb748b222e03acd92a0f1cc3cb05ffe142e4af0c355"
#define IMAGE     "3d98850fefc11a9a9fb3be4d118485615f398d6755b08229b54453207ba084cb"
#define BASE      "f32aceecda58648f0e4f884efb93fc9dcd773842e51efc32ba5c1845a082e9be"
#define MANIFEST  "72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define MANIFEST_FILE                                                                                        \
    "=bWFuaWZlc3Qtc2hhMjU2OjcyYmI1NzljNDkzMDA1YmM5YmI0ODBlMjY5NzE3ZTNhZmU1OGU1YWI0ZWQ4ZDIzNGE4OTYyMmE3Yjll"  \
    "ZWYxMGY="
#define CONFIGURATION_FILE                                                                                   \
    "=c2hhMjU2OjNkOTg4NTBmZWZjMTFhOWE5ZmIzYmU0ZDExODQ4NTYxNWYzOThkNjc1NWIwODIyOWI1NDQ1MzIwN2JhMDg0Y2I="
#define SIGNATURE_FILE                                                                                       \
    "=c2lnbmF0dXJlLTcyYmI1NzljNDkzMDA1YmM5YmI0ODBlMjY5NzE3ZTNhZmU1OGU1YWI0ZWQ4ZDIzNGE4OTYyMmE3YjllZWYxMGY="

#define LAYOUT       "layouts/containers-storage/"
#define IMAGE_FOLDER "overlay-images/" IMAGE "/"

static void write_store(void)
{
    static const char *const files[] = {
        "overlay-containers/containers.json", "overlay-images/images.json",
        "overlay-layers/layers.json",         IMAGE_FOLDER "manifest",
        IMAGE_FOLDER MANIFEST_FILE,           IMAGE_FOLDER CONFIGURATION_FILE,
        IMAGE_FOLDER SIGNATURE_FILE,
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        copy_sample(arena_format(&arena, LAYOUT "%s", files[i]), files[i]);
    write_text("overlay-layers/" BASE ".tar-split.gz", "x");
}

/* As podman mounts it. */
static struct trust_root podman_root(void)
{
    static const char *lowers[4];

    lowers[0] = in_store("overlay/" BASE "/diff");
    return (struct trust_root){
        .bundle = in_store("overlay-containers/" CONTAINER "/userdata"),
        .path = in_store("overlay/" LAYER "/merged"),
        .type = "overlay",
        .lowers = lowers,
        .lower_count = 1,
        .upper = in_store("overlay/" LAYER "/diff"),
        .at_mount = true,
    };
}

static struct trust_image find(const struct trust_root *root)
{
    const struct trust_places places = {.registries_d = in_store("registries.d")};
    struct trust_image image;
    struct error error = {0};

    assert_int_equal(trust_image_find(root, &places, &arena, &image, &error), 0);
    return image;
}

static void check_found(const struct trust_image *image)
{
    struct trust_chain chain;
    struct error error = {0};

    if (image->why_not != NULL)
        fail_msg("%s", image->why_not);
    assert_string_equal(image->store, "containers-storage");
    assert_string_equal(image->id, IMAGE);
    assert_int_equal(trust_chain_of(image, &arena, &chain, &error), 0);
    assert_null(chain.broken);
    assert_string_equal(chain.manifest_digest, "sha256:" MANIFEST);
    assert_string_equal(chain.config_digest, "sha256:" IMAGE);
    assert_int_equal(chain.diff_id_count, 1);
    assert_string_equal(chain.diff_ids[0], "sha256:" BASE);
}

static void test_podman(void **state)
{
    (void)state;
    write_store();
    const struct trust_root root = podman_root();
    const struct trust_image image = find(&root);
    size_t length;
    const char *expected;

    check_found(&image);
    assert_null(image.layers_broken);
    assert_int_equal(image.layer_count, 1);
    assert_string_equal(image.layers[0].diff_id, "sha256:" BASE);
    assert_string_equal(image.layers[0].directory, in_store("overlay/" BASE "/diff"));
    assert_string_equal(image.layers[0].tar_split, in_store("overlay-layers/" BASE ".tar-split.gz"));
    assert_int_equal(image.name_count, 1);
    assert_string_equal(image.names[0], "127.0.0.1:5000/demo/tiny:1.0");
    expected = read_whole(arena_format(&arena, "%s/good/skopeo-rsa.sig", samples), &length);
    assert_int_equal(image.signature_count, 1);
    assert_int_equal(image.signatures[0].length, length);
    assert_memory_equal(image.signatures[0].bytes, expected, length);
}

/* Buildah's bundle is elsewhere, CRI-O's below its run root; the mount tells. */
static void test_by_the_mount_alone(void **state)
{
    (void)state;
    write_store();
    struct trust_root root = podman_root();

    root.bundle = in_store("somewhere");
    root.path = in_store("somewhere/mnt/rootfs");
    check_found((struct trust_image[]){find(&root)});
    root.bundle = "/run/containers/storage/overlay-containers/" CONTAINER "/userdata";
    check_found((struct trust_image[]){find(&root)});
}

/* Engines without a record of the container: the layers' image, or nobody's. */
static void test_without_a_container(void **state)
{
    (void)state;
    write_store();
    struct trust_root root = podman_root();

    root.bundle = in_store("somewhere");
    write_text("overlay-containers/containers.json", "[]");
    check_found((struct trust_image[]){find(&root)});
    root.lower_count = 0;
    assert_says(find(&root).why_not, "has no container " LAYER);
}

static void test_volatile_containers(void **state)
{
    (void)state;
    write_store();
    assert_int_equal(rename(in_store("overlay-containers/containers.json"),
                            in_store("overlay-containers/volatile-containers.json")),
                     0);
    const struct trust_root root = podman_root();
    check_found((struct trust_image[]){find(&root)});
}

/* The image and its layers in another store, which the mount names. */
static void test_additional_store(void **state)
{
    (void)state;
    write_store();
    assert_int_equal(mkdir(in_store("more"), 0755), 0);
    assert_int_equal(rename(in_store("overlay-images"), in_store("more/overlay-images")), 0);
    assert_int_equal(rename(in_store("overlay-layers"), in_store("more/overlay-layers")), 0);
    struct trust_root root = podman_root();
    const char *lowers[] = {in_store("more/overlay/" BASE "/diff")};

    root.lowers = lowers;
    const struct trust_image image = find(&root);
    check_found(&image);
    assert_null(image.layers_broken);
    assert_string_equal(image.layers[0].tar_split, in_store("more/overlay-layers/" BASE ".tar-split.gz"));
}

/* Other drivers: the image is known, layers are not. */
static void test_vfs(void **state)
{
    (void)state;
    write_store();
    assert_int_equal(rename(in_store("overlay-images"), in_store("vfs-images")), 0);
    assert_int_equal(rename(in_store("overlay-containers"), in_store("vfs-containers")), 0);
    const struct trust_root root = {
        .bundle = in_store("vfs-containers/" CONTAINER "/userdata"),
        .path = in_store("vfs/dir/" LAYER),
        .type = "ext4",
    };
    const struct trust_image image = find(&root);

    check_found(&image);
    assert_says(image.layers_broken, "vfs mounts no layers");
    assert_int_equal(image.layer_count, 0);
}

/* What is not as the store says: the image is found, its layers are not believed. */
static void test_layers_that_are_otherwise(void **state)
{
    (void)state;
    write_store();
    struct trust_root root = podman_root();
    const char *two[] = {root.lowers[0], in_store("overlay/" LAYER "/diff")};
    const char *strange[] = {root.lowers[0], in_store("elsewhere")};

    root.covered = "/somewhere/etc";
    assert_says(find(&root).layers_broken, "mounted beneath the root, at /somewhere/etc");
    root.covered = NULL;
    root.unclear = "the lower directory /x does not exist";
    assert_says(find(&root).layers_broken, "/x does not exist");
    root.unclear = NULL;
    root.at_mount = false;
    assert_says(find(&root).layers_broken, "only a part of its mount");
    root.at_mount = true;
    root.type = "fuse.fuse-overlayfs";
    assert_says(find(&root).layers_broken, "fuse.fuse-overlayfs");
    root.type = "overlay";
    root.lowers = two;
    root.lower_count = 2;
    assert_says(find(&root).layers_broken, "the mount has 2 layers, the image 1");
    root.lowers = strange;
    assert_says(find(&root).layers_broken, "elsewhere is no layer");
    strange[1] = in_store("overlay/" BASE "/diff1");
    assert_says(find(&root).layers_broken, "a copy of the image's with other owners");
    write_text("overlay-containers/containers.json", "[]");
    assert_says(find(&root).why_not, "has no container " CONTAINER);
}

struct change {
    const char *file, *from, *to;
    const char *why_not, *layers_broken; /* a part of it */
};

/* A store that is torn or lies: a reason each, never an error. */
static void test_torn_stores(void **state)
{
    (void)state;
    static const char containers[] = "overlay-containers/containers.json",
                      images[] = "overlay-images/images.json", layers[] = "overlay-layers/layers.json";
    static const struct change changes[] = {
        {containers, "\"layer\":\"e5", "\"layer\":\"f5", "its root of layer " LAYER, NULL},
        {containers, "\"id\":\"07", "\"id\":\"17", "the store has container 17", NULL},
        {containers, "\"image\":\"3d", "\"image\":\"4d", "has no image with the id 4d", NULL},
        {containers, IMAGE, "", "was made of no image", NULL},
        {containers, "[", "{", "containers.json", NULL},
        {containers, "\"id\"", "\"id\":\"x\",\"id\"", "duplicate key", NULL},
        {images, "]", "", "images.json", NULL},
        {images, "\"id\":\"3d", "\"id\":\"4d", "has no image with the id 3d", NULL},
        {images, "[724]}", "[723]}", "signatures of unknown sizes", NULL},
        {images, "[724]}", "[725]}", "sizes of signatures that its file does not have", NULL},
        {images, "[724]}", "[-1]}", "sizes of signatures that its file does not have", NULL},
        {images, "\\\"signatures-sizes", "\\\"other-sizes", "signatures of unknown sizes", NULL},
        {layers, "\"diff-digest\":\"sha256:f3", "\"diff-digest\":\"sha256:e3", NULL, "in the store"},
        {layers, "\"id\":\"f3", "\"id\":\"e3", NULL, "no record of layer " BASE},
        {layers, "\"id\":\"f3", "\"parent\":\"aa\",\"id\":\"f3", NULL, "over nothing, the store over aa"},
        {IMAGE_FOLDER CONFIGURATION_FILE, "diff_ids", "diff_idz", NULL, "no list diff_ids"},
    };

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const struct change *change = &changes[i];

        write_store();
        replace_in(change->file, change->from, change->to);
        const struct trust_root root = podman_root();
        const struct trust_image image = find(&root);
        if (change->why_not != NULL) {
            assert_null(image.store);
            assert_says(image.why_not, change->why_not);
        } else {
            assert_string_equal(image.store, "containers-storage");
            assert_says(image.layers_broken, change->layers_broken);
        }
    }
}

/* Documents that do not fit each other break the chain, and are found nevertheless. */
static void test_changed_documents(void **state)
{
    (void)state;
    struct trust_chain chain;
    struct error error = {0};

    write_store();
    replace_in(IMAGE_FOLDER CONFIGURATION_FILE, "layers", "layers ");
    const struct trust_root root = podman_root();
    struct trust_image image = find(&root);
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "the manifest names sha256:" IMAGE);
    assert_string_equal(chain.manifest_digest, "sha256:" MANIFEST);
    assert_null(chain.config_digest);

    write_store();
    assert_int_equal(unlink(in_store(IMAGE_FOLDER CONFIGURATION_FILE)), 0);
    assert_says(find(&root).why_not, "has no configuration");
    /* Without the file of its own name, the general one is left. */
    write_store();
    assert_int_equal(unlink(in_store(IMAGE_FOLDER MANIFEST_FILE)), 0);
    check_found((struct trust_image[]){find(&root)});
    write_text(IMAGE_FOLDER "manifest", "{\"schemaVersion\":1,\"fsLayers\":[]}");
    assert_says(find(&root).why_not, "schema 1");
    assert_int_equal(unlink(in_store(IMAGE_FOLDER "manifest")), 0);
    assert_says(find(&root).why_not, "has no manifest");
}

/* Files that are none: a link out of the store, a fifo. */
static void test_hostile_files(void **state)
{
    (void)state;
    const struct trust_root root = podman_root();

    write_store();
    assert_int_equal(rename(in_store("overlay-images/images.json"), in_store("images")), 0);
    assert_int_equal(symlink(in_store("images"), in_store("overlay-images/images.json")), 0);
    assert_says(find(&root).why_not, "images.json");
    assert_int_equal(unlink(in_store("overlay-images/images.json")), 0);
    assert_int_equal(mkfifo(in_store("overlay-images/images.json"), 0600), 0);
    assert_says(find(&root).why_not, "no regular file");
}

static void look_again(void)
{
    const struct trust_root root = podman_root();

    look_at_anything(&root);
}

static void test_any_damage(void **state)
{
    static const char *const files[] = {"overlay-containers/containers.json", "overlay-images/images.json",
                                        "overlay-layers/layers.json", IMAGE_FOLDER MANIFEST_FILE,
                                        IMAGE_FOLDER CONFIGURATION_FILE};

    (void)state;
    write_store();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        damage(files[i], 5, look_again);
}

static void test_not_of_a_store(void **state)
{
    (void)state;
    const struct trust_root root = {.bundle = store, .path = in_store("rootfs"), .type = "ext4"};
    const struct trust_image image = find(&root);

    assert_null(image.store);
    assert_says(image.why_not, "of no store that is known");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_podman),
        STORE_TEST(test_by_the_mount_alone),
        STORE_TEST(test_without_a_container),
        STORE_TEST(test_volatile_containers),
        STORE_TEST(test_additional_store),
        STORE_TEST(test_vfs),
        STORE_TEST(test_layers_that_are_otherwise),
        STORE_TEST(test_torn_stores),
        STORE_TEST(test_changed_documents),
        STORE_TEST(test_hostile_files),
        STORE_TEST(test_not_of_a_store),
        STORE_TEST(test_any_damage),
    };
    samples = count > 1 ? arguments[1] : "tests/samples/signatures";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
