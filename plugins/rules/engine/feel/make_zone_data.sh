#!/bin/bash
# make_zone_data.sh LIBICUDATA TARGET: writes a C file with ICU's zones as its whole data, under the name that ICU's
# library looks for. All of ICU's data would be 30 MB in each program; the zones are 150 KB.
set -euo pipefail
PATH=$PATH:/usr/sbin

archive=$1 target=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

member=$(ar t "$archive" | head -1) # as icudt72l_dat.o
name=${member%_dat.*}
version=${name#icudt}
(
    cd "$folder"
    ar x "$archive" "$member"
    objcopy -O binary -j .rodata "$member" "$name.dat"
    mkdir items zones
    icupkg -x zoneinfo64.res -d items "$name.dat"
    echo zoneinfo64.res >zones.lst
    icupkg -s items -a zones.lst new "zones/$name.dat"
    genccode -q -d zones "zones/$name.dat"
)
# The library's name has no letter for the byte order, the file's has.
sed "s/^} ${name}_dat=/} icudt${version%[lb]}_dat=/" "$folder/zones/${name}_dat.c" >"$target"
