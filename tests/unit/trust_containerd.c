/* SPDX-License-Identifier: GPL-2.0-or-later */
/* containerd's store: databases as containerd lays them out, content as a registry's client wrote it. */
#include "bolt_writer.h"
#include "store_fixture.h"
#include "trust/documents.h"
#include "trust/image.h"
#include "trust/signature.h"

#define CONFIGURATION  "3d98850fefc11a9a9fb3be4d118485615f398d6755b08229b54453207ba084cb"
#define DIFF_ID        "f32aceecda58648f0e4f884efb93fc9dcd773842e51efc32ba5c1845a082e9be"
#define MANIFEST       "72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define OTHER_MANIFEST "16c00c6ffa7f5c9548a87467e30ee2bbb429d1ff74fe792322a948534b0bd13b"
#define BLOB           "35ff5ff6a0a104a4c7d9538912d6a7ab3ea372aa58118a9ee8d77c56ec923ead"
#define BLOBS          "io.containerd.content.v1.content/blobs/sha256/"
#define SNAPSHOTS      "io.containerd.snapshotter.v1.overlayfs/"
#define BUNDLE         "/run/containerd/io.containerd.runtime.v2.task/spaced/c1"

static const struct bolt_shape shape = {
    .page_size = 4096, .leaf_entries = 3, .branch_entries = 3, .inline_bytes = 1000, .transaction = 12};

static void write_database(const char *path, struct bolt_item *items, size_t count)
{
    size_t length;
    uint8_t *bytes = bolt_write(items, count, &shape, &length);

    write_bytes(path, bytes, length);
    free(bytes);
}

/* Snapshot 1 is the layer, 7 the container's; others lie around. */
struct names {
    const char *layer_key, *layer_parent, *container_parent;
    uint8_t container_id;
};

static const struct names usual = {"spaced/3/sha256:" DIFF_ID, "", "spaced/3/sha256:" DIFF_ID, 7};

static void write_snapshots(const struct names *names)
{
    static const uint8_t kind[] = {3}, one[] = {1}, far[] = {0x80, 0x02};
    uint8_t container[] = {names->container_id};
    struct bolt_item layer[] = {{.key = "id", .value = one, .length = 1},
                                {.key = "kind", .value = kind, .length = 1},
                                BOLT_TEXT("parent", names->layer_parent)};
    struct bolt_item own[] = {{.key = "id", .value = container, .length = 1},
                              BOLT_TEXT("parent", names->container_parent)};
    struct bolt_item more[] = {{.key = "id", .value = far, .length = 2}};
    struct bolt_item all[] = {
        {.key = names->layer_key, .items = layer, .count = names->layer_parent[0] != '\0' ? 3 : 2},
        BOLT_BUCKET("spaced/9/c1", own),
        BOLT_BUCKET("other/4/sha256:00", more),
        BOLT_BUCKET("other/5/x", more),
        BOLT_BUCKET("other/6/y", more),
    };
    struct bolt_item version[] = {BOLT_BUCKET("snapshots", all)};
    struct bolt_item root[] = {BOLT_BUCKET("v1", version)};

    write_database(SNAPSHOTS "metadata.db", root, 1);
}

static void write_meta(const char *first, const char *second)
{
    struct bolt_item good[] = {BOLT_TEXT("digest", first)}, bad[] = {BOLT_TEXT("digest", second)};
    struct bolt_item good_image[] = {BOLT_BUCKET("target", good)}, bad_image[] = {BOLT_BUCKET("target", bad)};
    struct bolt_item images[] = {
        BOLT_BUCKET("example.com/a:1", bad_image),
        BOLT_BUCKET("example.com/demo/tiny:1.0", good_image),
        BOLT_BUCKET("sha256:" CONFIGURATION, good_image),
        BOLT_BUCKET("example.com/also:2", good_image),
    };
    struct bolt_item container[] = {BOLT_TEXT("image", "example.com/demo/tiny:1.0")};
    struct bolt_item containers[] = {BOLT_BUCKET("c1", container)};
    struct bolt_item space[] = {BOLT_BUCKET("images", images), BOLT_BUCKET("containers", containers)};
    struct bolt_item version[] = {BOLT_BUCKET("spaced", space)};
    struct bolt_item root[] = {BOLT_BUCKET("v1", version)};

    write_database("io.containerd.metadata.v1.bolt/meta.db", root, 1);
}

static void write_content(void)
{
    static const char *const blobs[] = {MANIFEST, OTHER_MANIFEST, CONFIGURATION, BLOB};

    for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++)
        copy_sample(arena_format(&arena, "layouts/oci/blobs/sha256/%s", blobs[i]),
                    arena_format(&arena, BLOBS "%s", blobs[i]));
}

static void write_store(void)
{
    write_snapshots(&usual);
    write_meta("sha256:" MANIFEST, "sha256:" OTHER_MANIFEST);
    write_content();
}

static struct trust_root containerd_root(void)
{
    static const char *lowers[4];

