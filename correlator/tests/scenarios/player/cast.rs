//! Who is at work in a scenario: what runs when it begins, and the processes that are made later.

use correlator::{Detail, Event, Finding, Maker, ProcessKey, ProcessStart, Time};

use super::{Player, TICK};
use crate::macs::{AtWork, at_work};
use crate::notation::Program;

/// What runs in a process.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) key: ProcessKey,
    pub(super) parent: Option<ProcessKey>,
    pub(super) image: String,
    pub(super) arguments: Vec<u8>,
    pub(super) script: Option<String>,
    pub(super) original: Option<String>,
    pub(super) product: Option<String>,
    pub(super) signed: Option<bool>,
    pub(super) signing: Option<String>,
    pub(super) of_system: bool,
    pub(super) directory: String,
    pub(super) uid: u32,
    pub(super) user: Option<String>,
    pub(super) owner: u32,
    pub(super) terminal: bool,
    pub(super) live: bool,
}

impl Player {
    /// Who is at work, down to the shell, which is always process 11.
    pub(super) fn session(&mut self, kind: &str) {
        let (above, uid, terminal): (&[&str], u32, bool) = match kind {
            "user" => (&["/usr/sbin/sshd", "/bin/bash"], 1000, true),
            "admin" => (&["/usr/sbin/sshd", "/bin/bash"], 0, true),
            "cron" => (&["/usr/sbin/cron", "/bin/sh"], 0, false),
            "web" => (&["/usr/sbin/apache2", "/bin/sh"], 33, false),
            "service" => (&["/usr/lib/systemd/systemd", "/bin/sh"], 0, false),
            "remote" => (&["/usr/sbin/sshd", "/bin/bash"], 1000, false),
            mac if mac.starts_with("mac-") => return self.mac_session(mac),
            windows => return self.windows_session(windows),
        };
        let directory = if uid == 0 { "/root" } else { "/home/eve" };
        let images = std::iter::once(&"/usr/lib/systemd/systemd").chain(above);
        self.runs(images, directory, |pid| Account {
            uid: if pid == 11 { uid } else { 0 },
            user: None,
            terminal: terminal && pid == 11,
        });
    }

    /// The same on macOS.
    fn mac_session(&mut self, kind: &str) {
        let AtWork {
            above,
            uid,
            terminal,
            directory,
        } = at_work(kind);
        let images = std::iter::once(&"/sbin/launchd").chain(&above);
        self.runs(images, directory, |pid| Account {
            uid: if pid == 1 { 0 } else { uid },
            user: None,
            terminal: terminal && pid == 11,
        });
    }

    /// The same on Windows.
    fn windows_session(&mut self, kind: &str) {
        self.windows = true;
        let services = r"C:\Windows\System32\services.exe";
        let explorer = r"C:\Windows\explorer.exe";
        let cmd = r"C:\Windows\System32\cmd.exe";
        let (above, user, screen) = match kind {
            "desktop" | "elevated" => ([explorer, cmd], r"DESK\eve", true),
            "iis" => (
                [r"C:\Windows\System32\inetsrv\w3wp.exe", cmd],
                r"IIS APPPOOL\DefaultAppPool",
                false,
            ),
            "system" => (
                [r"C:\Windows\System32\svchost.exe", cmd],
                r"NT AUTHORITY\SYSTEM",
                false,
            ),
            "installer" => (
                [explorer, r"C:\Users\eve\Downloads\setup.exe"],
                r"DESK\eve",
                true,
            ),
            other => panic!("no session is called {other}"),
        };
        let directory = match kind {
            "desktop" | "installer" => r"C:\Users\eve",
            _ => r"C:\Windows\System32",
        };
        self.runs(std::iter::once(&services).chain(&above), directory, |pid| {
            Account {
                uid: 0,
                user: (pid == 11).then(|| user.to_owned()),
                terminal: screen && pid == 11,
            }
        });
    }

