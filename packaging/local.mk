# SPDX-License-Identifier: BSD-3-Clause
# enrichkit loads plugins only from a folder that nobody else can write, and people must be able to read what is
# installed for them: so the modes of our own folders do not follow the umask of whoever types "make install".
EK_FOLDERS = $(plugindir) $(ekincludedir) $(pkgdatadir) $(chaindir) $(sampledir) $(samplepicturesdir) $(sampletapesdir)

install-data-hook:
	@for lib in $(plugin_LTLIBRARIES); do \
	  name=$$(basename "$$lib" .la); rm -f "$(DESTDIR)$(plugindir)/$$name.la"; \
	  chmod 644 "$(DESTDIR)$(plugindir)/$$name.so" || exit 1; \
	done
	@for folder in $(EK_FOLDERS); do \
	  $(MKDIR_P) "$(DESTDIR)$$folder" && chmod 755 "$(DESTDIR)$$folder" || exit 1; \
	done

# Without its .la file libtool does not know what else to take away.
uninstall-hook:
	@for lib in $(plugin_LTLIBRARIES); do \
	  name=$$(basename "$$lib" .la); rm -f "$(DESTDIR)$(plugindir)/$$name.so"; \
	done
	@for folder in $(chaindir) $(samplepicturesdir) $(sampletapesdir) $(sampledir) $(pkgdatadir) $(plugindir) $(ekincludedir); do \
	  rmdir "$(DESTDIR)$$folder" 2>/dev/null || :; \
	done

# For authors of plugins in C++: keeps what the standard library's templates export out of a plugin.
dist_pkgdata_DATA = packaging/plugin.map

EXTRA_DIST += packaging/no-spdx.txt
