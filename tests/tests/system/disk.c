/* Preloaded into one program, this stands between it and its disk. It writes down everything that the program changes below one
   folder, in order, so that a test can rebuild the folder as a power loss would leave it; at a sync of the test's choice the program is
   killed. It also makes calls fail: those below a path, of chosen kinds, from an offset on, and while a file exists that the test makes.

   The kernel hands over each of these calls (seccomp, SECCOMP_RET_TRAP), also those that do not come from the C library. The handler
   makes the call itself, with a mark in the sixth argument that lets it pass. Calls that change one folder take turns.

   A record: the kind, three lengths and an offset as numbers of 8 bytes, the path, the second path, the bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#define MARK 0x57594254
#define ANY (-1)

static char root[PATH_MAX], fault_below[PATH_MAX], fault_while[PATH_MAX], fault_in[8];
static int list = -1;
static long power_fails_at, syncs, fault_number, fault_from;
static char turn;

static const int trapped[] = {
    SYS_openat, SYS_openat2, SYS_write, SYS_writev, SYS_pwrite64, SYS_ftruncate, SYS_fsync, SYS_fdatasync, SYS_renameat, SYS_renameat2, SYS_unlinkat,
    SYS_mkdirat, SYS_truncate, SYS_linkat, SYS_symlinkat, SYS_fallocate, SYS_pwritev, SYS_pwritev2, SYS_copy_file_range, SYS_sendfile,
    SYS_read, SYS_pread64, SYS_readv, SYS_preadv, SYS_preadv2,
#ifdef SYS_open
    SYS_open, SYS_creat, SYS_rename, SYS_unlink, SYS_rmdir, SYS_mkdir, SYS_link, SYS_symlink,
#endif
};
#define COUNT (sizeof trapped / sizeof *trapped)

static long call(long number, long a, long b, long c, long d, long e) {
    long outcome = syscall(number, a, b, c, d, e, MARK);
    return outcome < 0 ? -errno : outcome;
}

static void take_turn(void) {
    while (__atomic_test_and_set(&turn, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
}

static void end_turn(void) {
    __atomic_clear(&turn, __ATOMIC_RELEASE);
}

static void link_of_number(char *link, const char *before, int number) {
    char digits[16];
    size_t length = strlen(before), count = 0;
    memcpy(link, before, length);
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count) {
        link[length++] = digits[--count];
    }
    link[length] = 0;
}

/* The path of an open file; "" for one without a name, such as a socket. */
static void path_of_file(int file, char *path) {
    char link[64];
    path[0] = 0;
    if (file >= 0) {
        link_of_number(link, "/proc/self/fd/", file);
        ssize_t length = readlink(link, path, PATH_MAX - 1);
        path[length > 0 ? length : 0] = 0;
    }
}

static void path_at(int folder, const char *name, char *path) {
    size_t length = 0;
    if (name[0] != '/') {
        if (folder == AT_FDCWD) {
            ssize_t count = readlink("/proc/self/cwd", path, PATH_MAX - 1);
            path[count > 0 ? count : 0] = 0;
        } else {
            path_of_file(folder, path);
        }
        length = strlen(path);
        path[length++] = '/';
    }
    strncpy(path + length, name, PATH_MAX - length - 1);
    path[PATH_MAX - 1] = 0;
    for (length = strlen(path); length > 1 && path[length - 1] == '/'; length--) {
        path[length - 1] = 0;
    }
}

