#!/usr/bin/env bash
# The checks that read the code without running it: tools/lint.sh [--fix] [layers|format|headers|scripts|units|attacks ...]
set -eu
set -o pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

fix=no
if [ "${1:-}" = --fix ]; then
  fix=yes
  shift
fi

cpp_files() { # every C++ file of ours
  local -a folders=()
  local folder
  for folder in src cmd tests bench; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
  done
  find "${folders[@]}" \( -name '*.h' -o -name '*.cpp' \) -type f -print0 | sort -z
}

lint_layers() {
  python3 tools/layers.py --self-test
  python3 tools/layers.py --check
}

lint_format() {
  if [ "$fix" = yes ]; then
    cpp_files | xargs -0 clang-format-14 -i
  else
    cpp_files | xargs -0 clang-format-14 --dry-run --Werror
  fi
}

# Each header compiles alone: whoever includes it needs to include nothing before it.
one_header() { # HEADER
  printf '#include "%s"\n' "$PWD/$1" |
    "${CXX:-g++-12}" -std=c++20 -Wall -Wextra -Werror -Isrc -I. -isystem /usr/include/postgresql \
      '-DTOCSIN_SOURCE_DIR=""' -fsyntax-only -x c++ - || { echo "$1 does not compile alone"; return 1; }
}
export -f one_header

lint_headers() {
  # shellcheck disable=SC2016  # $0 is the header that xargs hands to the inner shell
  find src cmd -name '*.h' -print0 | sort -z | xargs -0 -P "$(nproc)" -n 1 bash -c 'one_header "$0"'
}

# Shell and Python files parse; shellcheck has its say where it is installed.
lint_scripts() {
  local file first status=0
  while IFS= read -r -d '' file; do
    first=$(head -c 64 "$file" | tr -d '\0' | head -n 1)
    case "$file:$first" in
      *.py:* | *:'#!'*python3*)
        python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$file" || status=1
        ;;
      *.sh:* | *:'#!'*bash* | *:'#!/bin/sh'*)
        bash -n "$file" || status=1
        if command -v shellcheck >/dev/null; then shellcheck -S warning "$file" || status=1; fi
        ;;
    esac
  done < <(find dev .ci tools packaging tests bench -type f -not -path '*/__pycache__/*' -print0 2>/dev/null)
  return $status
}

# The systemd units are sound, and leave a process little to reach (exposure: 0 is none, 10 is all; ours stay below 2).
lint_units() {
  local folder unit exposure status=0
  folder=$(mktemp -d)
  for unit in packaging/*.service; do
    # The program need not be installed here: its path is all that is replaced.
    sed 's#/usr/bin/tocsin#/bin/true#' "$unit" >"$folder/$(basename "$unit")"
  done
  systemd-analyze verify --man=no "$folder"/tocsin.service "$folder"/tocsin-watch@.service || status=1
  for unit in tocsin.service tocsin-watch@.service; do
    exposure=$(systemd-analyze security --offline=true --no-pager "$folder/$unit" |
      sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
    echo "$unit: exposure ${exposure:-unknown}"
    awk -v exposure="${exposure:-10}" 'BEGIN { exit !(exposure < 2) }' || status=1
  done
  rm -rf "$folder"
  return $status
}

lint_attacks() {
  python3 tools/attacks.py
}

[ $# -gt 0 ] || set -- layers format headers scripts units attacks
failed=""
for part in "$@"; do
  case $part in
    layers | format | headers | scripts | units | attacks)
      echo "lint: $part"
      "lint_$part" || failed="$failed $part"
      ;;
    *) echo "lint: no such part: $part (layers, format, headers, scripts, units, attacks)" >&2; exit 2 ;;
  esac
done
[ -z "$failed" ] || { echo "lint failed:$failed" >&2; exit 1; }
