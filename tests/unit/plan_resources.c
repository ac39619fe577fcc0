/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: conversions from v1's scales, what zero means, the order of writes, and device rules. */
#include "plan_fixture.h"

#include <linux/bpf.h>
#include "plan/weights.h"

static void weights(void **state)
{
    /* The first three pin the curve; the others are the same formula by the C library's log2 and pow. */
    static const struct {
        uint64_t shares, weight;
    } cases[] = {{2, 1},      {1024, 100},   {262144, 10000}, {0, 0},
                 {1, 1},      {3, 2},        {10, 4},         {100, 17},
                 {512, 59},   {1023, 100},   {1025, 101},     {2048, 174},
                 {4096, 303}, {65536, 3023}, {262143, 10000}, {UINT64_MAX, 10000}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (cpu_weight_from_shares(cases[i].shares) != cases[i].weight)
            fail_msg("%lu shares: weight %lu", (unsigned long)cases[i].shares,
                     (unsigned long)cpu_weight_from_shares(cases[i].shares));
    for (uint64_t shares = 2; shares < 262144; shares += 7)
        assert_true(cpu_weight_from_shares(shares) <= cpu_weight_from_shares(shares + 1));
    assert_int_equal(io_weight_from_blkio(0), 0);
    assert_int_equal(io_weight_from_blkio(10), 1);
    assert_int_equal(io_weight_from_blkio(500), 4950);
    assert_int_equal(io_weight_from_blkio(1000), 10000);
}

/* resources, and the writes "file=value;" in order; or, with '!', how the refusal begins. */
static const struct {
    const char *resources, *writes;
} write_cases[] = {
    {"", ""},
    {"'memory':{'limit':0,'swap':0,'reservation':0,'kernel':0,'disableOOMKiller':false},'cpu':{'shares':0,'"
     "quota':0,'period':0,"
     "'idle':0,'burst':0,'cpus':'','mems':''},'blockIO':{'weight':0}",
     ""},
    {"'memory':{'limit':-1}", "memory.max=max;memory.swap.max=max;"},
    {"'memory':{'limit':5000,'swap':-1}", "memory.max=5000;memory.swap.max=max;"},
    {"'memory':{'limit':5000,'swap':5000}", "memory.max=5000;memory.swap.max=0;"},
    {"'memory':{'limit':5000,'swap':7000,'reservation':10}",
     "memory.max=5000;memory.swap.max=2000;memory.low=10;"},
    {"'memory':{'swap':7000}", "!/linux/resources/memory/swap"},
    {"'memory':{'limit':5000,'kernel':6000}", "memory.max=5000;"},
    {"'memory':{'limit':5000,'kernel':4000}", "!/linux/resources/memory/kernel"},
    {"'memory':{'kernelTCP':4000}", "!/linux/resources/memory/kernelTCP"},
    {"'memory':{'kernel':-1,'swappiness':10}", ""},
    {"'cpu':{'shares':1024}", "cpu.weight=100;"},
    {"'cpu':{'quota':50000}", "cpu.max=50000 100000;"},
    {"'cpu':{'period':50000}", "cpu.max=max 50000;"},
    {"'cpu':{'quota':-1,'period':2000}", "cpu.max=max 2000;"},
    {"'cpu':{'quota':20000,'burst':10000}", "cpu.max=20000 100000;cpu.max.burst=10000;"},
    {"'cpu':{'shares':1024,'idle':1}", "cpu.weight=100;cpu.idle=1;"},
    {"'cpu':{'realtimePeriod':1000000}", "!/linux/resources/cpu/realtimePeriod"},
    {"'cpu':{'cpus':'0-3','mems':'0'}", "cpuset.cpus=0-3;cpuset.mems=0;"},
    {"'pids':{'limit':-1}", "pids.max=max;"},
    {"'pids':{'limit':0}", "pids.max=1;"},
    {"'pids':{'limit':7}", "pids.max=7;"},
    {"'blockIO':{'weight':10}", "io.bfq.weight=10|io.weight=1;"},
    {"'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1000}]}",
     "io.bfq.weight=8:0 1000|io.weight=8:0 10000;"},
    {"'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':10}]}",
     "!/linux/resources/blockIO/weightDevice/0"},
    {"'blockIO':{'throttleWriteBpsDevice':[{'major':8,'minor':1,'rate':5}]}", "io.max=8:1 wbps=5;"},
    {"'hugepageLimits':[{'pageSize':'2MB','limit':9}]", "hugetlb.2MB.max=9;hugetlb.2MB.rsvd.max=9;"},
    {"'rdma':{'mlx':{'hcaHandles':3}}", "rdma.max=mlx hca_handle=3;"},
    {"'network':{'classID':0}", ""},
    {"'network':{'classID':9}", "!/linux/resources/network/classID"},
    {"'unified':{'memory.high':'1','io.max':'a\\nb\\n'},'pids':{'limit':1}",
     "pids.max=1;memory.high=1;io.max=a;io.max=b;"},
};

static void print_writes(struct text *text, const struct plan_cgroup *cgroup)
{
    for (size_t i = 0; i < cgroup->write_count; i++) {
        const struct plan_cgroup_write *write = &cgroup->writes[i];

        text_append_format(text, "%s=%s", write->file, write->value);
        if (write->otherwise != NULL)
            text_append_format(text, "|%s=%s", write->otherwise->file, write->otherwise->value);
        text_append(text, ";");
    }
}

static void writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(write_cases); i++) {
        struct fixture fixture;
        char buffer[1024];
        struct text text = text_over(buffer, sizeof(buffer));
        int result;

        fixture_begin(&fixture);
        result = fixture_build(&fixture, "", "",
                               arena_format(&fixture.arena, "'resources':{%s}", write_cases[i].resources));
        if (write_cases[i].writes[0] == '!') {
            if (result == 0 || !text_starts_with(fixture.error.message, write_cases[i].writes + 1) ||
                fixture.error.kind == ERROR_NONE)
                fail_msg("%s: %s", write_cases[i].resources,
                         result == 0 ? "was planned" : fixture.error.message);
        } else {
            if (result < 0)
                fail_msg("%s: %s", write_cases[i].resources, fixture.error.message);
            print_writes(&text, &fixture.plan->cgroup);
            assert_string_equal(text.bytes, write_cases[i].writes);
        }
        fixture_end(&fixture);
    }
}

