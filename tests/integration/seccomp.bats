#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Seccomp from the configuration: every action, flag and comparison, and the gaps of section 8 of the record of
# advisories (32-bit arguments, foreign architectures, unknown calls, socketcall). x86_64 numbers.
load suite

setup() {
    base_setup
    [ "$(uname -m)" = x86_64 ] || skip "the system call numbers here are x86_64's"
}

profile() {
    config '.linux.seccomp = '"$1"
}

# The outcome of the n-th probe line: error, result or signal.
line() {
    sed -n "$1p" <<<"$SEEN" | jq -r "$2"
}

@test "no filter, one filter" {
    look
    see '[.seccomp_mode, .seccomp_filters]' '[0,0]'
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    look
    see .seccomp_mode 2
    see .seccomp_filters 1
}

@test "errno: the default EPERM, errnoRet, defaultErrnoRet" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO"},
              {names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 22}, {names: ["sync"], action: "SCMP_ACT_ERRNO", errnoRet: 0}]}'
    shell 'probe syscall 121 0; probe syscall 124 0; probe syscall 162'
    look
    [ "$(line 1 .error)" = EPERM ]
    [ "$(line 2 .error)" = EINVAL ]
    [ "$(line 3 .result)" = 0 ]
}

@test "kill process, kill thread, trap, log, trace" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_KILL_PROCESS"},
              {names: ["getsid"], action: "SCMP_ACT_KILL_THREAD"}, {names: ["getpriority"], action: "SCMP_ACT_TRAP"},
              {names: ["sync"], action: "SCMP_ACT_LOG"}, {names: ["sched_yield"], action: "SCMP_ACT_TRACE", errnoRet: 5},
              {names: ["times"], action: "SCMP_ACT_KILL"}]}'
    shell 'probe syscall 121 0; probe syscall 124 0; probe syscall 140 0 0; probe syscall 162; probe syscall 24; probe syscall 100 0'
    look
    [ "$(line 1 .signal)" = 31 ]
    [ "$(line 2 .signal)" = 31 ]
    [ "$(line 3 .signal)" = 31 ]
    [ "$(line 4 .error)" = null ]
    # Without a tracer the call does not happen.
    [ "$(line 5 .error)" = ENOSYS ]
    [ "$(line 6 .signal)" = 31 ]
}

@test "an allow list: what is not in it is refused" {
    profile '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, architectures: ["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
              syscalls: [{names: ["read","write","open","openat","close","fstat","newfstatat","stat","lstat","mmap","munmap","mprotect","brk",
                "rt_sigaction","rt_sigprocmask","rt_sigreturn","ioctl","access","execve","exit","exit_group","getpid","getppid","getuid","geteuid",
                "getgid","getegid","arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","getrandom","fork","vfork","clone",
                "wait4","pipe","pipe2","fcntl","dup","dup2","uname","getcwd","readlink","readlinkat","poll","sigaltstack","prctl","futex","getpgrp","setpgid"],
              action: "SCMP_ACT_ALLOW"}]}'
    shell 'probe syscall 121 0; probe syscall 39'
    look
    [ "$(line 1 .error)" = EPERM ]
    [ "$(line 2 .error)" = null ]
}

# comparison OPERATOR VALUE VALUETWO: getpgid's argument 0 (a pid that does not matter) decides.
comparison() {
    profile "{defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getpgid\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 77,
        args: [{index: 0, op: \"$1\", value: $2, valueTwo: ${3:-0}}]}]}"
    shell 'for v in 4 5 6; do probe syscall 121 $v; done'
    look
    jq -rs 'map(if .error == "EBADFD" then "hit" else "miss" end) | join(" ")' <<<"$SEEN"
}

@test "comparisons: NE LT LE EQ GE GT MASKED_EQ" {
    [ "$(comparison SCMP_CMP_NE 5)" = "hit miss hit" ]
    [ "$(comparison SCMP_CMP_LT 5)" = "hit miss miss" ]
    [ "$(comparison SCMP_CMP_LE 5)" = "hit hit miss" ]
    [ "$(comparison SCMP_CMP_EQ 5)" = "miss hit miss" ]
    [ "$(comparison SCMP_CMP_GE 5)" = "miss hit hit" ]
    [ "$(comparison SCMP_CMP_GT 5)" = "miss miss hit" ]
    [ "$(comparison SCMP_CMP_MASKED_EQ 5 4)" = "hit hit hit" ] || [ "$(comparison SCMP_CMP_MASKED_EQ 3 1)" = "miss hit miss" ]
}

@test "comparisons of 64 bits, and several arguments of one call together" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 77,
        args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}, {index: 1, value: 4294967296, op: "SCMP_CMP_GE"}]}]}'
    shell 'probe syscall 140 1 0; probe syscall 140 1 0x100000000; probe syscall 140 0 0x100000000'
    look
    [ "$(line 1 .error)" != EBADFD ]
    [ "$(line 2 .error)" = EBADFD ]
    [ "$(line 3 .error)" != EBADFD ]
}

