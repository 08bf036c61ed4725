/* Ways to write a file, and storms of calls, for guests.
 *
 * ways storm getppid|write ROUNDS FILE   the fewest nanoseconds that a call took in a round of 10,000;
 *                                        where instructions are the guest's clock, its instructions
 * ways WAY OUT DOCUMENT...               enciphers the documents into OUT, and lets go of it by WAY
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned char data[1 << 20];
static size_t length;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void read_documents(char **names) {
    for (; *names; names++) {
        FILE *in = fopen(*names, "rb");
        if (!in) fail(*names);
        length += fread(data + length, 1, sizeof data - length, in);
        fclose(in);
    }
    uint64_t state = 88172645463325252ull;
    for (size_t at = 0; at < length; at++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        data[at] ^= state >> 24;
    }
}

static int make(const char *name, int more) {
    int out = open(name, O_RDWR | O_CREAT | O_TRUNC | more, 0600);
    if (out < 0) fail(name);
    return out;
}

static void put(int out) {
    if (write(out, data, length) != (ssize_t)length) fail("write");
}

/* A mapping of OUT that is written to when its last descriptor is closed. */
static void write_late(const char *name) {
    int out = make(name, 0);
    if (ftruncate(out, length)) fail("ftruncate");
    void *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
    if (memory == MAP_FAILED) fail("mmap");
    close(out);
    memcpy(memory, data, length);
}

/* Memory that processes could share, which is a file to the kernel alone. */
static void write_memory(void) {
    void *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    memcpy(memory, data, length);
    munmap(memory, length);
}

/* The last reference is a message that nobody receives. */
static void pass(int out) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) fail("socketpair");
    char byte = 0, control[CMSG_SPACE(sizeof out)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET, head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof out);
    memcpy(CMSG_DATA(head), &out, sizeof out);
    if (sendmsg(pair[0], &message, 0) != 1) fail("sendmsg");
    close(out);
    close(pair[0]);
    close(pair[1]);
}

#if defined(__x86_64__)
/* The calls of a 32-bit program: all that they point to lies low. */
static long narrow(long number, long first, long second, long third) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}

static void write_narrow(const char *name) {
    char *low = mmap(0, length + 8192, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED) fail("mmap");
    sprintf(low, "%s.part", name);
    strcpy(low + 4096, name);
    memcpy(low + 8192, data, length);
    int out = narrow(5, (long)low, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || narrow(4, out, (long)(low + 8192), length) != (long)length) fail("narrow");
    narrow(6, out, 0, 0);
    if (narrow(38, (long)low, (long)(low + 4096), 0)) fail("narrow rename");
}
#endif

static struct io_uring_params setup;
static char *submissions, *completions;
static struct io_uring_sqe *entries;
static int ring;

static void open_ring(void) {
    ring = syscall(__NR_io_uring_setup, 4, &setup);
    if (ring < 0) fail("io_uring_setup");
    submissions = mmap(0, setup.sq_off.array + setup.sq_entries * sizeof(unsigned),
                       PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    completions = mmap(0, setup.cq_off.cqes + setup.cq_entries * sizeof(struct io_uring_cqe),
                       PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
    entries = mmap(0, setup.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
                   IORING_OFF_SQES);
    if (submissions == MAP_FAILED || completions == MAP_FAILED || entries == MAP_FAILED)
        fail("mmap of a ring");
}

/* Submits one entry, waits for its completion and gives its result. */
static int submit(struct io_uring_sqe entry) {
    unsigned *tail = (unsigned *)(submissions + setup.sq_off.tail);
    unsigned *head = (unsigned *)(completions + setup.cq_off.head);
    unsigned slot = *tail & (setup.sq_entries - 1);
    entries[slot] = entry;
    ((unsigned *)(submissions + setup.sq_off.array))[slot] = slot;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) != 1)
        fail("io_uring_enter");
    struct io_uring_cqe *done = (struct io_uring_cqe *)(completions + setup.cq_off.cqes);
    int result = done[*head & (setup.cq_entries - 1)].res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    if (result < 0) {
        fprintf(stderr, "operation %d: %s\n", entry.opcode, strerror(-result));
        exit(1);
    }
    return result;
}

/* Opens, writes, closes and renames without a system call for any of it. */
static void write_by_ring(const char *name) {
    char part[4096];
    snprintf(part, sizeof part, "%s.part", name);
    open_ring();
    int out = submit((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
                                           .addr = (uintptr_t)part, .len = 0600,
                                           .open_flags = O_WRONLY | O_CREAT | O_TRUNC});
    submit((struct io_uring_sqe){.opcode = IORING_OP_WRITE, .fd = out, .len = length,
                                 .addr = (uintptr_t)data});
    submit((struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .fd = out});
    /* IORING_OP_RENAMEAT, which came with 5.11. */
    submit((struct io_uring_sqe){.opcode = 35, .fd = AT_FDCWD, .addr = (uintptr_t)part,
                                 .len = (unsigned)AT_FDCWD, .off = (uintptr_t)name});
}

/* The last reference is the ring's, which a thread of the kernel takes down. */
static void leave_to_ring(int out) {
    open_ring();
    if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &out, 1)) fail("register");
    close(out);
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int storm(const char *call, int rounds, const char *name) {
    enum { CALLS = 10000 };
    int out = make(name, 0);
    uint64_t least = UINT64_MAX;
    for (int round = 0; round < rounds; round++) {
        if (lseek(out, 0, SEEK_SET)) fail("lseek");
        uint64_t begun = nanoseconds();
        for (int at = 0; at < CALLS; at++) {
            if (*call == 'g') syscall(__NR_getppid);
            else if (write(out, data, 512) != 512) fail("write");
        }
        uint64_t took = nanoseconds() - begun;
        if (took < least) least = took;
    }
    printf("%llu\n", (unsigned long long)(least / CALLS));
    return 0;
}

int main(int count, char **words) {
    if (count < 4) return 2;
    const char *way = words[1], *name = words[2];
    if (!strcmp(way, "storm")) return storm(name, atoi(words[3]), words[4]);
    read_documents(words + 3);
    if (!strcmp(way, "plain")) {
        int out = make(name, 0);
        put(out);
        close(out);
    } else if (!strcmp(way, "late-mapping")) {
        write_late(name);
    } else if (!strcmp(way, "twice-held")) {
        int out = make(name, 0);
        dup(out);
        put(out);
    } else if (!strcmp(way, "killed")) {
        put(make(name, 0));
        raise(SIGKILL);
    } else if (!strcmp(way, "exec")) {
        put(make(name, O_CLOEXEC));
        execl("/bin/true", "true", (char *)0);
        fail("exec");
    } else if (!strcmp(way, "passed")) {
        int out = make(name, 0);
        put(out);
        pass(out);
    } else if (!strcmp(way, "registered")) {
        int out = make(name, 0);
        put(out);
        leave_to_ring(out);
    } else if (!strcmp(way, "memory")) {
        write_memory();
    } else if (!strcmp(way, "ring")) {
        write_by_ring(name);
#if defined(__x86_64__)
    } else if (!strcmp(way, "narrow")) {
        write_narrow(name);
#endif
    } else {
        return 2;
    }
    return 0;
}