/* What a container has, what an update asks for, and the writes; or, with '!', how the refusal begins. */
static const struct {
    const char *granted, *asked, *writes;
} update_cases[] = {
    /* nothing, and what engines send for it */
    {"", "", ""},
    {"'memory':{'limit':5000,'swap':7000}",
     "'memory':{'limit':0,'swap':0,'reservation':0,'kernel':0},'cpu':{'shares':0,'quota':0,'period':0,'cpus':"
     "'',"
     "'mems':''},'blockIO':{'weight':0}",
     ""},
    /* memory and swap: one of the two comes from the grant; what grows comes first */
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':4000,'swap':4000}",
     "memory.max=4000;memory.swap.max=0;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':4000}",
     "memory.swap.max=3000;memory.max=4000;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':6000}",
     "memory.max=6000;memory.swap.max=1000;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':7000}", "memory.max=7000;memory.swap.max=0;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':8000}", "!/linux/resources/memory/limit"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'swap':9000}", "memory.swap.max=4000;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'swap':4000}", "!/linux/resources/memory/swap"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'swap':-1}", "memory.swap.max=max;"},
    {"'memory':{'limit':5000,'swap':7000}", "'memory':{'limit':-1}", "memory.swap.max=max;memory.max=max;"},
    {"'memory':{'limit':5000,'swap':-1}", "'memory':{'limit':6000}", "memory.max=6000;memory.swap.max=max;"},
    {"'memory':{'limit':5000}", "'memory':{'limit':6000}", "memory.max=6000;"},
    {"'memory':{'limit':5000}", "'memory':{'swap':6000}", "memory.swap.max=1000;"},
    {"", "'memory':{'swap':6000}", "!/linux/resources/memory/swap"},
    {"'memory':{'limit':-1}", "'memory':{'swap':6000}", "!/linux/resources/memory/swap"},
    {"'memory':{'limit':1,'swap':9000},'unified':{'memory.max':'5000','memory.swap.max':'7'}",
     "'memory':{'limit':6000}", "memory.max=6000;"},
    {"'unified':{'memory.max':'5000'}", "'memory':{'swap':7000}", "memory.swap.max=2000;"},
    {"'memory':{'limit':5000}", "'memory':{'kernel':6000}", ""},
    {"'memory':{'limit':7000}", "'memory':{'kernel':6000}", "!/linux/resources/memory/kernel"},
    /* quota and period are one file */
    {"'cpu':{'quota':50000,'period':200000}", "'cpu':{'quota':60000}", "cpu.max=60000 200000;"},
    {"'cpu':{'quota':50000,'period':200000}", "'cpu':{'period':100000}", "cpu.max=50000 100000;"},
    {"'cpu':{'quota':50000,'period':200000}", "'cpu':{'quota':-1}", "cpu.max=max 200000;"},
    {"'unified':{'cpu.max':'30000 50000'}", "'cpu':{'period':100000}", "cpu.max=30000 100000;"},
    {"'unified':{'cpu.max':'max 50000'}", "'cpu':{'quota':20000}", "cpu.max=20000 50000;"},
    {"", "'cpu':{'period':100000}", "cpu.max=max 100000;"},
    /* a burst is never larger than the quota */
    {"'cpu':{'quota':50000,'burst':40000}", "'cpu':{'quota':20000,'burst':10000}",
     "cpu.max.burst=10000;cpu.max=20000 100000;"},
    {"'cpu':{'quota':20000,'burst':10000}", "'cpu':{'quota':50000,'burst':40000}",
     "cpu.max=50000 100000;cpu.max.burst=40000;"},
    {"'cpu':{'quota':20000,'burst':10000}", "'cpu':{'burst':0}", "cpu.max.burst=0;"},
    {"'cpu':{'quota':50000,'burst':40000}", "'cpu':{'quota':20000}", "!/linux/resources/cpu/quota"},
    {"'cpu':{'quota':50000}", "'cpu':{'burst':60000}", "!/linux/resources/cpu/burst"},
    {"'cpu':{'quota':50000}", "'cpu':{'burst':60000,'quota':-1}", "cpu.max=max 100000;cpu.max.burst=60000;"},
    /* an idle group has no weight */
    {"'cpu':{'shares':512}", "'cpu':{'idle':1}", "cpu.idle=1;"},
    {"'cpu':{'shares':512,'idle':1}", "'cpu':{'idle':0}", "cpu.idle=0;cpu.weight=59;"},
    {"'cpu':{'shares':512,'idle':1}", "'cpu':{'idle':0,'shares':1024}", "cpu.idle=0;cpu.weight=100;"},
    {"'cpu':{'shares':512,'idle':1}", "'cpu':{'idle':1,'shares':1024}", "cpu.idle=1;"},
    {"'cpu':{'idle':1}", "'cpu':{'shares':1024}", "!/linux/resources/cpu/shares"},
    {"'cpu':{'idle':1},'unified':{'cpu.weight':'7'}", "'cpu':{'idle':0}", "cpu.idle=0;cpu.weight=7;"},
    /* the others */
    {"'pids':{'limit':5}", "'pids':{'limit':-1}", "pids.max=max;"},
    {"", "'pids':{'limit':0}", "pids.max=1;"},
    {"", "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':0}]}", "io.max=8:0 rbps=max;"},
    {"", "'hugepageLimits':[{'pageSize':'2MB','limit':9}]", "hugetlb.2MB.max=9;hugetlb.2MB.rsvd.max=9;"},
    {"", "'unified':{'memory.high':'1'},'cpu':{'cpus':'0','mems':'0'}",
     "cpuset.cpus=0;cpuset.mems=0;memory.high=1;"},
    {"", "'unified':{'cgroup.procs':'1'}", "!update"},
    {"", "'cpu':{'realtimePeriod':1000000}", "!/linux/resources/cpu/realtimePeriod"},
};

