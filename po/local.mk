# po/local.mk: translations; `make update-po` brings them up to date with the sources
#
# The rules are here and not in gettext's own makefile, which writes into the source folder.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

ipc_linguas := $(shell sed 's/\#.*//' $(srcdir)/%D%/LINGUAS)
ipc_catalogs = $(foreach lang,$(ipc_linguas),%D%/$(lang).gmo)
EXTRA_DIST += \
  %D%/LINGUAS %D%/POTFILES.in $(ipc_catalogs) $(foreach lang,$(ipc_linguas),%D%/$(lang).po)

# A tarball has the catalogs, too: who builds it needs no gettext.
if HAVE_MSGFMT
$(ipc_catalogs): %.gmo: %.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check --output-file=$@ $<
CLEANFILES += $(ipc_catalogs)
endif
all-local: $(ipc_catalogs)

install-data-local: $(ipc_catalogs)
	$(AM_V_at)for lang in $(ipc_linguas); do \
	  dir='$(DESTDIR)$(localedir)'/$$lang/LC_MESSAGES; \
	  catalog=%D%/$$lang.gmo; test -e $$catalog || catalog=$(srcdir)/$$catalog; \
	  $(MKDIR_P) "$$dir" && $(INSTALL_DATA) $$catalog "$$dir/libipc.mo" || exit; \
	done

uninstall-local:
	$(AM_V_at)for lang in $(ipc_linguas); do \
	  rm -f '$(DESTDIR)$(localedir)'/$$lang/LC_MESSAGES/libipc.mo; \
	done

# Writes into the source folder, which is what it is for.
ipc_xgettext = \
  cd $(srcdir) && sed '/^\#/d' %D%/POTFILES.in | \
  $(XGETTEXT) --files-from=- --from-code=UTF-8 --keyword=_ --keyword=N_ \
    --keyword=g_dngettext:2,3 --flag=ctl_usage:2:c-format --flag=ctl_warn:1:c-format \
    --add-comments=Translators --package-name=libipc --sort-by-file

update-po:
	$(MKDIR_P) %D% && ($(ipc_xgettext) --output=-) >%D%/libipc.pot
	for lang in $(ipc_linguas); do \
	  $(MSGMERGE) --quiet --update --backup=off --no-fuzzy-matching --width=100 \
	    $(srcdir)/%D%/$$lang.po %D%/libipc.pot || exit; \
	done
.PHONY: update-po
CLEANFILES += %D%/libipc.pot
