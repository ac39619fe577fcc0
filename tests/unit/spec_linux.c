/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of the member "linux": namespaces, mappings, devices, paths, sysctls, NUMA, RDT. */
#include "spec_cases.h"

#define USER_NAMESPACE                 "'namespaces':[{'type':'user'}],\n"
#define MAPPING(container, host, size) "{'containerID':" container ",'hostID':" host ",'size':" size "}"
#define ONE_MAPPING                    "[" MAPPING("0", "0", "1") "]"
#define SYSCTL(key, value)                                                                                   \
    LINUX("'namespaces':[{'type':'network'},{'type':'ipc'},{'type':'uts'}],\n'sysctl':{'" key "':'" value    \
          "'}")

static const struct spec_case cases[] = {
    /* namespaces */
    {"all types",
     LINUX("'namespaces':[{'type':'pid'},{'type':'network'},{'type':'mount'},{'type':'ipc'},{'type':'uts'},"
           "{'type':'cgroup'},{'type':'time'}]"),
     NULL},
    {"unknown type", LINUX("'namespaces':[{'type':'pid'},\n{'type':'net'}]"),
     ":4:9: /linux/namespaces/1/type: \"net\" is not a namespace type: expected one of pid, network, mount, "
     "ipc, uts, user, cgroup, time"},
    {"type twice",
     LINUX("'namespaces':[{'type':'pid'},{'type':'mount'},\n{'type':'pid','path':'/proc/1/ns/pid'}]"),
     ":4:9: /linux/namespaces/2/type: namespace \"pid\" is given twice"},
    {"relative path", LINUX("'namespaces':[{'type':'pid','path':'ns/pid'}]"),
     ":3:36: /linux/namespaces/0/path: expected an absolute path, found \"ns/pid\""},
    {"empty path", LINUX("'namespaces':[{'type':'pid','path':''}]"), NULL},
    {"no type", LINUX("'namespaces':[{'path':'/x'}]"),
     ":3:15: /linux/namespaces/0/type: required member of namespace is missing"},
    /* mappings */
    {"mappings",
     LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("0", "1000", "1") "," MAPPING(
         "1", "100000", "65536") "],"
                                 "'gidMappings':" ONE_MAPPING),
     NULL},
    {"whole range",
     LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("0", "0", "4294967295") "],'gidMappings':" ONE_MAPPING),
     NULL},
    {"user namespace without any", LINUX(USER_NAMESPACE "'devices':[]"), NULL},
    {"user namespace without uids", LINUX(USER_NAMESPACE "'gidMappings':" ONE_MAPPING),
     ":2:9: /linux/uidMappings: gidMappings of a new user namespace need uidMappings beside them"},
    {"user namespace without gids", LINUX(USER_NAMESPACE "'uidMappings':" ONE_MAPPING),
     ":2:9: /linux/gidMappings: uidMappings of a new user namespace need gidMappings beside them"},
    {"joined user namespace", LINUX("'namespaces':[{'type':'user','path':'/proc/1/ns/user'}]"), NULL},
    {"uids without a namespace", LINUX("'uidMappings':" ONE_MAPPING),
     ":3:15: /linux/uidMappings: mappings need a namespace of type \"user\" in /linux/namespaces"},
    {"gids without a namespace", LINUX("'gidMappings':" ONE_MAPPING),
     ":3:15: /linux/gidMappings: mappings need a namespace of type \"user\" in /linux/namespaces"},
    {"size 0", LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("0", "0", "0") "],'gidMappings':" ONE_MAPPING),
     ":4:51: /linux/uidMappings/0/size: a mapping of no ids: size must be at least 1"},
    {"container ids overlap",
     LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("0", "1000", "10") ",\n" MAPPING(
         "9", "5000", "10") "],"
                            "'gidMappings':" ONE_MAPPING),
     ":5:1: /linux/uidMappings/1: the container's ids overlap those of mapping 0"},
    {"host ids overlap",
     LINUX(USER_NAMESPACE "'uidMappings':" ONE_MAPPING
                          ",'gidMappings':[" MAPPING("0", "1000", "10") "," MAPPING("10", "1009", "1") "]"),
     ":4:112: /linux/gidMappings/1: the host's ids overlap those of mapping 0"},
    {"neighbours",
     LINUX(USER_NAMESPACE "'uidMappings':" ONE_MAPPING
                          ",'gidMappings':[" MAPPING("0", "1000", "10") "," MAPPING("10", "1010", "1") "]"),
     NULL},
    {"container ids beyond",
     LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("4294967290", "0", "6") "],'gidMappings':" ONE_MAPPING),
     ":4:16: /linux/uidMappings/0: the container's ids 4294967290 + 6 go beyond 4294967294"},
    {"host ids beyond",
     LINUX(USER_NAMESPACE "'uidMappings':[" MAPPING("0", "1", "4294967295") "],'gidMappings':" ONE_MAPPING),
     ":4:16: /linux/uidMappings/0: the host's ids 1 + 4294967295 go beyond 4294967294"},
    /* time */
    {"time",
     LINUX("'namespaces':[{'type':'time'}],'timeOffsets':{'boottime':{'secs':-5,'nanosecs':999999999}}"),
     NULL},
    {"time without a namespace", LINUX("'timeOffsets':{'monotonic':{'secs':1}}"),
     ":3:15: /linux/timeOffsets: offsets need a new namespace of type \"time\" in /linux/namespaces"},
    {"time of a joined namespace",
     LINUX("'namespaces':[{'type':'time','path':'/x'}],'timeOffsets':{'monotonic':{'secs':1}}"),
     ":3:58: /linux/timeOffsets: offsets need a new namespace of type \"time\" in /linux/namespaces"},
    {"unknown clock", LINUX("'namespaces':[{'type':'time'}],'timeOffsets':{'realtime':{'secs':1}}"),
     ":3:58: /linux/timeOffsets/realtime: \"realtime\" is not a clock with an offset: expected one of "
     "monotonic, boottime"},
    {"too many nanoseconds",
     LINUX("'namespaces':[{'type':'time'}],'timeOffsets':{'monotonic':{'nanosecs':1000000000}}"),
     ":3:71: /linux/timeOffsets/monotonic/nanosecs: expected a whole number from 0 to 999999999, found "
     "1000000000"},
    /* devices */
    {"device",
     LINUX("'devices':[{'path':'/dev/"
           "fuse','type':'c','major':10,'minor':229,'fileMode':8576,'uid':0,'gid':0}]"),
     NULL},
    {"fifo", LINUX("'devices':[{'path':'/run/pipe','type':'p'}]"), NULL},
    {"unknown device type", LINUX("'devices':[{'path':'/dev/x','type':'a','major':1,'minor':1}]"),
     ":3:36: /linux/devices/0/type: \"a\" is not a device type: expected one of c, b, u, p"},
    {"relative device", LINUX("'devices':[{'path':'dev/x','type':'c','major':1,'minor':1}]"),
     ":3:20: /linux/devices/0/path: expected an absolute path, found \"dev/x\""},
    {"device climbs", LINUX("'devices':[{'path':'/dev/../../x','type':'c','major':1,'minor':1}]"),
     ":3:20: /linux/devices/0/path: the path must not contain \"..\": \"/dev/../../x\""},
    {"device without a major", LINUX("'devices':[{'path':'/dev/x','type':'c','minor':1}]"),
     ":3:12: /linux/devices/0/major: a device of type c needs a major number"},
    {"device without a minor", LINUX("'devices':[{'path':'/dev/x','type':'b','major':1}]"),
     ":3:12: /linux/devices/0/minor: a device of type b needs a minor number"},
    {"device with minor -1", LINUX("'devices':[{'path':'/dev/x','type':'u','major':1,'minor':-1}]"),
     ":3:58: /linux/devices/0/minor: expected a whole number from 0 to 1048575, found -1"},
    {"device with a large major", LINUX("'devices':[{'path':'/dev/x','type':'c','major':4096,'minor':0}]"),
     ":3:48: /linux/devices/0/major: expected a whole number from 0 to 4095, found 4096"},
    {"device with an odd mode",
     LINUX("'devices':[{'path':'/dev/x','type':'c','major':1,'minor':1,'fileMode':65536}]"),
     ":3:71: /linux/devices/0/fileMode: expected a whole number from 0 to 65535, found 65536"},
    {"device of uid -1",
     LINUX("'devices':[{'path':'/dev/x','type':'c','major':1,'minor':1,'uid':4294967295}]"),
     ":3:66: /linux/devices/0/uid: expected a whole number from 0 to 4294967294, found 4294967295"},
    /* network devices */
    {"network device",
     LINUX("'namespaces':[{'type':'network'}],'netDevices':{'eth0':{'name':'ct%d'},'eth1':{}}"), NULL},
    {"network device without a namespace", LINUX("'netDevices':{'eth0':{}}"),
     ":3:14: /linux/netDevices: network devices need a namespace of type \"network\" in /linux/namespaces"},
    {"network device with a slash", LINUX("'namespaces':[{'type':'network'}],'netDevices':{'a/b':{}}"),
     ":3:55: /linux/netDevices/a~1b: \"a/b\" is no name of a network interface"},
    {"network device too long",
     LINUX("'namespaces':[{'type':'network'}],'netDevices':{'eth0':{'name':'abcdefghijklmnop'}}"),
     ":3:64: /linux/netDevices/eth0/name: \"abcdefghijklmnop\" is no name of a network interface"},
    {"network device bad template",
     LINUX("'namespaces':[{'type':'network'}],'netDevices':{'eth0':{'name':'a%s'}}"),
     ":3:64: /linux/netDevices/eth0/name: \"a%s\" is no name of a network interface"},
    {"network device two templates",
     LINUX("'namespaces':[{'type':'network'}],'netDevices':{'eth0':{'name':'a%d%d'}}"),
     ":3:64: /linux/netDevices/eth0/name: \"a%d%d\" is no name of a network interface"},
    {"network device '..'", LINUX("'namespaces':[{'type':'network'}],'netDevices':{'..':{}}"),
     ":3:54: /linux/netDevices/..: \"..\" is no name of a network interface"},
    /* cgroups */
    {"cgroups path", LINUX("'cgroupsPath':'machine.slice:libpod:abc'"), NULL},
    {"cgroups path climbs", LINUX("'cgroupsPath':'/a/../../b'"),
     ":3:15: /linux/cgroupsPath: the path must not contain \"..\": \"/a/../../b\""},
    {"cgroups path with a newline", LINUX("'cgroupsPath':'/a\\nb'"),
     ":3:15: /linux/cgroupsPath: the path must not contain control characters: \"/a\\x0ab\""},
    /* paths */
    {"masked", LINUX("'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys']"), NULL},
    {"relative masked path", LINUX("'maskedPaths':['/proc/kcore',\n'proc/keys']"),
     ":4:1: /linux/maskedPaths/1: expected an absolute path, found \"proc/keys\""},
    {"relative read-only path", LINUX("'readonlyPaths':['sys']"),
     ":3:18: /linux/readonlyPaths/0: expected an absolute path, found \"sys\""},
    {"masked path climbs", LINUX("'maskedPaths':['/proc/../../etc']"),
     ":3:16: /linux/maskedPaths/0: the path must not contain \"..\": \"/proc/../../etc\""},
    {"propagation", LINUX("'rootfsPropagation':'rslave'"), NULL},
    {"unknown propagation", LINUX("'rootfsPropagation':'none'"),
     ":3:21: /linux/rootfsPropagation: \"none\" is not a propagation: expected one of shared, slave, "
     "private, unbindable, rshared, rslave, rprivate, runbindable"},
    {"label with a newline", LINUX("'mountLabel':'a\\nb'"),
     ":3:14: /linux/mountLabel: the label must not contain control characters: \"a\\x0ab\""},
    /* personality */
    {"personality", LINUX("'personality':{'domain':'LINUX32','flags':[]}"), NULL},
    {"unknown personality", LINUX("'personality':{'domain':'BSD'}"),
     ":3:25: /linux/personality/domain: \"BSD\" is not an execution domain: expected one of LINUX, LINUX32"},
    {"personality with flags", LINUX("'personality':{'domain':'LINUX','flags':['ADDR_NO_RANDOMIZE']}"),
     ":3:41: /linux/personality/flags: the specification defines no flags: expected an empty array"},
    /* RDT */
    {"rdt",
     LINUX("'intelRdt':{'closID':'group','l3CacheSchema':'L3:0=f','memBwSchema':'MB:0=20','schemata':['L2:0="
           "f']}"),
     NULL},
    {"rdt default group", LINUX("'intelRdt':{'closID':'/','enableMonitoring':true}"), NULL},
    {"rdt climbs", LINUX("'intelRdt':{'closID':'..'}"),
     ":3:22: /linux/intelRdt/closID: expected \"/\" or one directory name, found \"..\""},
    {"rdt with a slash", LINUX("'intelRdt':{'closID':'a/b'}"),
     ":3:22: /linux/intelRdt/closID: expected \"/\" or one directory name, found \"a/b\""},
    {"rdt empty", LINUX("'intelRdt':{'closID':''}"),
     ":3:22: /linux/intelRdt/closID: expected \"/\" or one directory name, found \"\""},
    {"rdt wrong schema", LINUX("'intelRdt':{'memBwSchema':'L3:0=f'}"),
     ":3:27: /linux/intelRdt/memBwSchema: expected a schema that starts with \"MB:\", found \"L3:0=f\""},
    {"rdt schema of two lines", LINUX("'intelRdt':{'l3CacheSchema':'L3:0=f\\nMB:0=1'}"),
     ":3:29: /linux/intelRdt/l3CacheSchema: the schema must not contain control characters: "
     "\"L3:0=f\\x0aMB:0=1\""},
    {"rdt schemata of two lines", LINUX("'intelRdt':{'schemata':['L3:0=f','L3:0=f\\nMB:0=1']}"),
     ":3:34: /linux/intelRdt/schemata/1: the schema must not contain control characters: "
     "\"L3:0=f\\x0aMB:0=1\""},
    /* NUMA */
    {"bind to nodes",
     LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-1','flags':['MPOL_F_STATIC_NODES']}"), NULL},
    {"local", LINUX("'memoryPolicy':{'mode':'MPOL_LOCAL'}"), NULL},
    {"preferred without nodes", LINUX("'memoryPolicy':{'mode':'MPOL_PREFERRED'}"), NULL},
    {"unknown mode", LINUX("'memoryPolicy':{'mode':'MPOL_X'}"),
     ":3:24: /linux/memoryPolicy/mode: \"MPOL_X\" is not a memory policy: expected one of MPOL_DEFAULT, "
     "MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, MPOL_PREFERRED_MANY, MPOL_LOCAL"},
    {"unknown mode flag", LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_X']}"),
     ":3:57: /linux/memoryPolicy/flags/0: \"MPOL_F_X\" is not a flag of a memory policy: expected one of "
     "MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES"},
    {"bind without nodes", LINUX("'memoryPolicy':{'mode':'MPOL_BIND'}"),
     ":3:16: /linux/memoryPolicy/nodes: MPOL_BIND needs at least one node"},
    {"default with nodes", LINUX("'memoryPolicy':{'mode':'MPOL_DEFAULT','nodes':'0'}"),
     ":3:47: /linux/memoryPolicy/nodes: MPOL_DEFAULT takes no nodes"},
    {"nodes that are no list", LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0,'}"),
     ":3:44: /linux/memoryPolicy/nodes: expected a list of numbers from 0 to 1023 such as \"0-3,7\", found "
     "\"0,\""},
    {"flags without nodes", LINUX("'memoryPolicy':{'mode':'MPOL_PREFERRED','flags':['MPOL_F_STATIC_NODES']}"),
     ":3:49: /linux/memoryPolicy/flags: flags need nodes"},
    {"flags that exclude each other",
     LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_"
           "NODES']}"),
     ":3:56: /linux/memoryPolicy/flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other"},
    /* sysctls */
    {"sysctl", SYSCTL("net.ipv4.ip_forward", "1"), NULL},
    {"sysctl with slashes", SYSCTL("net/ipv4/ip_forward", "1"), NULL},
    {"sysctl of an interface with a dot", SYSCTL("net.ipv4.conf.eth0/1.forwarding", "1"), NULL},
    {"sysctl list", SYSCTL("net.ipv4.ping_group_range", "0\\t2147483647"), NULL},
    {"sysctl of messages", SYSCTL("kernel.msgmax", "65536"), NULL},
    {"sysctl of queues", SYSCTL("fs.mqueue.msg_max", "10"), NULL},
    {"sysctl domain name", SYSCTL("kernel.domainname", "example.test"), NULL},
    {"sysctl host name", SYSCTL("kernel.hostname", "x"),
     ":4:29: /linux/sysctl/kernel.hostname: use /hostname to set the host name"},
    {"sysctl of the host", SYSCTL("kernel.panic", "1"),
     ":4:26: /linux/sysctl/kernel.panic: \"kernel.panic\" is not namespaced: setting it would change the "
     "host"},
    {"sysctl of the host with slashes", SYSCTL("vm/swappiness", "1"),
     ":4:27: /linux/sysctl/vm~1swappiness: \"vm/swappiness\" is not namespaced: setting it would change the "
     "host"},
    {"sysctl climbs", SYSCTL("net.ipv4/../../kernel/panic", "1"),
     ":4:41: /linux/sysctl/net.ipv4~1..~1..~1kernel~1panic: \"net.ipv4/../../kernel/panic\" is no sysctl "
     "key: expected names with '.' or '/' between them"},
    {"sysctl climbs with slashes", SYSCTL("net/../kernel/panic", "1"),
     ":4:33: /linux/sysctl/net~1..~1kernel~1panic: \"net/../kernel/panic\" is no sysctl key: expected names "
     "with '.' or '/' between them"},
    {"sysctl climbs in dots", SYSCTL("net.//.kernel", "1"),
     ":4:27: /linux/sysctl/net.~1~1.kernel: \"net.//.kernel\" is no sysctl key: expected names with '.' or "
     "'/' between them"},
    {"sysctl with a plus sign", SYSCTL("net.ipv4.ip_forward+kernel.core_pattern", "1"),
     ":4:53: /linux/sysctl/net.ipv4.ip_forward+kernel.core_pattern: "
     "\"net.ipv4.ip_forward+kernel.core_pattern\" is no sysctl key: expected names with '.' or '/' between "
     "them"},
    {"sysctl with an equals sign", SYSCTL("net.a=b", "1"),
     ":4:21: /linux/sysctl/net.a=b: \"net.a=b\" is no sysctl key: expected names with '.' or '/' between "
     "them"},
    {"sysctl key with a newline", SYSCTL("net.a\\nb", "1"),
     ":4:22: /linux/sysctl/net.a\\x0ab: \"net.a\\x0ab\" is no sysctl key: expected names with '.' or '/' "
     "between them"},
    {"sysctl with a leading dot", SYSCTL(".net.a", "1"),
     ":4:20: /linux/sysctl/.net.a: \".net.a\" is no sysctl key: expected names with '.' or '/' between them"},
    {"sysctl with a leading slash", SYSCTL("/net/a", "1"),
     ":4:20: /linux/sysctl/~1net~1a: \"/net/a\" is no sysctl key: expected names with '.' or '/' between "
     "them"},
    {"sysctl with two dots", SYSCTL("net..a", "1"),
     ":4:20: /linux/sysctl/net..a: \"net..a\" is no sysctl key: expected names with '.' or '/' between them"},
    {"sysctl with a last dot", SYSCTL("net.a.", "1"),
     ":4:20: /linux/sysctl/net.a.: \"net.a.\" is no sysctl key: expected names with '.' or '/' between them"},
    {"sysctl empty", SYSCTL("", "1"),
     ":4:14: /linux/sysctl/: \"\" is no sysctl key: expected names with '.' or '/' between them"},
    {"sysctl value with a newline", SYSCTL("net.ipv4.ip_forward", "1\\n2"),
     ":4:33: /linux/sysctl/net.ipv4.ip_forward: the value must not contain control characters"},
    {"sysctl without its namespace", LINUX("'sysctl':{'net.ipv4.ip_forward':'1'}"),
     ":3:33: /linux/sysctl/net.ipv4.ip_forward: \"net.ipv4.ip_forward\" needs a namespace of type "
     "\"network\" in /linux/namespaces: without it the host would be changed"},
    {"ipc sysctl without its namespace", LINUX("'sysctl':{'kernel.shmmax':'1'}"),
     ":3:27: /linux/sysctl/kernel.shmmax: \"kernel.shmmax\" needs a namespace of type \"ipc\" in "
     "/linux/namespaces: without it the host would be changed"},
    {"user sysctl without its namespace", LINUX("'sysctl':{'user.max_user_namespaces':'1'}"),
     ":3:38: /linux/sysctl/user.max_user_namespaces: \"user.max_user_namespaces\" needs a namespace of type "
     "\"user\" in /linux/namespaces: without it the host would be changed"},
    {"user sysctl", LINUX(USER_NAMESPACE "'sysctl':{'user.max_user_namespaces':'1'}"), NULL},
    {"two domain names",
     DOCUMENT("'domainname':'a','linux':{'namespaces':[{'type':'uts'}],'sysctl':{'kernel.domainname':'b'}}"),
     ":2:87: /linux/sysctl/kernel.domainname: differs from /domainname: use that one to set the domain name"},
};

