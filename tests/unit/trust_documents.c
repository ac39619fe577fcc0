/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests, lists and configurations, forms of paths, base64: the small parts of finding an image. */
#include "base/base64.h"
#include "store_fixture.h"
#include "trust/documents.h"
#include "trust/image.h"
#include "trust/store_paths.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OCI_CONFIG                                                                                           \
    "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" A "\"}"
#define LAYERS "\"layers\":[{\"digest\":\"" A "\"}]"

static void test_manifests(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message; /* NULL: accepted */
    } rows[] = {
        {"{\"schemaVersion\":2," OCI_CONFIG "," LAYERS "}", NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," OCI_CONFIG
         "," LAYERS ",\"annotations\":{\"x\":\"y\"}}",
         NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\","
         "\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\",\"digest\":\"" A
         "\"}," LAYERS "}",
         NULL},
        {"{\"schemaVersion\":2," OCI_CONFIG ",\"layers\":[]}", NULL},
        {"{\"schemaVersion\":2,\"manifests\":[]," OCI_CONFIG "," LAYERS "}", "a list of manifests"},
        {"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," OCI_CONFIG
         "," LAYERS "}",
         "a list of manifests"},
        {"{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1"},
        {"{\"schemaVersion\":2,\"fsLayers\":[]," OCI_CONFIG "," LAYERS "}", "schema 1"},
        {"{\"schemaVersion\":\"2\"," OCI_CONFIG "," LAYERS "}", "no schemaVersion 2"},
        {"{" OCI_CONFIG "," LAYERS "}", "no schemaVersion 2"},
        {"{\"schemaVersion\":2,\"mediaType\":\"text/plain\"," OCI_CONFIG "," LAYERS "}",
         "unknown type text/plain"},
        {"{\"schemaVersion\":2,\"mediaType\":1," OCI_CONFIG "," LAYERS "}", "unknown type number"},
        {"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
         "vnd.oci.empty.v1+json\",\"digest\":\"" A "\"}," LAYERS "}",
         "of no container image"},
        {"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
         "vnd.oci.image.config.v1+json\",\"digest\":"
         "\"sha512:aa\"}," LAYERS "}",
         "no SHA-256 digest"},
        {"{\"schemaVersion\":2," OCI_CONFIG "}", "no list layers"},
        {"{\"schemaVersion\":2," OCI_CONFIG ",\"layers\":[{}]}", "no SHA-256 digest in layers"},
        {"{\"schemaVersion\":2," OCI_CONFIG "," OCI_CONFIG "," LAYERS "}", "duplicate"},
        {"[]", "is no object"},
        {"", "m:1:1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct image_manifest manifest;
        struct error error = {0};
        int status = image_manifest_parse(rows[i].text, strlen(rows[i].text), "m", &arena, &manifest, &error);

        if (rows[i].message == NULL) {
            if (status != 0)
                fail_msg("%s", error.message);
            assert_string_equal(manifest.configuration, A);
        } else {
            assert_int_equal(status, -1);
            assert_says(error.message, rows[i].message);
        }
    }
}

static void test_lists(void **state)
{
    (void)state;
    static const char good[] = "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"" A "\"}]}",
                      mixed[] = "{\"schemaVersion\":2,\"layers\":[],\"manifests\":[]}";
    const char *const *manifests;
    struct error error = {0};
    size_t count;

    assert_int_equal(image_index_parse(good, strlen(good), "l", &arena, &manifests, &count, &error), 0);
    assert_true(count == 1 && strcmp(manifests[0], A) == 0);
    assert_int_equal(image_index_parse(mixed, strlen(mixed), "l", &arena, &manifests, &count, &error), -1);
}

static void test_configurations(void **state)
{
    (void)state;
    static const char good[] = "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" A "\"]},\"config\":{}}",
                      other[] = "{\"rootfs\":{\"type\":\"layer\",\"diff_ids\":[]}}",
                      upper[] = "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"SHA256:aa\"]}}";
    const char *const *diff_ids;
    struct error error = {0};
    size_t count;

    assert_int_equal(image_diff_ids_parse(good, strlen(good), "c", &arena, &diff_ids, &count, &error), 0);
    assert_true(count == 1 && strcmp(diff_ids[0], A) == 0);
    assert_int_equal(image_diff_ids_parse(other, strlen(other), "c", &arena, &diff_ids, &count, &error), -1);
    assert_int_equal(image_diff_ids_parse(upper, strlen(upper), "c", &arena, &diff_ids, &count, &error), -1);
    assert_int_equal(image_diff_ids_parse("{}", 2, "c", &arena, &diff_ids, &count, &error), -1);
}

