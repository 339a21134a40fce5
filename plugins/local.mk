# SPDX-License-Identifier: BSD-3-Clause
# A plugin exports its entry symbol alone and needs nothing of the host.
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -export-symbols-regex '^enrichkit_module_v1$$'
if !SANITIZED
PLUGIN_LDFLAGS += -Wl,-z,defs
endif
PLUGIN_CPPFLAGS = -I$(top_srcdir)/include

include plugins/category/local.mk
include plugins/keywords/local.mk
include plugins/random/local.mk
include plugins/rekognition/local.mk
