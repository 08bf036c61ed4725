/* Ways through io_uring: requests in a ring instead of system calls. */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params setup;
static char *submissions, *completions;
static struct io_uring_sqe *entries;
static int ring;

static void begin(unsigned flags) {
    setup.flags = flags;
    setup.sq_thread_idle = 1000;
    ring = syscall(__NR_io_uring_setup, 4, &setup);
    if (ring < 0) unsupported("io_uring_setup");
    int both = PROT_READ | PROT_WRITE, shared = MAP_SHARED | MAP_POPULATE;
    submissions = mmap(0, setup.sq_off.array + setup.sq_entries * sizeof(unsigned), both, shared,
                       ring, IORING_OFF_SQ_RING);
    completions = mmap(0, setup.cq_off.cqes + setup.cq_entries * sizeof(struct io_uring_cqe), both,
                       shared, ring, IORING_OFF_CQ_RING);
    entries = mmap(0, setup.sq_entries * sizeof *entries, both, shared, ring, IORING_OFF_SQES);
    must(submissions != MAP_FAILED && completions != MAP_FAILED && entries != MAP_FAILED, "rings");
}

/* Has one request done; gives its result. */
static int request(const struct io_uring_sqe *entry) {
    unsigned *tail = (unsigned *)(submissions + setup.sq_off.tail);
    unsigned *array = (unsigned *)(submissions + setup.sq_off.array);
    unsigned *flags = (unsigned *)(submissions + setup.sq_off.flags);
    unsigned slot = *tail & (setup.sq_entries - 1);
    entries[slot] = *entry;
    array[slot] = slot;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_SEQ_CST);
    unsigned how = IORING_ENTER_GETEVENTS, submitted = 1;
    if (setup.flags & IORING_SETUP_SQPOLL) {
        submitted = 0;
        if (__atomic_load_n(flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
            how |= IORING_ENTER_SQ_WAKEUP;
    }
    must(syscall(__NR_io_uring_enter, ring, submitted, 1, how, 0, 0) >= 0, "io_uring_enter");
    unsigned *head = (unsigned *)(completions + setup.cq_off.head);
    struct io_uring_cqe *results = (void *)(completions + setup.cq_off.cqes);
    int result = results[*head & (setup.cq_entries - 1)].res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    if (result < 0) errno = -result;
    return result;
}

static void submit_write(int file) {
    const struct io_uring_sqe write = {.opcode = IORING_OP_WRITE, .fd = file,
                                       .addr = (unsigned long)bytes, .len = length};
    must(request(&write) == (int)length, "write");
}

static void submit_close(int file) {
    const struct io_uring_sqe close = {.opcode = IORING_OP_CLOSE, .fd = file};
    must(request(&close) == 0, "close");
}

static void write_and_close(unsigned flags) {
    begin(flags);
    int file = create("out", O_WRONLY);
    submit_write(file);
    note(file, at("out"));
    submit_close(file);
}

static void by_requests(void) { write_and_close(0); }

static void by_a_polling_thread(void) { write_and_close(IORING_SETUP_SQPOLL); }

/* No system call names the file at all. */
static void opened_by_requests(void) {
    begin(0);
    const struct io_uring_sqe open = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
                                      .addr = (unsigned long)at("out"), .len = 0600,
                                      .open_flags = O_WRONLY | O_CREAT | O_EXCL};
    int file = request(&open);
    if (file == -EINVAL) unsupported("IORING_OP_OPENAT");
    must(file >= 0, "openat");
    submit_write(file);
    note(file, at("out"));
    submit_close(file);
}

/* What was written gets its name by a request. */
static void renamed_by_a_request(void) {
    char new[8192];
    begin(0);
    int file = create("first", O_WRONLY);
    fill(file);
    must(close(file) == 0, "close");
    snprintf(new, sizeof new, "%s", at("out"));
    const struct io_uring_sqe rename = {.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD,
                                        .len = AT_FDCWD, .addr = (unsigned long)at("first"),
                                        .addr2 = (unsigned long)new};
    int result = request(&rename);
    if (result == -EINVAL) unsupported("IORING_OP_RENAMEAT");
    must(result == 0, "renameat");
    note(-1, new);
}

const struct way uring_ways[] = {
    {"uring", by_requests},
    {"uring-sqpoll", by_a_polling_thread},
    {"uring-open", opened_by_requests},
    {"uring-rename", renamed_by_a_request},
    {0, 0},
};