    /// Tells of what runs when a scenario begins: processes 1, 10 and 11.
    fn runs<'i>(
        &mut self,
        images: impl Iterator<Item = &'i &'i str>,
        directory: &str,
        account: impl Fn(u32) -> Account,
    ) {
        let mut parent = None;
        for (image, pid) in images.zip([1, 10, 11]) {
            self.starts += 1;
            let Account {
                uid,
                user,
                terminal,
            } = account(pid);
            let known = Known {
                key: ProcessKey {
                    pid,
                    start: self.starts,
                },
                parent,
                image: (*image).to_owned(),
                arguments: format!("{image}\0").into_bytes(),
                script: None,
                original: None,
                product: None,
                signed: None,
                signing: None,
                of_system: false,
                directory: directory.to_owned(),
                uid,
                user,
                owner: 0,
                terminal,
                live: true,
            };
            parent = Some(known.key);
            self.start(&known, true);
            self.processes.insert(pid, known);
        }
    }

    pub(super) fn fork(&mut self, pid: u32, parent: u32) {
        self.starts += 1;
        let key = ProcessKey {
            pid,
            start: self.starts,
        };
        let parent = self.known(parent).clone();
        if !self.windows {
            self.step_of(parent.key, Detail::Fork { child: key });
        }
        let known = Known {
            key,
            parent: Some(parent.key),
            live: true,
            ..parent
        };
        self.processes.insert(pid, known);
    }

    pub(super) fn exec(&mut self, pid: u32, program: &Program) {
        let known = self.known(pid);
        known.image.clone_from(&program.image);
        known.arguments = program
            .arguments
            .iter()
            .flat_map(|word| format!("{word}\0").into_bytes())
            .collect();
        known.script = program.options.text("script").map(str::to_owned);
        known.original = program.options.text("original").map(str::to_owned);
        known.product = program.options.text("product").map(str::to_owned);
        known.signed = program.options.text("signed").map(|signed| signed == "yes");
        known.signing = program.options.text("signing").map(str::to_owned);
        known.of_system = program.options.text("system") == Some("yes");
        if let Some(user) = program.options.text("user") {
            known.user = Some(user.to_owned());
        }
        known.owner = program.options.number("owner").unwrap_or(0) as u32;
        if let Some(directory) = program.options.text("cwd") {
            directory.clone_into(&mut known.directory);
        }
        if let Some(uid) = program.options.number("uid") {
            known.uid = uid as u32;
        }
        if let Some(terminal) = program.options.text("tty") {
            known.terminal = terminal == "yes";
        }
        let known = known.clone();
        self.latest = self.start(&known, false);
        self.told.extend(self.latest.clone());
    }

    pub(super) fn start(&mut self, known: &Known, rundown: bool) -> Vec<Finding> {
        self.now += TICK;
        let image_file = Some(self.image_file(&known.image));
        let start = ProcessStart {
            rundown,
            parent: known.parent,
            image: Some(known.image.as_bytes()),
            image_file,
            image_owner: (!self.windows).then_some(known.owner),
            maker: Maker {
                original_name: known.original.as_deref().map(str::as_bytes),
                product: known.product.as_deref().map(str::as_bytes),
                signed: known.signed,
                signing_id: known.signing.as_deref().map(str::as_bytes),
                of_system: known.of_system,
                ..Maker::default()
            },
            script: known.script.as_deref().map(str::as_bytes),
            arguments: Some(&known.arguments),
            directory: Some(known.directory.as_bytes()),
            uid: (!self.windows).then_some(known.uid),
            user: known.user.as_deref(),
            login_uid: (known.terminal && !self.windows).then_some(known.uid),
            terminal: Some(known.terminal),
            ..ProcessStart::default()
        };
        self.correlator.step(&Event {
            time: Time(self.now),
            process: known.key,
            incomplete: false,
            detail: Detail::ProcessStart(start),
        })
    }
}

/// Who runs a process.
struct Account {
    uid: u32,
    user: Option<String>,
    terminal: bool,
}