static int is_in(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return length && strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

/* Whether a change is to be written down. */
static int is_below(const char *path) {
    static const char gone[] = " (deleted)";
    size_t length = strlen(path), end = sizeof gone - 1;
    int is_gone = length > end && strcmp(path + length - end, gone) == 0;
    return list >= 0 && !is_gone && is_in(path, root);
}

/* The error that a call has to have, or 0. Kinds: o opening to read, r reading, w everything that changes something. */
static long fault(const char *path, char kind, long offset) {
    int is_meant = fault_number && strchr(fault_in, kind) && offset >= fault_from && is_in(path, fault_below);
    return is_meant && (!fault_while[0] || access(fault_while, F_OK) == 0) ? -fault_number : 0;
}

static void record(char kind, const char *path, const char *other, uint64_t offset, const void *bytes, size_t count) {
    uint64_t head[5] = {(uint64_t)kind, strlen(path), strlen(other), count, offset};
    struct iovec parts[4] = {{head, sizeof head}, {(void *)path, head[1]}, {(void *)other, head[2]}, {(void *)bytes, count}};
    long written = call(SYS_writev, list, (long)parts, 4, 0, 0);
    if (written != (long)(sizeof head + head[1] + head[2] + count)) {
        kill(getpid(), SIGABRT);
    }
}

static long opened(long number, int folder, const char *name, int flags, const long *args) {
    char path[PATH_MAX];
    struct stat found;
    path_at(folder, name, path);
    int changes = (flags & (O_CREAT | O_TRUNC)) != 0, writes = changes || (flags & O_ACCMODE) != O_RDONLY;
    long error = fault(path, writes ? 'w' : 'o', LONG_MAX);
    if (error || !changes || !is_below(path)) {
        return error ? error : call(number, args[0], args[1], args[2], args[3], args[4]);
    }
    take_turn();
    int is_new = fstatat(folder, name, &found, 0) != 0;
    long outcome = call(number, args[0], args[1], args[2], args[3], args[4]);
    if (outcome >= 0 && is_new) {
        record('c', path, "", 0, "", 0);
    } else if (outcome >= 0 && flags & O_TRUNC) {
        record('t', path, "", 0, "", 0);
    }
    end_turn();
    return outcome;
}

static long written(long number, const long *args) {
    char path[PATH_MAX];
    path_of_file((int)args[0], path);
    long error = fault(path, 'w', LONG_MAX);
    if (error || !is_below(path)) {
        return error ? error : call(number, args[0], args[1], args[2], args[3], args[4]);
    }
    take_turn();
    long outcome = call(number, args[0], args[1], args[2], args[3], args[4]);
    if (outcome > 0 && number == SYS_writev) {
        const struct iovec *part = (const struct iovec *)args[1];
        uint64_t offset = (uint64_t)lseek((int)args[0], 0, SEEK_CUR) - (uint64_t)outcome;
        for (size_t left = (size_t)outcome; left; part++) {
            size_t count = part->iov_len < left ? part->iov_len : left;
            record('w', path, "", offset, part->iov_base, count);
            offset += count;
            left -= count;
        }
    } else if (outcome > 0) {
        uint64_t after = number == SYS_write ? (uint64_t)lseek((int)args[0], 0, SEEK_CUR) - (uint64_t)outcome : (uint64_t)args[3];
        record('w', path, "", after, (const void *)args[1], (size_t)outcome);
    }
    end_turn();
    return outcome;
}

static long cut(long number, const long *args) {
    char path[PATH_MAX];
    path_of_file((int)args[0], path);
    long error = fault(path, 'w', LONG_MAX);
    if (error || !is_below(path)) {
        return error ? error : call(number, args[0], args[1], args[2], args[3], args[4]);
    }
    take_turn();
    long outcome = call(number, args[0], args[1], args[2], args[3], args[4]);
    if (outcome == 0) {
        record('t', path, "", (uint64_t)args[1], "", 0);
    }
    end_turn();
    return outcome;
}

/* The disk itself is not asked to sync: the power does not really fail, and the records say what would be left. */
static long synced(long number, const long *args) {
    char path[PATH_MAX];
    struct stat found;
    path_of_file((int)args[0], path);
    long error = fault(path, 'w', LONG_MAX);
    if (error || !is_below(path) || fstat((int)args[0], &found) != 0) {
        return error ? error : call(number, args[0], args[1], args[2], args[3], args[4]);
    }
    take_turn();
    if (++syncs == power_fails_at) {
        kill(getpid(), SIGKILL);
    }
    record(S_ISDIR(found.st_mode) ? 'S' : 's', path, "", 0, "", 0);
    end_turn();
    return 0;
}

/* A change of names: `kind` of one path, or of one path to another. */
static long named(char kind, long number, int folder, const char *name, int other_folder, const char *other, const long *args) {
    char path[PATH_MAX], second[PATH_MAX] = "";
    path_at(folder, name, path);
    if (other) {
        path_at(other_folder, other, second);
    }
    long error = fault(path, 'w', LONG_MAX);
    if (error || (!is_below(path) && !is_below(second))) {
        return error ? error : call(number, args[0], args[1], args[2], args[3], args[4]);
    }
    take_turn();
    long outcome = call(number, args[0], args[1], args[2], args[3], args[4]);
    if (outcome == 0) {
        record(kind, path, second, 0, "", 0);
    }
    end_turn();
    return outcome;
}

/* What is not written down is said, so that a test does not rely on half of it. */
static long unknown(long number, int file, const long *args) {
    char path[PATH_MAX] = "";
    path_of_file(file, path);
    if (file == ANY || is_below(path)) {
        char text[16];
        link_of_number(text, "", (int)number);
        if (list >= 0) {
            take_turn();
            record('x', text, "", 0, "", 0);
            end_turn();
        }
    }
    return call(number, args[0], args[1], args[2], args[3], args[4]);
}

static long read_from(long number, const long *args) {
    char path[PATH_MAX];
    if (fault_number) {
        path_of_file((int)args[0], path);
        long at = number == SYS_read || number == SYS_readv ? lseek((int)args[0], 0, SEEK_CUR) : args[3];
        long error = fault(path, 'r', at);
        if (error) {
            return error;
        }
    }
    return call(number, args[0], args[1], args[2], args[3], args[4]);
}

static long made(long number, const long *args) {
    switch (number) {
    case SYS_openat:
        return opened(number, (int)args[0], (const char *)args[1], (int)args[2], args);
    case SYS_openat2:
        return opened(number, (int)args[0], (const char *)args[1], (int)((const struct open_how *)args[2])->flags, args);
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
        return written(number, args);
    case SYS_ftruncate:
        return cut(number, args);
    case SYS_fsync:
    case SYS_fdatasync:
        return synced(number, args);
    case SYS_renameat:
    case SYS_renameat2:
        return named('r', number, (int)args[0], (const char *)args[1], (int)args[2], (const char *)args[3], args);
    case SYS_unlinkat:
        return named(args[2] & AT_REMOVEDIR ? 'd' : 'u', number, (int)args[0], (const char *)args[1], 0, NULL, args);
    case SYS_mkdirat:
        return named('m', number, (int)args[0], (const char *)args[1], 0, NULL, args);
    case SYS_read:
    case SYS_readv:
    case SYS_pread64:
    case SYS_preadv:
    case SYS_preadv2:
        return read_from(number, args);
#ifdef SYS_open
    case SYS_open:
        return opened(number, AT_FDCWD, (const char *)args[0], (int)args[1], args);
    case SYS_creat:
        return opened(number, AT_FDCWD, (const char *)args[0], O_CREAT | O_TRUNC, args);
    case SYS_rename:
        return named('r', number, AT_FDCWD, (const char *)args[0], AT_FDCWD, (const char *)args[1], args);
    case SYS_unlink:
        return named('u', number, AT_FDCWD, (const char *)args[0], 0, NULL, args);
    case SYS_rmdir:
        return named('d', number, AT_FDCWD, (const char *)args[0], 0, NULL, args);
    case SYS_mkdir:
        return named('m', number, AT_FDCWD, (const char *)args[0], 0, NULL, args);
#endif
    case SYS_fallocate:
    case SYS_pwritev:
    case SYS_pwritev2:
        return unknown(number, (int)args[0], args);
    case SYS_copy_file_range:
        return unknown(number, (int)args[2], args);
    case SYS_sendfile:
        return unknown(number, (int)args[0], args);
    default:
        return unknown(number, ANY, args);
    }
}

static void handle(int signal, siginfo_t *info, void *context) {
    int before = errno;
    (void)signal;
#if defined(__x86_64__)
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    long args[5] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX], registers[REG_R10], registers[REG_R8]};
    registers[REG_RAX] = made(info->si_syscall, args);
