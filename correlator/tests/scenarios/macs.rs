//! Who is at work on a Mac when a scenario begins.
//!
//! Shared by everything that plays scenarios, whatever it makes events of.

/// What stands above the scenario's own processes.
pub(crate) struct AtWork {
    /// What the system's first process has started, and what that has.
    pub(crate) above: [&'static str; 2],
    /// The user of both.
    pub(crate) uid: u32,
    /// Whether the second has a terminal.
    pub(crate) terminal: bool,
    /// Where both are.
    pub(crate) directory: &'static str,
}

/// Who is at work in a session of that kind.
pub(crate) fn at_work(kind: &str) -> AtWork {
    let terminal = "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal";
    let finder = "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder";
    let word = "/Applications/Microsoft Word.app/Contents/MacOS/Microsoft Word";
    let agent = "/Library/PrivilegedHelperTools/com.example.helper";
    let (above, uid, terminal) = match kind {
        "mac-terminal" => ([terminal, "/bin/zsh"], 501, true),
        "mac-admin" => ([terminal, "/bin/zsh"], 0, true),
        "mac-desktop" => (["/sbin/launchd", finder], 501, false),
        "mac-office" => ([word, "/bin/sh"], 501, false),
        "mac-daemon" => ([agent, "/bin/sh"], 0, false),
        "mac-web" => (["/usr/sbin/httpd", "/bin/sh"], 70, false),
        other => panic!("no session of a Mac is called {other}"),
    };
    AtWork {
        above,
        uid,
        terminal,
        directory: match uid {
            501 => "/Users/eve",
            _ => "/private/var/root",
        },
    }
}
