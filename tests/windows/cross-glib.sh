#!/bin/bash
# cross-glib.sh: builds what the tests on Windows need and Debian has no package of
#
#   cross-glib.sh          builds it, unless it is there already
#   cross-glib.sh --where  prints the folder: prefix/ in it is what `configure` is told
#
# GLib, libffi, pcre2 and check for x86_64-w64-mingw32, from Debian's own sources, which apt fetches
# from where this machine's apt is set up to.  libintl is one that translates nothing.  It is built
# aside and then renamed, so that what is there is complete.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail

host=x86_64-w64-mingw32
# Raised when something below changes what comes out.
layout=1
cache=${IPC_CROSS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/libipc-windows-$layout}
prefix=$cache/prefix
jobs=-j$(nproc)

if [ "${1:-}" = --where ]; then
  echo "$cache"
  exit
fi

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ -e "$prefix/complete" ]; then
  echo "in $prefix"
  exit
fi

# Paths are compiled in, so that the folder has its name from the start; "complete" comes last.
work=$cache/work
rm -rf "$prefix" "$work"
mkdir -p "$work"/{build,apt/lists/partial,apt/sources} "$prefix"/{bin,lib/pkgconfig,include}
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_PATH=

# step NAME COMMAND...: a line for each, with its time
step ()
{
  local name=$1 began=$SECONDS
  shift
  echo "$name ..."
  "$@" >"$work/$name.log" 2>&1 9>&- || {
    echo "error: $name failed; $work/$name.log ends with"
    tail -n 30 "$work/$name.log"
    exit 1
  }
  echo "$name done, $((SECONDS - began)) s"
}

# -- Sources, by lists of our own: /etc/apt stays as it is ---------------------------------------

apt=(apt-get -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/sources"
     -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
     -o APT::Sandbox::User=root)

fetch ()
{
  local codename mirror
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $codename" \
             'Component: main' | head -n 1)
  [ -n "$mirror" ] || { echo "apt knows no mirror of $codename"; return 1; }
  cat >"$work/apt/sources/source.sources" <<EOS
Types: deb-src
URIs: $mirror
Suites: $codename
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOS
  "${apt[@]}" update && cd "$work" && "${apt[@]}" source glib2.0 libffi pcre2 check
}

# configured NAME FLAG...: unpacked sources of NAME, in a build folder
configured ()
{
  local name=$1
  shift
  mkdir "$work/build/$name" && cd "$work/build/$name" &&
    ../../"$name"-*/configure --host="$host" --prefix="$prefix" CFLAGS=-O0 "$@"
}

build_libffi ()
{
  configured libffi --disable-static --disable-docs --disable-multi-os-directory &&
    make "$jobs" && make install
}

build_pcre2 ()
{
  configured pcre2 --disable-static && make "$jobs" libpcre2-8.la libpcre2-posix.la &&
    make install-libLTLIBRARIES install-includeHEADERS install-nodist_includeHEADERS \
      install-pkgconfigDATA
}

# -- libintl: what looks a text up returns it; a DLL, since libtool drops DLLs that need static ones

build_libintl ()
{
  cat >"$prefix/include/libintl.h" <<'EOS'
#ifndef LIBINTL_H
#define LIBINTL_H
#include <locale.h>
#ifndef LC_MESSAGES
#define LC_MESSAGES LC_CTYPE
#endif
#ifdef __cplusplus
extern "C" {
#endif
#define __USE_GNU_GETTEXT 1
#define gettext_noop(text) (text)
#define FORMAT_(n) __attribute__ ((format_arg (n)))
char *gettext (const char *id) FORMAT_ (1);
char *dgettext (const char *domain, const char *id) FORMAT_ (2);
char *dcgettext (const char *domain, const char *id, int category) FORMAT_ (2);
char *ngettext (const char *one, const char *many, unsigned long n) FORMAT_ (1) FORMAT_ (2);
char *dngettext (const char *domain, const char *one, const char *many, unsigned long n)
  FORMAT_ (2) FORMAT_ (3);
char *dcngettext (const char *domain, const char *one, const char *many, unsigned long n,
                  int category) FORMAT_ (2) FORMAT_ (3);
#undef FORMAT_
char *textdomain (const char *domain);
char *bindtextdomain (const char *domain, const char *dir);
char *bind_textdomain_codeset (const char *domain, const char *codeset);
#ifdef __cplusplus
}
#endif
#endif
EOS
  cat >"$work/libintl.c" <<'EOS'
#include <libintl.h>
#define SAME(text) { return (char *) (text); }
#define EITHER(one, many, n) { return (char *) (n == 1 ? one : many); }
char *gettext (const char *a) SAME (a)
char *dgettext (const char *d, const char *a) SAME (a)
char *dcgettext (const char *d, const char *a, int c) SAME (a)
char *ngettext (const char *a, const char *b, unsigned long n) EITHER (a, b, n)
char *dngettext (const char *d, const char *a, const char *b, unsigned long n) EITHER (a, b, n)
char *dcngettext (const char *d, const char *a, const char *b, unsigned long n, int c)
  EITHER (a, b, n)
char *textdomain (const char *d) SAME (d ? d : "messages")
char *bindtextdomain (const char *d, const char *dir) SAME (dir ? dir : ".")
char *bind_textdomain_codeset (const char *d, const char *codeset) SAME (codeset)
EOS
  "$host-gcc" -O2 -shared -static-libgcc -I"$prefix/include" -o "$prefix/bin/libintl-8.dll" \
    "$work/libintl.c" -Wl,--out-implib,"$prefix/lib/libintl.dll.a"
}

