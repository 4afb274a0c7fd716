/* Buffers for libcamera where the kernel shares none between devices: LD_PRELOAD this.
 *
 * libcamera asks /dev/dma_heap or /dev/udmabuf for its pictures' memory. Kernels of containers have
 * neither. Here both open /dev/null, and what is asked of them is answered with a memfd, which the
 * virtual camera fills and picamera2 maps as it would the real thing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int (*opener)(const char *, int, ...);
typedef int (*opener_at)(int, const char *, int, ...);
typedef int (*controller)(int, unsigned long, ...);

static const char *instead_of(const char *path) {
    if (path && (!strcmp(path, "/dev/udmabuf") || !strncmp(path, "/dev/dma_heap/", 14)))
        return "/dev/null";
    return path;
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        mode_t mode = mode_of(flags, rest);                            \
        va_end(rest);                                                  \
        opener real = (opener)dlsym(RTLD_NEXT, #name);                 \
        return real(instead_of(path), flags, mode);                    \
    }

#define OPEN_AT(name)                                                  \
    int name(int folder, const char *path, int flags, ...) {           \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        mode_t mode = mode_of(flags, rest);                            \
        va_end(rest);                                                  \
        opener_at real = (opener_at)dlsym(RTLD_NEXT, #name);           \
        return real(folder, instead_of(path), flags, mode);            \
    }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

static int memory(size_t length) {
    int fd = memfd_create("picture", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)length)) {
        close(fd);
        return -1;
    }
    return fd;
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (request == UDMABUF_CREATE) {
        struct udmabuf_create *wanted = argument;
        return fcntl((int)wanted->memfd, F_DUPFD_CLOEXEC, 0);
    }
    if (request == DMA_HEAP_IOCTL_ALLOC) {
        struct dma_heap_allocation_data *wanted = argument;
        int made = memory(wanted->len);
        if (made < 0) return -1;
        wanted->fd = (unsigned)made;
        return 0;
    }
    if (_IOC_TYPE(request) == DMA_BUF_BASE) return 0; /* caches of memory need no care */
    controller real = (controller)dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
}
