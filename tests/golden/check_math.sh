#!/bin/sh
# Holds a function's results over all 2^32 inputs against math.digest, and says its largest error.
#
#   check_math.sh MATH_DIGEST_PROGRAM exp|log|inverse_sqrt
set -eu
expected=$(grep "^$2 " "$(dirname "$0")/math.digest")
found=$("$1" "$2")
echo "$found"
[ "$(echo "$found" | awk '{ print $1, $3 }')" = "$expected" ] || { echo "expected $expected"; exit 1; }
