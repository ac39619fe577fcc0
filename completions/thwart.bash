# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for thwart

_thwart_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_thwart_ids() {
    local -a where=()
    [[ -n $root ]] && where=(--root "$root")
    _thwart_words "$(thwart "${where[@]}" list --quiet 2>/dev/null)"
}

# _thwart_policy: behind "policy", whose first word is in $subcommand.
_thwart_policy() {
    case $previous in
    --policy | -p) [[ $subcommand == waive ]] || { _thwart_words "$(thwart policy list --names 2>/dev/null)"; compopt -o default 2>/dev/null; } ;;
    --from-bundle | --bundle | -b | --image) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --exec | --host-facts | --config | --file | -f) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    --format) case $subcommand in test) _thwart_words 'tap json' ;; list) _thwart_words 'table json' ;; *) _thwart_words 'text json' ;; esac ;;
    --rule | --reason | --owner | --expires | --pointer | --subject | --when | --name | -n | -r | --cap | -c | --arch | --kernel) ;;
    *) return 1 ;;
    esac
}

_thwart_policy_words() {
    case $subcommand in
    '') _thwart_words 'init check lint explain show list diff test apply waive seccomp syscalls' ;;
    show | diff | seccomp | syscalls)
        local groups=''
        [[ $subcommand == syscalls && $current == @* ]] && groups=$(thwart policy syscalls 2>/dev/null | sed -n 's/^\(@[^ ]*\).*/\1/p')
        _thwart_words "$(thwart policy list --names 2>/dev/null) $groups"
        ((${#COMPREPLY[@]} > 0)) || mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    check | lint) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    test) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    esac
}

_thwart_policy_options() {
    case $subcommand in
    '') _thwart_words '--help' ;;
    init) _thwart_words '--from-bundle --config --name --help' ;;
    check) _thwart_words '--strict --format --help' ;;
    explain) _thwart_words '--bundle --config --image --policy --exec --host-facts --format --help' ;;
    show | syscalls | lint) _thwart_words '--format --help' ;;
    list) _thwart_words '--names --format --help' ;;
    diff) _thwart_words '--bundle --format --host-facts --help' ;;
    test) _thwart_words '--format --host-facts --help' ;;
    apply) _thwart_words '--bundle --config --policy --host-facts --strict --help' ;;
    waive) _thwart_words '--rule --reason --owner --expires --policy --pointer --subject --when --file --help' ;;
    seccomp) _thwart_words '--bundle --pfc --bpf --cap --arch --kernel --host-facts --help' ;;
    esac
}

# _thwart_image: behind "image", whose first word is in $subcommand.
_thwart_image() {
    case $previous in
    --bundle | -b | --rootfs | -r | --image | --home | --into) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --config | -f | --configuration | --signature | -s | --manifest | --keyring | --image-configuration | --output | -o | --list | --claim)
        mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    --key | -k)
        if [[ $subcommand == seal ]]; then
            _thwart_words "$(gpg --batch --list-secret-keys --with-colons 2>/dev/null | sed -n '/^sec/{n;s/^fpr:*\([0-9A-F]*\):*$/\1/p}')"
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    --policy | -p) _thwart_words "$(thwart policy list --names 2>/dev/null)"; compopt -o default 2>/dev/null ;;
    --level | -l) _thwart_words 'none manifest-only bound-walk bound-layers bound-verity' ;;
    --identity) _thwart_words 'matchExact matchRepoDigestOrExact matchRepository' ;;
    --format) _thwart_words 'text json' ;;
    --name | -n | --digest | --fingerprint | --require | --max-age | --for | --revision | --not-before | --expires) ;;
    *) return 1 ;;
    esac
}

_thwart_image_options() {
    case $subcommand in
    '') _thwart_words '--help' ;;
    verify) _thwart_words '--bundle --config --rootfs --image --configuration --signature --manifest --digest --name --policy --key --fingerprint --require --identity --max-age --level --format --help' ;;
    inspect) _thwart_words '--bundle --config --rootfs --image --configuration --format --help' ;;
    trust) _thwart_words '--for --keyring --policy --configuration --format --help' ;;
    seal) _thwart_words '--name --manifest --digest --key --home --into --image-configuration --output --list --claim --revision --not-before --expires --help' ;;
    verifier) _thwart_words '--name --digest --stdin-media-type --policy --configuration --help' ;;
    esac
}

_thwart_check() {
    case $previous in
    --format | -f) _thwart_words 'text json sarif junit tap github gitlab' ;;
    --fail-on) _thwart_words 'note warning error' ;;
    --category | --jobs | -j) COMPREPLY=() ;;
    --policy | -p) mapfile -t COMPREPLY < <(compgen -f -W "$(thwart policy list --names 2>/dev/null)" -- "$current") ;;
    *)
        if [[ $current == -* ]]; then
            _thwart_words '--policy --configuration --format --fail-on --host --host-facts --baseline --propose-waivers --category --jobs --help'
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}

_thwart_score() {
    case $previous in
    --format | -f) _thwart_words 'text json' ;;
    --threshold | -t) COMPREPLY=() ;;
    --policy | -p) mapfile -t COMPREPLY < <(compgen -f -W "$(thwart policy list --names 2>/dev/null)" -- "$current") ;;
    *)
        if [[ $current == -* ]]; then
            _thwart_words '--policy --weights --threshold --format --help'
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}

