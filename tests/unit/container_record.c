/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records there and back, what is refused of them, and the state directory that keeps them. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/pid_file.h"
#include "container/record.h"
#include "container/state_root.h"
#include "container/state_store.h"

static const char *const controllers[] = {"memory", "pids"};

static struct record_cgroup cgroup = {
    .mount = "/sys/fs/cgroup",
    .path = "/thwart/c1",
    .created_from = 1,
    .has_created_from = true,
    .inode = UINT64_MAX,
    .has_inode = true,
};

static const struct record_unit unit = {
    .unit = "libpod-c1.scope",
    .description = "thwart container c1 (state 1c:61)",
    .user_manager = true,
};

static struct record sample(void)
{
    cgroup.controllers =
        (struct json_strings){.items = (const char **)(void *)controllers, .count = 2, .present = true};
    return (struct record){
        .version = RECORD_VERSION,
        .id = "c1",
        .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
        .creator_pid = 17,
        .owner = 0,
        .created = "2026-01-02T03:04:05.000000006Z",
        .oci_version = "1.3.0",
        .bundle = "/b",
        .rootfs = "/b/rootfs",
        .config_digest = "00",
        .trust = "none",
        .pid = 4711,
        .start_time = UINT64_MAX,
        .cgroup = &cgroup,
        .unit = &unit,
        .has_process = true,
        .own_pid_namespace = true,
    };
}

static int decode(const char *bytes, size_t length, struct arena *arena, const struct record **record,
                  struct error *error)
{
    return record_decode(bytes, length, "record", "c1", arena, record, error);
}

static void there_and_back(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(65536);
    struct record record = sample();
    const struct record *back;
    struct error error = {0};

    (void)state;
    record_encode(&text, &record);
    assert_int_equal(decode(text.bytes, text.length, &arena, &back, &error), 0);
    assert_string_equal(back->id, "c1");
    assert_int_equal(back->pid, 4711);
    assert_true(back->start_time == UINT64_MAX);
    assert_string_equal(back->cgroup->path, "/thwart/c1");
    assert_true(back->cgroup->has_created_from);
    assert_int_equal(back->cgroup->created_from, 1);
    assert_int_equal(back->cgroup->controllers.count, 2);
    assert_true(back->cgroup->has_inode && back->cgroup->inode == UINT64_MAX);
    assert_string_equal(back->unit->unit, unit.unit);
    assert_string_equal(back->unit->description, unit.description);
    assert_true(back->unit->user_manager);
    assert_true(back->has_process);
    assert_null(back->hooks);
}

/* A torn record, whatever its length, is an error and never half a record. */
static void torn_records_are_refused(void **state)
{
    cleanup_text struct text text = text_growing(65536);
    struct record record = sample();

    (void)state;
    record_encode(&text, &record);
    for (size_t length = 0; length + 2 < text.length; length++) {
        cleanup_arena struct arena arena = {0};
        struct error error = {0};
        const struct record *back;
        assert_int_equal(decode(text.bytes, length, &arena, &back, &error), -1);
        assert_true(error.message[0] != '\0');
    }
}

static void replace(struct text *text, const char *from, const char *to)
{
    char *place = strstr(text->bytes, from);
    char *tail;

    assert_non_null(place);
    tail = strdup(place + strlen(from));
    text->length = (size_t)(place - text->bytes);
    text_append(text, to);
    text_append(text, tail);
    free(tail);
}

static void wrong_records_are_refused(void **state)
{
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"\"version\":1", "\"version\":2", "version 2"},
        {"\"version\":1,", "", "no version"},
        {"\"id\":\"c1\"", "\"id\":\"c2\"", "c2"},
        {"\"pid\":4711", "\"pid\":-1", "pid"},
        {"\"pid\":4711", "\"pid\":4294967296", "pid"},
        {"\"owner\":0", "\"owner\":4294967295", "owner"},
        {"\"path\":\"/thwart/c1\"", "\"path\":\"/thwart/../c1\"", "cgroup path"},
        {"\"path\":\"/thwart/c1\"", "\"path\":\"/\"", "cgroup path"},
        {"\"path\":\"/thwart/c1\"", "\"path\":\"/thwart//c1\"", "cgroup path"},
        {"\"path\":\"/thwart/c1\"", "\"path\":\"thwart/c1\"", "cgroup path"},
        {"libpod-c1.scope", "sshd.service", "no name of a scope"},
        {"\"bundle\":\"/b\"", "\"bundle\":\"b\"", "bundle"},
        {"\"bootId\":\"0123", "\"bootId\":\"", "bootId"},
        {"\"trust\":\"none\"", "\"trust\":\"none\",\"surprise\":1", "surprise"},
        {"\"hasProcess\":true", "\"hasProcess\":\"yes\"", "hasProcess"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing(65536);
        struct record record = sample();
        struct error error = {0};
        const struct record *back;

        record_encode(&text, &record);
        replace(&text, cases[i].from, cases[i].to);
        assert_int_equal(decode(text.bytes, text.length, &arena, &back, &error), -1);
        if (strstr(error.message, cases[i].message) == NULL)
            fail_msg("case %zu: %s", i, error.message);
    }
}

