# tools/local.mk: installed programs; there is none yet
#
# SPDX-License-Identifier: LGPL-2.1-or-later
