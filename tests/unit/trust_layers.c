/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers as they were signed hold, however the store keeps their tars; each way to tamper with them is told,
 * with the file. */
#include <sched.h>
#include "layer_fixture.h"

#define LONG_NAME                                                                                            \
    "a-name-that-no-header-of-old-has-room-for-because-it-is-longer-than-a-hundred-bytes-which-was-all-that" \
    "-anybody-wanted"

static enum kept kept_now;

static void put_lower(void)
{
    put(0, (struct tar_fields){.name = "etc", .type = TAR_DIRECTORY, .mode = 0755});
    put(0, (struct tar_fields){.name = "etc/passwd", .mode = 0644, .contents = "root:x:0:0::/:/bin/sh\n"});
    put(0, (struct tar_fields){.name = "etc/empty", .mode = 0600});
    put(0, (struct tar_fields){.name = "etc/gone", .mode = 0644, .contents = "to be hidden\n"});
    put(0, (struct tar_fields){.name = "bin", .type = TAR_DIRECTORY, .mode = 0755});
    put(0, (struct tar_fields){.name = "bin/sh", .mode = 0755, .contents = "#!a shell\n"});
    put(0, (struct tar_fields){.name = "bin/su", .mode = 04755, .contents = "#!another\n"});
    put(0, (struct tar_fields){.name = "bin/bash", .type = TAR_HARD_LINK, .link = "bin/sh", .mode = 0755});
    put(0, (struct tar_fields){.name = "sbin", .type = TAR_SYMLINK, .link = "bin", .mode = 0777});
    put(0, (struct tar_fields){.name = "pipe", .type = TAR_FIFO, .mode = 0600});
    put(0, (struct tar_fields){.name = LONG_NAME, .mode = 0644, .contents = "long"});
    put(0, (struct tar_fields){.name = "tmp", .type = TAR_DIRECTORY, .mode = 01777});
    put(0, (struct tar_fields){.name = "var", .type = TAR_DIRECTORY, .mode = 0755});
    put(0, (struct tar_fields){.name = "var/old", .mode = 0644, .contents = "old"});
    put(0, (struct tar_fields){
               .name = "noted", .mode = 0644, .contents = "n", .pax = "SCHILY.xattr.user.note=signed"});
    set_attribute(0, "noted", "user.note", "signed");
}

static void put_upper(void)
{
    put(1, (struct tar_fields){.name = "etc", .type = TAR_DIRECTORY, .mode = 0755});
    put_only_in_tar(1, (struct tar_fields){.name = "etc/.wh.gone", .mode = 0});
    make_whiteout(1, "etc/gone");
    put(1, (struct tar_fields){.name = "etc/passwd", .mode = 0644, .contents = "other:x:0:0::/:/bin/sh\n"});
    put(1, (struct tar_fields){.name = "var", .type = TAR_DIRECTORY, .mode = 0755});
    put_only_in_tar(1, (struct tar_fields){.name = "var/.wh..wh..opq", .mode = 0});
    set_attribute(1, "var", "user.overlay.opaque", "y");
    put(1, (struct tar_fields){.name = "var/new", .mode = 0644, .contents = "new"});
    put(1, (struct tar_fields){.name = "opt/made/file", .mode = 0644, .contents = "in folders of no entry"});
}

static int make_layers(void **state)
{
    char probe[1];

    if (make_store(state) < 0)
        return -1;
    umask(022);
    begin_layers();
    put_lower();
    put_upper();
    for (size_t i = 0; i < FIXTURE_LAYERS; i++)
        tar_writer_end(&writers[i]);
    keep(kept_now);
    show_layers();
    return getxattr(in_layer(0, "noted"), "user.note", probe, 0) > 0 ? 0 : -1;
}

static int remove_layers(void **state)
{
    free_layers();
    return remove_store(state);
}

static void run(void (*test)(void))
{
    void *state = NULL;

    assert_int_equal(make_layers(&state), 0);
    test();
    assert_int_equal(remove_layers(&state), 0);
}

static void check_holds(void)
{
    struct trust_binding binding = bind_them();

    if (!binding.holds)
        fail_msg("%s", binding.reason);
    assert_int_equal(binding.difference_count, 0);
}

