/* Preloaded into one program, this sets forward, by the seconds that a file holds, the clocks that go on while a computer sleeps: the
   time of day and the time since the start. CLOCK_MONOTONIC, which timers use, stands still in a sleep. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char file[4096];

__attribute__((constructor)) static void begin(void) {
    const char *program = getenv("LID_PROGRAM");
    const char *named = getenv("LID_FILE");
    if (program && named && strcmp(program, program_invocation_short_name) == 0 && strlen(named) < sizeof file) {
        strcpy(file, named);
    }
}

static time_t slept(void) {
    char text[32] = "";
    int open_file = file[0] ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (open_file >= 0) {
        ssize_t length = read(open_file, text, sizeof text - 1);
        close(open_file);
        text[length > 0 ? length : 0] = 0;
    }
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int outcome = (int)syscall(SYS_clock_gettime, clock, now);
    if (outcome == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
        int before = errno;
        now->tv_sec += slept();
        errno = before;
    }
    return outcome;
}
