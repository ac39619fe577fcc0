/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documents of events from given numbers: names, units, and what is left out. With a file's name as its
 * argument the program writes them there, for tests/golden/events_schema.sh. */
#include "unit.h"

#include "base/memory.h"
#include "container/events_document.h"

#define HERE(number)                                                                                         \
    {                                                                                                        \
        (number), true                                                                                       \
    }

static FILE *documents;

static void keep(const struct text *text)
{
    if (documents != NULL)
        assert_true(fputs(text->bytes, documents) >= 0);
}

static void expect(const struct events_sample *sample, const char *data)
{
    cleanup_text struct text text = text_growing(65536), expected = text_growing(65536);

    events_append_stats(&text, "c\"1", sample);
    keep(&text);
    text_append(&expected, "{\"type\":\"stats\",\"id\":\"c\\\"1\",\"data\":{");
    for (; *data != '\0'; data++)
        text_append_character(&expected, *data == '\'' ? '"' : *data);
    text_append(&expected, "}}\n");
    assert_string_equal(text.bytes, expected.bytes);
}

static void nothing(void **state)
{
    const struct cgroup_stats stats = {0};
    const struct events_sample sample = {.stats = &stats};
    cleanup_text struct text text = text_growing(128);

    (void)state;
    expect(&sample, "");
    events_append_oom(&text, "c1");
    keep(&text);
    assert_string_equal(text.bytes, "{\"type\":\"oom\",\"id\":\"c1\"}\n");
}

static void processors(void **state)
{
    struct cgroup_stats stats = {.cpu = {.usage_us = HERE(5), .user_us = HERE(3), .system_us = HERE(2)},
                                 .cpus = "0-2,5",
                                 .memory_nodes = ""};
    const struct events_sample sample = {.stats = &stats};

    (void)state;
    expect(&sample,
           "'cpu':{'usage':{'total':5000,'kernel':2000,'user':3000}},'cpuset':{'cpus':[0,1,2,5],'mems':[]}");
    stats.cpu.periods = (struct cgroup_number)HERE(10);
    stats.cpu.throttled_periods = (struct cgroup_number)HERE(4);
    stats.cpu.throttled_us = (struct cgroup_number)HERE(7);
    stats.cpu.pressure.some = (struct cgroup_pressure_line){true, 5, 1234, 10000, 99};
    stats.cpus = "nonsense";
    stats.memory_nodes = NULL;
    expect(&sample, "'cpu':{'usage':{'total':5000,'kernel':2000,'user':3000},'throttling':{'periods':10,"
                    "'throttledPeriods':4,'throttledTime':7000},'psi':{'some':{'avg10':0.05,'avg60':12.34,"
                    "'avg300':100.00,'total':99}}},'cpuset':{'cpus':[]}");
}

static void memory(void **state)
{
    static const struct cgroup_pair raw[] = {{"anon", 1}, {"file", 20}, {"kernel", 30}, {"sock", 4}};
    struct cgroup_stats stats = {
        .memory = {
            .memory = {.usage = HERE(100), .limit = HERE(1000), .peak = HERE(200), .refusals = HERE(3)},
            .swap = {.usage = HERE(7), .limit = HERE(500), .refusals = HERE(1)},
            .raw = {raw, ARRAY_LENGTH(raw)}}};
    const struct events_sample sample = {.stats = &stats};

    (void)state;
    /* Swap is memory and swap together. */
    expect(&sample, "'memory':{'cache':20,'usage':{'limit':1000,'usage':100,'max':200,'failcnt':3},"
                    "'swap':{'limit':1500,'usage':107,'failcnt':1},"
                    "'kernel':{'limit':18446744073709551615,'usage':30,'failcnt':0},"
                    "'kernelTCP':{'limit':18446744073709551615,'usage':4,'failcnt':0},"
                    "'raw':{'anon':1,'file':20,'kernel':30,'sock':4}}");
    /* No limit plus a limit is none; no swap, no member; before 5.19 no peak. */
    stats.memory.memory.limit = (struct cgroup_number)HERE(CGROUP_NO_LIMIT);
    stats.memory.memory.peak = (struct cgroup_number){0};
    stats.memory.raw.count = 0;
    expect(&sample, "'memory':{'usage':{'limit':18446744073709551615,'usage':100,'failcnt':3},"
                    "'swap':{'limit':18446744073709551615,'usage':107,'failcnt':1},'raw':{}}");
    stats.memory.swap = (struct cgroup_memory_use){0};
    expect(&sample, "'memory':{'usage':{'limit':18446744073709551615,'usage':100,'failcnt':3},'raw':{}}");
}

static void others(void **state)
{
    static const struct cgroup_io_device devices[] = {
        {.major = 8, .minor = 1, .read_bytes = HERE(5), .writes = HERE(6), .discard_bytes = HERE(0)}};
    static const struct cgroup_hugetlb_stats pages[] = {{"2MB", HERE(4096), HERE(1)},
                                                        {"1GB", HERE(0), HERE(0)}};
    static const struct network_counters interfaces[] = {{"eth0", 1, 2, 3, 4, 5, 6, 7, 8}};
    struct cgroup_stats stats = {
        .processes = HERE(3),
        .process_limit = HERE(CGROUP_NO_LIMIT),
        .io = {.present = true, .devices = devices, .count = 1},
        .hugetlb = pages,
        .hugetlb_count = 2,
    };
    const struct events_sample sample = {
        .stats = &stats,
        .interfaces = interfaces,
        .interface_count = 1,
        .schemata = "    MB:0=100\n    L3:0=fff;1=fff",
    };

    (void)state;
    expect(&sample,
           "'pids':{'current':3,'limit':0},"
           "'blkio':{'ioServiceBytesRecursive':[{'major':8,'minor':1,'op':'Read','value':5},"
           "{'major':8,'minor':1,'op':'Discard','value':0}],"
           "'ioServicedRecursive':[{'major':8,'minor':1,'op':'Write','value':6}]},"
           "'hugetlb':{'2MB':{'usage':4096,'failcnt':1},'1GB':{'usage':0,'failcnt':0}},"
           "'intel_rdt':{'l3_cache_schema':'L3:0=fff;1=fff','mem_bw_schema':'MB:0=100',"
           "'schemata':['MB:0=100','L3:0=fff;1=fff']},"
           "'network_interfaces':[{'Name':'eth0','RxBytes':1,'RxPackets':2,'RxErrors':3,'RxDropped':4,"
           "'TxBytes':5,'TxPackets':6,'TxErrors':7,'TxDropped':8}]");
}

int main(int argument_count, char *arguments[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(processors),
        cmocka_unit_test(memory),
        cmocka_unit_test(others),
    };

    int result;

    if (argument_count > 1) {
        documents = fopen(arguments[1], "we");
        if (documents == NULL)
            return 1;
    }
    result = cmocka_run_group_tests(tests, NULL, NULL);
    return documents != NULL && fclose(documents) != 0 ? 1 : result;
}