static void signed_layers_hold(void **state)
{
    const enum kept last = THWART_ZLIB ? KEPT_COMPRESSED_BLOB : KEPT_BLOB;

    (void)state;
    for (kept_now = KEPT_RECORD; kept_now <= last; kept_now++)
        run(check_holds);
}

/* What somebody does to the lower (0) or upper (1) layer, as shell, and what is said of it. */
static const struct tampering {
    const char *command, *reason;
    enum trust_difference_kind kind;
} tamperings[] = {
    {"printf X | dd of=1/bin/sh bs=1 seek=3 conv=notrunc 2>/dev/null",
     "/bin/sh differs from layer 1: contents", TRUST_CHANGED},
    {"touch -r 1/bin/sh kept; printf '#!evil one' >1/bin/sh; touch -r kept 1/bin/sh",
     "/bin/sh differs from layer 1: contents", TRUST_CHANGED},
    {"echo >>1/bin/su", "/bin/su differs from layer 1: 11 bytes, signed 10", TRUST_CHANGED},
    {"echo x >1/etc/empty", "/etc/empty differs from layer 1: 2 bytes, signed 0", TRUST_CHANGED},
    {"chmod 0755 1/bin/su", "/bin/su differs from layer 1: mode 0755, signed 4755", TRUST_CHANGED},
    {"chmod u+s 1/bin/sh", "/bin/sh differs from layer 1: mode 4755, signed 0755", TRUST_CHANGED},
    {"chmod 0777 1/tmp", "/tmp differs from layer 1: mode 0777, signed 1777", TRUST_CHANGED},
    {"rm 1/etc/gone", "/etc/gone is missing from layer 1", TRUST_MISSING},
    {"rm -r 1/etc", "/etc is missing from layer 1; 3 more differences", TRUST_MISSING},
    {"echo x >1/etc/shadow", "/etc/shadow was added to layer 1", TRUST_ADDED},
    {"mkdir 2/lib; echo x >2/lib/evil.so", "/lib was added to layer 2", TRUST_ADDED},
    {"echo x >2/opt/made/other", "/opt/made/other was added to layer 2", TRUST_ADDED},
    {"ln -sfn etc 1/sbin", "/sbin differs from layer 1: it leads elsewhere, signed is bin", TRUST_CHANGED},
    {"ln -sfn bin/ 1/sbin", "/sbin differs from layer 1: it leads elsewhere, signed is bin", TRUST_CHANGED},
    {"rm 1/sbin; cp -r 1/bin 1/sbin", "/sbin differs from layer 1: a directory, signed a symbolic link",
     TRUST_CHANGED},
    {"mv 1/bin 1/b; ln -s b 1/bin", "/bin differs from layer 1: a symbolic link, signed a directory",
     TRUST_CHANGED},
    {"mv 1/bin elsewhere; ln -s ../elsewhere 1/bin",
     "/bin differs from layer 1: a symbolic link, signed a directory", TRUST_CHANGED},
    {"rm 1/bin/sh; ln -s /bin/sh 1/bin/sh", "/bin/sh differs from layer 1: a symbolic link, signed a file",
     TRUST_CHANGED},
    {"rm 1/bin/sh; mkfifo 1/bin/sh", "/bin/sh differs from layer 1: a fifo, signed a file", TRUST_CHANGED},
    {"rm 1/pipe; echo x >1/pipe", "/pipe differs from layer 1: a file, signed a fifo", TRUST_CHANGED},
    {"cp -p 1/bin/bash copy; rm 1/bin/bash; mv copy 1/bin/bash",
     "/bin/bash differs from layer 1: it is not the same file as /bin/sh, as signed", TRUST_CHANGED},
    {"mv 1/bin/sh x; mv 1/bin/su 1/bin/sh; mv x 1/bin/su",
     "/bin/sh differs from layer 1: mode 4755, signed 0755", TRUST_CHANGED},
    {"rm 2/etc/gone", "/etc/gone is missing from layer 2: the whiteout", TRUST_MISSING},
    {"rm 2/etc/gone; echo x >2/etc/gone", "/etc/gone differs from layer 2: a file, signed a whiteout",
     TRUST_CHANGED},
    {"rm 2/var/new; mknod 2/var/new c 0 0", "/var/new differs from layer 2: a whiteout, signed a file",
     TRUST_CHANGED},
    {"mknod 2/etc/empty c 0 0", "/etc/empty was added to layer 2", TRUST_ADDED},
    {"chmod 0777 2/opt/made",
     "/opt/made differs from layer 2: mode 0777 and owner 0:0, of which the tar says nothing", TRUST_CHANGED},
    {"chmod 0777 1", "/ differs from layer 1: mode 0777 and owner 0:0, of which the tar says nothing",
     TRUST_CHANGED},
    {"touch 1/.wh.bin", "/.wh.bin was added to layer 1", TRUST_ADDED},
    {"touch \"$(printf '1/etc/a\\nb')\"", "/etc/a\\x0ab was added to layer 1", TRUST_ADDED},
};