static int parse_resources(struct fixture *fixture, const char *members,
                           const struct spec_resources **resources)
{
    const char *document = fixture_quotes(fixture, arena_format(&fixture->arena, "{%s}", members));
    struct json_notes notes = {0};

    return spec_parse_resources(document, strlen(document), "update", &fixture->arena, &notes, resources,
                                &fixture->error);
}

static void updates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(update_cases); i++) {
        const struct spec_resources *granted, *asked;
        struct fixture fixture;
        struct plan_cgroup cgroup = {0};
        char buffer[1024];
        struct text text = text_over(buffer, sizeof(buffer));
        int result;

        fixture_begin(&fixture);
        if (parse_resources(&fixture, update_cases[i].granted, &granted) != 0)
            fail_msg("%s: %s", update_cases[i].granted, fixture.error.message);
        result = parse_resources(&fixture, update_cases[i].asked, &asked);
        if (result == 0)
            result =
                plan_build_resources(asked, granted, &fixture.facts, &fixture.arena, &cgroup, &fixture.error);
        if (update_cases[i].writes[0] == '!') {
            if (result == 0 || !text_starts_with(fixture.error.message, update_cases[i].writes + 1))
                fail_msg("%s + %s: %s", update_cases[i].granted, update_cases[i].asked,
                         result == 0 ? "was planned" : fixture.error.message);
        } else if (result < 0) {
            fail_msg("%s + %s: %s", update_cases[i].granted, update_cases[i].asked, fixture.error.message);
        } else {
            print_writes(&text, &cgroup);
            if (strcmp(text.bytes, update_cases[i].writes) != 0)
                fail_msg("%s + %s: %s", update_cases[i].granted, update_cases[i].asked, text.bytes);
        }
        fixture_end(&fixture);
    }
}

