/* A disk on which the power can be cut, and which can be full or read-only: LD_PRELOAD this.
 *
 * POWER_DIR      the folder watched; only files right in it count.
 * POWER_SHADOW   what a disk holds for certain: each fsync copies the file here, whole; an fsync
 *                of the folder writes the names that are certain into ".names". The same by inode,
 *                for whoever renames: content in "#INODE", "INODE NAME" lines in ".inodes".
 * POWER_LIMIT    bytes that fit into the folder; more is ENOSPC, and statvfs tells the rest.
 * POWER_STOP     the how-many-th change in the folder does not happen: the process is killed.
 * POWER_SYNC_MS  each sync, of any file, takes so much longer: a memory card.
 * POWER_READONLY while this file exists, writes fail with EROFS.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REAL(name) ((typeof(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

enum { STRANGE, FILE_IN, FOLDER };

/* What fd is; the name within the folder goes to name. */
static int place(int fd, char *name) {
    const char *dir = getenv("POWER_DIR");
    char link[64], path[PATH_MAX];
    if (!dir) return STRANGE;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return STRANGE;
    path[n] = 0;
    size_t length = strlen(dir);
    if (strncmp(path, dir, length)) return STRANGE;
    if (!path[length]) return FOLDER;
    if (path[length] != '/' || strchr(path + length + 1, '/')) return STRANGE;
    strcpy(name, path + length + 1);
    return FILE_IN;
}

static void put(const char *name, const char *bytes, size_t size) {
    char temporary[PATH_MAX], final[PATH_MAX];
    snprintf(temporary, sizeof temporary, "%s/.new", getenv("POWER_SHADOW"));
    snprintf(final, sizeof final, "%s/%s", getenv("POWER_SHADOW"), name);
    int out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t done = 0;
    while (done < size) {
        ssize_t n = REAL(write)(out, bytes + done, size - done);
        if (n <= 0) abort();
        done += n;
    }
    close(out);
    if (rename(temporary, final)) abort();
}

static void keep_file(int fd, const char *name) {
    struct stat facts;
    if (fstat(fd, &facts)) abort();
    char *bytes = malloc(facts.st_size + 1);
    char inode[32], own[64]; /* opened again: fd may be for writing alone */
    snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
    int in = open(own, O_RDONLY);
    if (pread(in, bytes, facts.st_size, 0) != facts.st_size) abort();
    close(in);
    snprintf(inode, sizeof inode, "#%llu", (unsigned long long)facts.st_ino);
    put(name, bytes, facts.st_size);
    put(inode, bytes, facts.st_size);
    free(bytes);
}

static void keep_names(void) {
    char names[65536] = "", inodes[131072] = "";
    DIR *dir = opendir(getenv("POWER_DIR"));
    for (struct dirent *one; (one = readdir(dir));) {
        char inode[32];
        snprintf(inode, sizeof inode, "%llu ", (unsigned long long)one->d_ino);
        strcat(strcat(names, one->d_name), "\n");
        strcat(strcat(strcat(inodes, inode), one->d_name), "\n");
    }
    closedir(dir);
    put(".names", names, strlen(names));
    put(".inodes", inodes, strlen(inodes));
}

static void keep(int fd) {
    char name[PATH_MAX];
    if (!getenv("POWER_SHADOW")) return;
    switch (place(fd, name)) {
    case FILE_IN: keep_file(fd, name); break;
    case FOLDER: keep_names(); break;
    }
}

static long long room(void) {
    long long used = 0;
    DIR *dir = opendir(getenv("POWER_DIR"));
    if (!dir) return 0;
    for (struct dirent *one; (one = readdir(dir));) {
        struct stat facts;
        if (one->d_name[0] != '.' && !fstatat(dirfd(dir), one->d_name, &facts, 0))
            used += facts.st_size;
    }
    closedir(dir);
    return atoll(getenv("POWER_LIMIT")) - used;
}

/* The errno with which a write up to end fails; 0 when it goes through. */
static int refusal(int fd, long long end) {
    char name[PATH_MAX];
    if (place(fd, name) != FILE_IN) return 0;
    const char *flag = getenv("POWER_READONLY");
    if (flag && !access(flag, F_OK)) return EROFS;
    struct stat facts;
    if (!getenv("POWER_LIMIT") || fstat(fd, &facts) || end <= facts.st_size) return 0;
    return end - facts.st_size > room() ? ENOSPC : 0;
}

/* Count a change in the folder; the one that POWER_STOP names never comes to be. */
static void step(int within) {
    static int steps;
    const char *stop = getenv("POWER_STOP");
    if (stop && within && ++steps == atoi(stop)) kill(getpid(), SIGKILL);
}

static int is_within(const char *path) {
    const char *dir = getenv("POWER_DIR");
    return dir && !strncmp(path, dir, strlen(dir));
}

static int is_placed(int fd) {
    char name[PATH_MAX];
    return place(fd, name) != STRANGE;
}

static void linger(void) {
    const char *slow = getenv("POWER_SYNC_MS");
    if (slow) usleep(1000 * atoi(slow));
}

int fsync(int fd) { step(is_placed(fd)); keep(fd); linger(); return REAL(fsync)(fd); }
int fdatasync(int fd) { step(is_placed(fd)); keep(fd); linger(); return REAL(fdatasync)(fd); }
int rename(const char *old, const char *new) { step(is_within(new)); return REAL(rename)(old, new); }
int unlink(const char *path) { step(is_within(path)); return REAL(unlink)(path); }

ssize_t write(int fd, const void *bytes, size_t size) {
    step(getenv("POWER_STOP") && is_placed(fd));
    off_t at = lseek(fd, 0, SEEK_CUR);
    int refused = at < 0 ? 0 : refusal(fd, at + size);
    if (refused) { errno = refused; return -1; }
    return REAL(write)(fd, bytes, size);
}

#define PWRITE(name, offset) \
    ssize_t name(int fd, const void *bytes, size_t size, offset at) { \
        int refused = refusal(fd, at + size); \
        if (refused) { errno = refused; return -1; } \
        return REAL(name)(fd, bytes, size, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, offset) \
    int name(int fd, offset size) { \
        int refused = refusal(fd, size); \
        if (refused) { errno = refused; return -1; } \
        return REAL(name)(fd, size); \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define FALLOCATE(name, offset) \
    int name(int fd, offset at, offset size) { \
        int refused = refusal(fd, at + size); \
        return refused ? refused : REAL(name)(fd, at, size); \
    }
FALLOCATE(posix_fallocate, off_t)
FALLOCATE(posix_fallocate64, off64_t)

#define STATVFS(name, facts) \
    int name(const char *path, struct facts *answer) { \
        int state = REAL(name)(path, answer); \
        const char *dir = getenv("POWER_DIR"); \
        if (!state && dir && getenv("POWER_LIMIT") && !strncmp(path, dir, strlen(dir))) { \
            long long left = room(); \
            answer->f_bavail = answer->f_bfree = left < 0 ? 0 : left / answer->f_frsize; \
        } \
        return state; \
    }
STATVFS(statvfs, statvfs)
STATVFS(statvfs64, statvfs64)