@test "two conditions on one argument" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77,
        args: [{index: 0, value: 5, op: "SCMP_CMP_EQ"}, {index: 0, value: 6, op: "SCMP_CMP_EQ"}]}]}'
    if rt run --bundle "$BUNDLE" "$ID" >/dev/null 2>"$WORK/err" </dev/null; then
        shell 'for v in 5 6 7; do probe syscall 121 $v; done'
        look
        [ "$(line 3 .error)" != EBADFD ]
    else
        grep -qiE 'seccomp|arg' "$WORK/err"
    fi
}

@test "flags: LOG, SPEC_ALLOW, TSYNC, WAIT_KILLABLE_RECV are taken; unknown ones refused" {
    local flag
    for flag in SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_TSYNC; do
        profile "{defaultAction: \"SCMP_ACT_ALLOW\", flags: [\"$flag\"], syscalls: [{names: [\"acct\"], action: \"SCMP_ACT_ERRNO\"}]}"
        look
        see .seccomp_mode 2
    done
    profile '{defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_SIDEWAYS"]}'
    refused_run SECCOMP_FILTER_FLAG_SIDEWAYS
}

@test "unknown actions, operators and architectures are refused by name" {
    profile '{defaultAction: "SCMP_ACT_SIDEWAYS"}'
    refused_run SCMP_ACT_SIDEWAYS
    profile '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_PDP11"]}'
    refused_run SCMP_ARCH_PDP11
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_ODD"}]}]}'
    refused_run SCMP_CMP_ODD
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}]}'
    refused_run 'index'
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO", errnoRet: 5000}]}'
    refused_run 'errnoRet|5000'
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}'
    refused_run 'names'
}

@test "names of calls that nobody knows: refused by name where the rule restricts, passed over where it allows" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call_at_all","getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    shell 'probe syscall 121 0'
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        [ "$(line 1 .error)" = EBADFD ]
        rt plan --bundle "$BUNDLE" | grep -q no_such_call_at_all
    else
        grep -q no_such_call_at_all "$WORK/err"
    fi
    profile '{defaultAction: "SCMP_ACT_LOG", syscalls: [{names: ["no_such_call_at_all","getpgid"], action: "SCMP_ACT_ALLOW"}]}'
    look
    [ "$(line 1 .error)" = null ]
}

@test "names newer than the library are still filtered: mseal (462), open_tree_attr (467)" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mseal"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    shell 'probe syscall 462 0 0 0'
    look
    [ "$(line 1 .error)" = EBADFD ]
}

@test "a call that is newer than the profile knows answers ENOSYS, not EPERM" {
    profile '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
              {names: ["read","write","open","openat","close","fstat","newfstatat","stat","lstat","mmap","munmap","mprotect","brk",
                "rt_sigaction","rt_sigprocmask","rt_sigreturn","ioctl","access","execve","exit","exit_group","getpid","getppid","getuid","geteuid",
                "getgid","getegid","arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","getrandom","fork","vfork","clone",
                "wait4","pipe","pipe2","fcntl","dup","dup2","uname","getcwd","readlink","readlinkat","poll","sigaltstack","prctl","futex","getpgrp","setpgid"],
              action: "SCMP_ACT_ALLOW"}]}'
    shell 'probe syscall 10000; probe syscall 121 0'
    look
    [ "$(line 1 .error)" = ENOSYS ]
    [ "$(line 2 .error)" = EPERM ]
}

