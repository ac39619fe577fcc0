/* SPDX-License-Identifier: GPL-2.0-or-later */
/* update without a container: options as resources, and what a container has after an update. */
#include "unit.h"

#include "base/memory.h"
#include "container/update_merge.h"
#include "container/update_values.h"
#include "plan/host_facts.h"

static void bytes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes; /* -1: refused */
    } cases[] = {
        {"0", 0},
        {"100", 100},
        {"100b", 100},
        {"1k", 1024},
        {"1K", 1024},
        {"1kb", 1024},
        {"1KiB", 1024},
        {"64m", 67108864},
        {"64 MB", 67108864},
        {"1.5g", 1610612736},
        {"0.5k", 512},
        {"1.0009765625k", 1024},
        {"2t", 2199023255552},
        {"1.5t", 1649267441664},
        {"8191p", INT64_MAX / 1125899906842624 * 1125899906842624},
        {"8192p", -1},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", -1},
        {"99999999999999999999", -1},
        {"", -1},
        {"k", -1},
        {"-1", -1},
        {"1x", -1},
        {"1.k", -1},
        {".5k", -1},
        {"1i", -1},
        {"1kk", -1},
        {"1  k", -1},
        {"0x10", -1},
        {"1e3", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t found = -1;
        bool good = update_values_parse_bytes(cases[i].text, &found);

        if (good != (cases[i].bytes >= 0) || (good && found != cases[i].bytes))
            fail_msg("\"%s\": %s, %lld", cases[i].text, good ? "taken" : "refused", (long long)found);
    }
}

/* Each option, what it is set to, and the member that it becomes; or, with '!', a part of the refusal. */
static const struct {
    enum update_value value;
    const char *text, *document;
} options[] = {
    {UPDATE_BLKIO_WEIGHT, "500", "{'blockIO':{'weight':500}}"},
    {UPDATE_BLKIO_WEIGHT, "5", "!weight"},
    {UPDATE_BLKIO_WEIGHT, "65536", "!--blkio-weight"},
    {UPDATE_CPU_PERIOD, "50000", "{'cpu':{'period':50000}}"},
    {UPDATE_CPU_PERIOD, "5", "!period"},
    {UPDATE_CPU_QUOTA, "20000", "{'cpu':{'quota':20000}}"},
    {UPDATE_CPU_QUOTA, "-1", "{'cpu':{'quota':-1}}"},
    {UPDATE_CPU_QUOTA, "-2", "!--cpu-quota"},
    {UPDATE_CPU_QUOTA, "fast", "!--cpu-quota"},
    {UPDATE_CPU_BURST, "0", "{'cpu':{'burst':0}}"},
    {UPDATE_CPU_BURST, "10000", "{'cpu':{'burst':10000}}"},
    {UPDATE_CPU_RT_PERIOD, "1000000", "{'cpu':{'realtimePeriod':1000000}}"},
    {UPDATE_CPU_RT_RUNTIME, "950000", "{'cpu':{'realtimeRuntime':950000}}"},
    {UPDATE_CPU_SHARE, "512", "{'cpu':{'shares':512}}"},
    {UPDATE_CPU_SHARE, "-1", "!--cpu-share"},
    {UPDATE_CPU_IDLE, "1", "{'cpu':{'idle':1}}"},
    {UPDATE_CPU_IDLE, "0", "{'cpu':{'idle':0}}"},
    {UPDATE_CPU_IDLE, "2", "!--cpu-idle"},
    {UPDATE_CPUSET_CPUS, "0-3,7", "{'cpu':{'cpus':'0-3,7'}}"},
    {UPDATE_CPUSET_CPUS, "all", "!cpus"},
    {UPDATE_CPUSET_MEMS, "0", "{'cpu':{'mems':'0'}}"},
    {UPDATE_MEMORY, "64m", "{'memory':{'limit':67108864}}"},
    {UPDATE_MEMORY, "-1", "{'memory':{'limit':-1}}"},
    {UPDATE_MEMORY, "-2", "!--memory:"},
    {UPDATE_MEMORY_RESERVATION, "1k", "{'memory':{'reservation':1024}}"},
    {UPDATE_MEMORY_SWAP, "1g", "{'memory':{'swap':1073741824}}"},
    {UPDATE_KERNEL_MEMORY, "1g", "{'memory':{'kernel':1073741824}}"},
    {UPDATE_KERNEL_MEMORY_TCP, "2g", "{'memory':{'kernelTCP':2147483648}}"},
    {UPDATE_PIDS_LIMIT, "-1", "{'pids':{'limit':-1}}"},
    {UPDATE_PIDS_LIMIT, "0", "{'pids':{'limit':0}}"},
    {UPDATE_PIDS_LIMIT, "12k", "!--pids-limit"},
    {UPDATE_L3_CACHE_SCHEMA, "L3:0=f", "{}"},
    {UPDATE_MEM_BW_SCHEMA, "MB:0=5", "{}"},
    {UPDATE_MEMORY, "", "{}"},
};