_thwart() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands='create start run exec kill delete pause resume ps update events checkpoint restore state list plan policy image check score features spec'
    local global='--root --log --log-format --log-level --debug --cgroup-manager --systemd-cgroup --allow-socketcall --policy --configuration --delegate --delegate-root --delegate-option --rootless --version --help'
    local create='--bundle --config --image --pid-file --console-socket --pidfd-socket --preserve-fds --no-subreaper --no-pivot --no-new-keyring --help'
    local command='' subcommand='' root='' signals='' words=0 i
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --root) [[ -z $command ]] && root=${COMP_WORDS[i + 1]} && i=$((i + 1)) ;;
        --log | --log-format | --log-level | --cgroup-manager | --rootless | --policy | --configuration | --delegate | --delegate-root | --delegate-option) [[ -z $command ]] && i=$((i + 1)) ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then
                command=${COMP_WORDS[i]}
            else
                [[ $words -gt 0 ]] || subcommand=${COMP_WORDS[i]}
                words=$((words + 1))
            fi
            ;;
        esac
    done

    if [[ $command == policy ]]; then
        _thwart_policy && return
        if [[ $current == -* ]]; then _thwart_policy_options; else _thwart_policy_words; fi
        return
    fi
    if [[ $command == check ]]; then
        _thwart_check
        return
    fi
    if [[ $command == score ]]; then
        _thwart_score
        return
    fi
    if [[ $command == image ]]; then
        _thwart_image && return
        case $current:$subcommand in
        -*) _thwart_image_options ;;
        *:) _thwart_words 'verify seal inspect trust verifier' ;;
        *:seal) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        esac
        return
    fi

    case $previous in
    --root | --delegate-root | --bundle | -b | --image | --cwd | --image-path | --work-path | --parent-path) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
    --log | --pid-file | --console-socket | --pidfd-socket | --file | --resources | -r | --process | -p | --host-facts | --config | --configuration | --policy | --delegate)
        mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --log-format) _thwart_words 'text json' && return ;;
    --log-level) _thwart_words 'error warning debug' && return ;;
    --cgroup-manager) _thwart_words 'cgroupfs systemd disabled' && return ;;
    --rootless) _thwart_words 'true false auto' && return ;;
    --format) if [[ $command == list || $command == ps ]]; then _thwart_words 'table json'; else _thwart_words 'text json'; fi && return ;;
    -f)
        case $command in
        list | ps) _thwart_words 'table json' && return ;;
        create | run | restore | plan | spec) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
        esac
        ;;
    --manage-cgroups-mode) _thwart_words 'soft full strict ignore' && return ;;
    --network-lock) _thwart_words 'iptables nftables' && return ;;
    --empty-ns) _thwart_words 'network' && return ;;
    --delegate-option | --page-server | --status-fd | --lsm-profile | --lsm-mount-context) return ;;
    --cpu-idle) _thwart_words '0 1' && return ;;
    --interval) _thwart_words '500ms 1s 5s 1m' && return ;;
    --blkio-weight | --cpu-period | --cpu-quota | --cpu-burst | --cpu-rt-period | --cpu-rt-runtime | --cpu-share | --cpuset-cpus | \
        --cpuset-mems | --memory | --memory-reservation | --memory-swap | --kernel-memory | --kernel-memory-tcp | --pids-limit | \
        --l3-cache-schema | --mem-bw-schema) return ;;
    --user | -u | --additional-gids | -g | --env | -e | --cap | -c | --process-label | --apparmor | --cgroup | --preserve-fds)
        return ;;
    esac

    if [[ $current == -* ]]; then
        case $command in
        '') _thwart_words "$global" ;;
        create) _thwart_words "$create" ;;
        run) _thwart_words "$create --detach --keep" ;;
        exec) _thwart_words '--process --detach --tty --console-socket --pidfd-socket --pid-file --user --additional-gids --cwd --env --cap --no-new-privs --process-label --apparmor --cgroup --ignore-paused --preserve-fds --help' ;;
        kill) _thwart_words '--all --regex --help' ;;
        delete) _thwart_words '--force --regex --help' ;;
        ps) _thwart_words '--format --help' ;;
        checkpoint) _thwart_words '--image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --network-lock --empty-ns --manage-cgroups-mode --leave-running --pre-dump --parent-path --tcp-skip-in-flight --link-remap --page-server --status-fd --help' ;;
        restore) _thwart_words '--image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --network-lock --empty-ns --manage-cgroups-mode --bundle --config --pid-file --console-socket --detach --tcp-close --lsm-profile --lsm-mount-context --no-pivot --no-new-keyring --no-subreaper --help' ;;
        update) _thwart_words '--resources --policy --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-rt-period --cpu-rt-runtime --cpu-share --cpu-idle --cpuset-cpus --cpuset-mems --memory --memory-reservation --memory-swap --kernel-memory --kernel-memory-tcp --pids-limit --l3-cache-schema --mem-bw-schema --help' ;;
        events) _thwart_words '--stats --interval --help' ;;
        list) _thwart_words '--format --quiet --help' ;;
        plan) _thwart_words '--bundle --config --image --format --host-facts --no-pivot --no-new-keyring --preserve-fds --help' ;;
        features) _thwart_words '--host-facts --help' ;;
        spec) _thwart_words '--bundle --file --rootless --help' ;;
        start | pause | resume | state) _thwart_words '--help' ;;
        esac
        return
    fi

    case $command in
    '') _thwart_words "$commands" ;;
    start | exec | delete | pause | resume | ps | update | events | checkpoint | state) ((words == 0)) && _thwart_ids ;;
    kill) if ((words == 0)); then _thwart_ids; else signals=$(compgen -A signal) && _thwart_words "${signals//SIG/}"; fi ;;
    esac
}

complete -F _thwart thwart