@test "a foreign architecture is refused when the profile does not name it" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
    shell 'probe int80 20; probe syscall 0x40000027'
    look
    # int 0x80 getpid; x32 getpid.
    [ "$(line 1 '.signal != 0 or .error != null')" = true ]
    [ "$(line 2 '.signal != 0 or .error != null')" = true ]
}

@test "rules hold for the sub-architectures that the profile names" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
              syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    shell 'probe int80 132 0; probe int80 20; probe syscall 121 0'
    look
    [ "$(line 1 .error)" = EBADFD ] || [ "$(line 1 .error)" = ENOSYS ]
    [ "$(line 3 .error)" = EBADFD ]
}

@test "a limit on socket families is not lost for 32-bit code through socketcall" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
              syscalls: [{names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: 77, args: [{index: 0, value: 40, op: "SCMP_CMP_EQ"}]}]}'
    # socketcall(SYS_SOCKET = 1, 0): with the call itself allowed it would be EFAULT.
    shell 'probe socket 40; probe socket 1; probe int80 359 40 1 0; probe int80 102 1 0'
    look
    [ "$(line 1 .error)" = EBADFD ]
    [ "$(line 2 .error)" = null ]
    [ "$(line 3 .error)" = EBADFD ] || [ "$(line 3 .error)" = ENOSYS ]
    [ "$(line 4 .error)" != EFAULT ]
}

@test "a deny rule on a 32-bit argument is not passed by setting its upper half" {
    # personality(2) takes an unsigned int: TIOCSTI|1<<32 is the well-known cousin.
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ioctl"], action: "SCMP_ACT_ERRNO", errnoRet: 77,
        args: [{index: 1, value: 21522, op: "SCMP_CMP_EQ"}]}]}'
    shell 'probe inject 0 0x5412; probe inject 0 0x100005412'
    look
    [ "$(line 1 .error)" = EBADFD ]
    # The specification's comparison is on 64 bits: followed to the letter, or narrowed with a note. What must not be is
    # silence, so the plan says which.
    [ "$(line 2 .error)" = EBADFD ] || rt plan --bundle "$BUNDLE" | grep -qiE '32-bit|64-bit'
}

@test "a rule whose action is the default's stays in force over an automatic one" {
    profile '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 77, syscalls: [
        {names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}, {names: ["read","write","open","openat","close","fstat","newfstatat","stat","lstat","mmap","munmap","mprotect","brk",
                "rt_sigaction","rt_sigprocmask","rt_sigreturn","ioctl","access","execve","exit","exit_group","getpid","getppid","getuid","geteuid",
                "getgid","getegid","arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","getrandom","fork","vfork","clone",
                "wait4","pipe","pipe2","fcntl","dup","dup2","uname","getcwd","readlink","readlinkat","poll","sigaltstack","prctl","futex","getpgrp","setpgid"], action: "SCMP_ACT_ALLOW"}]}'
    shell 'probe syscall 121 0'
    look
    [ "$(line 1 .error)" = EBADFD ]
}

@test "the filter of the container also holds in exec" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    start_container
    SEEN=$(rt exec "$ID" /bin/probe syscall 121 0 </dev/null || true)
    [ "$(line 1 .error)" = EBADFD ]
    look_exec "$ID" /bin/probe
    see .seccomp_mode 2
}

@test "without no_new_privs, as an ordinary user" {
    config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    program /bin/sh -c 'probe syscall 121 0; probe report'
    look
    [ "$(line 1 .error)" = EBADFD ]
    SEEN=$(sed -n 2p <<<"$SEEN")
    see .seccomp_mode 2
    see .no_new_privs false
}

@test "a filter that forbids what the runtime itself needs does not stop it" {
    # Everything that a runtime does after the pivot, but not what a program needs to start.
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getcwd","chdir","fchdir","mount","pivot_root","close_range","setresuid","setgroups",
        "capset","prctl","openat2","sendmsg","recvmsg","setsid","statfs","fstatfs","umask","keyctl","fchown","mknodat","mkdirat"],
        action: "SCMP_ACT_KILL_PROCESS"}]}'
    program /bin/probe exit 0
    look
}

