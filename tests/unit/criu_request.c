/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper's reading of a question: what of it is where in CRIU's options, and what is refused. */
#include "unit.h"

#include "base/memory.h"
#include "criu/request.h"

static struct message question;

static int read_question(struct arena *arena, struct request *request, const int *descriptors, size_t count,
                         struct error *error)
{
    return request_read(&question, descriptors, count, arena, request, error);
}

static void test_members(void **state)
{
    const int descriptors[] = {100, 101, 102};
    cleanup_arena struct arena arena = {0};
    struct request request;
    struct error error = {0};

    (void)state;
    message_begin(&question, "restore");
    message_add_number(&question, "pid", 4711);
    message_add(&question, "root", "/r");
    message_add(&question, "log", "restore.log");
    message_add(&question, "set", "leave-running");
    message_add(&question, "set", "restore-sibling");
    message_add(&question, "manage-cgroups", "soft");
    message_add(&question, "network-lock", "nftables");
    message_add(&question, "cgroup-root", "/c1");
    message_add(&question, "mount", "/a=b");
    message_add(&question, "source", "/host/a=b");
    message_add(&question, "mount", "/c");
    message_add(&question, "source", "/host/c");
    message_add(&question, "external", "net[1]:extRootNetNS");
    message_add(&question, "join", "ipc");
    message_add(&question, "path", "/proc/1/ns/ipc");
    message_add(&question, "no-new-privileges", "yes");
    message_add(&question, "page-server-address", "::1");
    message_add_number(&question, "page-server-port", 99);
    message_add_number(&question, "empty-namespaces", 0x40000000);
    /* Refers to a name that comes later. */
    message_add(&question, "inherit", "stdout");
    message_add(&question, "key", "pipe:[1]");
    message_add(&question, "descriptor", "images");
    message_add(&question, "descriptor", "stdin");
    message_add(&question, "descriptor", "stdout");
    assert_int_equal(read_question(&arena, &request, descriptors, 3, &error), 0);

    const CriuOpts *options = &request.options;
    assert_int_equal(request.type, CRIU_REQ_TYPE__RESTORE);
    assert_true(options->has_pid && options->pid == 4711);
    assert_string_equal(options->root, "/r");
    assert_string_equal(options->log_file, "restore.log");
    assert_true(options->has_leave_running && options->leave_running);
    assert_true(options->has_rst_sibling && options->rst_sibling);
    assert_false(options->has_tcp_established);
    assert_int_equal(options->manage_cgroups_mode, CRIU_CG_MODE__SOFT);
    assert_int_equal(options->network_lock, CRIU_NETWORK_LOCK_METHOD__NFTABLES);
    assert_int_equal(options->n_cg_root, 1);
    assert_string_equal(options->cg_root[0]->path, "/c1");
    assert_int_equal(options->n_ext_mnt, 2);
    assert_string_equal(options->ext_mnt[0]->key, "/a=b");
    assert_string_equal(options->ext_mnt[0]->val, "/host/a=b");
    assert_string_equal(options->ext_mnt[1]->val, "/host/c");
    assert_int_equal(options->n_external, 1);
    assert_int_equal(options->n_join_ns, 1);
    assert_string_equal(options->join_ns[0]->ns, "ipc");
    assert_string_equal(options->ps->address, "::1");
    assert_int_equal(options->ps->port, 99);
    assert_int_equal(options->empty_ns, 0x40000000);
    assert_true(request.no_new_privileges);
    assert_int_equal(request.inherit_count, 1);
    assert_int_equal(request.inherits[0].index, 2);
    assert_string_equal(request.inherits[0].key, "pipe:[1]");
    assert_int_equal(request_descriptor(&request, "stdin"), 101);
    assert_int_equal(request_descriptor(&request, "work"), -1);
    /* It packs: nothing that CRIU demands is missing, nothing of it is no string. */
    assert_true(criu_opts__get_packed_size(options) > 0);
}

static void refuse(const char *kind, const char *name, const char *value, size_t descriptors)
{
    const int given[] = {100, 101};
    cleanup_arena struct arena arena = {0};
    struct request request;
    struct error error = {0};

    message_begin(&question, kind);
    message_add(&question, name, value);
    assert_int_equal(read_question(&arena, &request, given, descriptors, &error), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("erase", "pid", "1", 0);
    refuse("dump", "pid", "one", 0);
    refuse("dump", "pid", "-1", 0);
    refuse("dump", "set", "everything", 0);
    refuse("dump", "manage-cgroups", "all", 0);
    refuse("dump", "network-lock", "skip", 0);
    refuse("dump", "unheard-of", "x", 0);
    refuse("dump", "source", "/without/a/mount", 0);
    refuse("dump", "mount", "/without/a/source", 0);
    refuse("dump", "descriptor", "images", 0);
    refuse("dump", "descriptor", "images", 2);
}

static void test_inherit_unknown(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct request request;
    struct error error = {0};

    (void)state;
    message_begin(&question, "restore");
    message_add(&question, "inherit", "stdout");
    message_add(&question, "key", "pipe:[1]");
    assert_int_equal(read_question(&arena, &request, NULL, 0, &error), -1);
    assert_non_null(strstr(error.message, "stdout"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_inherit_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
