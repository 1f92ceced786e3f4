# tools/local.mk: installed programs
#
# SPDX-License-Identifier: LGPL-2.1-or-later

bin_PROGRAMS += %D%/ipcctl
dist_man_MANS += %D%/ipcctl.1
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/completions/ipcctl

%C%_ipcctl_SOURCES = \
  %D%/ctl-bench.c \
  %D%/ctl-bench.h \
  %D%/ctl-copy.c \
  %D%/ctl-create.c \
  %D%/ctl-explain.c \
  %D%/ctl-gc.c \
  %D%/ctl-inspect.c \
  %D%/ctl-json.c \
  %D%/ctl-list.c \
  %D%/ctl-object.c \
  %D%/ctl-place.h \
  %D%/ctl-post.c \
  %D%/ctl-rm.c \
  %D%/ctl-table.c \
  %D%/ctl-terminal.c \
  %D%/ctl-text.c \
  %D%/ctl-wait.c \
  %D%/ctl-watch.c \
  %D%/ctl.h \
  %D%/ipcctl.c
if BACKEND_WIN32
%C%_ipcctl_SOURCES += \
  %D%/ctl-bench-win32.c \
  %D%/ctl-find-win32.c \
  %D%/ctl-place-win32.c \
  %D%/ctl-process-win32.c \
  %D%/ctl-system-win32.c \
  %D%/ctl-terminal-win32.c
else
%C%_ipcctl_SOURCES += \
  %D%/ctl-bench-linux.c \
  %D%/ctl-find-linux.c \
  %D%/ctl-place-linux.c \
  %D%/ctl-process-linux.c \
  %D%/ctl-system-linux.c \
  %D%/ctl-terminal-linux.c
endif
# Installed, and so without AM_LDFLAGS.
%C%_ipcctl_LDFLAGS =
%C%_ipcctl_CPPFLAGS = \
  $(AM_CPPFLAGS) -DGETTEXT_PACKAGE=\"libipc\" -DLOCALEDIR=\"$(localedir)\"
