# rpm/local.mk: `make rpm` builds packages for Fedora and its relatives
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Where the packages go, below RPMS/ and SRPMS/.
rpm_topdir = $(abs_builddir)/%D%/topdir

# A system that is not made of rpms cannot tell whether what the build needs is there.
# RPMBUILD_FLAGS='--nocheck' leaves out the tests.  The makes of the spec are not ours to steer.
rpm: dist %D%/libipc.spec
	rm -rf $(rpm_topdir)
	$(MKDIR_P) $(rpm_topdir)
	unset MAKEFLAGS MFLAGS MAKELEVEL; \
	nodeps=; rpm --quiet -q rpm 2>/dev/null || nodeps=--nodeps; \
	rpmbuild -ba $$nodeps --define '_topdir $(rpm_topdir)' \
	  --define '_sourcedir $(abs_builddir)' $(RPMBUILD_FLAGS) %D%/libipc.spec
.PHONY: rpm

EXTRA_DIST += %D%/rpmlint.toml
clean-local:
	rm -rf $(rpm_topdir)
