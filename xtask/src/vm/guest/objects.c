/* objects [programs|maps]: prints how many BPF programs of the kinds that the probes are of (kprobe,
 * tracepoint, tracing) the kernel holds, and how many maps of their kind of name; those of systemd are
 * of others. Without an argument both, as "programs N, maps M". Ends with 1 where the kernel does not
 * say.
 *
 * Numbers are those of include/uapi/linux/bpf.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum command { PROGRAM_NEXT = 11, MAP_NEXT = 12, PROGRAM_BY_ID = 13, MAP_BY_ID = 14, INFO = 15 };
enum program_kind { KPROBE = 2, TRACEPOINT = 5, TRACING = 26 };

/* The kernel takes a union of this size, and reads what a command needs of it. */
union request {
    struct { uint32_t id, next_id, flags; } by_id;
    struct { uint32_t fd, length; uint64_t info; } info;
    unsigned char room[128];
};

static long bpf(enum command command, union request *request) {
    return syscall(SYS_bpf, command, request, sizeof *request);
}

static int is_program_of_probes(const unsigned char *info) {
    uint32_t kind;
    memcpy(&kind, info, sizeof kind);
    return kind == KPROBE || kind == TRACEPOINT || kind == TRACING;
}

/* A loader such as libbpf puts the object's name before a section's, and systemd's are lower case. */
static int is_map_of_probes(const unsigned char *info) {
    enum { NAME = 24 };
    unsigned char first = info[NAME];
    return first == '.' || (first >= 'A' && first <= 'Z');
}

/* How many objects there are; -1 where that cannot be told. */
static int count(enum command next, enum command by_id, int (*ours)(const unsigned char *)) {
    union request request;
    int found = 0, asked = 0;
    for (uint32_t id = 0;;) {
        memset(&request, 0, sizeof request);
        request.by_id.id = id;
        if (bpf(next, &request) < 0)
            return asked == 0 && id != 0 ? -1 : found;
        id = request.by_id.next_id;
        memset(&request, 0, sizeof request);
        request.by_id.id = id;
        int fd = (int)bpf(by_id, &request);
        if (fd < 0)
            continue;
        unsigned char info[64] = {0};
        memset(&request, 0, sizeof request);
        request.info.fd = (uint32_t)fd;
        request.info.length = sizeof info;
        request.info.info = (uint64_t)(uintptr_t)info;
        if (bpf(INFO, &request) == 0) {
            asked++;
            found += ours(info);
        }
        close(fd);
    }
}

int main(int argc, char **argv) {
    int programs = count(PROGRAM_NEXT, PROGRAM_BY_ID, is_program_of_probes);
    int maps = count(MAP_NEXT, MAP_BY_ID, is_map_of_probes);
    if (programs < 0 || maps < 0)
        return 1;
    if (argc < 2)
        printf("programs %d, maps %d\n", programs, maps);
    else
        printf("%d\n", strcmp(argv[1], "maps") == 0 ? maps : programs);
    return 0;
}