static void linux_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

/* 341 mappings: one more than the kernel takes in its one write. */
static void too_many_mappings(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 24);
    struct json_notes notes = {0};
    const struct spec *spec;
    struct error error;

    (void)state;
    text_append(&text, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{"
                       "\"type\":\"user\"}],\n\"uidMappings\":[");
    for (int i = 0; i < 341; i++)
        text_append_format(&text, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}", i == 0 ? "" : ",", i,
                           2 * i);
    text_append(&text, "]}}");
    assert_int_equal(spec_parse(text.bytes, text.length, "config.json", &arena, &notes, &spec, &error), -1);
    assert_string_equal(
        error.message,
        "config.json:2:15: /linux/uidMappings: 341 mappings are more than the 340 that Linux takes");
}

static void a_long_cgroups_path(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    const struct spec *spec;
    struct error error;
    char *document = arena_format(
        &arena,
        "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"cgroupsPath\":\"/%0256d\"}}", 0);

    (void)state;
    assert_int_equal(spec_parse(document, strlen(document), "config.json", &arena, &notes, &spec, &error),
                     -1);
    assert_string_equal(error.message,
                        "config.json:1:66: /linux/cgroupsPath: a component is longer than 255 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_rules),
        cmocka_unit_test(too_many_mappings),
        cmocka_unit_test(a_long_cgroups_path),
    };

    return cmocka_run_group_tests_name("spec_linux", tests, NULL, NULL);
}
