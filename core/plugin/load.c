/* SPDX-License-Identifier: BSD-3-Clause */
/* From a file to a checked module. What can be seen without running code of the
 * file (trust, kind of file, machine, completeness) is judged before dlopen(). */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "plugin/internal.h"

#define ENTRY "enrichkit_module_v"

#if defined(__x86_64__)
# define OUR_MACHINE EM_X86_64
#elif defined(__i386__)
# define OUR_MACHINE EM_386
#elif defined(__aarch64__)
# define OUR_MACHINE EM_AARCH64
#elif defined(__arm__)
# define OUR_MACHINE EM_ARM
#elif defined(__riscv)
# define OUR_MACHINE EM_RISCV
#elif defined(__powerpc64__)
# define OUR_MACHINE EM_PPC64
#elif defined(__s390x__)
# define OUR_MACHINE EM_S390
#else
# define OUR_MACHINE EM_NONE                         /* dlopen() will tell      */
#endif

static const char *
machine_name(unsigned machine, char *buf, size_t size)
{
  static const struct { unsigned machine; const char *name; } known[] = {
    { EM_X86_64, "x86-64" }, { EM_386, "i386" }, { EM_AARCH64, "arm64" }, { EM_ARM, "arm" },
    { EM_RISCV, "riscv" }, { EM_PPC64, "ppc64" }, { EM_S390, "s390" },
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].machine == machine)
      return known[i].name;
  snprintf(buf, size, "machine %u", machine);
  return buf;
}

static int
unloadable(const ek_opened *o, ek_error *e, const char *what)
{
  char shown[400];
  return ek_fail(e, EK_EXIT_REFUSED, "plugin_unloadable", "%s %s", ek_escape(o->shown, shown, sizeof shown), what);
}

/* A mapped segment that reaches past the end of the file would be a SIGBUS later. */
static int
check_segments(const ek_opened *o, const ElfW(Ehdr) *h, ek_error *e)
{
  ElfW(Phdr) p;
  uint64_t size = (uint64_t)o->size;
  if (h->e_phentsize != sizeof p || h->e_phnum == 0 || h->e_phnum > 512)
    return unloadable(o, e, "is a damaged ELF file (program headers)");
  for (unsigned i = 0; i < h->e_phnum; i++) {
    uint64_t at = (uint64_t)h->e_phoff + (uint64_t)i * sizeof p;
    if (h->e_phoff > size || pread(o->fd, &p, sizeof p, (off_t)at) != (ssize_t)sizeof p)
      return unloadable(o, e, "is cut off: its program headers are missing");
    if ((p.p_type == PT_LOAD || p.p_type == PT_DYNAMIC) && (p.p_offset > size || p.p_filesz > size - p.p_offset))
      return unloadable(o, e, "is cut off: the file is shorter than its segments");
  }
  return 0;
}

static int
check_elf(const ek_opened *o, ek_error *e)
{
  static const uint16_t one = 1;
  unsigned char order = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
  unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
  ElfW(Ehdr) h;
  char what[160], theirs[32], ours[32];
  memset(&h, 0, sizeof h);
  ssize_t n = pread(o->fd, &h, sizeof h, 0);
  if (n < EI_NIDENT || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0)
    return unloadable(o, e, "is no shared library (not an ELF file)");
  if (h.e_ident[EI_CLASS] != class) {
    snprintf(what, sizeof what, "is built for %d bits, this enrichkit for %d",
             h.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32, class == ELFCLASS64 ? 64 : 32);
    return unloadable(o, e, what);
  }
  if (h.e_ident[EI_DATA] != order)
    return unloadable(o, e, "is built for a machine of the other byte order");
  if (n < (ssize_t)sizeof h)
    return unloadable(o, e, "is cut off within its ELF header");
  if (OUR_MACHINE != EM_NONE && h.e_machine != OUR_MACHINE) {
    snprintf(what, sizeof what, "is built for %s, this enrichkit for %s",
             machine_name(h.e_machine, theirs, sizeof theirs),
             machine_name(OUR_MACHINE, ours, sizeof ours));
    return unloadable(o, e, what);
  }
  if (h.e_type != ET_DYN)
    return unloadable(o, e, h.e_type == ET_REL ? "is an object file, no shared library: link it with cc -shared"
                                               : "is an ELF file, but no shared library");
  return check_segments(o, &h, e);
}