/* Single quotes for double ones. */
static char *quoted(struct arena *arena, const char *document)
{
    char *copy = arena_string(arena, document);

    for (char *place = copy; *place != '\0'; place++)
        *place = *place == '\'' ? '"' : *place;
    return copy;
}

static void each_option(void **state)
{
    bool seen[UPDATE_VALUE_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing(4096);
        const char *values[UPDATE_VALUE_COUNT] = {NULL};
        const struct spec_resources *resources;
        struct error error = {0};
        int result;

        values[options[i].value] = options[i].text;
        result = update_values_read(values, &arena, &resources, &error);
        seen[options[i].value] = true;
        if (options[i].document[0] == '!') {
            if (result == 0 || strstr(error.message, options[i].document + 1) == NULL)
                fail_msg("--%s=%s: %s", update_value_option(options[i].value), options[i].text,
                         result == 0 ? "was taken" : error.message);
            continue;
        }
        if (result != 0)
            fail_msg("--%s=%s: %s", update_value_option(options[i].value), options[i].text, error.message);
        json_encode(&text, &spec_resources_table, resources, 0);
        assert_string_equal(text.bytes, quoted(&arena, options[i].document));
    }
    for (size_t i = 0; i < UPDATE_VALUE_COUNT; i++)
        assert_true(seen[i]);
}

static void several_options(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(4096);
    const char *values[UPDATE_VALUE_COUNT] = {[UPDATE_MEMORY] = "1m",
                                              [UPDATE_MEMORY_SWAP] = "2m",
                                              [UPDATE_CPU_SHARE] = "2",
                                              [UPDATE_CPUSET_CPUS] = "1"};
    const struct spec_resources *resources;
    struct error error = {0};

    (void)state;
    assert_int_equal(update_values_read(values, &arena, &resources, &error), 0);
    json_encode(&text, &spec_resources_table, resources, 0);
    assert_string_equal(
        text.bytes,
        quoted(&arena, "{'memory':{'limit':1048576,'swap':2097152},'cpu':{'shares':2,'cpus':'1'}}"));
    /* What contradicts itself is refused before a container is looked at. */
    values[UPDATE_MEMORY] = "3m";
    assert_int_equal(update_values_read(values, &arena, &resources, &error), -1);
}

/* What a container has, what is asked for, and what it has then. */
static const struct {
    const char *granted, *asked, *merged;
} merges[] = {
    {"{}", "{}", "{}"},
    {"{'memory':{'limit':5000,'swap':6000,'swappiness':10}}", "{'memory':{'limit':5500}}",
     "{'memory':{'limit':5500,'swap':6000,'swappiness':10}}"},
    {"{'memory':{'limit':5000}}", "{'memory':{'limit':0,'reservation':0,'swap':0}}",
     "{'memory':{'limit':5000}}"},
    {"{'memory':{'limit':5000,'swap':6000}}", "{'memory':{'limit':-1}}", "{'memory':{'limit':-1,'swap':-1}}"},
    {"{'memory':{'limit':5000}}", "{'memory':{'limit':6000,'checkBeforeUpdate':true}}",
     "{'memory':{'limit':6000}}"},
    {"{'cpu':{'shares':10,'quota':5000,'cpus':'0'}}",
     "{'cpu':{'shares':0,'period':2000,'cpus':'','burst':0,'idle':1}}",
     "{'cpu':{'shares':10,'quota':5000,'burst':0,'period':2000,'cpus':'0','idle':1}}"},
    {"{'pids':{'limit':5}}", "{'pids':{'limit':-1}}", "{'pids':{'limit':-1}}"},
    {"{'pids':{'limit':5}}", "{'pids':{}}", "{'pids':{'limit':5}}"},
    {"{'blockIO':{'weight':10,'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}}",
     "{'blockIO':{'weight':0,'throttleReadBpsDevice':[{'major':8,'minor':16,'rate':2},{'major':8,'minor':0,'"
     "rate':3}],"
     "'weightDevice':[{'major':1,'minor':1,'weight':20}]}}",
     "{'blockIO':{'weight':10,'weightDevice':[{'major':1,'minor':1,'weight':20}],'throttleReadBpsDevice':["
     "{'major':8,'minor':0,'rate':3},{'major':8,'minor':16,'rate':2}]}}"},
    {"{'hugepageLimits':[{'pageSize':'2MB','limit':1}]}",
     "{'hugepageLimits':[{'pageSize':'1GB','limit':2},{'pageSize':'2MB','limit':3}]}",
     "{'hugepageLimits':[{'pageSize':'2MB','limit':3},{'pageSize':'1GB','limit':2}]}"},
    {"{'rdma':{'a':{'hcaHandles':1}}}", "{'rdma':{'a':{'hcaObjects':2},'b':{'hcaHandles':3}}}",
     "{'rdma':{'a':{'hcaHandles':1,'hcaObjects':2},'b':{'hcaHandles':3}}}"},
    /* unified: files by name, lines by device; what another member sets gives way */
    {"{'unified':{'memory.high':'1','memory.max':'2'}}", "{'unified':{'memory.high':'3','pids.max':'4'}}",
     "{'unified':{'memory.high':'3','memory.max':'2','pids.max':'4'}}"},
    {"{'unified':{'memory.max':'5000','memory.high':'1'}}", "{'memory':{'limit':6000}}",
     "{'memory':{'limit':6000},'unified':{'memory.high':'1'}}"},
    {"{'unified':{'memory.max':'5000'}}", "{'memory':{'limit':6000},'unified':{'memory.max':'7000'}}",
     "{'memory':{'limit':6000},'unified':{'memory.max':'7000'}}"},
    {"{'unified':{'io.max':'8:0 rbps=1 wbps=2\\n8:16 rbps=3'}}",
     "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':9}]}}",
     "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':9}]},'unified':{'io.max':'8:0 "
     "wbps=2\\n8:16 rbps=3'}}"},
    {"{'unified':{'io.max':'8:0 rbps=1\\n8:16 rbps=3'}}", "{'unified':{'io.max':'8:0 rbps=5'}}",
     "{'unified':{'io.max':'8:16 rbps=3\\n8:0 rbps=5'}}"},
    {"{'unified':{'io.weight':'8:0 100'}}", "{'unified':{'io.weight':'8:0 200'}}",
     "{'unified':{'io.weight':'8:0 200'}}"},
    /* device rules are the grant's */
    {"{'devices':[{'allow':true,'access':'r'}]}", "{'devices':[{'allow':false,'access':'rwm'}]}",
     "{'devices':[{'allow':true,'access':'r'}]}"},
};