static const struct tampering *tampering_now;

static void check_tampering(void)
{
    struct trust_binding binding;

    shell(tampering_now->command);
    binding = bind_them();
    assert_false(binding.holds);
    if (strcmp(binding.reason, tampering_now->reason) != 0 &&
        strstr(binding.reason, tampering_now->reason) != binding.reason)
        fail_msg("%s: %s, not %s", tampering_now->command, binding.reason, tampering_now->reason);
    assert_true(binding.difference_count > 0);
    assert_int_equal(binding.differences[0].kind, tampering_now->kind);
}

static void every_tampering_is_told(void **state)
{
    static const enum kept ways[] = {KEPT_RECORD, KEPT_BLOB};

    (void)state;
    for (size_t way = 0; way < 2; way++)
        for (size_t i = 0; i < sizeof(tamperings) / sizeof(tamperings[0]); i++) {
            kept_now = ways[way];
            tampering_now = &tamperings[i];
            run(check_tampering);
        }
}

static const struct marking {
    size_t layer;
    const char *path, *name, *value, *reason;
} markings[] = {
    {1, "etc", "user.overlay.opaque", "y",
     "/etc differs from layer 2: it hides the layers below by user.overlay.opaque, which is not signed"},
    {1, "var", "user.overlay.opaque", "x",
     "/var differs from layer 2: the mark user.overlay.opaque is not as signed"},
    {1, "etc", "user.overlay.redirect", "/var",
     "/etc differs from layer 2: the attribute user.overlay.redirect is not signed"},
    {1, "var/new", "user.overlay.metacopy", "",
     "/var/new differs from layer 2: the attribute user.overlay.metacopy is not signed"},
    {1, "opt/made", "user.overlay.redirect", "/etc",
     "/opt/made differs from layer 2: the attribute user.overlay.redirect is not signed"},
    {1, "", "user.overlay.opaque", "y", "/ differs from layer 2: it hides the layers below"},
    {0, "noted", "user.note", "another",
     "/noted differs from layer 1: the attribute user.note is not as signed"},
    {0, "bin/sh", "user.note", "signed",
     "/bin/sh differs from layer 1: the attribute user.note is not signed"},
};

static const struct marking *marking_now;

static void check_marking(void)
{
    struct trust_binding binding;

    set_attribute(marking_now->layer, marking_now->path, marking_now->name, marking_now->value);
    binding = bind_them();
    assert_says(binding.reason, marking_now->reason);
}

static void marks_and_attributes_are_told(void **state)
{
    (void)state;
    for (kept_now = KEPT_RECORD; kept_now <= KEPT_BLOB; kept_now++)
        for (size_t i = 0; i < sizeof(markings) / sizeof(markings[0]); i++) {
            marking_now = &markings[i];
            run(check_marking);
        }
}

static void lose_attributes(void)
{
    assert_int_equal(removexattr(in_layer(0, "noted"), "user.note"), 0);
    assert_says(bind_them().reason, "/noted differs from layer 1: the signed attribute user.note is missing");
    set_attribute(0, "noted", "user.note", "signed");
    assert_int_equal(removexattr(in_layer(1, "var"), "user.overlay.opaque"), 0);
    assert_says(bind_them().reason,
                "/var differs from layer 2: it does not hide the layers below, as signed");
    set_attribute(1, "var", "user.overlay.opaque", "y");
    /* What the host's security modules write is no difference; what overlay notes for itself neither. */
    set_attribute(1, "var", "user.overlay.origin", "x");
    check_holds();
}