/* update: zeros take burst and idle back; the device program is left alone, and that is said. */
static void update(void **state)
{
    struct fixture fixture;
    struct plan_cgroup cgroup;
    const struct spec_resources *resources;
    struct json_notes notes = {0};
    const char *document;
    char buffer[512];
    struct text text = text_over(buffer, sizeof(buffer));

    (void)state;
    fixture_begin(&fixture);
    document = fixture_quotes(
        &fixture, "{'devices':[{'allow':false,'access':'rwm'}],'cpu':{'shares':512,'idle':0,'burst':0},"
                  "'memory':{'limit':5000,'checkBeforeUpdate':true}}");
    assert_int_equal(spec_parse_resources(document, strlen(document), "update", &fixture.arena, &notes,
                                          &resources, &fixture.error),
                     0);
    assert_int_equal(plan_build_resources(resources, &(struct spec_resources){0}, &fixture.facts,
                                          &fixture.arena, &cgroup, &fixture.error),
                     0);
    print_writes(&text, &cgroup);
    assert_string_equal(text.bytes, "memory.max=5000;cpu.idle=0;cpu.weight=59;cpu.max.burst=0;");
    assert_true(cgroup.check_memory_usage);
    assert_false(cgroup.has_device_rules);
    assert_int_equal(cgroup.note_count, 1);
    assert_string_equal(cgroup.notes[0].pointer, "/linux/resources/devices");
    fixture_end(&fixture);
}

static void missing_controller(void **state)
{
    static const char *hugetlb[] = {"hugetlb"};
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.cgroup_controllers = (struct json_strings){hugetlb, 1, true};
    assert_int_equal(fixture_build(&fixture, "", "", "'resources':{'memory':{'limit':5000}}"), -1);
    assert_int_equal(fixture.error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(fixture.error.message, "controller `memory`"));
    assert_non_null(strstr(fixture.error.message, "/linux/resources/memory/limit"));
    /* Not observed: whoever writes the files finds out. */
    fixture.facts.cgroup_controllers = (struct json_strings){0};
    fixture_must_build(&fixture, "", "", "'resources':{'memory':{'limit':5000}}");
    assert_int_equal(fixture.plan->cgroup.controller_count, 1);
    fixture_end(&fixture);
}

static void unlimited_without_controller(void **state)
{
    static const char *hugetlb[] = {"hugetlb"};
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.cgroup_controllers = (struct json_strings){hugetlb, 1, true};
    fixture_must_build(
        &fixture, "", "",
        "'resources':{'pids':{'limit':-1},'memory':{'limit':-1,'swap':-1},'cpu':{'quota':-1}}");
    assert_int_equal(fixture.plan->cgroup.write_count, 0);
    assert_int_equal(fixture.plan->cgroup.controller_count, 0);
    assert_true(fixture.plan->note_count >= 4);
    /* What the host can is written, "max" as well. */
    fixture_must_build(&fixture, "", "",
                       "'resources':{'unified':{'hugetlb.2MB.max':'max','cgroup.max.depth':'max'}}");
    assert_int_equal(fixture.plan->cgroup.write_count, 2);
    fixture_end(&fixture);
}

/* What the rules decide for a device: the last match wins, no match is denied. */
static bool decides(const struct plan_cgroup *cgroup, char type, int64_t major, int64_t minor,
                    uint32_t access)
{
    if (!cgroup->has_device_rules)
        return true;
    for (size_t i = cgroup->device_rule_count; i-- > 0;) {
        const struct plan_device_rule *rule = &cgroup->device_rules[i];

        if ((rule->type == 'a' || rule->type == type) && (rule->major == -1 || rule->major == major) &&
            (rule->minor == -1 || rule->minor == minor) && (access & ~rule->access) == 0)
            return rule->allow;
    }
    return false;
}

