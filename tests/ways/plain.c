/* Ways to write: system calls, memory, and copies that the kernel makes. */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void by_write(void) {
    int file = create("out", O_WRONLY);
    fill(file);
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static void by_append(void) {
    int file = create("out", O_WRONLY);
    must(write(file, "begun\n", 6) == 6 && close(file) == 0, "beginning");
    file = open(at("out"), O_WRONLY | O_APPEND);
    fill(file);
    note(file, at("out"));
    must(close(file) == 0, "close");
}

/* The same size as before, so that only the time tells. */
static void in_place(void) {
    int file = create("out", O_WRONLY);
    fill(file);
    must(close(file) == 0, "close");
    file = open(at("out"), O_RDWR);
    must(pwrite(file, "changed", 7, 100) == 7, "pwrite");
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static void by_vectors(void) {
    int file = create("out", O_RDWR);
    struct iovec halves[] = {{bytes, length / 2}, {bytes + length / 2, length - length / 2}};
    must(pwritev2(file, halves, 2, 0, 0) == (ssize_t)length, "pwritev2");
    must(preadv2(file, halves, 2, 0, 0) == (ssize_t)length, "preadv2");
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static void past_the_cache(void) {
    int file = open(at("out"), O_WRONLY | O_CREAT | O_DIRECT, 0600);
    if (file < 0) unsupported("O_DIRECT");
    fill(file);
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static unsigned char *mapped(int file) {
    must(ftruncate(file, length) == 0, "ftruncate");
    void *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    must(memory != MAP_FAILED, "mmap");
    return memory;
}

static void by_mapping(void) {
    int file = create("out", O_RDWR);
    unsigned char *memory = mapped(file);
    memcpy(memory, bytes, length);
    must(msync(memory, length, MS_SYNC) == 0 && munmap(memory, length) == 0, "msync");
    note(file, at("out"));
    must(close(file) == 0, "close");
}

/* The mapping outlives the descriptor, and is written to only then. */
static void by_mapping_after_close(void) {
    int file = create("out", O_RDWR);
    unsigned char *memory = mapped(file);
    must(close(file) == 0, "close");
    memcpy(memory, bytes, length);
    note(-1, at("out"));
    must(munmap(memory, length) == 0, "munmap");
}

static int source(void) {
    int file = create("in", O_RDWR);
    fill(file);
    must(lseek(file, 0, SEEK_SET) == 0, "lseek");
    return file;
}

static void by_sendfile(void) {
    int in = source(), out = create("out", O_WRONLY);
    must(sendfile(out, in, 0, length) == (ssize_t)length, "sendfile");
    note(out, at("out"));
    must(close(out) == 0, "close");
}

static void by_splice(void) {
    int in = source(), out = create("out", O_WRONLY), pipes[2];
    must(pipe(pipes) == 0, "pipe");
    for (size_t left = length; left;) {
        ssize_t moved = splice(in, 0, pipes[1], 0, left, 0);
        must(moved > 0, "splice in");
        for (left -= moved; moved;) {
            ssize_t some = splice(pipes[0], 0, out, 0, moved, 0);
            must(some > 0, "splice out");
            moved -= some;
        }
    }
    note(out, at("out"));
    must(close(out) == 0, "close");
}

static void by_copying(void) {
    int in = source(), out = create("out", O_WRONLY);
    ssize_t copied = copy_file_range(in, 0, out, 0, length, 0);
    if (copied < 0) unsupported("copy_file_range");
    must(copied == (ssize_t)length, "copy_file_range");
    note(out, at("out"));
    must(close(out) == 0, "close");
}

/* Mounts a file system that shares blocks at `name`, for this process alone; 0 where that cannot be. */
static int mount_sharing(const char *name) {
    char command[16384];
    apart();
    int image = create("image", O_RDWR);
    must(ftruncate(image, 320 << 20) == 0 && close(image) == 0, "image");
    must(mkdir(at(name), 0755) == 0, name);
    snprintf(command, sizeof command,
             "{ mkfs.xfs -q '%s/image' && mount -o loop '%s/image' '%s/%s'; } >/dev/null 2>&1", folder,
             folder, folder, name);
    return system(command) == 0;
}

static void reflink(const char *from, const char *to) {
    int in = create(from, O_RDWR), out = create(to, O_WRONLY);
    fill(in);
    if (ioctl(out, FICLONE, in) != 0) unsupported("FICLONE");
    note(out, at(to));
    must(close(out) == 0 && close(in) == 0, "close");
}

/* Where the folder's own file system shares no blocks, in one that does. */
static void by_reflink(void) {
    int in = create("can", O_RDWR), out = create("cannot", O_WRONLY);
    fill(in);
    int shares = ioctl(out, FICLONE, in) == 0;
    must(close(in) == 0 && close(out) == 0, "close");
    if (shares) reflink("in", "out");
    else if (mount_sharing("there")) reflink("there/in", "there/out");
    else errno = EOPNOTSUPP, unsupported("FICLONE, and no other file system could be mounted");
}

static void by_old_requests(void) {
    aio_context_t context = 0;
    if (syscall(SYS_io_setup, 1, &context) != 0) unsupported("io_setup");
    int file = create("out", O_WRONLY);
    struct iocb request = {.aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = file,
                           .aio_buf = (unsigned long)bytes, .aio_nbytes = length};
    struct iocb *requests[] = {&request};
    struct io_event event;
    must(syscall(SYS_io_submit, context, 1, requests) == 1, "io_submit");
    must(syscall(SYS_io_getevents, context, 1, 1, &event, 0) == 1, "io_getevents");
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static void by_handle(void) {
    static union { struct file_handle handle; char room[sizeof(struct file_handle) + 128]; } named;
    int mount, folder_file = open(folder, O_RDONLY | O_DIRECTORY);
    close(create("out", O_WRONLY));
    named.handle.handle_bytes = 128;
    if (name_to_handle_at(AT_FDCWD, at("out"), &named.handle, &mount, 0) != 0)
        unsupported("name_to_handle_at");
    int file = open_by_handle_at(folder_file, &named.handle, O_WRONLY);
    if (file < 0) unsupported("open_by_handle_at");
    fill(file);
    note(file, at("out"));
    must(close(file) == 0, "close");
}

/* It gets its name only when it is whole. */
static void without_a_name_first(void) {
    char own[64];
    int file = open(folder, O_TMPFILE | O_WRONLY, 0600);
    if (file < 0) unsupported("O_TMPFILE");
    fill(file);
    snprintf(own, sizeof own, "/proc/self/fd/%d", file);
    must(linkat(AT_FDCWD, own, AT_FDCWD, at("out"), AT_SYMLINK_FOLLOW) == 0, "linkat");
    note(file, at("out"));
    must(close(file) == 0, "close");
}

static void in_memory(void) {
    int file = memfd_create("out", 0);
    if (file < 0) unsupported("memfd_create");
    fill(file);
    note(file, "");
    must(close(file) == 0, "close");
}

static void remove_file(void) {
    must(close(create("out", O_WRONLY)) == 0, "close");
    must(unlink(at("out")) == 0, "unlink");
    note_removed(at("out"), 'f');
}

static void remove_directory(void) {
    must(mkdir(at("folder"), 0700) == 0, "mkdir");
    must(rmdir(at("folder")) == 0, "rmdir");
    note_removed(at("folder"), 'd');
}

static void remove_directory_at(void) {
    must(mkdir(at("folder"), 0700) == 0, "mkdir");
    must(unlinkat(AT_FDCWD, at("folder"), AT_REMOVEDIR) == 0, "unlinkat");
    note_removed(at("folder"), 'd');
}

const struct way plain_ways[] = {
    {"write", by_write},
    {"append", by_append},
    {"in-place", in_place},
    {"pwritev2", by_vectors},
    {"direct", past_the_cache},
    {"mmap", by_mapping},
    {"mmap-after-close", by_mapping_after_close},
    {"sendfile", by_sendfile},
    {"splice", by_splice},
    {"copy-file-range", by_copying},
    {"reflink", by_reflink},
    {"aio", by_old_requests},
    {"open-by-handle", by_handle},
    {"tmpfile", without_a_name_first},
    {"memfd", in_memory},
    {"unlink", remove_file},
    {"rmdir", remove_directory},
    {"unlinkat-directory", remove_directory_at},
    {0, 0},
};