static void lost_attributes_are_told(void **state)
{
    (void)state;
    kept_now = KEPT_RECORD;
    run(lose_attributes);
}

/* Its parts: the record may say what it likes, it is the directory's files that count. */
static void tamper_with_record(void)
{
    size_t length;
    const char *record = read_whole(layers[0].tar_split, &length);
    const char *name = strstr(record, "\"name\":\"bin/sh\"");

    assert_non_null(name);
    /* Another file's name, an absolute one, one that leads out: nobody looks at it. */
    replace_in("kept-1", "\"name\":\"bin/sh\"", "\"name\":\"../../etc/shadow\"");
    check_holds();
    replace_in("kept-1", "\"size\":10,", "\"size\":11,");
    assert_says(bind_them().reason, "layer 1: its record of the tar does not fit itself");
    replace_in("kept-1", "\"size\":11,", "\"size\":-1,");
    assert_says(bind_them().reason, "layer 1: its record of the tar is malformed");
    replace_in("kept-1", "\"size\":-1,", "\"size\":99999999999999999999,");
    assert_says(bind_them().reason, "layer 1: its record of the tar is malformed");
    replace_in("kept-1", "\"size\":99999999999999999999,", "\"size\":10,");
    check_holds();
    replace_in("kept-1", "{\"type\":1,", "{\"type\":3,");
    assert_says(bind_them().reason, "layer 1: its record of the tar is malformed");
    write_text("kept-1", "");
    assert_says(bind_them().reason, "layer 1 is sha256:e3b0c44298fc1c14");
    unlink(layers[0].tar_split);
    assert_says(bind_them().reason, "kept-1: does not exist");
    assert_int_equal(mkfifo(layers[0].tar_split, 0600), 0);
    assert_says(bind_them().reason, "kept-1 is no regular file");
}

/* Contents in the record instead of the directory would make the digest right whatever the file has. */
static void hide_contents_in_record(void)
{
    struct text record = text_growing(1 << 20);

    text_append_format(&record, "{\"type\":2,\"payload\":\"%s\",\"position\":0}\n",
                       base64_encode(writers[0].tar.bytes, writers[0].tar.length, &arena));
    write_bytes("kept-1", record.bytes, record.length);
    text_free(&record);
    assert_says(bind_them().reason,
                "layer 1: its record of the tar has contents that belong into the directory");
}

static void no_record_is_believed(void **state)
{
    (void)state;
    kept_now = KEPT_RECORD;
    run(tamper_with_record);
    run(hide_contents_in_record);
}

static void tamper_with_blob(void)
{
    size_t length;
    char *blob = read_whole(layers[0].blob, &length);

    blob[100] ^= 8; /* of the mode */
    write_bytes("kept-1", blob, length);
    assert_false(bind_them().holds);
    blob[100] ^= 8;
    write_bytes("kept-1", blob, length - 1);
    assert_says(bind_them().reason, "layer 1: the tar ends in the middle");
    write_bytes("kept-1", blob, length - TAR_BLOCK); /* Go takes one empty block for an end as well */
    assert_says(bind_them().reason, "layer 1 is sha256:");
    write_bytes("kept-1", blob, 700);
    assert_says(bind_them().reason, "layer 1: the tar ends in the middle");
    write_bytes("kept-1", "\x28\xb5\x2f\xfd rest", 9);
    assert_says(bind_them().reason, "is compressed by zstd, which this build cannot read");
}

static void a_torn_blob_is_told(void **state)
{
    (void)state;
    kept_now = KEPT_BLOB;
    run(tamper_with_blob);
}

static void no_holding(void)
{
    assert_false(bind_them().holds);
}

static void check_damage(void)
{
    damage("kept-1", 37, no_holding);
    check_holds();
}

static void damaged_blobs_never_hold(void **state)
{
    (void)state;
    kept_now = KEPT_BLOB;
    run(check_damage);
}

