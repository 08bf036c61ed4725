/* Places to write in: other file systems, other roots, and names that are no plain text. */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void folder_at(const char *name) {
    must(mkdir(at(name), 0755) == 0, name);
}

static void write_at(const char *name) {
    int file = create(name, O_WRONLY);
    fill(file);
    note(file, at(name));
    must(close(file) == 0, "close");
}

static void in_tmpfs(void) {
    apart();
    folder_at("there");
    must(mount("tmpfs", at("there"), "tmpfs", 0, 0) == 0, "tmpfs");
    write_at("there/out");
}

static void in_overlay(void) {
    apart();
    char options[16384];
    static const char *const parts[] = {"base", "base/lower", "base/upper", "base/work", "there"};
    folder_at("base");
    must(mount("tmpfs", at("base"), "tmpfs", 0, 0) == 0, "tmpfs");
    for (size_t part = 1; part < sizeof parts / sizeof *parts; part++) folder_at(parts[part]);
    snprintf(options, sizeof options, "lowerdir=%s/base/lower,upperdir=%s/base/upper,workdir=%s/base/work",
             folder, folder, folder);
    if (mount("overlay", at("there"), "overlay", 0, options) != 0) unsupported("overlay");
    write_at("there/out");
}

static void through_a_bind(void) {
    apart();
    folder_at("real");
    folder_at("there");
    char real[8192];
    snprintf(real, sizeof real, "%s", at("real"));
    must(mount(real, at("there"), 0, MS_BIND, 0) == 0, "bind");
    write_at("there/out");
}

static void below_another_root(void) {
    char whole[8192];
    folder_at("root");
    snprintf(whole, sizeof whole, "%s/root/out", folder);
    must(chroot(at("root")) == 0 && chdir("/") == 0, "chroot");
    int file = open("/out", O_WRONLY | O_CREAT | O_EXCL, 0600);
    must(file >= 0, "open");
    fill(file);
    note(file, whole);
    must(close(file) == 0, "close");
}

static void in_another_pid_namespace(void) {
    if (unshare(CLONE_NEWPID) != 0) unsupported("a pid namespace");
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        write_at("out");
        _exit(0);
    }
    int status;
    must(waitpid(child, &status, 0) == child && status == 0, "the first process there");
}

static void with_a_line_break(void) { write_at("a\nb\tc"); }

static void with_other_bytes(void) { write_at("\377\376\200 \303("); }

/* As long as a path can be that a call takes: 4,095 bytes. */
static void at_a_long_path(void) {
    char path[8192];
    size_t used = snprintf(path, sizeof path, "%s", folder);
    int here = open(folder, O_RDONLY | O_DIRECTORY);
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    while (used + 201 + 201 <= 4095) {
        must(mkdirat(here, name, 0755) == 0, "mkdirat");
        int next = openat(here, name, O_RDONLY | O_DIRECTORY);
        must(next >= 0, "openat");
        close(here);
        here = next;
        used += snprintf(path + used, sizeof path - used, "/%s", name);
    }
    memset(name, 'f', 200);
    size_t left = 4095 - used - 1;
    name[left < 200 ? left : 200] = 0;
    snprintf(path + used, sizeof path - used, "/%s", name);
    int file = openat(here, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    must(file >= 0, "openat");
    fill(file);
    note(file, path);
    must(close(file) == 0, "close");
}

const struct way place_ways[] = {
    {"tmpfs", in_tmpfs},
    {"overlay", in_overlay},
    {"bind-mount", through_a_bind},
    {"chroot", below_another_root},
    {"pid-namespace", in_another_pid_namespace},
    {"line-break", with_a_line_break},
    {"no-utf-8", with_other_bytes},
    {"long-path", at_a_long_path},
    {0, 0},
};
