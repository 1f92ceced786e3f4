#!/bin/bash
# check-boost.sh: meets a C++ program with Boost.Interprocess
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet.sh"

meet_program boost-peer "posix:/$plain" "$plain" 1000