#if THWART_ZLIB
static void tear_compressed(void)
{
    size_t length;
    char *bytes = read_whole(in_store("kept-1"), &length);

    write_bytes("kept-1", bytes, length - 9);
    assert_says(bind_them().reason, "kept-1 is cut off");
    write_bytes("kept-1", bytes, 12);
    assert_says(bind_them().reason, "kept-1 is cut off");
    bytes[length / 2] ^= 0x55;
    write_bytes("kept-1", bytes, length);
    assert_false(bind_them().holds);
}
#endif

static void torn_gzip_is_told(void **state)
{
    (void)state;
#if THWART_ZLIB
    kept_now = KEPT_COMPRESSED_RECORD;
    run(tear_compressed);
    kept_now = KEPT_COMPRESSED_BLOB;
    run(tear_compressed);
#else
    skip();
#endif
}

/* The mount itself. */
static void change_mount(void)
{
    const char *kept[FIXTURE_LAYERS] = {lowers[0], lowers[1]};

    lowers[0] = kept[1];
    lowers[1] = kept[0];
    assert_says(bind_them().reason, "/1/, which is no layer: ");
    lowers[0] = kept[0];
    lowers[1] = kept[0];
    assert_says(bind_them().reason, "where layer 1 belongs");
    lowers[1] = kept[1];
    mounted.lower_count = 1;
    assert_says(bind_them().reason, "the mount does not have layer 1");
    lowers[2] = in_layer(0, "etc");
    mounted.lower_count = 3;
    assert_says(bind_them().reason, "/1/etc, which is no layer: ");
    mounted.lower_count = 2;
    write_text("upper/evil", "x");
    assert_says(bind_them().reason, "the upper directory is not empty: evil is in it");
    unlink(in_store("upper/evil"));
    assert_int_equal(mknod(in_store("upper/bin"), S_IFCHR, makedev(0, 0)), 0);
    assert_says(bind_them().reason, "the upper directory is not empty: bin is in it");
    unlink(in_store("upper/bin"));
    mounted.type = "ext4";
    assert_says(bind_them().reason, "the root is on no overlay of the kernel");
    mounted.type = "overlay";
    mounted.covered = "/merged/usr";
    assert_says(bind_them().reason, "something is mounted beneath the root, at /merged/usr");
    mounted.covered = NULL;
    mounted.options = "rw,lowerdir=/userxattr/2:/userxattr/1";
    assert_false(bind_them().holds); /* without the option its marks are nothing to the kernel */
    mounted.options = "rw,userxattr";
    mounted.at_mount = false;
    assert_says(bind_them().reason, "is only a part of its mount");
    mounted.at_mount = true;
    check_holds();
}

/* The mount has other directories than the paths lead to now. */
static void replace_directory(void)
{
    shell("cp -a 1 copy && mv 1 mounted && mv copy 1");
    assert_says(bind_them().reason, "a layer's directory is another than the one that is mounted");
}

static void the_mount_is_of_these_layers(void **state)
{
    (void)state;
    kept_now = KEPT_RECORD;
    run(change_mount);
    run(replace_directory);
}

/* Tars that are signed as they are, and odd. */
static void run_odd(void (*fill)(void), enum kept kept, void (*test)(void))
{
    void *state = NULL;

    assert_int_equal(make_store(&state), 0);
    umask(022);
    begin_layers();
    fill();
    for (size_t i = 0; i < FIXTURE_LAYERS; i++)
        tar_writer_end(&writers[i]);
    keep(kept);
    show_layers();
    test();
    assert_int_equal(remove_layers(&state), 0);
}

static void put_folders_twice(void)
{
    put(0, (struct tar_fields){.name = "a", .type = TAR_DIRECTORY, .mode = 0700});
    put(0, (struct tar_fields){.name = "a/file", .mode = 0644, .contents = "x"});
    put_only_in_tar(0, (struct tar_fields){.name = "./a/", .type = TAR_DIRECTORY, .mode = 0755});
    assert_int_equal(chmod(in_layer(0, "a"), 0755), 0);
    put_only_in_tar(0, (struct tar_fields){.name = "./", .type = TAR_DIRECTORY, .mode = 0777});
    put_only_in_tar(0, (struct tar_fields){.name = ".wh..wh..opq", .mode = 0});
}