static void must_parse(struct arena *arena, const char *document, const struct spec_resources **resources)
{
    struct json_notes notes = {0};
    struct error error = {0};
    const char *bytes = quoted(arena, document);

    if (spec_parse_resources(bytes, strlen(bytes), "case", arena, &notes, resources, &error) != 0)
        fail_msg("%s: %s", document, error.message);
}

static void merged(void **state)
{
    static const struct host_facts facts = {.cgroup_mount = "/sys/fs/cgroup"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(merges); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing(4096);
        const struct spec_resources *granted, *asked;
        struct plan_cgroup plan;
        struct error error = {0};

        must_parse(&arena, merges[i].granted, &granted);
        must_parse(&arena, merges[i].asked, &asked);
        if (plan_build_resources(asked, granted, &facts, &arena, &plan, &error) != 0)
            fail_msg("%s: %s", merges[i].asked, error.message);
        json_encode(&text, &spec_resources_table, update_merge(granted, asked, &plan, &arena), 0);
        assert_string_equal(text.bytes, quoted(&arena, merges[i].merged));
    }
}

static void lines(void **state)
{
    cleanup_arena struct arena arena = {0};

    (void)state;
    assert_string_equal(update_merge_lines("8:0 rbps=1 wbps=2", "8:0 rbps=5", &arena), "8:0 wbps=2");
    assert_string_equal(update_merge_lines("8:0 rbps=1", "8:0 rbps=5 wbps=1", &arena), "");
    assert_string_equal(update_merge_lines("8:0 rbps=1", "8:1 rbps=5", &arena), "8:0 rbps=1");
    assert_string_equal(update_merge_lines("a x=1\n\nb x=2\n", "b x=3", &arena), "a x=1");
    assert_string_equal(update_merge_lines("", "b x=3", &arena), "");
    assert_string_equal(update_merge_lines(" x=1", " x=3", &arena), "");
}

/* Only what says something else is worth a word. */
static void devices(void **state)
{
    static const struct {
        const char *granted, *asked;
        bool differ;
    } cases[] = {
        {"{}", "{}", false},
        {"{}", "{'devices':[{'allow':false,'access':'rwm'}]}", false},
        {"{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'"
         "r'}]}",
         "{'devices':[{'allow':false,'access':'rwm'}]}", false},
        {"{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'"
         "r'}]}",
         "{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'"
         "r'}]}",
         false},
        {"{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'"
         "r'}]}",
         "{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'"
         "rw'}]}",
         true},
        {"{}", "{'devices':[{'allow':true,'access':'rwm'}]}", true},
        {"{}", "{'devices':[{'allow':false,'type':'c','major':1,'minor':3,'access':'rwm'}]}", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        const struct spec_resources *granted, *asked;

        must_parse(&arena, cases[i].granted, &granted);
        must_parse(&arena, cases[i].asked, &asked);
        if (update_asks_for_devices(granted, asked) != cases[i].differ)
            fail_msg("%s + %s", cases[i].granted, cases[i].asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes),  cmocka_unit_test(each_option), cmocka_unit_test(several_options),
        cmocka_unit_test(merged), cmocka_unit_test(lines),       cmocka_unit_test(devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