/* As sha256sum computes it: of "FIRST SECOND". */
static void test_chain_ids(void **state)
{
    (void)state;
    const char *const diff_ids[] = {A, A};
    char chain[IMAGE_DIGEST_SIZE], expected[IMAGE_DIGEST_SIZE];

    image_chain_id(diff_ids, 1, chain);
    assert_string_equal(chain, A);
    image_chain_id(diff_ids, 2, chain);
    image_digest_of(A " " A, strlen(A " " A), expected);
    assert_string_equal(chain, expected);
    image_digest_of("", 0, expected);
    assert_string_equal(expected, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_chains_that_break(void **state)
{
    (void)state;
    static const char manifest[] = "{\"schemaVersion\":2," OCI_CONFIG "," LAYERS "}";
    struct trust_image image = {.why_not = "nobody knows"};
    struct trust_chain chain;
    struct error error = {0};

    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_string_equal(chain.broken, "nobody knows");
    image = (struct trust_image){.store = "docker"};
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "docker keeps no manifest");
    image.manifest = manifest;
    image.manifest_length = strlen(manifest);
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "the configuration " A " is not there");
    assert_non_null(chain.manifest_digest);
    image.configuration = "{}";
    image.configuration_length = 2;
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "the manifest names " A);
    image.manifest = "{}";
    image.manifest_length = 2;
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "no schemaVersion 2");
}

static void test_layers_against_the_configuration(void **state)
{
    (void)state;
    static const char configuration[] =
        "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" A "\",\"" A "\"]}}";
    const struct trust_layer layers[] = {{.diff_id = A}, {.diff_id = "sha256:b"}};
    struct trust_chain chain;
    struct error error = {0};
    char digest[IMAGE_DIGEST_SIZE];

    image_digest_of(configuration, strlen(configuration), digest);
    struct trust_image image = {.store = "x",
                                .configuration = configuration,
                                .configuration_length = strlen(configuration),
                                .layers = layers,
                                .layer_count = 1};
    for (size_t blobs = 1; blobs <= 2; blobs++) {
        image.manifest =
            arena_format(&arena,
                         "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
                         "vnd.oci.image.config.v1+json\",\"digest\":\"%s\"},\"layers\":[{\"digest\":"
                         "\"" A "\"}%s]}",
                         digest, blobs == 2 ? ",{\"digest\":\"" A "\"}" : "");
        image.manifest_length = strlen(image.manifest);
        assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
        assert_says(chain.broken, blobs == 1 ? "the manifest has 1 layers, the configuration 2"
                                             : "the configuration has 2 layers, the store 1");
    }
    image.layer_count = 2;
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_says(chain.broken, "layer 2 is " A " in the configuration and sha256:b in the store");
    image.layer_count = 0;
    assert_int_equal(trust_chain_of(&image, &arena, &chain, &error), 0);
    assert_null(chain.broken);
    assert_int_equal(chain.diff_id_count, 2);
}

static void test_forms_of_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path, *form, *root, *first, *second;
    } rows[] = {
        {"/g/overlay/ID/merged", "overlay/?/merged", "/g", "ID", NULL},
        {"/overlay/ID/merged", "overlay/?/merged", "/", "ID", NULL},
        {"/g/d-containers/1/userdata", "?/?/userdata", "/g", "d-containers", "1"},
        {"/g/vfs/dir/L", "vfs/dir/?", "/g", "L", NULL},
        {"/g/overlay/ID/merged/", "overlay/?/merged", NULL, NULL, NULL},
        {"/g/overlay/../merged", "overlay/?/merged", NULL, NULL, NULL},
        {"/g/overlay//merged", "overlay/?/merged", NULL, NULL, NULL},
        {"g/overlay/ID/merged", "overlay/?/merged", NULL, NULL, NULL},
        {"/g/xoverlay/ID/merged", "overlay/?/merged", NULL, NULL, NULL},
        {"/ID/merged", "overlay/?/merged", NULL, NULL, NULL},
        {"/g/overlay/a b/merged", "overlay/?/merged", NULL, NULL, NULL},
        {NULL, "overlay/?/merged", NULL, NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *words[STORE_PATH_WORDS_MAX] = {NULL}, *root;
        bool found = store_path_match(rows[i].path, rows[i].form, &arena, &root, words);

        assert_int_equal(found, rows[i].root != NULL);
        if (!found)
            continue;
        assert_string_equal(root, rows[i].root);
        assert_string_equal(words[0], rows[i].first);
        if (rows[i].second != NULL)
            assert_string_equal(words[1], rows[i].second);
    }
}

static void test_base64(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"},
                {"\xff\xfe\xfd", "//79"}};
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9v", "Zm9-", "===="};
    size_t length;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(base64_encode(rows[i].plain, strlen(rows[i].plain), &arena), rows[i].text);
        const char *bytes = base64_decode(rows[i].text, strlen(rows[i].text), &arena, &length);
        assert_non_null(bytes);
        assert_int_equal(length, strlen(rows[i].plain));
        assert_memory_equal(bytes, rows[i].plain, length);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_null(base64_decode(wrong[i], strlen(wrong[i]), &arena, &length));
    assert_non_null(base64_decode("Zm9v\nYg==\r\n", 11, &arena, &length));
    assert_int_equal(length, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_manifests),         STORE_TEST(test_lists),
        STORE_TEST(test_configurations),    STORE_TEST(test_chain_ids),
        STORE_TEST(test_chains_that_break), STORE_TEST(test_layers_against_the_configuration),
        STORE_TEST(test_forms_of_paths),    STORE_TEST(test_base64),
    };
    samples = "";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