static void put_file_twice(void)
{
    put_only_in_tar(0, (struct tar_fields){.name = "file", .mode = 0600, .contents = "first"});
    put(0, (struct tar_fields){.name = "./file", .mode = 0644, .contents = "second"});
}

static void put_whiteouts_within_whiteouts(void)
{
    put_only_in_tar(1, (struct tar_fields){.name = ".wh.a", .mode = 0});
    put_only_in_tar(1, (struct tar_fields){.name = "a/.wh.b", .mode = 0});
    make_whiteout(1, "a");
    /* Below the lowest layer is nothing that could be hidden. */
    put_only_in_tar(0, (struct tar_fields){.name = ".wh.nothing", .mode = 0});
}

static void put_links_with_modes(void)
{
    put(0, (struct tar_fields){.name = "a", .mode = 0755, .contents = "x"});
    put(0, (struct tar_fields){.name = "b", .type = TAR_HARD_LINK, .link = "./a", .mode = 0644});
}

/* More than all buffers together. */
static void put_much(void)
{
    const size_t length = 5 * 1000 * 1000 + 123;
    char *bytes = arena_allocate(&arena, length + 1);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + i * 7 % 23);
    for (size_t i = 0; i < FIXTURE_LAYERS; i++) {
        put(i, (struct tar_fields){.name = "much", .mode = 0644, .contents = bytes});
        put(i, (struct tar_fields){.name = "little", .mode = 0644, .contents = "x"});
    }
}

static void change_much(void)
{
    check_holds();
    shell("printf X | dd of=2/much bs=1 seek=4999999 conv=notrunc 2>/dev/null");
    assert_says(bind_them().reason, "/much differs from layer 2: contents");
    assert_int_equal(bind_them().difference_count, 1);
}

