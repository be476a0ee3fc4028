#!/bin/bash
# Installs into an empty folder and uses the program from another one: installed_program.sh BUILD_FOLDER
set -euo pipefail
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/usr" > "$folder/install.log"
mkdir "$folder/elsewhere"
cd "$folder/elsewhere"
unset ETALON_CONFIGS
"$folder/usr/bin/etalon" demo --speed 2000 > demo.log 2>&1 || { cat demo.log; exit 1; }
test -s etalon-demo/certificate.pdf
"$folder/usr/bin/etalon" archive verify etalon-demo/archive
# Chinese comes from the installed catalogue, under a locale of nothing but C.
LC_ALL=C "$folder/usr/bin/etalon" --lang zh evaluate etalon-demo/run.h5 | grep -q 不确定度\\\|示值
echo "installed program works"
