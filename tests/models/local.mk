# tests/models/local.mk: the native semaphore's algorithms as models, searched by Spin
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# They are the same everywhere; a build for another system needs them no second time.
if !BACKEND_WIN32
TESTS += %D%/check-models.sh
STRESS_RUNS_long += "$(BASH_SHELL) $(srcdir)/%D%/check-models.sh --long"
endif
EXTRA_DIST += \
  %D%/README.md \
  %D%/check-models.sh \
  %D%/set.pml \
  %D%/turn.pml \
  %D%/wake.pml \
  %D%/word.pml