static void on_one_processor(void)
{
    cpu_set_t before, one;
    size_t first = 0;

    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    change_much();
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void odd_tars_hold(void **state)
{
    (void)state;
    for (enum kept kept = KEPT_RECORD; kept <= KEPT_BLOB; kept++) {
        run_odd(put_folders_twice, kept, check_holds);
        run_odd(put_whiteouts_within_whiteouts, kept, check_holds);
        run_odd(put_links_with_modes, kept, check_holds);
        run_odd(put_much, kept, change_much);
        run_odd(put_much, kept, on_one_processor);
    }
    /* A record has no file twice: tar-split refuses to make such a one. */
    run_odd(put_file_twice, KEPT_BLOB, check_holds);
}

static const char *reason_now;

static void check_reason(void)
{
    assert_says(bind_them().reason, reason_now);
}

static void put_link_outward(void)
{
    write_text("outside", "x");
    put_only_in_tar(0, (struct tar_fields){.name = "a", .type = TAR_HARD_LINK, .link = "../outside"});
}

static void put_link_to_itself(void)
{
    put_only_in_tar(0, (struct tar_fields){.name = "a", .type = TAR_HARD_LINK, .link = "a"});
    write_text("1/a", "anything");
}

static void put_link_to_what_is_not_signed(void)
{
    write_text("1/b", "anything");
    put(0, (struct tar_fields){.name = "a", .type = TAR_HARD_LINK, .link = "b", .mode = 0644});
}

static void put_below_a_link(void)
{
    put(0, (struct tar_fields){.name = "real", .type = TAR_DIRECTORY, .mode = 0755});
    put(0, (struct tar_fields){.name = "link", .type = TAR_SYMLINK, .link = "real"});
    put(0, (struct tar_fields){.name = "link/file", .mode = 0644, .contents = "x"});
}

static void put_deep(void)
{
    char path[512] = "";

    for (size_t i = 0; i < 140; i++) {
        memcpy(path + strlen(path), i == 0 ? "d" : "/d", i == 0 ? 2 : 3);
        put(0, (struct tar_fields){.name = arena_string(&arena, path), .type = TAR_DIRECTORY, .mode = 0755});
    }
}

static void put_hole(void)
{
    put_only_in_tar(0, (struct tar_fields){.name = "hole", .mode = 0644, .contents = "abc"});
    write_text("1/hole", "");
    assert_int_equal(truncate(in_layer(0, "hole"), INT64_C(1) << 40), 0);
}

static void put_bomb(void)
{
    put_only_in_tar(0, (struct tar_fields){.name = "hole", .mode = 0644, .pax = "size=1099511627776"});
    write_text("1/hole", "");
    assert_int_equal(truncate(in_layer(0, "hole"), INT64_C(1) << 40), 0);
    text_reset(&writers[0].record); /* the writer knows no such sizes */
    text_append_format(&writers[0].record, "{\"type\":2,\"payload\":\"%s\",\"position\":0}\n",
                       base64_encode(writers[0].tar.bytes, 3 * TAR_BLOCK, &arena));
    text_append(&writers[0].record, "{\"type\":1,\"name\":\"hole\",\"size\":1099511627776,\"position\":1}\n");
    writers[0].segment = writers[0].tar.length;
}

static void odd_tars_are_told(void **state)
{
    static const struct {
        void (*fill)(void);
        enum kept kept;
        const char *reason;
    } cases[] = {
        {put_link_outward, KEPT_RECORD, "layer 1: a name in the tar leads upwards with \"..\""},
        {put_link_to_itself, KEPT_RECORD,
         "/a differs from layer 1: it is a link to /a, which is not in the tar"},
        {put_link_to_what_is_not_signed, KEPT_BLOB,
         "/a differs from layer 1: it is a link to /b, which is not in the tar"},
        {put_below_a_link, KEPT_BLOB, "/link/file differs from layer 1: a folder above it is no directory"},
        {put_deep, KEPT_RECORD, "layer 1: it has folders more than 128 deep"},
        {put_hole, KEPT_RECORD, "/hole differs from layer 1: 1099511627776 bytes, signed 3"},
        {put_hole, KEPT_BLOB, "/hole differs from layer 1: 1099511627776 bytes, signed 3"},
        {put_bomb, KEPT_RECORD, "layer 1: it is longer than 137438953472 bytes"},
        {put_file_twice, KEPT_RECORD, "layer 1 cannot be put together"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reason_now = cases[i].reason;
        run_odd(cases[i].fill, cases[i].kept, check_reason);
    }
}

/* More than are named are counted. */
static void add_many(void)
{
    struct trust_binding binding;

    for (int i = 0; i < BINDING_DIFFERENCES + 5; i++)
        write_text(arena_format(&arena, "1/added-%d", i), "x");
    binding = bind_them();
    assert_int_equal(binding.difference_count, BINDING_DIFFERENCES);
    assert_int_equal(binding.more, 5);
    assert_says(binding.reason, "was added to layer 1; 24 more differences");
}

static void many_differences_are_counted(void **state)
{
    (void)state;
    kept_now = KEPT_RECORD;
    run(add_many);
}

/* Layers are root's, if only in a user namespace as engines without privileges have. */
static bool become_root(void)
{
    char users[64], groups[64];

    if (geteuid() == 0)
        return true;
    snprintf(users, sizeof(users), "0 %u 1", geteuid());
    snprintf(groups, sizeof(groups), "0 %u 1", getegid());
    return unshare(CLONE_NEWUSER) == 0 &&
           descriptor_write_file_at(AT_FDCWD, "/proc/self/uid_map", users) == 0 &&
           descriptor_write_file_at(AT_FDCWD, "/proc/self/setgroups", "deny") == 0 &&
           descriptor_write_file_at(AT_FDCWD, "/proc/self/gid_map", groups) == 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_layers_hold),
        cmocka_unit_test(every_tampering_is_told),
        cmocka_unit_test(marks_and_attributes_are_told),
        cmocka_unit_test(lost_attributes_are_told),
        cmocka_unit_test(no_record_is_believed),
        cmocka_unit_test(a_torn_blob_is_told),
        cmocka_unit_test(damaged_blobs_never_hold),
        cmocka_unit_test(torn_gzip_is_told),
        cmocka_unit_test(the_mount_is_of_these_layers),
        cmocka_unit_test(odd_tars_hold),
        cmocka_unit_test(odd_tars_are_told),
        cmocka_unit_test(many_differences_are_counted),
    };

    if (!become_root()) {
        print_message("skipped: needs root, or a user namespace\n");
        return 77;
    }
    samples = count > 1 ? arguments[1] : "";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
