/* Ways by which bytes get into a file, each tried by a process of its own. */
#ifndef WAYS_H
#define WAYS_H

#include <stddef.h>
#include <sys/types.h>

/* What a way has left behind, told to the process that waits for it. */
struct made {
    char path[8192];            /* as a process outside would name it; empty where it has no name */
    unsigned long long device;  /* of stat */
    unsigned long long inode;
    long long size;
    char removed;               /* instead: 'f' where a file's name is gone, 'd' a directory's */
    char trouble[256];          /* why it cannot be done here; empty where it was done */
    int done;
};

struct way {
    const char *name;
    void (*go)(void);
};

extern struct made *made;       /* shared with the process that waits */
extern const char *folder;      /* the way's own, empty when it begins */
extern size_t length;           /* bytes that the way is to write, no two ways alike */
extern unsigned char *bytes;    /* the bytes: random, page-aligned */

/* Ends the process: the way needs something that is not here. */
void unsupported(const char *what) __attribute__((noreturn));
/* Ends the process unless `holds`; errno says why. */
void must(int holds, const char *what);
/* The path of a file in the way's folder. */
const char *at(const char *name);
/* Opens a new file in the way's folder. */
int create(const char *name, int flags);
/* A mount namespace of the process's own: what is mounted in it is gone with the process. */
void apart(void);
/* Writes all bytes from the current offset on. */
void fill(int file);
/* Notes path and identity of what was written; the file must be open or at its path. */
void note(int file, const char *path);
/* Notes that the name of a file ('f') or of a directory ('d') is gone. */
void note_removed(const char *path, char kind);

extern const struct way plain_ways[];
extern const struct way place_ways[];
extern const struct way process_ways[];
extern const struct way uring_ways[];

#endif
