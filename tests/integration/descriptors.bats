#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipe T12 without the attacks: the program sees 0, 1, 2 and what was handed over on purpose, nothing else.
load suite

@test "leaked descriptors of the caller do not arrive: directory, file, cgroup, socket, memfd, fifo" {
    mkfifo "$WORK/fifo"
    "$SUPPORT/born" fd=3:/ fd=4:/etc/passwd fd=5:/sys/fs/cgroup socket=6 memfd=7 fd=8:"$WORK/fifo" fd=10:/dev/null fd=251:/proc fd=999:/ \
        -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2]'
}

@test "nor do they arrive through exec, detached or not" {
    start_container
    "$SUPPORT/born" fd=3:/ fd=4:/etc/passwd fd=77:/sys/fs/cgroup -- "$THWART" exec "$ID" /bin/probe >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2]'
}

@test "a created container holds no host directory, no leaked descriptor and no handle on cgroupfs" {
    program /bin/probe sleep
    "$SUPPORT/born" fd=3:/ fd=4:/etc/passwd fd=5:/sys/fs/cgroup -- "$THWART" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" \
        </dev/null >"$WORK/c.out" 2>"$WORK/c.err"
    PID=$(cat "$WORK/pid")
    local fd target
    for fd in "/proc/$PID/fd"/*; do
        target=$(readlink "$fd")
        case $target in
        /dev/null | "$WORK"/c.* | socket:* | pipe:* | anon_inode:* | /memfd:* | *'(deleted)') ;;
        *)
            # Whatever else there is must lie inside the container's own root.
            [ "$(stat -Lc %d "$fd")" = "$(stat -Lc %d "/proc/$PID/root")" ] || {
                echo "descriptor ${fd##*/} of the created container: $target" >&2
                return 1
            }
            [ ! -d "$fd" ] || {
                echo "the created container holds a directory: $target" >&2
                return 1
            }
            ;;
        esac
    done
}

@test "--preserve-fds: exactly that many, the same objects" {
    echo three >"$WORK/three"
    echo four >"$WORK/four"
    "$SUPPORT/born" fd=3:"$WORK/three" fd=4:"$WORK/four" fd=5:/ -- "$THWART" run --preserve-fds 2 --bundle "$BUNDLE" "$ID" \
        >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2,3,4]'
    see '[.descriptors[3,4].ino]' "[$(stat -c %i "$WORK/three"),$(stat -c %i "$WORK/four")]"
}

@test "--preserve-fds in exec" {
    echo three >"$WORK/three"
    start_container
    "$SUPPORT/born" fd=3:"$WORK/three" fd=4:/ -- "$THWART" exec --preserve-fds 1 "$ID" /bin/probe >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2,3]'
    see '.descriptors[3].ino' "$(stat -c %i "$WORK/three")"
}

@test "--preserve-fds that are not open are refused by number" {
    "$SUPPORT/born" close=3 close=4 close=5 -- "$THWART" run --preserve-fds 3 --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null &&
        false
    grep -qiE 'preserve|descriptor|[345]' "$WORK/err"
    nothing_left
}

@test "LISTEN_FDS and --preserve-fds together" {
    echo five >"$WORK/five"
    "$SUPPORT/born" socket=3 memfd=4 fd=5:"$WORK/five" fd=6:/ -- env LISTEN_FDS=2 "$THWART" run --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
        >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2,3,4,5]'
    see_that '.env | index("LISTEN_FDS=2") != null'
}

@test "LISTEN_FDS that is not a number is not passed on" {
    LISTEN_FDS='2;rm' rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || grep -q LISTEN_FDS "$WORK/err"
    if [ -s "$WORK/out" ]; then
        SEEN=$(cat "$WORK/out")
        see '[.descriptors[].fd]' '[0,1,2]'
        see '[.env[] | select(startswith("LISTEN"))]' '[]'
    fi
}

@test "the standard descriptors are not close-on-exec and not changed" {
    look
    see '[.descriptors[].cloexec]' '[false,false,false]'
    see '.descriptors[0] | [.type, .rdev]' '["character","1:3"]'
}

# An engine may open it for reading only (ctr run --null-io), which is no output; and by a descriptor of the host's node
# the container's root could change that node's mode.
@test "standard descriptors on the null device are the container's own, for reading and writing" {
    # shellcheck disable=SC2016 # for the shell in the container
    local report='echo text && echo text >&2 && (stat -Lc %d:%i /dev/null "/proc/$$/fd/0" "/proc/$$/fd/1" "/proc/$$/fd/2")'
    program /bin/sh -c "$report >/report && true"
    rt run --bundle "$BUNDLE" "$ID" <"/dev/null" 1<"/dev/null" 2<"/dev/null"
    [ "$(wc -l <"$ROOT/report")" = 4 ]
    [ "$(uniq "$ROOT/report" | wc -l)" = 1 ]
    start_container
    rt exec "$ID" /bin/sh -c "$report >/report.exec && true" <"/dev/null" 1<"/dev/null" 2<"/dev/null"
    [ "$(wc -l <"$ROOT/report.exec")" = 4 ]
    [ "$(uniq "$ROOT/report.exec" | wc -l)" = 1 ]
}

@test "a null device that the container does not have, or replaced, leaves the caller's" {
    start_container /bin/sh -c 'rm /dev/null && mkfifo /dev/null && touch /ready && exec sleep 100'
    eventually test -e "$ROOT/ready"
    rt exec "$ID" /bin/sh -c '[ -c /proc/self/fd/0 ] && [ -p /dev/null ]' <"/dev/null"
}

@test "stdio that is a device keeps its owner on the host" {
    local before
    before=$(stat -c %u:%g:%a /dev/null /dev/zero)
    user_namespace
    rt run --bundle "$BUNDLE" "$ID" </dev/zero >/dev/null 2>/dev/null
    [ "$before" = "$(stat -c %u:%g:%a /dev/null /dev/zero)" ]
}

@test "no descriptor of the program refers to cgroupfs, nor do those of pid 1 during exec" {
    start_container
    look_exec "$ID" /bin/probe
    see_that '[.descriptors[].target // "" | select(test("cgroup"))] == []'
    run -0 find "/proc/$PID/fd" -lname '*cgroup*'
    [ -z "$output" ]
}
