/*
 * Records, in order, what a process does to the files below DISK_ROOT: preloaded with LD_PRELOAD, written to DISK_TRACE.
 * Each call is made and recorded in one turn, so that the order of the records is the order of the effects, whichever thread
 * made them. What is written to standard output is recorded too: it is what the process acknowledged by then.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The order of KINDS in trace.ts. */
enum kind { CREATE, WRITE, TRUNCATE, SYNC_FILE, SYNC_FOLDER, RENAME, UNLINK, MAKE_FOLDER, SAY };

struct record {
  uint32_t kind;
  uint32_t path_bytes;
  uint32_t data_bytes;
  uint32_t unused;
  uint64_t file;
  uint64_t offset;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static const char *root = "";

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_TRACE");
  const char *folder = getenv("DISK_ROOT");
  if (path == NULL || folder == NULL) return;
  root = folder;
  trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
  return trace >= 0 && strncmp(path, root, strlen(root)) == 0;
}

static void record(enum kind kind, const char *path, uint64_t file, uint64_t offset, const void *data, size_t bytes) {
  struct record head = {kind, strlen(path), bytes, 0, file, offset};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_bytes}, {(void *)data, bytes}};
  syscall(SYS_writev, trace, parts, 3);
}

/* The path of an open file; empty when it is none of ours. */
static const char *path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t bytes = trace < 0 ? 0 : readlink(link, path, PATH_MAX - 1);
  path[bytes < 0 ? 0 : bytes] = '\0';
  return is_ours(path) ? path : "";
}

static struct stat stat_of(int fd) {
  struct stat facts = {0};
  fstat(fd, &facts);
  return facts;
}

static void record_write(int fd, const void *data, ssize_t bytes, off_t offset) {
  char path[PATH_MAX];
  if (bytes <= 0) return;
  if (fd == STDOUT_FILENO && trace >= 0) record(SAY, "", 0, 0, data, bytes);
  else if (*path_of(fd, path) != '\0') record(WRITE, path, stat_of(fd).st_ino, offset, data, bytes);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  pthread_mutex_lock(&turn);
  ssize_t done = syscall(SYS_write, fd, data, bytes);
  /* The position stands behind what was written, for files opened to append as well. */
  record_write(fd, data, done, lseek(fd, 0, SEEK_CUR) - done);
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) {
  pthread_mutex_lock(&turn);
  ssize_t done = syscall(SYS_pwrite64, fd, data, bytes, offset);
  record_write(fd, data, done, offset);
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) { return pwrite64(fd, data, bytes, offset); }

/* A write in several parts may be several writes: POSIX promises no more. */
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  ssize_t total = 0;
  for (int index = 0; index < count; index += 1) {
    ssize_t done = offset < 0 ? write(fd, parts[index].iov_base, parts[index].iov_len)
                              : pwrite64(fd, parts[index].iov_base, parts[index].iov_len, offset + total);
    if (done < 0) return total == 0 ? done : total;
    total += done;
    if ((size_t)done < parts[index].iov_len) break;
  }
  return total;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) { return pwritev64(fd, parts, count, -1); }

int ftruncate64(int fd, off64_t bytes) {
  char path[PATH_MAX];
  pthread_mutex_lock(&turn);
  int done = syscall(SYS_ftruncate, fd, bytes);
  if (done == 0 && *path_of(fd, path) != '\0') record(TRUNCATE, path, stat_of(fd).st_ino, bytes, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}

int ftruncate(int fd, off_t bytes) { return ftruncate64(fd, bytes); }

static int sync_with(long call, int fd) {
  char path[PATH_MAX];
  pthread_mutex_lock(&turn);
  int done = syscall(call, fd);
  if (done == 0 && *path_of(fd, path) != '\0') {
    struct stat facts = stat_of(fd);
    record(S_ISDIR(facts.st_mode) ? SYNC_FOLDER : SYNC_FILE, path, facts.st_ino, 0, "", 0);
  }
  pthread_mutex_unlock(&turn);
  return done;
}

int fsync(int fd) { return sync_with(SYS_fsync, fd); }

int fdatasync(int fd) { return sync_with(SYS_fdatasync, fd); }

static int open_with(const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&turn);
  int existed = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
  int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (fd >= 0 && is_ours(path)) {
    uint64_t file = stat_of(fd).st_ino;
    if (!existed) record(CREATE, path, file, 0, "", 0);
    else if (flags & O_TRUNC) record(TRUNCATE, path, file, 0, "", 0);
  }
  pthread_mutex_unlock(&turn);
  return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & O_CREAT ? va_arg(rest, mode_t) : 0; }

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(path, flags, mode);
}

int rename(const char *from, const char *to) {
  pthread_mutex_lock(&turn);
  int done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (done == 0 && is_ours(from)) record(RENAME, from, 0, 0, to, strlen(to));
  pthread_mutex_unlock(&turn);
  return done;
}

int unlink(const char *path) {
  pthread_mutex_lock(&turn);
  int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (done == 0 && is_ours(path)) record(UNLINK, path, 0, 0, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}

int mkdir(const char *path, mode_t mode) {
  pthread_mutex_lock(&turn);
  int done = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  if (done == 0 && is_ours(path)) record(MAKE_FOLDER, path, 0, 0, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}