/* ---- the directory ---- */

static char scratch[64];
static int root = -1;

static int make_root(void **state)
{
    struct error error = {0};

    (void)state;
    snprintf(scratch, sizeof(scratch), "/tmp/thwart-unit-XXXXXX");
    assert_non_null(mkdtemp(scratch));
    assert_int_equal(state_root_open(scratch, true, &root, &error), 0);
    return 0;
}

static int drop_root(void **state)
{
    (void)state;
    descriptor_close(&root);
    return rmdir(scratch);
}

static void one_claim_for_an_id(void **state)
{
    cleanup_fd int first = -1;
    cleanup_fd int second = -1;
    struct error error = {0};
    struct stat status;

    (void)state;
    assert_int_equal(state_claim(root, "c1", &first, &error), 0);
    assert_int_equal(fstat(first, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(state_claim(root, "c1", &second, &error), -1);
    assert_int_equal(error.kind, ERROR_EXISTS);
    assert_int_equal(state_remove(root, "c1", first, &error), 0);
    assert_true(state_is_removed(first));
    assert_int_equal(state_open(root, "c1", &second, &error), -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "does not exist"));
}

static void a_busy_lock_names_its_holder(void **state)
{
    cleanup_fd int first = -1;
    cleanup_fd int second = -1;
    struct error error = {0};
    char pid[32];

    (void)state;
    snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_int_equal(state_claim(root, "c1", &first, &error), 0);
    assert_int_equal(state_open(root, "c1", &second, &error), 0);
    assert_true(state_is_locked(second));
    assert_int_equal(state_lock(second, "c1", 20, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_non_null(strstr(error.message, pid));
    state_unlock(first);
    assert_false(state_is_locked(second));
    assert_int_equal(state_lock(second, "c1", 20, &error), 0);
    assert_int_equal(state_remove(root, "c1", second, &error), 0);
    state_unlock(second);
    /* Whoever waited for the lock of a container that is gone must not act on it. */
    assert_int_equal(state_lock(first, "c1", 20, &error), -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void write_file(int directory, const char *name, const char *text)
{
    cleanup_fd int file = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, text, strlen(text)), 0);
}

static void records_are_replaced_whole(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int directory = -1;
    struct record record = sample();
    const struct record *back;
    struct error error = {0};

    (void)state;
    assert_int_equal(state_claim(root, "c1", &directory, &error), 0);
    assert_int_equal(state_read_record(directory, "c1", &arena, &back, &error), -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    /* What a killed writer left is longer than what comes, and in its way. */
    write_file(directory, "record.json.new",
               "{\"version\":1,\"id\":\"c1\",\"left\":\"over\",\"and\":\"much longer "
               "than any record will ever be\"}");
    assert_int_equal(state_write_record(directory, &record, &error), 0);
    assert_int_equal(state_read_record(directory, "c1", &arena, &back, &error), 0);
    assert_int_equal(back->pid, 4711);
    write_file(directory, "surprise", "left by another release");
    assert_int_equal(state_remove(root, "c1", directory, &error), 0);
}

static void what_is_no_file_is_no_record(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int directory = -1;
    const struct record *back;
    struct error error = {0};

    (void)state;
    assert_int_equal(state_claim(root, "c1", &directory, &error), 0);
    assert_int_equal(mkfifoat(directory, "record.json", 0600), 0);
    assert_int_equal(state_read_record(directory, "c1", &arena, &back, &error), -1);
    assert_int_equal(unlinkat(directory, "record.json", 0), 0);
    assert_int_equal(symlinkat("/dev/zero", directory, "record.json"), 0);
    assert_int_equal(state_read_record(directory, "c1", &arena, &back, &error), -1);
    assert_int_equal(unlinkat(directory, "record.json", 0), 0);
    write_file(directory, "record.json", "");
    assert_int_equal(state_read_record(directory, "c1", &arena, &back, &error), -1);
    assert_int_not_equal(error.kind, ERROR_NOT_FOUND);
    assert_int_equal(state_remove(root, "c1", directory, &error), 0);
}

static void ids_are_listed_and_nothing_else(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int first = -1;
    cleanup_fd int second = -1;
    const char *const *ids;
    struct error error = {0};
    size_t count;

    (void)state;
    assert_int_equal(state_claim(root, "c1", &first, &error), 0);
    assert_int_equal(state_claim(root, "c2", &second, &error), 0);
    assert_int_equal(mkdirat(root, "@seccomp", 0700), 0);
    write_file(root, "file", "");
    assert_int_equal(state_list(root, &arena, &ids, &count, &error), 0);
    assert_int_equal(count, 2);
    assert_int_equal(state_list(-1, &arena, &ids, &count, &error), 0);
    assert_int_equal(count, 0);
    assert_int_equal(unlinkat(root, "file", 0), 0);
    assert_int_equal(unlinkat(root, "@seccomp", AT_REMOVEDIR), 0);
    assert_int_equal(state_remove(root, "c1", first, &error), 0);
    assert_int_equal(state_remove(root, "c2", second, &error), 0);
}

static void roots_of_others_are_refused(void **state)
{
    cleanup_fd int opened = -1;
    struct error error = {0};
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/open", scratch);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0770), 0);
    assert_int_equal(state_root_open(path, true, &opened, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(state_root_open(path, true, &opened, &error), 0);
    descriptor_close(&opened);
    assert_int_equal(rmdir(path), 0);

    assert_int_equal(symlink("/run", path), 0);
    assert_int_equal(state_root_open(path, true, &opened, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    snprintf(path, sizeof(path), "%s/open/", scratch);
    assert_int_equal(state_root_open(path, true, &opened, &error), -1);
    snprintf(path, sizeof(path), "%s/open", scratch);
    assert_int_equal(unlink(path), 0);

    if (geteuid() == 0) {
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_int_equal(state_root_open(path, true, &opened, &error), -1);
        assert_int_equal(error.kind, ERROR_DENIED);
        assert_int_equal(rmdir(path), 0);
    } else {
        print_message("not root: a state directory of another user is not tried\n");
    }
}

static void roots_are_made_private(void **state)
{
    cleanup_fd int opened = -1;
    struct error error = {0};
    struct stat status;
    char path[128];
    mode_t before = umask(0);

    (void)state;
    snprintf(path, sizeof(path), "%s/deep/er", scratch);
    assert_int_equal(state_root_open(path, false, &opened, &error), 0);
    assert_int_equal(opened, -1);
    assert_int_equal(state_root_open(path, true, &opened, &error), 0);
    umask(before);
    assert_int_equal(fstat(opened, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/deep", scratch);
    assert_int_equal(rmdir(path), 0);
}

static void pid_files_appear_whole(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_pid_file struct pid_file pid_file = PID_FILE_NONE;
    struct error error = {0};
    char path[128], text[32], victim[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/pid", scratch);
    snprintf(victim, sizeof(victim), "%s/victim", scratch);
    write_file(AT_FDCWD, victim, "untouched");
    assert_int_equal(symlink(victim, path), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(pid_file_begin(path, &arena, &pid_file, &error), 0);
        assert_int_equal(pid_file_commit(&pid_file, 42 + round, &error), 0);
        pid_file_close(&pid_file);
        assert_int_equal(descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)), 2);
        assert_string_equal(text, round == 0 ? "42" : "43");
    }
    assert_int_equal(descriptor_read_file_at(AT_FDCWD, victim, text, sizeof(text)), 9);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(victim), 0);

    snprintf(path, sizeof(path), "%s/missing/pid", scratch);
    assert_int_equal(pid_file_begin(path, &arena, &pid_file, &error), -1);
    pid_file_close(&pid_file);
    snprintf(path, sizeof(path), "%s/", scratch);
    assert_int_equal(pid_file_begin(path, &arena, &pid_file, &error), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(torn_records_are_refused),
        cmocka_unit_test(wrong_records_are_refused),
        cmocka_unit_test(one_claim_for_an_id),
        cmocka_unit_test(a_busy_lock_names_its_holder),
        cmocka_unit_test(records_are_replaced_whole),
        cmocka_unit_test(what_is_no_file_is_no_record),
        cmocka_unit_test(ids_are_listed_and_nothing_else),
        cmocka_unit_test(roots_of_others_are_refused),
        cmocka_unit_test(roots_are_made_private),
        cmocka_unit_test(pid_files_appear_whole),
    };

    return cmocka_run_group_tests_name("container_record", tests, make_root, drop_root);
}
