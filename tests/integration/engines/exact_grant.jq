# SPDX-License-Identifier: GPL-2.0-or-later
# What the probe reports as a container's first process, held against the configuration that was granted: prints a line
# for everything that differs. Input: the report. $granted: the configuration. $absent: paths that this kernel or image
# lacks, so that nothing can be put over them.

def same($what; $seen; $expected): if $seen == $expected then empty else "\($what): \($seen) instead of \($expected)" end;
def limit: if . >= 1e19 then "unlimited" else . end;
def list: . // [];

. as $report
| ($granted.process.capabilities // {}) as $capabilities
| ($granted.process.user.uid == 0) as $root
| ([$granted.linux.maskedPaths | list[]] - $absent) as $masked
| (([$granted.linux.readonlyPaths | list[]] - $absent) - $masked) as $readonly
| (reduce .mounts[] as $mount ({}; .[$mount.point] = $mount)) as $at
| same("user"; [.uids[]] | unique; [$granted.process.user.uid]),
  same("group"; [.gids[]] | unique; [$granted.process.user.gid]),
  same("groups"; .groups | sort; [$granted.process.user.additionalGids | list[]] | unique),
  same("bounding"; .capabilities.bounding | sort; $capabilities.bounding | list | sort),
  # What execve makes of the sets: all of the bounding one for root, the ambient one for others.
  (($capabilities | if $root then .bounding else .ambient end | list | sort) as $expected
    | same("effective"; $report.capabilities.effective | sort; $expected),
      same("permitted"; $report.capabilities.permitted | sort; $expected)),
  same("inheritable"; .capabilities.inheritable | sort; $capabilities.inheritable | list | sort),
  same("no new privileges"; .no_new_privs; $granted.process.noNewPrivileges // false),
  same("filter"; [.seccomp_mode, .seccomp_filters]; [2, 1]),
  same("OOM score"; .oom_score_adj; $granted.process.oomScoreAdj // .oom_score_adj),
  ($granted.process.rlimits | list[] | . as $limit
    | same(.type; $report.rlimits[.type]; {soft: ($limit.soft | limit), hard: ($limit.hard | limit)})),
  same("root"; $at["/"].options | split(",") | contains(["ro"]); $granted.root.readonly // false),
  ($granted.mounts[] | . as $mount | $at[.destination] as $seen
    | if $seen == null then "\(.destination): no mount is there" else
        (if (.options | list | contains(["bind"]) or contains(["rbind"])) then empty
            else same("type of \(.destination)"; $seen.type; if .type == "cgroup" then "cgroup2" else .type end) end),
        (["ro", "nosuid", "nodev", "noexec"][] as $option
            | select($mount.options | list | contains([$option]))
            | same("\($option) of \($mount.destination)"; $seen.options | split(",") | contains([$option]); true))
      end),
  ($masked[] | . as $path | $at[.] | select(. == null or ((.type == "tmpfs" and (.options | split(",") | contains(["ro"])) or (.root | endswith("/null"))) | not))
    | "\($path): not masked"),
  ($readonly[] | . as $path | $at[.] | select(. == null or (.options | split(",") | contains(["ro"]) | not))
    | "\($path): not read-only"),
  # And nothing else is mounted anywhere.
  ((([.mounts[].point] | unique) - $masked - $readonly - [$granted.mounts[].destination] - [$granted.linux.devices | list[].path]
    - ["/", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console"])[]
    | "\(.): a mount that was not granted")
