/*
 * What a power cut leaves: the bytes of a file as they were when it was last synced. Preloaded into
 * the worker, this keeps such a copy of henkin.db and henkin.db-wal in the folder SYNCED, replaced by
 * a rename so that a kill never leaves half of one; with HISTORY set, every sync also leaves both
 * copies in a numbered folder there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const NAMES[] = {"henkin.db", "henkin.db-wal"};
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int syncs;

static void fail(const char *what) {
  perror(what);
  abort();
}

static void copy(const char *from, const char *to) {
  char draft[PATH_MAX], bytes[65536];
  snprintf(draft, sizeof draft, "%s.draft", to);
  int in = open(from, O_RDONLY | O_CLOEXEC);
  int out = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (in < 0 || out < 0) fail(draft);
  for (ssize_t n; (n = read(in, bytes, sizeof bytes)) != 0;)
    if (n < 0 || write(out, bytes, n) != n) fail(draft);
  close(in);
  close(out);
  if (rename(draft, to) != 0) fail(to);
}

static void remember(const char *synced) {
  char folder[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
  snprintf(folder, sizeof folder, "%s/%06d", getenv("HISTORY"), ++syncs);
  if (mkdir(folder, 0700) != 0) fail(folder);
  for (int i = 0; i < 2; i++) {
    snprintf(from, sizeof from, "%s/%s", synced, NAMES[i]);
    snprintf(to, sizeof to, "%s/%s", folder, NAMES[i]);
    /* Neither copy is ever written again, so a second name is as good as a second file. */
    if (access(from, F_OK) == 0 && link(from, to) != 0) fail(to);
  }
}

static int sync_and_copy(int fd, const char *function) {
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
  const char *folder = getenv("SYNCED");
  char link[64], path[PATH_MAX], to[PATH_MAX];
  pthread_mutex_lock(&one_at_a_time);
  int result = sync(fd);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (result == 0 && folder != NULL && length > 0) {
    path[length] = 0;
    const char *slash = strrchr(path, '/');
    for (int i = 0; slash != NULL && i < 2; i++) {
      if (strcmp(slash + 1, NAMES[i]) != 0) continue;
      snprintf(to, sizeof to, "%s/%s", folder, NAMES[i]);
      copy(path, to);
      if (getenv("HISTORY") != NULL) remember(folder);
    }
  }
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}

int fsync(int fd) { return sync_and_copy(fd, "fsync"); }
int fdatasync(int fd) { return sync_and_copy(fd, "fdatasync"); }
