#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads every #include below src/ and fails on an arrow that points up, on a floor that kernel code may not see, and on a
# third-party header outside its adapter. usage: tests/floors.sh [SOURCE_ROOT]
set -eu
root=${1:-$(dirname "$0")/..}
cd "$root/src"

# Floor, then the floors that it may include beside itself.
allowed() {
    case $1 in
    base) echo "" ;;
    json) echo "base" ;;
    spec) echo "json base" ;;
    trust) echo "spec json base" ;;
    policy) echo "trust spec json base" ;;
    plan) echo "policy trust spec json base" ;;
    # Kernel code cannot look at the request and decide by itself.
    linux) echo "plan base" ;;
    monitor) echo "plan linux base" ;;
    container) echo "linux plan policy trust spec json base" ;;
    cli) echo "container linux plan policy trust spec json base" ;;
    *) return 1 ;;
    esac
}

# Header of a library, then the only places that may see it.
adapter() {
    case $1 in
    yajl/*) echo "json/" ;;
    seccomp.h) echo "linux/seccomp_compile.c" ;;
    sys/capability.h) echo "linux/capabilities.c" ;;
    libmount.h | libmount/*) echo "linux/mountinfo.c" ;;
    gpgme.h) echo "trust/gpg.c" ;;
    systemd/*) echo "linux/systemd.c" ;;
    criu/*) echo "linux/criu.c" ;;
    *) echo "" ;;
    esac
}

status=0
files=0
for file in */*.c */*.h; do
    [ -f "$file" ] || continue
    files=$((files + 1))
    floor=${file%%/*}
    if ! may=$(allowed "$floor"); then
        echo "$file: src/$floor is no floor of the house" >&2
        status=1
        continue
    fi
    for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"); do
        case $header in
        config.h) continue ;; # made by the build
        */*) ;;
        *)
            echo "$file: \"$header\" is not written from src/" >&2
            status=1
            continue
            ;;
        esac
        other=${header%%/*}
        case " $floor $may " in
        *" $other "*) ;;
        *)
            echo "$file: the floor $floor may not include $header" >&2
            status=1
            ;;
        esac
        [ -f "$header" ] || {
            echo "$file: $header does not exist" >&2
            status=1
        }
    done
    for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\([^>]*\)>.*/\1/p' "$file"); do
        place=$(adapter "$header")
        [ -n "$place" ] || continue
        case $file in
        "$place"*) ;;
        *)
            echo "$file: <$header> belongs in src/$place alone" >&2
            status=1
            ;;
        esac
    done
done
[ "$files" -gt 0 ] || {
    echo "no sources found below $PWD" >&2
    exit 1
}
[ "$status" -ne 0 ] || echo "$files files keep to their floors"
exit "$status"
