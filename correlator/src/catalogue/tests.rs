//! The shipped facts load and the look-ups find them.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the form in which expectations are written anew"
)]

use expect_test::expect;

use super::*;

#[test]
fn the_embedded_catalogue_is_valid() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.utilities.len() > 60);
    assert!(catalogue.formats.len() > 100);
}

#[test]
fn utilities_by_image() {
    let catalogue = Catalogue::builtin();
    let name = |image: &str| {
        catalogue
            .listed(image.as_bytes())
            .map(|(utility, consumes)| {
                format!("{}{}", utility.name, if consumes { " -" } else { "" })
            })
    };
    let table: Vec<String> = [
        "/usr/bin/tar",
        "/bin/bsdtar",
        "C:\\Program Files\\7-Zip\\7z.exe",
        "C:\\Windows\\System32\\TAR.EXE",
        "gunzip",
        "/usr/bin/zcat",
        "/usr/bin/unrar",
        "%programfiles%/WinRAR/Rar.exe",
        "/tmp/7zz (deleted)",
        "/usr/bin/vim",
        "/usr/bin/tartar",
    ]
    .iter()
    .map(|image| format!("{image}: {}", name(image).unwrap_or("-".to_owned())))
    .collect();
    expect![[r#"
        /usr/bin/tar: tar
        /bin/bsdtar: tar
        C:\Program Files\7-Zip\7z.exe: 7-zip
        C:\Windows\System32\TAR.EXE: tar
        gunzip: gzip -
        /usr/bin/zcat: gzip -
        /usr/bin/unrar: rar -
        %programfiles%/WinRAR/Rar.exe: rar
        /tmp/7zz (deleted): 7-zip
        /usr/bin/vim: -
        /usr/bin/tartar: -"#]]
    .assert_eq(&table.join("\n"));
    assert_eq!(
        &*catalogue.utility_of_pe_name(b"bsdtar").unwrap().name,
        "tar"
    );
    assert!(catalogue.transfer(b"/usr/bin/curl").is_some());
    assert!(catalogue.transfer(b"/usr/bin/tar").is_none());
}

#[test]
fn interpreters_with_versions() {
    let catalogue = Catalogue::builtin();
    let name = |image: &str| {
        catalogue
            .interpreter(image.as_bytes())
            .map(|i| i.name.clone())
    };
    for (image, expected) in [
        ("/usr/bin/python3.11", Some("python")),
        ("/usr/bin/python", Some("python")),
        ("/usr/bin/perl5.36.0", Some("perl")),
        ("/usr/bin/php8.2", Some("php")),
        ("/usr/bin/lua5.4", Some("lua")),
        ("/bin/bash", Some("sh")),
        ("/usr/bin/pwsh", Some("powershell")),
        ("/usr/bin/pythonista", None),
        ("/usr/bin/gcc-12", None),
    ] {
        assert_eq!(name(image).as_deref(), expected, "{image}");
    }
    assert!(catalogue.interpreter(b"dash").unwrap().shell);
    assert!(!catalogue.interpreter(b"python3").unwrap().shell);
}

#[test]
fn libraries_by_path() {
    let catalogue = Catalogue::builtin();
    let table: Vec<String> = [
        "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
        "/usr/lib/x86_64-linux-gnu/libarchive.so.13.6.2",
        "/usr/lib/x86_64-linux-gnu/libzip.so.4",
        "/usr/lib/jvm/java-17-openjdk-amd64/lib/libzip.so",
        "/usr/lib/python3.11/lib-dynload/_bz2.cpython-311-x86_64-linux-gnu.so",
        "/usr/lib/x86_64-linux-gnu/perl/5.36/auto/Compress/Raw/Zlib/Zlib.so",
        "/usr/lib/ruby/3.1/zlib.so",
        "C:\\Program Files\\7-Zip\\7z.dll",
        "C:\\Windows\\System32\\crypt32.dll",
        "/opt/homebrew/lib/libarchive.13.dylib",
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
    ]
    .iter()
    .map(|path| {
        let found = catalogue.library(path.as_bytes());
        let found = found.map(|l| format!("{} ({}, {:?})", l.name, l.family, l.rank));
        format!("{path}: {}", found.unwrap_or("-".to_owned()))
    })
    .collect();
    expect![[r#"
        /usr/lib/x86_64-linux-gnu/libz.so.1.2.13: zlib (compression, Zero)
        /usr/lib/x86_64-linux-gnu/libarchive.so.13.6.2: libarchive (archive, High)
        /usr/lib/x86_64-linux-gnu/libzip.so.4: libzip (archive, High)
        /usr/lib/jvm/java-17-openjdk-amd64/lib/libzip.so: jvm zip (runtime, Zero)
        /usr/lib/python3.11/lib-dynload/_bz2.cpython-311-x86_64-linux-gnu.so: python compression (compression, Low)
        /usr/lib/x86_64-linux-gnu/perl/5.36/auto/Compress/Raw/Zlib/Zlib.so: perl compression (compression, Medium)
        /usr/lib/ruby/3.1/zlib.so: ruby zlib (compression, Low)
        C:\Program Files\7-Zip\7z.dll: 7-zip (archive, High)
        C:\Windows\System32\crypt32.dll: general encryption (encryption, Zero)
        /opt/homebrew/lib/libarchive.13.dylib: libarchive (archive, High)
        /usr/lib/x86_64-linux-gnu/libc.so.6: -"#]].assert_eq(&table.join("\n"));
}

#[test]
fn places_of_paths() {
    let catalogue = Catalogue::builtin();
    let table: Vec<String> = [
        "/tmp/x.zip",
        "/tmp",
        "/tmpfile",
        "/dev/shm/.a/x",
        "/tmp/.X11-unix/X0",
        "/home/u/work/x.zip",
        "/home/u/.cache/x",
        "/home/u/.hide/x",
        "/root/. /x",
        "/srv/.../x",
        "/var/www/html/x.zip",
        "/opt/app/webapps/ROOT/x.zip",
        "/media/u/STICK/x.7z",
        "/mnt/staging/x",
        "C:\\Users\\Public\\x.rar",
        "c:\\windows\\temp\\x.cab",
        "\\Device\\HarddiskVolume3\\Windows\\Temp\\x.cab",
        "\\??\\C:\\PerfLogs\\1\\x.7z",
        "C:\\Users\\Ann\\AppData\\Local\\Temp\\x.zip",
        "$env:TEMP\\Folder_to_zip.zip",
        "/Users/Shared/x.dmg",
        "/var/folders/ab/cd12/T/x.zip",
        "/usr/share/doc/x",
    ]
    .iter()
    .map(|path| {
        let mut names: Vec<_> = catalogue
            .places(path.as_bytes())
            .iter()
            .map(|p| p.name.clone())
            .collect();
        names.sort();
        format!("{path}: {}", names.join(", "))
    })
    .collect();
    expect![[r#"
        /tmp/x.zip: temporary
        /tmp: temporary
        /tmpfile: 
        /dev/shm/.a/x: hidden, hidden by its name, memory
        /tmp/.X11-unix/X0: temporary
        /home/u/work/x.zip: home
        /home/u/.cache/x: 
        /home/u/.hide/x: hidden
        /root/. /x: hidden, hidden by its name
        /srv/.../x: hidden, hidden by its name
        /var/www/html/x.zip: web root
        /opt/app/webapps/ROOT/x.zip: web root
        /media/u/STICK/x.7z: removable
        /mnt/staging/x: mounted, staging
        C:\Users\Public\x.rar: home, public
        c:\windows\temp\x.cab: temporary
        \Device\HarddiskVolume3\Windows\Temp\x.cab: temporary
        \??\C:\PerfLogs\1\x.7z: staging
        C:\Users\Ann\AppData\Local\Temp\x.zip: home, temporary
        $env:TEMP\Folder_to_zip.zip: temporary
        /Users/Shared/x.dmg: home, public
        /var/folders/ab/cd12/T/x.zip: temporary
        /usr/share/doc/x: "#]]
    .assert_eq(&table.join("\n"));
}

#[test]
fn program_places() {
    let catalogue = Catalogue::builtin();
    let name = |image: &str| {
        catalogue
            .program_place(image.as_bytes())
            .map(|p| p.name.clone())
    };
    for (image, expected) in [
        ("/tmp/svchost", Some("temporary")),
        ("/dev/shm/x", Some("memory")),
        ("/memfd:x (deleted)", Some("memory")),
        ("/home/u/x (deleted)", Some("deleted")),
        ("/usr/sbin/nginx (deleted)", None),
        ("/home/u/.x/tool", Some("hidden")),
        ("/home/u/.cargo/bin/cargo", None),
        ("/usr/bin/tar", None),
    ] {
        let found = name(image);
        match expected {
            // A path may be in several places of one rank.
            Some(_) => assert!(found.is_some(), "{image}"),
            None => assert_eq!(found, None, "{image}"),
        }
    }
}

#[test]
fn sensitive_sources() {
    let catalogue = Catalogue::builtin();
    let name = |path: &str| {
        catalogue
            .sensitive(path.as_bytes())
            .map(|s| s.name.to_string())
    };
    for (path, expected) in [
        ("/root/.ssh", Some("ssh keys")),
        ("/root/.ssh/id_rsa", Some("ssh keys")),
        ("/home/u/keys/id_ed25519", Some("ssh keys")),
        ("/home/u/keys/id_ed25519.pub", None),
        ("/etc/shadow", Some("password database")),
        ("/etc/passwd", Some("accounts")),
        (
            "/home/u/.mozilla/firefox/abc.default",
            Some("browser profile"),
        ),
        ("/Users/ann/Library/Keychains", Some("keychain")),
        ("/home/u/.aws/credentials", Some("cloud credentials")),
        ("/srv/app/.env", Some("cloud credentials")),
        ("/var/log/wtmp", Some("logins")),
        ("/home/u/Documents/plan.txt", Some("documents")),
        ("C:\\Windows\\NTDS\\ntds.dit", Some("password database")),
        ("/var/lib/mysql/shop", Some("database")),
        ("/usr/share/doc/tar", None),
        ("/home/u/src/main.rs", None),
    ] {
        assert_eq!(name(path).as_deref(), expected, "{path}");
    }
}

#[test]
fn benign_takes_program_and_destination() {
    let catalogue = Catalogue::builtin();
    let name = |images: &[&str], destination: &str| {
        let images = images.iter().map(|image| image.as_bytes());
        catalogue
            .benign(images, destination.as_bytes())
            .map(|b| b.name.to_string())
    };
    for (images, destination, expected) in [
        (
            &["/bin/gzip", "/usr/sbin/logrotate"][..],
            "/var/log/syslog.1.gz",
            Some("log rotation"),
        ),
        (
            &["/bin/gzip", "/usr/sbin/logrotate"],
            "/tmp/syslog.1.gz",
            None,
        ),
        (&["/bin/gzip", "/bin/bash"], "/var/log/syslog.1.gz", None),
        (&["/tmp/logrotate"], "/var/log/syslog.1.gz", None),
        (
            &["/usr/bin/git"],
            "/home/u/p/.git/objects/pack/tmp_pack_1",
            Some("git"),
        ),
        (
            &["/usr/bin/tar", "/usr/bin/dpkg-deb"],
            "/home/u/p/x.deb",
            Some("package build"),
        ),
        (
            &["/usr/bin/rustc", "/root/.cargo/bin/cargo"],
            "/home/u/p/target/debug/x",
            Some("rust build"),
        ),
        (
            &["/usr/bin/zstd", "/bin/sh", "/usr/sbin/mkinitramfs"],
            "/boot/initrd.img-6.1.new",
            Some("initramfs"),
        ),
        (
            &["/usr/bin/dockerd"],
            "/var/lib/docker/tmp/x",
            Some("container engine"),
        ),
        (
            &["/usr/bin/mandb"],
            "/var/cache/man/123",
            Some("manual pages"),
        ),
    ] {
        assert_eq!(
            name(images, destination).as_deref(),
            expected,
            "{images:?} {destination}"
        );
    }
}

#[test]
fn exploration_and_lineage() {
    let catalogue = Catalogue::builtin();
    let explores = |image: &str, arguments: &str| {
        let arguments = arguments.replace(' ', "\0") + "\0";
        catalogue
            .exploration(image.as_bytes(), arguments.as_bytes())
            .map(|e| e.name.to_string())
    };
    assert_eq!(
        explores("/usr/bin/whoami", "whoami").as_deref(),
        Some("user")
    );
    assert_eq!(
        explores("/bin/cat", "cat /etc/passwd").as_deref(),
        Some("accounts")
    );
    assert_eq!(explores("/bin/cat", "cat notes"), None);
    assert_eq!(explores("/bin/ls", "ls"), None);
    let lineage = |image: &str| {
        catalogue
            .lineage(image.as_bytes())
            .map(|l| l.name.to_string())
    };
    assert_eq!(
        lineage("/usr/sbin/php-fpm8.2").as_deref(),
        Some("web server")
    );
    assert_eq!(lineage("/usr/sbin/cron").as_deref(), Some("scheduler"));
    assert_eq!(lineage("/bin/bash"), None);
}

#[test]
fn wildcards_match_within_a_name() {
    for (pattern, name, expected) in [
        ("*", "anything", true),
        ("*.deb", "x.deb", true),
        ("*.deb", "x.debian", false),
        ("python*", "python3", true),
        ("python*", "cpython", false),
        ("pack-*.p?ck", "pack-1a.pack", true),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
        ("?", "", false),
        ("", "", true),
    ] {
        let glob = component::Glob::new(pattern.as_bytes());
        assert_eq!(glob.matches(name.as_bytes()), expected, "{pattern} {name}");
    }
}

proptest::proptest! {
    #[test]
    fn look_ups_take_any_bytes(path in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        // Made once: loading is far dearer than looking up.
        static CATALOGUE: std::sync::LazyLock<Catalogue> =
            std::sync::LazyLock::new(Catalogue::builtin);
        let catalogue = &*CATALOGUE;
        let _ = catalogue.utility(&path);
        let _ = catalogue.interpreter(&path);
        let _ = catalogue.library(&path);
        let _ = catalogue.places(&path);
        let _ = catalogue.program_place(&path);
        let _ = catalogue.sensitive(&path);
        let _ = catalogue.lineage(&path);
        let _ = catalogue.exploration(&path, &path);
        let _ = catalogue.benign([path.as_slice()], &path);
    }
}