# -- GLib: Debian's own meson, and only what the library and its tests use ----------------------

build_glib ()
{
  cat >"$work/cross.txt" <<EOS
[binaries]
c = '$host-gcc'
ar = '$host-ar'
ranlib = '$host-ranlib'
strip = '$host-strip'
windres = '$host-windres'
pkgconfig = '/usr/bin/pkg-config'
[properties]
needs_exe_wrapper = true
pkg_config_libdir = '$prefix/lib/pkgconfig'
[built-in options]
c_args = ['-I$prefix/include']
c_link_args = ['-L$prefix/lib', '-static-libgcc']
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
EOS
  /usr/bin/meson setup "$work/build/glib" "$work"/glib2.0-* --cross-file "$work/cross.txt" \
    --prefix="$prefix" --libdir=lib -Doptimization=0 -Ddebug=false --wrap-mode=nodownload \
    --default-library=shared -Dtests=false -Dnls=disabled -Dxattr=false -Dlibelf=disabled \
    -Dlibmount=disabled -Dselinux=disabled -Dglib_debug=disabled &&
    ninja "$jobs" -C "$work/build/glib" glib/libglib-2.0-0.dll glib/gspawn-win64-helper.exe \
      glib/gspawn-win64-helper-console.exe gobject/libgobject-2.0-0.dll gobject/gobject-query.exe \
      gthread/libgthread-2.0-0.dll gmodule/libgmodule-2.0-0.dll gio/libgio-2.0-0.dll \
      gio/glib-compile-resources.exe &&
    /usr/bin/meson install -C "$work/build/glib" --no-rebuild --tags runtime,devel,bin-devel
}

# -- check: static, without threads, with a printf that knows %lli -------------------------------

build_check ()
{
  configured check --disable-subunit --disable-build-docs --disable-timeout-tests \
    --disable-shared CPPFLAGS=-D__USE_MINGW_ANSI_STDIO=1 hw_cv_func_vsnprintf_c99=yes \
    hw_cv_func_snprintf_c99=yes &&
    sed -i 's/^#define HAVE_PTHREAD 1/#undef HAVE_PTHREAD/' config.h &&
    make "$jobs" -C lib && make "$jobs" -C src && make -C src install &&
    make install-includeHEADERS install-pcdataDATA &&
    sed -i -e 's/-lcheck_pic/-lcheck/' -e 's/ -pthread//g' "$prefix/lib/pkgconfig/check.pc" &&
    sed -i 's/CK_ATTRIBUTE_FORMAT(printf,/CK_ATTRIBUTE_FORMAT(gnu_printf,/' "$prefix/include/check.h"
}

finish ()
{
  cp "/usr/$host/lib/zlib1.dll" "$prefix/bin/" &&
    "$host-strip" --strip-unneeded "$prefix"/bin/*.dll "$prefix"/bin/*.exe
}

step sources fetch
step libffi build_libffi
step pcre2 build_pcre2
step libintl build_libintl
step glib build_glib
step check build_check
step strip finish
touch "$prefix/complete"
rm -rf "$work"
echo "in $prefix"
