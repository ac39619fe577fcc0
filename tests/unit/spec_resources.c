/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of resources. */
#include "spec_cases.h"

static const struct spec_case cases[] = {
    {"nothing", RESOURCES(""), NULL},
    /* memory */
    {"memory",
     RESOURCES(
         "'memory':{'limit':1048576,'reservation':0,'swap':-1,'kernel':-1,'kernelTCP':0,'swappiness':100,"
         "'disableOOMKiller':false,'useHierarchy':true,'checkBeforeUpdate':true}"),
     NULL},
    {"memory 2^63", RESOURCES("'memory':{'limit':9223372036854775808}"),
     ":4:19: /linux/resources/memory/limit: expected a whole number from -1 to 9223372036854775807, found "
     "9223372036854775808"},
    {"memory 2^63 - 1", RESOURCES("'memory':{'limit':9223372036854775807}"), NULL},
    {"memory -2", RESOURCES("'memory':{'limit':-2}"),
     ":4:19: /linux/resources/memory/limit: expected a whole number from -1 to 9223372036854775807, found "
     "-2"},
    {"memory with a unit", RESOURCES("'memory':{'limit':'64m'}"),
     ":4:19: /linux/resources/memory/limit: expected a whole number from -1 to 9223372036854775807, found "
     "the string \"64m\""},
    {"swappiness 101", RESOURCES("'memory':{'swappiness':101}"),
     ":4:24: /linux/resources/memory/swappiness: expected a whole number from 0 to 100, found 101"},
    {"swap below memory", RESOURCES("'memory':{'limit':2097152,\n'swap':1048576}"),
     ":5:8: /linux/resources/memory/swap: swap, 1048576, is memory and swap together: it cannot be below "
     "limit, 2097152"},
    {"swap of unlimited memory", RESOURCES("'memory':{'limit':-1,'swap':1048576}"),
     ":4:29: /linux/resources/memory/swap: a limit of swap needs a limit of memory"},
    {"swap alone", RESOURCES("'memory':{'swap':1048576}"), NULL},
    /* cpu */
    {"cpu",
     RESOURCES(
         "'cpu':{'shares':0,'quota':50000,'burst':50000,'period':100000,'cpus':'0-3,7','mems':'','idle':1}"),
     NULL},
    {"cpu unlimited", RESOURCES("'cpu':{'quota':-1,'burst':7,'period':0}"), NULL},
    {"cpu quota -2", RESOURCES("'cpu':{'quota':-2}"),
     ":4:16: /linux/resources/cpu/quota: expected a whole number from -1 to 9223372036854775807, found -2"},
    {"cpu quota too small", RESOURCES("'cpu':{'quota':999}"),
     ":4:16: /linux/resources/cpu/quota: expected -1, 0 or at least 1000 microseconds, found 999"},
    {"cpu period too small", RESOURCES("'cpu':{'period':999}"),
     ":4:17: /linux/resources/cpu/period: expected 0 or 1000 to 1000000 microseconds, found 999"},
    {"cpu period too large", RESOURCES("'cpu':{'period':1000001}"),
     ":4:17: /linux/resources/cpu/period: expected 0 or 1000 to 1000000 microseconds, found 1000001"},
    {"cpu burst above quota", RESOURCES("'cpu':{'quota':50000,'burst':50001}"),
     ":4:30: /linux/resources/cpu/burst: burst, 50001, is larger than quota, 50000"},
    {"cpu realtime", RESOURCES("'cpu':{'realtimeRuntime':2000,'realtimePeriod':1000}"),
     ":4:26: /linux/resources/cpu/realtimeRuntime: realtimeRuntime is larger than realtimePeriod"},
    {"cpu idle 2", RESOURCES("'cpu':{'idle':2}"),
     ":4:15: /linux/resources/cpu/idle: expected a whole number from 0 to 1, found 2"},
    {"cpus beyond", RESOURCES("'cpu':{'cpus':'0-4294967295'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"0-4294967295\""},
    {"cpus with a blank", RESOURCES("'cpu':{'cpus':'0, 1'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"0, 1\""},
    {"cpus with a newline", RESOURCES("'cpu':{'cpus':'0\\n'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"0\\x0a\""},
    {"cpus backwards", RESOURCES("'cpu':{'cpus':'7-0'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"7-0\""},
    {"cpus open", RESOURCES("'cpu':{'cpus':'0-'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"0-\""},
    {"cpus empty element", RESOURCES("'cpu':{'cpus':'0,,1'}"),
     ":4:15: /linux/resources/cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found "
     "\"0,,1\""},
    {"mems beyond", RESOURCES("'cpu':{'mems':'1024'}"),
     ":4:15: /linux/resources/cpu/mems: expected a list of numbers from 0 to 1023 such as \"0-3,7\", found "
     "\"1024\""},
    /* pids */
    {"pids 0", RESOURCES("'pids':{'limit':0}"), NULL},
    {"pids unlimited", RESOURCES("'pids':{'limit':-1}"), NULL},
    {"pids -2", RESOURCES("'pids':{'limit':-2}"),
     ":4:17: /linux/resources/pids/limit: expected a whole number from -1 to 9223372036854775807, found -2"},
    /* block I/O */
    {"block I/O",
     RESOURCES("'blockIO':{'weight':0,'leafWeight':10,'weightDevice':[{'major':8,'minor':0,'weight':1000}],"
               "'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':18446744073709551615}]}"),
     NULL},
    {"weight 9", RESOURCES("'blockIO':{'weight':9}"),
     ":4:21: /linux/resources/blockIO/weight: expected 0 (not set) or 10 to 1000, found 9"},
    {"weight 1001", RESOURCES("'blockIO':{'weight':1001}"),
     ":4:21: /linux/resources/blockIO/weight: expected 0 (not set) or 10 to 1000, found 1001"},
    {"weight 65536", RESOURCES("'blockIO':{'weight':65536}"),
     ":4:21: /linux/resources/blockIO/weight: expected a whole number from 0 to 65535, found 65536"},
    {"leaf weight 5", RESOURCES("'blockIO':{'leafWeight':5}"),
     ":4:25: /linux/resources/blockIO/leafWeight: expected 0 (not set) or 10 to 1000, found 5"},
    {"device without a weight", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0}]}"),
     ":4:28: /linux/resources/blockIO/weightDevice/0: expected weight, leafWeight or both"},
    {"device weight 5", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':5}]}"),
     ":4:58: /linux/resources/blockIO/weightDevice/0/weight: expected 0 (not set) or 10 to 1000, found 5"},
    {"device leaf weight 5", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':5}]}"),
     ":4:62: /linux/resources/blockIO/weightDevice/0/leafWeight: expected 0 (not set) or 10 to 1000, found "
     "5"},
    {"throttle without a rate", RESOURCES("'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':0}]}"),
     ":4:39: /linux/resources/blockIO/throttleWriteIOPSDevice/0/rate: required member of throttle entry is "
     "missing"},
    {"throttle of major -1",
     RESOURCES("'blockIO':{'throttleWriteIOPSDevice':[{'major':-1,'minor':0,'rate':1}]}"),
     ":4:48: /linux/resources/blockIO/throttleWriteIOPSDevice/0/major: expected a whole number from 0 to "
     "4095, found -1"},
    /* huge pages */
    {"huge pages",
     RESOURCES("'hugepageLimits':[{'pageSize':'2MB','limit':0},{'pageSize':'64KB','limit':1},{'pageSize':'"
               "1GB','limit':1}]"),
     NULL},
    {"huge pages climb", RESOURCES("'hugepageLimits':[{'pageSize':'../2MB','limit':0}]"),
     ":4:31: /linux/resources/hugepageLimits/0/pageSize: expected a page size such as \"64KB\", \"2MB\" or "
     "\"1GB\", found \"../2MB\""},
    {"huge pages without a unit", RESOURCES("'hugepageLimits':[{'pageSize':'2048','limit':0}]"),
     ":4:31: /linux/resources/hugepageLimits/0/pageSize: expected a page size such as \"64KB\", \"2MB\" or "
     "\"1GB\", found \"2048\""},
    {"huge pages in bytes", RESOURCES("'hugepageLimits':[{'pageSize':'2B','limit':0}]"),
     ":4:31: /linux/resources/hugepageLimits/0/pageSize: expected a page size such as \"64KB\", \"2MB\" or "
     "\"1GB\", found \"2B\""},
    {"huge pages with a leading zero", RESOURCES("'hugepageLimits':[{'pageSize':'02MB','limit':0}]"),
     ":4:31: /linux/resources/hugepageLimits/0/pageSize: expected a page size such as \"64KB\", \"2MB\" or "
     "\"1GB\", found \"02MB\""},
    {"huge pages with more", RESOURCES("'hugepageLimits':[{'pageSize':'2MB.max','limit':0}]"),
     ":4:31: /linux/resources/hugepageLimits/0/pageSize: expected a page size such as \"64KB\", \"2MB\" or "
     "\"1GB\", found \"2MB.max\""},
    /* network and RDMA */
    {"network", RESOURCES("'network':{'classID':4294967295,'priorities':[{'name':'eth0','priority':500}]}"),
     NULL},
    {"interface with a blank", RESOURCES("'network':{'priorities':[{'name':'eth0 1','priority':500}]}"),
     ":4:34: /linux/resources/network/priorities/0/name: \"eth0 1\" is no name of a network interface"},
    {"rdma", RESOURCES("'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':4294967295}}"), NULL},
    {"rdma without limits", RESOURCES("'rdma':{'mlx5_1':{}}"),
     ":4:18: /linux/resources/rdma/mlx5_1: expected hcaHandles, hcaObjects or both"},
    {"rdma with a blank", RESOURCES("'rdma':{'mlx5_1 hca_handle=max':{'hcaHandles':3}}"),
     ":4:33: /linux/resources/rdma/mlx5_1 hca_handle=max: \"mlx5_1 hca_handle=max\" is no name of an RDMA "
     "device"},
    /* device rules */
    {"rules",
     RESOURCES("'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':-1,'"
               "access':'rmw'}]"),
     NULL},
    {"rule without allow", RESOURCES("'devices':[{'access':'rwm'}]"),
     ":4:12: /linux/resources/devices/0/allow: required member of device rule is missing"},
    {"rule of a fifo", RESOURCES("'devices':[{'allow':true,'type':'p'}]"),
     ":4:33: /linux/resources/devices/0/type: \"p\" is not a device type of a rule: expected one of a, c, b"},
    {"rule with other access", RESOURCES("'devices':[{'allow':true,'access':'rx'}]"),
     ":4:35: /linux/resources/devices/0/access: expected some of the letters r, w and m, found \"rx\""},
    {"rule with major -2", RESOURCES("'devices':[{'allow':true,'major':-2}]"),
     ":4:34: /linux/resources/devices/0/major: expected a whole number from -1 to 4095, found -2"},
    {"rules null", RESOURCES("'devices':[null]"),
     ":4:12: /linux/resources/devices/0: expected an object, found null (leave out what is not wanted)"},
    /* unified */
    {"unified",
     RESOURCES("'unified':{'memory.high':'1','io.max':'8:0 rbps=1\\n8:16 rbps=1','hugetlb.2MB.max':'0'}"),
     NULL},
    {"unified climbs", RESOURCES("'unified':{'../memory.high':'1'}"),
     ":4:29: /linux/resources/unified/..~1memory.high: \"../memory.high\" is no cgroup file: expected a name "
     "such as \"memory.high\""},
    {"unified with a slash", RESOURCES("'unified':{'a/memory.high':'1'}"),
     ":4:28: /linux/resources/unified/a~1memory.high: \"a/memory.high\" is no cgroup file: expected a name "
     "such as \"memory.high\""},
    {"unified without a dot", RESOURCES("'unified':{'memory':'1'}"),
     ":4:21: /linux/resources/unified/memory: \"memory\" is no cgroup file: expected a name such as "
     "\"memory.high\""},
    {"unified with a leading dot", RESOURCES("'unified':{'.memory':'1'}"),
     ":4:22: /linux/resources/unified/.memory: \".memory\" is no cgroup file: expected a name such as "
     "\"memory.high\""},
    {"unified empty", RESOURCES("'unified':{'':'1'}"),
     ":4:15: /linux/resources/unified/: \"\" is no cgroup file: expected a name such as \"memory.high\""},
    {"unified of the runtime", RESOURCES("'unified':{'cgroup.procs':'1'}"),
     ":4:27: /linux/resources/unified/cgroup.procs: cgroup.procs belongs to the runtime"},
    {"unified kill", RESOURCES("'unified':{'cgroup.kill':'1'}"),
     ":4:26: /linux/resources/unified/cgroup.kill: cgroup.kill belongs to the runtime"},
    {"unified number", RESOURCES("'unified':{'memory.high':1}"),
     ":4:26: /linux/resources/unified/memory.high: expected a string, found 1"},
};

static void resource_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

static void a_resources_document_has_the_same_rules(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    const struct spec_resources *resources;
    struct error error;
    static const char good[] = "{\"memory\":{\"limit\":67108864,\"swap\":67108864},\"x\":1}";
    static const char bad[] = "{\"cpu\":{\"cpus\":\"a\"}}";

    (void)state;
    assert_int_equal(
        spec_parse_resources(good, sizeof(good) - 1, "r.json", &arena, &notes, &resources, &error), 0);
    assert_int_equal(resources->memory->limit, 67108864);
    assert_int_equal(notes.count, 1);
    assert_int_equal(spec_parse_resources(bad, sizeof(bad) - 1, "r.json", &arena, &notes, &resources, &error),
                     -1);
    assert_string_equal(
        error.message,
        "r.json:1:16: /cpu/cpus: expected a list of numbers from 0 to 8191 such as \"0-3,7\", found \"a\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resource_rules),
        cmocka_unit_test(a_resources_document_has_the_same_rules),
    };

    return cmocka_run_group_tests_name("spec_resources", tests, NULL, NULL);
}
