/* Processes that share a file: who opened it is not who writes it, or who closes it. */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void closed_by_exit(void) {
    int file = create("out", O_WRONLY);
    fill(file);
    note(file, at("out"));
}

static void closed_by_kill(void) {
    int file = create("out", O_WRONLY);
    fill(file);
    note(file, at("out"));
    kill(getpid(), SIGKILL);
}

static void closed_by_a_program(void) {
    int file = create("out", O_WRONLY | O_CLOEXEC);
    fill(file);
    note(file, at("out"));
    execl("/proc/self/exe", "ways", "--end", "0", (char *)0);
    must(0, "exec");
}

/* Two descriptors lead to the file when the process ends. */
static void held_twice(void) {
    int file = create("out", O_WRONLY);
    must(dup(file) >= 0, "dup");
    fill(file);
    note(file, at("out"));
}

static void closed_by_range(void) {
    int file = create("out", O_WRONLY);
    fill(file);
    note(file, at("out"));
    if (syscall(SYS_close_range, file, file + 100, 0) != 0) unsupported("close_range");
}

static void through_a_duplicate(void) {
    int first = create("out", O_WRONLY), second = dup(first);
    must(second >= 0 && close(first) == 0, "dup");
    fill(second);
    note(second, at("out"));
    int other = open("/dev/null", O_WRONLY);
    must(dup2(other, second) == second, "dup2");
}

/* Starts this program anew with the file as its descriptor, which it writes and never closes. */
static pid_t hand_down(int file) {
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        char descriptor[16], count[24];
        snprintf(descriptor, sizeof descriptor, "%d", file);
        snprintf(count, sizeof count, "%zu", length);
        execl("/proc/self/exe", "ways", "--fill", descriptor, count, (char *)0);
        _exit(1);
    }
    return child;
}

static void inherited(void) {
    int file = create("out", O_WRONLY), status;
    pid_t child = hand_down(file);
    must(close(file) == 0, "close");
    must(waitpid(child, &status, 0) == child && status == 0, "the heir");
    note(-1, at("out"));
}

static void handed_over(void) {
    int pair[2], status, got = -1;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
    char byte = 0;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control};
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        must(recvmsg(pair[1], &message, 0) == 1, "recvmsg");
        memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
        fill(got);
        note(got, at("out"));
        must(close(got) == 0, "close");
        _exit(0);
    }
    int file = create("out", O_WRONLY);
    memset(&control, 0, sizeof control);
    control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof file), .cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &file, sizeof file);
    must(sendmsg(pair[0], &message, 0) == 1 && close(file) == 0, "sendmsg");
    must(waitpid(child, &status, 0) == child && status == 0, "the receiver");
}

static void *become(void *nothing) {
    char count[24];
    (void)nothing;
    snprintf(count, sizeof count, "%zu", length);
    execl("/proc/self/exe", "ways", "--make", at("out"), count, (char *)0);
    return 0;
}

/* A thread that is not the first becomes the process. */
static void thread_that_execs(void) {
    int status;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        pthread_t thread;
        must(pthread_create(&thread, 0, become, 0) == 0, "a thread");
        pthread_join(thread, 0);
        _exit(1);
    }
    must(waitpid(child, &status, 0) == child && status == 0, "the thread");
    note(-1, at("out"));
}

/* Sets what pid comes next, as far as nobody else takes it meanwhile. */
static pid_t fork_as(pid_t wanted) {
    FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "w");
    if (!last) unsupported("ns_last_pid");
    fprintf(last, "%d", wanted - 1);
    must(fclose(last) == 0, "ns_last_pid");
    return fork();
}

/* Two processes of one pid, a tick of the clock apart, write the same file. */
static void one_pid_twice(void) {
    int status;
    pid_t first = fork();
    must(first >= 0, "fork");
    if (first == 0) {
        close(create("out", O_WRONLY));
        _exit(0);
    }
    must(waitpid(first, &status, 0) == first && status == 0, "the first");
    struct timespec tick = {0, 20000000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, 0);
    for (int tried = 0; tried < 100; tried++) {
        pid_t second = fork_as(first);
        must(second >= 0, "fork");
        if (second == 0) {
            if (getpid() != first) _exit(3);
            int file = open(at("out"), O_WRONLY);
            fill(file);
            note(file, at("out"));
            must(close(file) == 0, "close");
            _exit(0);
        }
        must(waitpid(second, &status, 0) == second, "the second");
        if (WEXITSTATUS(status) == 0) return;
    }
    errno = EAGAIN;
    unsupported("the same pid again");
}

/* Holds `count` files open at once when it ends: every sixteenth is new and written, the last whole;
 * between them each is open for reading as often again. */
static void hold(rlim_t count, char *name, size_t room) {
    int here = open(folder, O_RDONLY | O_DIRECTORY), file = -1;
    must(here >= 0, "open");
    for (rlim_t number = 0; number < count; number++) {
        if (number % 16 != 0 && number != count - 1) {
            must(openat(here, name, O_RDONLY) >= 0, "openat");
            continue;
        }
        snprintf(name, room, "%lu", (unsigned long)number);
        file = openat(here, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
        must(file >= 0, "openat");
        if (number % 16 == 0) must(write(file, bytes, 64) == 64, "write");
    }
    fill(file);
}

/* More files than a table of a small size has. A file system of their own has the inodes. */
static void many_at_once(void) {
    rlim_t count = 100000;
    struct rlimit limit = {count + 64, count + 64};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        /* As many as this process may have. */
        must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        if (limit.rlim_max < 8192 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
            unsupported("more than 8,192 open files");
        count = limit.rlim_max - 64;
    }
    apart();
    must(mount("tmpfs", folder, "tmpfs", 0, "nr_inodes=0") == 0, "tmpfs");
    char name[32];
    int status;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        hold(count, name, sizeof name);
        _exit(0);
    }
    must(waitpid(child, &status, 0) == child && status == 0, "the holder");
    snprintf(name, sizeof name, "%lu", (unsigned long)count - 1);
    note(-1, at(name));
}

/* With the process goes the last of its mount namespace. */
static void closed_with_the_namespace(void) {
    apart();
    must(mount("tmpfs", folder, "tmpfs", 0, 0) == 0, "tmpfs");
    int file = create("out", O_WRONLY);
    fill(file);
    note(file, at("out"));
}

const struct way process_ways[] = {
    {"exit", closed_by_exit},
    {"kill", closed_by_kill},
    {"close-on-exec", closed_by_a_program},
    {"held-twice", held_twice},
    {"close-range", closed_by_range},
    {"dup", through_a_duplicate},
    {"inherited", inherited},
    {"passed", handed_over},
    {"thread-exec", thread_that_execs},
    {"pid-reuse", one_pid_twice},
    {"many-files", many_at_once},
    {"namespace-end", closed_with_the_namespace},
    {0, 0},
};
