/* Loaded ahead of the C library (LD_PRELOAD): on one rank the N-th call that changes a file below a folder fails.
 *
 *   FAULT_RANK   the rank
 *   FAULT_CALL   N, from 1
 *   FAULT_ERRNO  the number of the reason
 *   FAULT_BELOW  the folder
 *   FAULT_OPENS  when set, every opening fails from the first on, to read as well, and nothing else
 *   FAULT_LASTS  when set, all later calls fail as well, as on a disk that is gone or full
 *
 * What fails is told on standard error: "disk.c: pwrite of PATH fails".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int concerns(const char *path)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *mine = getenv("FAULT_RANK"), *below = getenv("FAULT_BELOW");
    return rank && mine && below && strcmp(rank, mine) == 0 && strncmp(path, below, strlen(below)) == 0;
}

/* Whether this call is to fail; errno is set then. */
static int fails(const char *what, const char *path)
{
    if (!concerns(path) || !getenv("FAULT_CALL"))
        return 0;
    long now = atomic_fetch_add(&calls, 1) + 1, wanted = atol(getenv("FAULT_CALL"));
    if (now != wanted && !(getenv("FAULT_LASTS") && now > wanted))
        return 0;
    if (now == wanted)
        fprintf(stderr, "disk.c: %s of %s fails\n", what, path);
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

static int fails_at(const char *what, int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(what, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Opening to read changes nothing. On other ranks than 0 a single opening does not fail either: when it is that of
 * MPI_File_open and not the trial just before, OpenMPI 4.1 waits for ever, and nothing outside of it hears of that. */
#define OPEN(name)                                                                                                  \
    int name(const char *path, int flags, ...)                                                                      \
    {                                                                                                               \
        va_list rest;                                                                                               \
        va_start(rest, flags);                                                                                      \
        mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;             \
        va_end(rest);                                                                                               \
        const char *rank = getenv("FAULT_RANK");                                                                    \
        if (getenv("FAULT_OPENS") && concerns(path)) {                                                              \
            fprintf(stderr, "disk.c: %s of %s fails\n", #name, path);                                               \
            errno = atoi(getenv("FAULT_ERRNO"));                                                                    \
            return -1;                                                                                              \
        }                                                                                                           \
        if ((flags & O_ACCMODE) != O_RDONLY && rank && strcmp(rank, "0") == 0 && fails(#name, path))                \
            return -1;                                                                                              \
        return REAL(name)(path, flags, mode);                                                                       \
    }
OPEN(open)
OPEN(open64)

#define ON_FILE(type, name, parameters, arguments)                                                                  \
    type name parameters { return fails_at(#name, file) ? -1 : REAL(name) arguments; }
ON_FILE(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
ON_FILE(ssize_t, writev, (int file, const struct iovec *pieces, int count), (file, pieces, count))
ON_FILE(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
ON_FILE(ssize_t, pwritev, (int file, const struct iovec *pieces, int count, off_t at), (file, pieces, count, at))
ON_FILE(ssize_t, pwritev64, (int file, const struct iovec *pieces, int count, off64_t at), (file, pieces, count, at))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))

int rename(const char *from, const char *to)
{
    return fails("rename", from) ? -1 : REAL(rename)(from, to);
}
