#!/usr/bin/python3
# overrides-dir.py: where Python's gi looks for overrides below a prefix, as a makefile says it
#
# Usage: overrides-dir.py PREFIX
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import sys


def packages_dirs():
    """dist-packages and site-packages, those of no architecture first."""
    found = [path for path in sys.path if path.endswith("-packages")]
    return sorted(found, key=lambda path: "/lib/" not in path)


def below(prefix):
    """Of Python's own folders the one below prefix; else what it would be called there."""
    for path in packages_dirs():
        # /usr/local is another prefix than /usr.
        if os.path.dirname(os.path.dirname(path)) in (prefix + "/lib", prefix + "/lib64"):
            return path[len(prefix) + 1:]

    name = os.path.basename(packages_dirs()[0]) if packages_dirs() else "site-packages"
    return "lib/python%d.%d/%s" % (*sys.version_info[:2], name)


print("${prefix}/%s/gi/overrides" % below(os.path.normpath(sys.argv[1])))
