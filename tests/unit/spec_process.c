/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of process: ids, command, environment, capabilities, limits, scheduling. */
#include "spec_cases.h"

static const struct spec_case cases[] = {
    /* ids: what peers turned into uid 0 */
    {"uid as a string", DOCUMENT("'process':{'user':{'uid':'0','gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found the string \"0\""},
    {"uid -1 as unsigned", DOCUMENT("'process':{'user':{'uid':4294967295,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 4294967295"},
    {"uid 2^32", DOCUMENT("'process':{'user':{'uid':4294967296,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 4294967296"},
    {"uid -1", DOCUMENT("'process':{'user':{'uid':-1,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found -1"},
    {"uid -0", DOCUMENT("'process':{'user':{'uid':-0,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found -0"},
    {"uid 1.0", DOCUMENT("'process':{'user':{'uid':1.0,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 1.0"},
    {"uid 1.5", DOCUMENT("'process':{'user':{'uid':1.5,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 1.5"},
    {"uid 1e3", DOCUMENT("'process':{'user':{'uid':1e3,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 1e3"},
    {"uid 10^20",
     DOCUMENT("'process':{'user':{'uid':100000000000000000000,'gid':0},'cwd':'/','args':['sh']}"),
     ":2:26: /process/user/uid: expected a whole number from 0 to 4294967294, found 100000000000000000000"},
    {"gid -1 as unsigned", DOCUMENT("'process':{'user':{'uid':0,'gid':4294967295},'cwd':'/','args':['sh']}"),
     ":2:34: /process/user/gid: expected a whole number from 0 to 4294967294, found 4294967295"},
    {"largest uid", DOCUMENT("'process':{'user':{'uid':4294967294,'gid':0},'cwd':'/','args':['sh']}"), NULL},
    {"no uid", DOCUMENT("'process':{'user':{'gid':0},'cwd':'/','args':['sh']}"), NULL},
    {"no user", DOCUMENT("'process':{'cwd':'/','args':['sh']}"), NULL},
    {"group -1 as unsigned",
     DOCUMENT("'process':{'user':{'uid':0,'gid':0,'additionalGids':[5,4294967295]},'cwd':'/','args':['sh']}"),
     ":2:56: /process/user/additionalGids/1: expected a whole number from 0 to 4294967294, found 4294967295"},
    {"umask", DOCUMENT("'process':{'user':{'uid':0,'gid':0,'umask':511},'cwd':'/','args':['sh']}"), NULL},
    {"umask too wide", DOCUMENT("'process':{'user':{'uid':0,'gid':0,'umask':512},'cwd':'/','args':['sh']}"),
     ":2:44: /process/user/umask: expected a whole number from 0 to 511, found 512"},
    /* the command */
    {"relative cwd", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'tmp','args':['sh']}"),
     ":2:43: /process/cwd: expected an absolute path, found \"tmp\""},
    {"empty cwd", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'','args':['sh']}"),
     ":2:43: /process/cwd: expected an absolute path, found \"\""},
    {"no cwd", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'args':['sh']}"),
     ":2:11: /process/cwd: required member of process is missing"},
    {"no args", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/'}"),
     ":2:11: /process/args: expected at least one string, the program to run"},
    {"empty args", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':[]}"),
     ":2:54: /process/args: expected at least one string, the program to run"},
    {"empty program", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':['','x']}"),
     ":2:55: /process/args/0: the program to run is an empty string"},
    {"null argument", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':['sh',null]}"),
     ":2:60: /process/args/1: expected a string, found null (leave out what is not wanted)"},
    {"empty later argument", DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':['sh','']}"),
     NULL},
    {"NUL in an argument",
     DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':['sh','a\\u0000b']}"),
     ":2:62: /process/args/1: NUL character (\\u0000) in a string"},
    {"no process", DOCUMENT("'hostname':''"), NULL},
    /* environment */
    {"NUL in env", PROCESS("'env':['A=b\\u0000']"),
     ":3:12: /process/env/0: NUL character (\\u0000) in a string"},
    {"env without =", PROCESS("'env':['PATH=/bin','TERM']"),
     ":3:20: /process/env/1: expected NAME=VALUE with a name, found \"TERM\""},
    {"env without a name", PROCESS("'env':['=x']"),
     ":3:8: /process/env/0: expected NAME=VALUE with a name, found \"=x\""},
    {"env with an empty value", PROCESS("'env':['A=','B==c']"), NULL},
    {"env with newlines", PROCESS("'env':['A=x\\ny']"), NULL},
    {"HOME with a newline", PROCESS("'env':['HOME=/\\nroot::0:0::/:/bin/sh']"),
     ":3:8: /process/env/0: HOME must not contain control characters or ':': "
     "\"HOME=/\\x0aroot::0:0::/:/bin/sh\""},
    {"HOME with a colon", PROCESS("'env':['HOME=/:0']"),
     ":3:8: /process/env/0: HOME must not contain control characters or ':': \"HOME=/:0\""},
    {"USER with a carriage return", PROCESS("'env':['USER=a\\r']"),
     ":3:8: /process/env/0: USER must not contain control characters or ':': \"USER=a\\x0d\""},
    {"HOME", PROCESS("'env':['HOME=/root']"), NULL},
    /* terminal */
    {"console size", PROCESS("'terminal':true,'consoleSize':{'height':25,'width':80}"), NULL},
    {"console too high", PROCESS("'terminal':true,'consoleSize':{'height':65536,'width':80}"),
     ":3:41: /process/consoleSize/height: expected at most 65535 characters"},
    {"console too wide", PROCESS("'terminal':true,'consoleSize':{'height':1,'width':65536}"),
     ":3:51: /process/consoleSize/width: expected at most 65535 characters"},
    {"console size without a terminal", PROCESS("'consoleSize':{'height':65536,'width':80}"), NULL},
    {"console size without a width", PROCESS("'consoleSize':{'height':5}"),
     ":3:15: /process/consoleSize/width: required member of consoleSize is missing"},
    /* capabilities */
    {"capabilities",
     PROCESS("'capabilities':{'bounding':['CAP_CHOWN','CAP_CHECKPOINT_RESTORE'],'effective':[]}"), NULL},
    {"ambient without inheritable",
     PROCESS("'capabilities':{'permitted':['CAP_KILL'],'ambient':['CAP_KILL']}"), NULL},
    /* config.md leaves names that no kernel has to a warning: the plan's. */
    {"unknown capability", PROCESS("'capabilities':{'bounding':['CAP_CHOWN','CAP_FLY','']}"), NULL},
    /* limits */
    {"rlimit", PROCESS("'rlimits':[{'type':'RLIMIT_NOFILE','soft':1024,'hard':18446744073709551615}]"), NULL},
    {"rlimit soft above hard", PROCESS("'rlimits':[\n{'type':'RLIMIT_NOFILE','soft':2048,'hard':1024}]"),
     ":4:32: /process/rlimits/0/soft: the soft limit of RLIMIT_NOFILE, 2048, is above the hard limit, 1024: "
     "setrlimit(2) refuses that"},
    {"rlimit unknown", PROCESS("'rlimits':[{'type':'RLIMIT_X','soft':1,'hard':1}]"),
     ":3:20: /process/rlimits/0/type: \"RLIMIT_X\" is not a resource limit: expected one of RLIMIT_AS, "
     "RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, "
     "RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING, "
     "RLIMIT_STACK"},
    {"rlimit twice",
     PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},\n{'type':'RLIMIT_CPU','soft':1,'hard':1}]"),
     ":4:9: /process/rlimits/1/type: RLIMIT_CPU is given twice"},
    {"rlimit without hard", PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1}]"),
     ":3:12: /process/rlimits/0/hard: required member of rlimit is missing"},
    {"rlimit -1", PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':-1,'hard':-1}]"),
     ":3:40: /process/rlimits/0/soft: expected a whole number from 0 to 18446744073709551615, found -1"},
    {"oom score", PROCESS("'oomScoreAdj':-1000"), NULL},
    {"oom score beyond", PROCESS("'oomScoreAdj':1001"),
     ":3:15: /process/oomScoreAdj: expected a whole number from -1000 to 1000, found 1001"},
    /* scheduling */
    {"batch", PROCESS("'scheduler':{'policy':'SCHED_BATCH','nice':-20}"), NULL},
    {"fifo",
     PROCESS("'scheduler':{'policy':'SCHED_FIFO','priority':99,'flags':['SCHED_FLAG_RESET_ON_FORK']}"), NULL},
    {"deadline",
     PROCESS("'scheduler':{'policy':'SCHED_DEADLINE','runtime':1000000,'deadline':2000000,'period':3000000}"),
     NULL},
    {"scheduler without a policy", PROCESS("'scheduler':{'nice':1}"),
     ":3:13: /process/scheduler/policy: required member of scheduler is missing"},
    {"unknown policy", PROCESS("'scheduler':{'policy':'SCHED_FAIR'}"),
     ":3:23: /process/scheduler/policy: \"SCHED_FAIR\" is not a scheduling policy: expected one of "
     "SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, SCHED_DEADLINE"},
    {"reserved policy", PROCESS("'scheduler':{'policy':'SCHED_ISO'}"),
     ":3:23: /process/scheduler/policy: Linux reserves SCHED_ISO and has never implemented it"},
    {"unknown flag", PROCESS("'scheduler':{'policy':'SCHED_OTHER','flags':['SCHED_FLAG_X']}"),
     ":3:46: /process/scheduler/flags/0: \"SCHED_FLAG_X\" is not a scheduling flag: expected one of "
     "SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, SCHED_FLAG_KEEP_POLICY, "
     "SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX"},
    {"nice beyond", PROCESS("'scheduler':{'policy':'SCHED_OTHER','nice':20}"),
     ":3:44: /process/scheduler/nice: expected a whole number from -20 to 19, found 20"},
    {"priority beyond", PROCESS("'scheduler':{'policy':'SCHED_RR','priority':100}"),
     ":3:45: /process/scheduler/priority: expected a whole number from 0 to 99, found 100"},
    {"fifo without a priority", PROCESS("'scheduler':{'policy':'SCHED_FIFO'}"),
     ":3:13: /process/scheduler/priority: SCHED_FIFO needs a priority from 1 to 99"},
    {"priority without fifo", PROCESS("'scheduler':{'policy':'SCHED_OTHER','priority':1}"),
     ":3:48: /process/scheduler/priority: only SCHED_FIFO and SCHED_RR have a priority"},
    {"runtime without deadline policy", PROCESS("'scheduler':{'policy':'SCHED_OTHER','runtime':1}"),
     ":3:13: /process/scheduler: only SCHED_DEADLINE has runtime, deadline and period"},
    {"deadline without runtime", PROCESS("'scheduler':{'policy':'SCHED_DEADLINE','deadline':1,'period':1}"),
     ":3:13: /process/scheduler: SCHED_DEADLINE needs runtime and deadline"},
    {"deadline below runtime",
     PROCESS("'scheduler':{'policy':'SCHED_DEADLINE','runtime':2,'deadline':1,'period':1}"),
     ":3:13: /process/scheduler: SCHED_DEADLINE needs runtime <= deadline <= period"},
    {"io priority", PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':7}"), NULL},
    {"io priority beyond", PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"),
     ":3:52: /process/ioPriority/priority: expected a whole number from 0 to 7, found 8"},
    {"io class unknown", PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_NONE','priority':0}"),
     ":3:23: /process/ioPriority/class: \"IOPRIO_CLASS_NONE\" is not an I/O scheduling class: expected one "
     "of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE"},
    {"affinity", PROCESS("'execCPUAffinity':{'initial':'0-3,7','final':''}"), NULL},
    {"affinity backwards", PROCESS("'execCPUAffinity':{'initial':'3-0'}"),
     ":3:30: /process/execCPUAffinity/initial: expected a list of numbers from 0 to 8191 such as \"0-3,7\", "
     "found \"3-0\""},
    {"affinity beyond", PROCESS("'execCPUAffinity':{'final':'0-4294967295'}"),
     ":3:28: /process/execCPUAffinity/final: expected a list of numbers from 0 to 8191 such as \"0-3,7\", "
     "found \"0-4294967295\""},
    /* labels */
    {"labels", PROCESS("'apparmorProfile':'p','selinuxLabel':'u:r:t:s0:c1,c2'"), NULL},
    {"profile with a newline", PROCESS("'apparmorProfile':'p\\nq'"),
     ":3:19: /process/apparmorProfile: the profile's name must not contain control characters: \"p\\x0aq\""},
    {"label with a newline", PROCESS("'selinuxLabel':'p\\nq'"),
     ":3:16: /process/selinuxLabel: the label must not contain control characters: \"p\\x0aq\""},
};

static void process_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

/* 65537 groups are one more than the kernel takes. */
static void too_many_groups(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 24);
    struct json_notes notes = {0};
    const struct spec_process *process;
    struct error error;

    (void)state;
    text_append(&text,
                "{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0,\n\"additionalGids\":[0");
    for (int i = 0; i < 65536; i++)
        text_append(&text, ",7");
    text_append(&text, "]}}");
    assert_int_equal(
        spec_parse_process(text.bytes, text.length, "process.json", &arena, &notes, &process, &error), -1);
    assert_string_equal(
        error.message,
        "process.json:2:18: /user/additionalGids: 65537 groups are more than the 65536 that Linux takes");
}

static void a_process_document_has_the_same_rules(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    const struct spec_process *process;
    struct error error;
    static const char good[] = "{\"user\":{\"uid\":1,\"gid\":2},\"cwd\":\"/\",\"args\":[\"id\"],\"Env\":[]}";
    static const char bad[] = "{\"user\":{\"uid\":1,\"gid\":2},\n\"cwd\":\"x\",\"args\":[\"id\"]}";

    (void)state;
    assert_int_equal(
        spec_parse_process(good, sizeof(good) - 1, "process.json", &arena, &notes, &process, &error), 0);
    assert_int_equal(process->user->gid, 2);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.items[0].pointer, "/Env");
    assert_int_equal(
        spec_parse_process(bad, sizeof(bad) - 1, "process.json", &arena, &notes, &process, &error), -1);
    assert_string_equal(error.message, "process.json:2:7: /cwd: expected an absolute path, found \"x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_rules),
        cmocka_unit_test(too_many_groups),
        cmocka_unit_test(a_process_document_has_the_same_rules),
    };

    return cmocka_run_group_tests_name("spec_process", tests, NULL, NULL);
}
