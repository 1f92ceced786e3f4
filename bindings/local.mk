# bindings/local.mk: what bindings have beside the typelib
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Its folder is the one that gi looks for below each folder of Python's path.
if PYTHON_OVERRIDES
dist_pyoverrides_DATA = %D%/python/gi/overrides/Ipc.py
else
EXTRA_DIST += %D%/python/gi/overrides/Ipc.py
endif
EXTRA_DIST += %D%/python/overrides-dir.py