    lowers[0] = in_store(SNAPSHOTS "snapshots/1/fs");
    return (struct trust_root){
        .bundle = BUNDLE,
        .path = BUNDLE "/rootfs",
        .type = "overlay",
        .lowers = lowers,
        .lower_count = 1,
        .upper = in_store(SNAPSHOTS "snapshots/7/fs"),
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

static void check_found(const struct trust_image *image)
{
    struct trust_chain chain;
    struct error error = {0};

    if (image->why_not != NULL)
        fail_msg("%s", image->why_not);
    assert_string_equal(image->store, "containerd");
    assert_string_equal(image->id, "sha256:" MANIFEST);
    assert_null(image->layers_broken);
    assert_int_equal(trust_chain_of(image, &arena, &chain, &error), 0);
    assert_null(chain.broken);
    assert_string_equal(chain.manifest_digest, "sha256:" MANIFEST);
    assert_int_equal(chain.diff_id_count, 1);
}

static void test_containerd(void **state)
{
    (void)state;
    write_store();
    copy_sample("good/skopeo-rsa.sig", "lookaside/demo/tiny@sha256=" MANIFEST "/signature-1");
    const struct trust_root root = containerd_root();
    const struct trust_image image = find(&root);

    check_found(&image);
    assert_int_equal(image.layer_count, 1);
    assert_string_equal(image.layers[0].diff_id, "sha256:" DIFF_ID);
    assert_string_equal(image.layers[0].directory, root.lowers[0]);
    assert_string_equal(image.layers[0].blob, in_store(BLOBS BLOB));
    assert_string_equal(image.layers[0].blob_digest, "sha256:" BLOB);
    assert_null(image.layers[0].tar_split);
    /* The container's own name first; what engines make of digests is none. */
    assert_int_equal(image.name_count, 2);
    assert_string_equal(image.names[0], "example.com/demo/tiny:1.0");
    assert_string_equal(image.names[1], "example.com/also:2");
    assert_int_equal(image.signature_count, 1);
}

/* A target may be a list; blobs of unpacked layers may be thrown away; the name may have moved. */
static void test_lists_and_losses(void **state)
{
    (void)state;
    static const char list[] = "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:" OTHER_MANIFEST
                               "\"},{\"digest\":\"sha256:" BLOB "\"},{\"digest\":\"sha256:" MANIFEST "\"}]}";
    const struct trust_root root = containerd_root();
    char digest[IMAGE_DIGEST_SIZE];

    write_store();
    image_digest_of(list, strlen(list), digest);
    write_text(arena_format(&arena, BLOBS "%s", digest + strlen("sha256:")), list);
    write_meta(digest, "sha256:" OTHER_MANIFEST);
    check_found((struct trust_image[]){find(&root)});

    write_meta("sha256:" OTHER_MANIFEST, "sha256:" MANIFEST);
    assert_int_equal(unlink(in_store(BLOBS BLOB)), 0);
    const struct trust_image image = find(&root);
    check_found(&image);
    assert_null(image.layers[0].blob);
    assert_int_equal(image.name_count, 1);
    assert_string_equal(image.names[0], "example.com/a:1");
}

static void test_torn_stores(void **state)
{
    (void)state;
    const struct trust_root root = containerd_root();
    struct names names = usual;

    write_store();
    names.container_parent = "spaced/4/sha256:00";
    write_snapshots(&names);
    assert_says(find(&root).why_not, "containerd over spaced/4/sha256:00");
    names = usual;
    names.container_id = 8;
    write_snapshots(&names);
    assert_says(find(&root).why_not, "no snapshot 7");
    names = usual;
    names.layer_parent = "spaced/1/sha256:11";
    write_snapshots(&names);
    assert_says(find(&root).why_not, "over nothing, containerd over spaced/1");
    names = usual;
    names.layer_key = names.container_parent = "spaced/3/mine";
    write_snapshots(&names);
    assert_says(find(&root).why_not, "is of no image");
    names.layer_key = names.container_parent = "spaced/3/sha256:" CONFIGURATION;
    write_snapshots(&names);
    assert_says(find(&root).why_not, "has no image with the layers sha256:" CONFIGURATION);

    write_store();
    assert_int_equal(unlink(in_store(BLOBS CONFIGURATION)), 0);
    assert_says(find(&root).why_not, "has no image with the layers");
    write_store();
    write_text(SNAPSHOTS "metadata.db", "short");
    assert_says(find(&root).why_not, "no bolt file");
    assert_int_equal(unlink(in_store("io.containerd.metadata.v1.bolt/meta.db")), 0);
    write_snapshots(&usual);
    assert_says(find(&root).why_not, "meta.db");
}

static void look_again(void)
{
    const struct trust_root root = containerd_root();

    look_at_anything(&root);
}

static void test_any_damage(void **state)
{
    static const char *const files[] = {SNAPSHOTS "metadata.db", "io.containerd.metadata.v1.bolt/meta.db"};

    (void)state;
    write_store();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        damage(files[i], 37, look_again);
}

static void test_other_mounts(void **state)
{
    (void)state;
    struct trust_root root = containerd_root();
    const char *mixed[] = {root.lowers[0], in_store("elsewhere")};

    write_store();
    root.lowers = mixed;
    root.lower_count = 2;
    assert_says(find(&root).why_not, "elsewhere is no snapshot");
    root.lowers = NULL;
    root.lower_count = 0;
    root.upper = NULL;
    root.type = "ext4";
    assert_says(find(&root).why_not, "another snapshotter than overlayfs");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_containerd),   STORE_TEST(test_lists_and_losses), STORE_TEST(test_torn_stores),
        STORE_TEST(test_other_mounts), STORE_TEST(test_any_damage),
    };
    samples = count > 1 ? arguments[1] : "tests/samples/signatures";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
