# Sourced by the commands of this folder: where things are, and how they talk.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

# Prints the comment block at the top of the calling script, without its first line.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# Two compilers at once need about 3 GiB, so a machine with many cores and little memory gets fewer.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ {print int($2 / 1536 / 1024) + 1}' /proc/meminfo)
    echo $((cores < memory ? cores : memory))
}

# JSON in bash, as far as it is needed here: one string member out of an object, one text into it.
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
escape() { sed 's/[\\"]/\\&/g' <<<"$1"; }