static char *
digest(const ek_opened *o, ek_error *e)
{
  char *hex = ek_mem_alloc(65);
  if (ek_sha256_file(o->fd, hex) == 0)
    return hex;
  free(hex);
  unloadable(o, e, "cannot be read to its end");
  return NULL;
}

/* What the dynamic linker says, as one line and without our own path in front. */
static int
linker_error(const ek_opened *o, ek_error *e)
{
  const char *text = dlerror();
  char shown[400], why[500];
  size_t n = strlen(o->path);
  if (!text)
    text = "no reason given";
  if (strncmp(text, o->path, n) == 0 && strncmp(text + n, ": ", 2) == 0)
    text += n + 2;
  ek_fail(e, EK_EXIT_REFUSED, "plugin_unloadable", "%s cannot be loaded: %s", ek_escape(o->shown, shown, sizeof shown),
          ek_escape(text, why, sizeof why));
  if (strstr(text, "undefined symbol"))
    ek_help(e, "rebuild it with -Wl,-z,defs, which shows at the link what is missing");
  else if (strstr(text, "No such file"))
    ek_help(e, "install the library that it needs, or rebuild the plugin");
  return -1;
}

/* A function of this very file: dlsym() also looks into libraries that the module depends on, and an object named
 * like the entry would be jumped into. */
static void *
own_function(void *handle, const char *name)
{
  struct link_map *ours = NULL, *theirs = NULL;
  const ElfW(Sym) *sym = NULL;
  Dl_info info;
  void *p = dlsym(handle, name);
  if (!p || dlinfo(handle, RTLD_DI_LINKMAP, &ours) != 0)
    return NULL;
  if (dladdr1(p, &info, (void **)&theirs, RTLD_DL_LINKMAP) == 0 || theirs != ours)
    return NULL;
  if (dladdr1(p, &info, (void **)&sym, RTLD_DL_SYMENT) == 0 || (sym && (sym->st_info & 0xf) == STT_OBJECT))
    return NULL;
  return p;
}

static int
no_entry(const ek_opened *o, void *handle, ek_error *e)
{
  char name[40], shown[400];
  for (unsigned v = EK_ABI_MAJOR + 1; v < EK_ABI_MAJOR + 9; v++) {
    snprintf(name, sizeof name, ENTRY "%u", v);
    if (own_function(handle, name)) {
      ek_fail(e, EK_EXIT_REFUSED, "plugin_abi", "%s was built for plugin ABI %u, this enrichkit speaks ABI %u",
              ek_escape(o->shown, shown, sizeof shown), v, EK_ABI_MAJOR);
      return ek_help(e, "rebuild it against this enrichkit's plugin.h, or install enrichkit %u or later", v);
    }
  }
  unloadable(o, e, "is no enrichkit plugin: it has no function enrichkit_module_v1");
  return ek_help(e, "export it with EK_EXPORT, and from C++ within extern \"C\" (including plugin.h is enough)");
}

static int
enter(const ek_opened *o, ek_module_info *m, ek_error *e)
{
  const ek_module *(*entry)(void);
  if (!ek_trust_same(o))
    return unloadable(o, e, "was replaced while it was being looked at");
  void *handle = dlopen(o->path, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return linker_error(o, e);
  if (!ek_trust_same(o))
    return unloadable(o, e, "was replaced while it was being loaded");
  void *p = own_function(handle, ENTRY "1");
  if (!p)
    return no_entry(o, handle, e);
  memcpy(&entry, &p, sizeof entry);                  /* ISO C has no cast for it */
  return ek_module_check(entry(), o->shown, m, e);
}

ek_module_info *
ek_module_load(const char *path, int named, ek_error *e)
{
  ek_opened o;
  if (ek_trust_open(path, named, &o, e) < 0)
    return NULL;
  ek_module_info *m = ek_mem_zero(1, sizeof *m);
  pthread_mutex_init(&m->lock, NULL);
  if (check_elf(&o, e) < 0 || !(m->sha256 = digest(&o, e)) || enter(&o, m, e) < 0) {
    ek_module_free(m);
    m = NULL;
  } else {
    m->path = o.path;
    m->dev = o.dev;
    m->ino = o.ino;
    o.path = NULL;
  }
  ek_trust_close(&o);
  return m;
}

void
ek_module_free(ek_module_info *m)
{
  if (!m)
    return;
  ek_module_clear(m);
  pthread_mutex_destroy(&m->lock);
  free(m->sha256);
  free(m->path);
  free(m);
}
