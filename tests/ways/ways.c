/* Does what it is told to, one process for each way, and says what must be seen of it.
 *
 * ways FOLDER LENGTH [NAME...]   prints a line for each way, of fields divided by tabs:
 *     NAME done SIZE DEVICE INODE PATH    bytes of the path that are no plain text as \ooo
 *     NAME removed file|directory PATH
 *     NAME unsupported WHY
 * ways --fill FD LENGTH          writes through a descriptor that it was given, and ends
 * ways --make PATH LENGTH        makes a file, and ends
 * ways --end 0                   ends
 */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct made *made;
const char *folder;
size_t length;
unsigned char *bytes;

void unsupported(const char *what) {
    snprintf(made->trouble, sizeof made->trouble, "%s: %s", what, strerror(errno));
    _exit(0);
}

void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "ways: %s: %s: %s\n", folder, what, strerror(errno));
        _exit(1);
    }
}

const char *at(const char *name) {
    static char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

int create(const char *name, int flags) {
    int file = open(at(name), O_CREAT | O_EXCL | flags, 0600);
    must(file >= 0, name);
    return file;
}

void fill(int file) {
    for (size_t written = 0; written < length;) {
        ssize_t more = write(file, bytes + written, length - written);
        must(more > 0, "write");
        written += more;
    }
}

void note(int file, const char *path) {
    struct stat state;
    must((file >= 0 ? fstat(file, &state) : stat(path, &state)) == 0, "stat");
    made->device = state.st_dev;
    made->inode = state.st_ino;
    made->size = state.st_size;
    snprintf(made->path, sizeof made->path, "%s", path);
    made->done = 1;
}

void note_removed(const char *path, char kind) {
    snprintf(made->path, sizeof made->path, "%s", path);
    made->removed = kind;
    made->done = 1;
}

void apart(void) {
    if (unshare(CLONE_NEWNS) != 0) unsupported("a mount namespace");
    must(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) == 0, "private mounts");
}

static void draw(size_t seed) {
    size_t whole = (length + 4095) / 4096 * 4096;
    bytes = mmap(0, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(bytes != MAP_FAILED, "memory");
    unsigned long long state = 88172645463325252ull + seed;
    for (size_t byte = 0; byte < length; byte++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        bytes[byte] = state >> 24;
    }
}

static void print(const char *path) {
    for (; *path; path++) {
        unsigned char byte = *path;
        if (byte > ' ' && byte < 127 && byte != '\\') putchar(byte);
        else printf("\\%03o", byte);
    }
}

/* Tries a way and says what came of it; 0 where that was as it must. */
static int try(const struct way *way, const char *all) {
    static char own[4096];
    snprintf(own, sizeof own, "%s/%s", all, way->name);
    folder = own;
    must(mkdir(folder, 0755) == 0, "mkdir");
    memset(made, 0, sizeof *made);
    fflush(stdout);
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        draw(length);
        way->go();
        _exit(0);
    }
    int status;
    must(waitpid(child, &status, 0) == child, "wait");
    if (made->trouble[0]) {
        printf("%s\tunsupported\t%s\n", way->name, made->trouble);
        return 0;
    }
    if (!made->done || (WIFEXITED(status) && WEXITSTATUS(status))) {
        fprintf(stderr, "ways: %s ended with %x\n", way->name, status);
        return 1;
    }
    if (made->removed) printf("%s\tremoved\t%s\t", way->name, made->removed == 'd' ? "directory" : "file");
    else printf("%s\tdone\t%lld\t%llu\t%llu\t", way->name, made->size, made->device, made->inode);
    print(made->path);
    putchar('\n');
    return 0;
}

int main(int count, char **words) {
    made = mmap(0, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED || count < 3) {
        fputs("usage: ways FOLDER LENGTH [NAME...]\n", stderr);
        return 2;
    }
    folder = "ways";
    if (count == 3 && !strcmp(words[1], "--end")) return 0;
    if (count == 4 && !strncmp(words[1], "--", 2)) {
        length = strtoul(words[3], 0, 10);
        draw(length);
        int file = !strcmp(words[1], "--fill") ? atoi(words[2])
                                               : open(words[2], O_WRONLY | O_CREAT | O_EXCL, 0600);
        must(file >= 0, words[2]);
        fill(file);
        return 0;
    }
    const struct way *tables[] = {plain_ways, place_ways, uring_ways, process_ways};
    length = strtoul(words[2], 0, 10);
    int failed = 0, known = 0;
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++) {
        for (const struct way *way = tables[table]; way->name; way++) {
            /* Whole blocks for what goes past the cache, and no two ways alike. */
            length += 4096;
            int wanted = count == 3;
            for (int word = 3; word < count; word++) wanted |= !strcmp(words[word], way->name);
            known += wanted;
            if (wanted) failed |= try(way, words[1]);
        }
    }
    if (count > 3 && known != count - 3) {
        fputs("ways: one of the names is no way's\n", stderr);
        return 2;
    }
    return failed;
}