#elif defined(__aarch64__)
    unsigned long long *registers = ((ucontext_t *)context)->uc_mcontext.regs;
    long args[5] = {(long)registers[0], (long)registers[1], (long)registers[2], (long)registers[3], (long)registers[4]};
    registers[0] = (unsigned long long)made(info->si_syscall, args);
#else
#error "the registers of this processor are not known here"
#endif
    errno = before;
}

static void trap(void) {
    struct sock_filter filter[COUNT + 5] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, COUNT + 1, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (size_t number = 0; number < COUNT; number++) {
        filter[3 + number] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)trapped[number], COUNT - number, 0);
    }
    filter[3 + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[4 + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sock_fprog program = {COUNT + 5, filter};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        _exit(99);
    }
}

static long number_in(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static void text_in(const char *name, char *text, size_t size) {
    const char *value = getenv(name);
    if (value && strlen(value) < size) {
        strcpy(text, value);
    }
}

__attribute__((constructor)) static void start(void) {
    const char *program = getenv("DISK_PROGRAM"), *file = getenv("DISK_RECORDS");
    if (!program || strcmp(program, program_invocation_short_name) != 0) {
        return;
    }
    if (file) {
        text_in("DISK_ROOT", root, sizeof root);
        list = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        power_fails_at = number_in("DISK_POWER_FAILS_AT");
    }
    text_in("DISK_FAULT_BELOW", fault_below, sizeof fault_below);
    text_in("DISK_FAULT_WHILE", fault_while, sizeof fault_while);
    text_in("DISK_FAULT_IN", fault_in, sizeof fault_in);
    fault_number = number_in("DISK_FAULT");
    fault_from = number_in("DISK_FAULT_FROM");
    trap();
}