@test "a profile of 600 rules is loaded, a second run from the cache acts the same" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: ([{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]
        + [range(600) | {names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 76, args: [{index: 0, value: (. + 1000), op: "SCMP_CMP_EQ"}]}])}'
    shell 'probe syscall 121 0; probe syscall 124 1599; probe syscall 124 1600'
    local round
    for round in 1 2; do
        look
        [ "$(line 1 .error)" = EBADFD ]
        [ "$(line 2 .error)" = ENOTUNIQ ]
        [ "$(line 3 .error)" != ENOTUNIQ ]
    done
    [ "$round" = 2 ]
}

@test "a changed profile is not served from the cache" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    shell 'probe syscall 121 0'
    look
    [ "$(line 1 .error)" = EBADFD ]
    config '.linux.seccomp.syscalls[0].errnoRet = 76'
    look
    [ "$(line 1 .error)" = ENOTUNIQ ]
    config '.linux.seccomp.syscalls[0].names = ["getsid"]'
    look
    [ "$(line 1 .error)" = null ]
}

@test "a program of more instructions than the kernel takes is refused with that reason" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(5000) | {names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 76,
        args: [{index: 0, value: (. * 3 + 1000), op: "SCMP_CMP_EQ"}]}]}'
    if ! rt run --bundle "$BUNDLE" "$ID" >/dev/null 2>"$WORK/err" </dev/null; then
        grep -qi seccomp "$WORK/err"
        nothing_left
    fi
}

listener() {
    background "$SUPPORT/seccomp_listener" "$WORK/listener" "$@" >"$WORK/notified" 2>"$WORK/listener.err"
    eventually grep -q listening "$WORK/listener.err"
    profile "{defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$WORK/listener\", listenerMetadata: \"some words\",
        syscalls: [{names: [\"getpgid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
}

@test "notify: the agent gets the container process state with its descriptors, and answers" {
    listener errno 77
    shell 'probe syscall 121 0'
    look
    [ "$(line 1 .error)" = EBADFD ]
    eventually grep -q 'call 121' "$WORK/notified"
    local state
    state=$(head -1 "$WORK/notified")
    [ "$(jq -r .metadata <<<"$state")" = "some words" ]
    [ "$(jq -c '.fds | index("seccompFd") != null' <<<"$state")" = true ]
    [ "$(jq -r .state.id <<<"$state")" = "$ID" ]
    [ "$(jq -r .state.bundle <<<"$state")" = "$BUNDLE" ]
    [ "$(jq '.pid > 0 and .state.pid > 0' <<<"$state")" = true ]
    [ "$(jq -r '.fds | length' <<<"$state")" = "$(sed -n 's/^descriptors //p' "$WORK/notified")" ]
}

@test "notify: a value, and continue" {
    listener value 4242
    shell 'probe syscall 121 0'
    look
    [ "$(line 1 .result)" = 4242 ]
    rm -f "$WORK/listener"
    listener continue
    look
    [ "$(line 1 .error)" = null ]
}

@test "notify: the listener's descriptor does not reach the program" {
    listener continue
    program /bin/probe
    look
    see '[.descriptors[].fd]' '[0,1,2]'
}

@test "notify in exec" {
    listener errno 77
    program /bin/probe sleep
    create_container
    rt start "$ID"
    stop_background
    rm -f "$WORK/listener"
    background "$SUPPORT/seccomp_listener" "$WORK/listener" errno 76 >"$WORK/notified2" 2>"$WORK/listener2.err"
    eventually grep -q listening "$WORK/listener2.err"
    SEEN=$(rt exec "$ID" /bin/probe syscall 121 0 </dev/null || true)
    [ "$(line 1 .error)" = ENOTUNIQ ]
}

@test "notify without a listener, or with one that is not there, is refused" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpgid"], action: "SCMP_ACT_NOTIFY"}]}'
    refused_run 'listener'
    profile "{defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$WORK/nobody\", syscalls: [{names: [\"getpgid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
    refused_run 'listener|nobody'
    nothing_left
}

@test "notify as the default action, or on write, is refused" {
    profile "{defaultAction: \"SCMP_ACT_NOTIFY\", listenerPath: \"$WORK/nobody\"}"
    refused_run 'NOTIFY|default'
}

@test "notify: an agent that dies after it took the descriptor leaves ENOSYS, and the container runs" {
    listener die
    shell 'sleep 0.2; probe syscall 121 0'
    look
    [ "$(line 1 .error)" = ENOSYS ]
}

@test "metadata without a listener path is refused" {
    profile '{defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x"}'
    refused_run 'listener'
}
