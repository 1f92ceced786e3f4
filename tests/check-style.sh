#!/bin/bash
# check-style.sh: which file may include what, and how long things may be
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
export LC_ALL=C.UTF-8
cd "$IPC_SRCDIR" || exit 1

failures=0

# none WHAT: fails if standard input has any line
none ()
{
  local found
  found=$(cat)
  [ -z "$found" ] && return
  printf 'FAIL %s:\n%s\n' "$1" "$found"
  failures=$((failures + 1))
}

shopt -s extglob nullglob lastpipe
# Who builds in the folder of the sources makes one file there.
code=(include/ipc/*.h include/ipc/*.in lib/!(ipc-enum-types).[ch] tools/*.[ch] tests/*.[ch]
      tests/*/*.[ch] doc/examples/*.[ch])
scripts=(bootstrap autogen.sh .ci/run .ci/*.sh .ci/gates/*.sh tests/*.sh tests/*/*.sh
         tests/*.{py,js} tests/*/*.py tests/*/*.pl
         bindings/python/*.py bindings/python/gi/overrides/*.py
         doc/examples/*.{py,js,vala})
fragments=(configure.ac Makefile.am */local.mk doc/Makefile.am)
mechanisms=(lib/ipc-*-{sysv,posix,win32,native,memfd,file}*.c)
objects=()
for file in lib/ipc-segment*.c lib/ipc-semaphore*.c; do
  [[ " ${mechanisms[*]} " == *" $file "* ]] || objects+=("$file")
done

# -- The layers --
grep -HnE '^ *# *include *<' "${objects[@]}" | grep -vE '<(ipc/|gio/|glib|string\.h)' |
  none "an object includes a system header"
grep -HnE '^ *# *include *[<"](ipc/)?ipc(-segment|-semaphore)?\.h' "${mechanisms[@]}" |
  none "a mechanism includes an object"
grep -HnE '^ *# *if.*(BACKEND_|__linux__|_WIN32)' lib/*.c |
  grep -vE '^lib/ipc-(backend|name-path|life-[a-z0-9]+)\.c' |
  none "the platform is chosen outside the tables and lib/local.mk"

# -- Each file --
awk 'FNR == 1 {
       name = FILENAME
       sub (/.*\//, "", name)
       sub (/\.in$/, "", name)
       if (index ($0, "/* " name ": ") == 0) print FILENAME
     }' "${code[@]}" |
  none "first line is not '/* name: what it is'"
grep -LF 'SPDX-License-Identifier: LGPL-2.1-or-later' "${code[@]}" "${scripts[@]}" "${fragments[@]}" |
  none "no licence line"
wc -l "${code[@]}" | awk '$1 >= 400 && $2 != "total" { print $2 ": " $1 " lines" }' |
  none "a file of 400 lines or more"
grep -HnE '.{105,}' "${code[@]}" "${scripts[@]}" "${fragments[@]}" |
  none "a line of far more than 100 columns"
grep -HnP '\t' "${code[@]}" "${scripts[@]}" | none "a tab"
grep -HnE ' +$' "${code[@]}" "${scripts[@]}" "${fragments[@]}" | none "a space at the end of a line"

# -- Each function, without its comments --
awk 'FNR == 1 { start = 0 }
     /^\{/ { start = FNR; lines = -1 }
     /^\}/ && start {
       if (lines > 45) print FILENAME ":" start ": " lines " lines"
       start = 0
     }
     !/^ *(\/\*|\*( |\/|$))/ { lines++ }' "${code[@]}" |
  none "a function of more than 45 lines"
grep -HnwE 'goto' "${code[@]}" | none "goto"

# -- Words --
# In pieces, so that this line does not find itself.
grep -HnwE "TO""DO|FIX""ME|XX""X" "${code[@]}" "${scripts[@]}" "${fragments[@]}" |
  none "something left undone"
grep -HnE '\b(sleep|usleep|nanosleep|clock_nanosleep|g_usleep) *\(' tests/*.[ch] tests/meet/*.[ch] |
  none "a test waits for a time"

[ $failures = 0 ]