static void device_rules(void **state)
{
    static const struct {
        const char *rules;
        char type;
        int64_t major, minor;
        uint32_t access;
        bool allowed;
    } cases[] = {
        {"", 'b', 8, 0, BPF_DEVCG_ACC_READ, true},
        {"{'allow':true,'access':'rwm'}", 'b', 8, 0, BPF_DEVCG_ACC_READ, true},
        {"{'allow':false,'access':'rwm'}", 'b', 8, 0, BPF_DEVCG_ACC_READ, false},
        {"{'allow':false,'access':'rwm'}", 'b', 8, 0, BPF_DEVCG_ACC_MKNOD, true},
        {"{'allow':false,'access':'rwm'}", 'c', 1, 3, BPF_DEVCG_ACC_WRITE, true},
        {"{'allow':false,'access':'rwm'}", 'c', 5, 2, BPF_DEVCG_ACC_WRITE, true},
        {"{'allow':false,'access':'rwm'}", 'c', 136, 77, BPF_DEVCG_ACC_WRITE, true},
        {"{'allow':false,'access':'rwm'}", 'c', 10, 200, BPF_DEVCG_ACC_WRITE, false},
        {"{'allow':false}", 'c', 10, 200, BPF_DEVCG_ACC_WRITE, false},
        {"{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':10,'minor':-1,'access':'wr'}", 'c',
         10, 229, BPF_DEVCG_ACC_READ, true},
        {"{'allow':false,'access':'rwm'},{'allow':true,'type':'b','major':8,'access':'r'}", 'b', 8, 5,
         BPF_DEVCG_ACC_WRITE, false},
        {"{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':10,'minor':229,'access':'rwm'}",
         'c', 10, 229, BPF_DEVCG_ACC_READ, false},
        {"{'allow':true,'access':'rwm'},{'allow':false,'type':'c','major':10,'minor':229,'access':'rwm'}",
         'c', 10, 230, BPF_DEVCG_ACC_READ, true},
        {"{'allow':false,'access':'rwm'},{'allow':true,'access':'rwm'}", 'c', 10, 230, BPF_DEVCG_ACC_READ,
         true},
        {"{'allow':true,'access':'rwm'},{'allow':false,'access':'rwm'}", 'c', 10, 230, BPF_DEVCG_ACC_READ,
         false},
        {"{'allow':true,'type':'c','major':1,'minor':1,'access':'r'}", 'c', 1, 1, BPF_DEVCG_ACC_READ, true},
        {"{'allow':true,'type':'c','major':1,'minor':1,'access':'r'}", 'c', 1, 2, BPF_DEVCG_ACC_READ, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture;

        fixture_begin(&fixture);
        fixture_must_build(&fixture, "", "",
                           arena_format(&fixture.arena, "'resources':{'devices':[%s]}", cases[i].rules));
        if (decides(&fixture.plan->cgroup, cases[i].type, cases[i].major, cases[i].minor, cases[i].access) !=
            cases[i].allowed)
            fail_msg("%s: %c %ld:%ld", cases[i].rules, cases[i].type, (long)cases[i].major,
                     (long)cases[i].minor);
        fixture_end(&fixture);
    }
}

/* All allowed means no program at all: --privileged works where programs cannot be attached. */
static void no_program_when_all_is_allowed(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.has_cgroup_device_bpf = false;
    fixture_must_build(
        &fixture, "", "",
        "'resources':{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'access':'rwm'}]}");
    assert_false(fixture.plan->cgroup.has_device_rules);
    assert_int_equal(
        fixture_build(&fixture, "", "", "'resources':{'devices':[{'allow':false,'access':'rwm'}]}"), -1);
    assert_int_equal(fixture.error.kind, ERROR_UNSUPPORTED);
    fixture_end(&fixture);
}

static void cgroup_paths(void **state)
{
    static const struct {
        const char *configured, *path;
    } cases[] = {{"", "/thwart-c1"},
                 {"'cgroupsPath':'/a//b/'", "/a/b"},
                 {"'cgroupsPath':'a/b'", "/own/a/b"},
                 {"'cgroupsPath':'./x'", "/own/x"},
                 {"'cgroupsPath':'a:b'", "/own/a:b"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture;

        fixture_begin(&fixture);
        fixture_must_build(&fixture, "", "", cases[i].configured);
        assert_string_equal(fixture.plan->cgroup.path, cases[i].path);
        assert_false(fixture.plan->cgroup.optional);
        fixture_end(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights),
        cmocka_unit_test(writes),
        cmocka_unit_test(update),
        cmocka_unit_test(updates),
        cmocka_unit_test(missing_controller),
        cmocka_unit_test(unlimited_without_controller),
        cmocka_unit_test(device_rules),
        cmocka_unit_test(no_program_when_all_is_allowed),
        cmocka_unit_test(cgroup_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
