#!/bin/bash
# The sources compiled for wider instruction sets must not define functions that the linker may share with others: on an
# older processor these would be illegal instructions. Usage: lane_kernels_symbols.sh LIBRARY
set -euo pipefail
library=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
objects=$(ar t "$library" | grep -E 'lane_kernels_(avx2|avx512)\.cpp\.o$')
[[ $(wc -l <<< "$objects") -eq 2 ]] || { echo "no objects of lane_kernels in $library"; exit 1; }
for object in $objects; do
  ar x "$library" "$object"
  # Weak and unique definitions; DW.ref.* is a pointer to the personality routine of exceptions, not code.
  shared=$(nm -C --defined-only "$object" | grep -E ' [WVwvu] ' | grep -v ' DW\.ref\.' || true)
  if [[ -n $shared ]]; then
    echo "$object shares definitions with other sources:"
    echo "$shared"
    exit 1
  fi
done
