#!/bin/sh
# Files that are built for one instruction set must share no code with the rest: of an inline function that several files define the linker
# keeps one copy, and if it is theirs, a processor without the instructions dies in code that never asked for them.
#
#   check_instruction_sets.sh OBJECT...          fails on a weak symbol in an object of such a file, or where there is no such object
#   check_instruction_sets.sh --self-test CXX    fails unless an object with an inline function is refused
set -eu

if [ "${1:-}" = --self-test ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  echo 'inline int shared() { return 1; } int (*address)() = shared;' > "$work/table_self.cpp"
  "${2:?a compiler}" -c "$work/table_self.cpp" -o "$work/table_self.cpp.o"
  if "$0" "$work/table_self.cpp.o" > "$work/out"; then
    echo "an inline function was not noticed"
    exit 1
  fi
  grep -q 'shared()' "$work/out"
  exit
fi

checked=0
status=0
for object in "$@"; do
  case ${object##*/} in
    table_portable.* | single_blocks.*) continue ;;
    table_* | single_blocks_*) ;;
    *) continue ;;
  esac
  checked=$((checked + 1))
  # V, W: weak; u: unique in the process.
  if nm -C "$object" | grep -E ' [VWu] '; then
    echo "$object shares the code above with files that must run on any processor: keep it in an unnamed namespace"
    status=1
  fi
done
echo "$checked files of one instruction set"
[ "$checked" -gt 0 ] && exit "$status"
exit 1
