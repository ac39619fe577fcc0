/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The section `resources`: what is unlimited is above every bound, what `unified` writes over the other
 * members counts, and a grant is a request that the plan takes. */
#include "policy_fixture.h"

#define RESOURCES(text) "'resources': {" text "}"

static void memory(void **state)
{
    static const char bound[] = "'resources': {'memory': '512M'}";
    static const char narrowed[] = "narrowed TW0601 /linux/resources/memory/limit -> 536870912\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, "", .findings = narrowed, .granted = "'memory':{'limit':536870912}"},
        {bound, NULL, RESOURCES("'memory': {'limit': -1}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'memory': {'limit': 0, 'swappiness': 5}"), .findings = narrowed,
         .granted = "'limit':536870912,'swappiness':5"},
        {bound, NULL, RESOURCES("'memory': {'limit': 536870912}"), .findings = ""},
        {bound, NULL, RESOURCES("'memory': {'limit': 1073741824, 'reservation': 805306368}"),
         .findings = narrowed, .granted = "'limit':536870912,'reservation':536870912"},
        {bound, NULL, RESOURCES("'memory': {'limit': 1073741824, 'reservation': -1}"), .findings = narrowed,
         .granted = "'reservation':536870912"},
        /* 1G of memory and 1G of swap: the swap stays 1G. */
        {bound, NULL, RESOURCES("'memory': {'limit': 1073741824, 'swap': 2147483648}"), .findings = narrowed,
         .granted = "'limit':536870912,'swap':1610612736"},
        {bound, NULL, RESOURCES("'memory': {'limit': 1073741824, 'swap': -1}"), .findings = narrowed,
         .granted = "'limit':536870912,'swap':-1"},
        {bound, NULL, RESOURCES("'memory': {'limit': 1073741824, 'swap': 1073741824}"), .findings = narrowed,
         .granted = "'limit':536870912,'swap':536870912"},
        /* 256M in all, without a limit of memory: no more in all. */
        {bound, NULL, RESOURCES("'memory': {'swap': 268435456}"),
         .findings = "narrowed TW0601 /linux/resources/memory/limit -> 268435456\n",
         .granted = "'limit':268435456,'swap':268435456"},
        {"'resources': {'memory': 'unlimited'}", NULL, "", .findings = "granted TW0001 /\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void memory_by_file(void **state)
{
    static const char bound[] = "'resources': {'memory': '512M'}";
    static const char file[] = "narrowed TW0601 /linux/resources/unified/memory.max -> 536870912\n";
    static const char broken[] = "refused TW0601 /linux/resources/unified/memory.max unified\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, RESOURCES("'memory': {'limit': 1048576}, 'unified': {'memory.max': 'max'}"),
         .findings = file, .granted = "'unified':{'memory.max':'536870912'}"},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '1G'}"), .findings = file},
        {bound, NULL, RESOURCES("'unified': {'memory.max': ' 64m\\n'}"), .findings = ""},
        /* The member is written over. */
        {bound, NULL, RESOURCES("'memory': {'limit': -1}, 'unified': {'memory.max': '1000'}"),
         .findings = ""},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '0x40000000'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '010'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'memory.max': ''}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '1000\\nmax'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '99999999999999999999'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'memory.max': '9999999999E'}"), .findings = file},
        /* 1G of swap, told apart from the file's limit. */
        {bound, NULL, RESOURCES("'memory': {'swap': 2147483648}, 'unified': {'memory.max': '1G'}"),
         .findings = file, .granted = "'memory':{'swap':1610612736}"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void swap(void **state)
{
    static const char bound[] = "'resources': {'swap': '64M'}";
    static const char none[] = "'resources': {'swap': 0}";
    static const char narrowed[] = "narrowed TW0602 /linux/resources/memory/swap -> 67108864\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, "", .findings = narrowed, .granted = "'unified':{'memory.swap.max':'67108864'}"},
        {bound, NULL, RESOURCES("'memory': {'limit': 1000, 'swap': -1}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'memory': {'limit': 1000}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'memory': {'limit': 1048576, 'swap': 68157440}"), .findings = ""},
        {bound, NULL, RESOURCES("'memory': {'limit': 1048576, 'swap': 68157441}"), .findings = narrowed},
        {none, NULL, RESOURCES("'memory': {'limit': 1048576, 'swap': 1048576}"), .findings = ""},
        {none, NULL, RESOURCES("'memory': {'limit': 1048576, 'swap': 2097152}"),
         .findings = "narrowed TW0602 /linux/resources/memory/swap -> 0\n",
         .granted = "'memory.swap.max':'0'"},
        {bound, NULL,
         RESOURCES("'memory': {'limit': 1048576, 'swap': 1048576}, 'unified': {'memory.swap.max': 'max'}"),
         .findings = "narrowed TW0602 /linux/resources/unified/memory.swap.max -> 67108864\n",
         .granted = "'unified':{'memory.swap.max':'67108864'}"},
        /* Without a limit of memory nobody knows how much of the sum is swap; the plan refuses it, too. */
        {bound, NULL, RESOURCES("'memory': {'swap': 100}"),
         .findings = "refused TW0602 /linux/resources/memory/swap\n"},
        /* Both: the sum follows the limit, the file holds swap. */
        {"'resources': {'memory': '512M', 'swap': '64M'}", NULL,
         RESOURCES("'memory': {'limit': 1073741824, 'swap': 2147483648}"),
         .findings = "narrowed TW0601 /linux/resources/memory/limit -> 536870912\n"
                     "narrowed TW0602 /linux/resources/memory/swap -> 67108864\n",
         .granted =
             "'memory':{'limit':536870912,'swap':1610612736},'unified':{'memory.swap.max':'67108864'}"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void processes(void **state)
{
    static const char bound[] = "'resources': {'pids': 100}";
    static const char narrowed[] = "narrowed TW0603 /linux/resources/pids/limit -> 100\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, "", .findings = narrowed, .granted = "'pids':{'limit':100}"},
        {bound, NULL, RESOURCES("'pids': {'limit': -1}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'pids': {'limit': 0}"), .findings = ""}, /* a limit, since OCI 1.3 */
        {bound, NULL, RESOURCES("'pids': {'limit': 100}"), .findings = ""},
        {bound, NULL, RESOURCES("'pids': {'limit': 101}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'pids': {'limit': 5}, 'unified': {'pids.max': 'max'}"),
         .findings = "narrowed TW0603 /linux/resources/unified/pids.max -> 100\n",
         .granted = "'unified':{'pids.max':'100'}"},
        {"'resources': {'pids': {'value': 100, 'otherwise': 'refuse'}}", NULL, "",
         .findings = "refused TW0603 /linux/resources/pids/limit\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void cpu(void **state)
{
    static const char bound[] = "'resources': {'cpu': 1.5}";
    static const char narrowed[] = "narrowed TW0604 /linux/resources/cpu/quota -> 1.5 CPUs\n";
    static const char file[] = "narrowed TW0604 /linux/resources/unified/cpu.max -> 1.5 CPUs\n";
    static const char broken[] = "refused TW0604 /linux/resources/unified/cpu.max unified\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, "", .findings = narrowed, .granted = "'cpu':{'quota':150000,'period':100000}"},
        {bound, NULL, RESOURCES("'cpu': {'shares': 1024}"), /* no limit */
         .findings = narrowed, .granted = "'shares':1024,'quota':150000"},
        {bound, NULL, RESOURCES("'cpu': {'quota': -1, 'period': 50000}"), .findings = narrowed,
         .granted = "'quota':75000,'period':50000"},
        {bound, NULL, RESOURCES("'cpu': {'quota': 150000}"), .findings = ""},
        {bound, NULL, RESOURCES("'cpu': {'quota': 150001}"), .findings = narrowed},
        {bound, NULL, RESOURCES("'cpu': {'quota': 75000, 'period': 50000}"), .findings = ""},
        {bound, NULL, RESOURCES("'cpu': {'quota': 9223372036854775807, 'period': 1000}"),
         .findings = narrowed, .granted = "'quota':1500,'period':1000"},
        {bound, NULL, RESOURCES("'cpu': {'quota': 400000, 'burst': 300000}"), .findings = narrowed,
         .granted = "'quota':150000,'burst':150000"},
        {bound, NULL, RESOURCES("'cpu': {'quota': 1000}, 'unified': {'cpu.max': 'max 100000'}"),
         .findings = file, .granted = "'unified':{'cpu.max':'150000 100000'}"},
        {bound, NULL, RESOURCES("'unified': {'cpu.max': '200000', 'cpu.max.burst': '170000'}"),
         .findings = file, .granted = "'unified':{'cpu.max':'150000 100000','cpu.max.burst':'150000'}"},
        {bound, NULL, RESOURCES("'unified': {'cpu.max': '10000 10000'}"), .findings = ""},
        /* A file without a period keeps the one that was written before. */
        {bound, NULL, RESOURCES("'cpu': {'period': 10000}, 'unified': {'cpu.max': '16000'}"),
         .findings = file, .granted = "'cpu.max':'15000 10000'"},
        {bound, NULL, RESOURCES("'unified': {'cpu.max': '1000\\n900000'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'cpu.max': '1000 0'}"), .findings = broken},
        {bound, NULL, RESOURCES("'unified': {'cpu.max': '1000 max'}"), .findings = broken},
        /* The kernel takes no quota below a millisecond. */
        {"'resources': {'cpu': 0.005}", NULL, "",
         .findings = "narrowed TW0604 /linux/resources/cpu/quota -> 0.005 CPUs\n",
         .granted = "'quota':1000,'period':200000"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void io(void **state)
{
    static const char bound[] =
        "'resources': {'io': [{'device': '8:0', 'readBps': '10M', 'writeIops': 100}]}";
    static const char both[] =
        "narrowed TW0605 /linux/resources/blockIO/throttleReadBpsDevice 8:0 rbps -> 10485760\n"
        "narrowed TW0605 /linux/resources/blockIO/throttleWriteIOPSDevice 8:0 wiops -> 100\n";
    static const struct fixture_row rows[] = {
        {bound, NULL, "", .findings = both,
         .granted = "'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':10485760}]"},
        {bound, NULL,
         RESOURCES("'blockIO': {'throttleReadBpsDevice': [{'major': 8, 'minor': 0, 'rate': 5}, {'major': 8, "
                   "'minor': 1, 'rate': 7}, {'major': 8, 'minor': 0, 'rate': 0}], 'throttleWriteIOPSDevice': "
                   "[{'major': 8, 'minor': 0, 'rate': 100}]}"),
         .findings = "narrowed TW0605 /linux/resources/blockIO/throttleReadBpsDevice 8:0 rbps -> 10485760\n",
         .granted = "'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':7},{'major':8,'minor':0,'rate':"
                    "10485760}]"},
        {bound, NULL,
         RESOURCES("'blockIO': {'throttleReadBpsDevice': [{'major': 8, 'minor': 0, 'rate': 5}], "
                   "'throttleWriteIOPSDevice': [{'major': 8, 'minor': 0, 'rate': 5}]}, 'unified': {'io.max': "
                   "'8:1 rbps=max\\n8:0 rbps=max wbps=9 wiops=7'}"),
         .findings = "narrowed TW0605 /linux/resources/unified/io.max 8:0 rbps -> 10485760\n",
         .granted = "'io.max':'8:1 rbps=max\\n8:0 rbps=10485760 wbps=9 wiops=7'"},
        /* Another device's line says nothing of this one. */
        {bound, NULL, RESOURCES("'unified': {'io.max': '8:1 rbps=5 wiops=5'}"), .findings = both},
        {bound, NULL, RESOURCES("'unified': {'io.max': '8:0 rbps=1\\u000bwiops=max'}"),
         .findings = "refused TW0605 /linux/resources/unified/io.max unified\n"},
        {bound, NULL, RESOURCES("'unified': {'io.max': 'sda rbps=1'}"),
         .findings = "refused TW0605 /linux/resources/unified/io.max unified\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void huge_pages(void **state)
{
    static const char *sizes[] = {"2MB"};
    static const struct policy_observed host = {
        .host = {.known = true, .hugepage_sizes = {.items = sizes, .count = 1, .present = true}}};
    static const char bound[] = "'resources': {'hugepages': {'2MB': '64M', '1GB': '1G'}}";
    static const struct fixture_row rows[] = {
        {bound, NULL, "",
         .findings = "narrowed TW0606 /linux/resources/hugepageLimits 1GB -> 1073741824\n"
                     "narrowed TW0606 /linux/resources/hugepageLimits 2MB -> 67108864\n"},
        /* What the host has not cannot be limited: the plan would refuse it. */
        {bound, NULL, "", .findings = "narrowed TW0606 /linux/resources/hugepageLimits 2MB -> 67108864\n",
         .granted = "'hugepageLimits':[{'pageSize':'2MB','limit':67108864}]", .observed = &host},
        {bound, NULL,
         RESOURCES("'hugepageLimits': [{'pageSize': '2MB', 'limit': 5}, {'pageSize': '1GB', 'limit': 7}]"),
         .findings = ""},
        {bound, NULL,
         RESOURCES("'hugepageLimits': [{'pageSize': '2MB', 'limit': 5}], 'unified': {'hugetlb.2MB.max': "
                   "'max', 'hugetlb.2MB.rsvd.max': '1G'}"),
         .findings = "narrowed TW0606 /linux/resources/unified/hugetlb.2MB.max -> 67108864\n"
                     "narrowed TW0606 /linux/resources/unified/hugetlb.2MB.rsvd.max -> 67108864\n",
         .observed = &host},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void what_cannot_be_enforced(void **state)
{
    static const char *controllers[] = {"cpu", "hugetlb"};
    static const struct policy_observed host = {
        .host = {.known = true, .controllers = {.items = controllers, .count = 2, .present = true}}};
    static const struct policy_observed disabled = {.cgroup_disabled = true};
    static const struct fixture_row rows[] = {
        {"'resources': {'memory': 1000, 'swap': 0, 'pids': 1, 'cpu': 1}", NULL, "",
         .findings = "refused TW0005 /linux/resources/memory/limit resources.memory\n"
                     "refused TW0005 /linux/resources/memory/swap resources.swap\n"
                     "refused TW0005 /linux/resources/pids/limit resources.pids\n"
                     "narrowed TW0604 /linux/resources/cpu/quota -> 1 CPUs\n",
         .observed = &host},
        {"'resources': {'pids': {'value': 5, 'ifUnsupported': 'note'}}", NULL, "",
         .findings = "granted TW0005 /linux/resources/pids/limit resources.pids\n", .observed = &host},
        {"'resources': {'pids': 'unlimited', 'cpu': 64}", NULL, RESOURCES("'cpu': {'quota': 1000}"),
         .findings = "", .observed = &host},
        {"'resources': {'io': [{'device': '8:0', 'readBps': 1}], 'hugepages': {'2MB': 0}}", NULL, "",
         .findings = "refused TW0005 /linux/resources/blockIO resources.io\n"
                     "refused TW0005 /linux/resources/hugepageLimits resources.hugepages\n",
         .observed = &disabled},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

/* Whoever lowers first: the least of all bounds, and a sum that fits it. */
static void several_bounds_are_one(void **state)
{
    static const char *const bounds[] = {
        "'resources': {'memory': '512M', 'cpu': 2, 'pids': 10, 'io': [{'device': '8:0', 'readBps': 10}]}",
        "'resources': {'memory': '256M', 'cpu': 0.5, 'pids': 20, 'io': [{'device': '8:0', 'readBps': 30}]}",
        "'resources': {'memory': '384M', 'swap': '1M', 'cpu': 1}",
    };
    static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(orders); i++) {
        struct fixture fixture = {0};

        for (size_t j = 0; j < 3; j++)
            fixture_policy(&fixture, bounds[orders[i][j]]);
        fixture_request(&fixture, "",
                        RESOURCES("'memory': {'limit': 1073741824, 'swap': 1610612736, 'reservation': -1}"),
                        "");
        fixture_decide(&fixture);
        fixture_expect(&fixture, "narrowed TW0601 /linux/resources/memory/limit -> 268435456\n"
                                 "narrowed TW0602 /linux/resources/memory/swap -> 1048576\n"
                                 "narrowed TW0603 /linux/resources/pids/limit -> 10\n"
                                 "narrowed TW0604 /linux/resources/cpu/quota -> 0.5 CPUs\n"
                                 "narrowed TW0605 /linux/resources/blockIO/throttleReadBpsDevice 8:0 rbps "
                                 "-> 10\n");
        fixture_expect_grant(&fixture,
                             "'memory':{'limit':268435456,'reservation':268435456,'swap':805306368}");
        fixture_expect_grant(&fixture, "'cpu':{'quota':50000,'period':100000}");
        fixture_end(&fixture);
    }
}

/* update: the same rules upon what the container would have. */
static void updates(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    fixture_policy(&fixture, "'resources': {'pids': 100}, 'process': {'user': {'root': 'deny'}}");
    fixture_request(&fixture, "", RESOURCES("'pids': {'limit': 500}"), "");
    assert_int_equal(policy_decide_update(fixture.spec, &fixture.set, &fixture.observed, &fixture.arena,
                                          &fixture.decision, &fixture.error),
                     0);
    fixture_expect(&fixture, "narrowed TW0603 /linux/resources/pids/limit -> 100\n");
    fixture_expect_grant(&fixture, "'pids':{'limit':100}");
    fixture_policy(&fixture, "'lifecycle': {'update': 'deny'}");
    assert_int_equal(policy_decide_update(fixture.spec, &fixture.set, &fixture.observed, &fixture.arena,
                                          &fixture.decision, &fixture.error),
                     0);
    fixture_expect(&fixture, "refused TW1402 /\nnarrowed TW0603 /linux/resources/pids/limit -> 100\n");
    assert_null(fixture.decision.grant);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory),
        cmocka_unit_test(memory_by_file),
        cmocka_unit_test(swap),
        cmocka_unit_test(processes),
        cmocka_unit_test(cpu),
        cmocka_unit_test(io),
        cmocka_unit_test(huge_pages),
        cmocka_unit_test(what_cannot_be_enforced),
        cmocka_unit_test(several_bounds_are_one),
        cmocka_unit_test(updates),
    };

    return cmocka_run_group_tests_name("policy_limits", tests, NULL, NULL);
}
