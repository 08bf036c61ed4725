//! Somebody at a shell, who is not a child of the tests.
//!
//! Step: tests. Whatever cargo starts has cargo among its ancestors, and work below a build tool is
//! rightly judged as a build. So a shell that has left cargo's process tree before the daemon
//! starts runs the scripts: its recorded parent is the first process of the host. It ends by itself
//! when the tests are gone.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::HarnessError;
use crate::program::{MODULAR_PYTHON, SEARCH_PATH, built_beside, find_program};
use crate::scenario::Shell;

/// The shell that runs scripts.
#[derive(Debug)]
pub struct Operator {
    folder: PathBuf,
    channel: Mutex<Channel>,
}

#[derive(Debug)]
struct Channel {
    requests: File,
    answers: Receiver<String>,
}

/// A script that has ended.
#[derive(Debug)]
pub struct Done {
    /// Pid of the shell that ran the script.
    pub pid: u64,
    /// Its exit status.
    pub status: i32,
    /// What it printed on both streams.
    pub output: String,
    /// When it began.
    pub begun: Instant,
    /// When it ended.
    pub ended: Instant,
}

impl Operator {
    /// Starts the shell; do so before the daemon.
    ///
    /// # Errors
    /// When a file cannot be made or the shell does not answer.
    pub fn start(folder: &Path) -> Result<Self, HarnessError> {
        std::fs::create_dir_all(folder)
            .map_err(HarnessError::io("making the operator's folder"))?;
        let requests = folder.join("requests");
        let answers = folder.join("answers");
        let made = Command::new("mkfifo")
            .args([&requests, &answers])
            .status()
            .map_err(HarnessError::io("running mkfifo"))?;
        if !made.success() {
            return Err(HarnessError::Scenario("mkfifo failed".to_owned()));
        }
        // Opened for both ways, a FIFO neither blocks at open nor ends when the other side goes.
        let open = |path: &Path| File::options().read(true).write(true).open(path);
        let sender = open(&requests).map_err(HarnessError::io("opening the requests"))?;
        let receiver = open(&answers).map_err(HarnessError::io("opening the answers"))?;
        let (send, receive) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(receiver).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let started = Command::new("setsid")
            .args(["--fork", "bash", "--norc", "-c", LOOP, "operator"])
            .arg(&requests)
            .arg(&answers)
            .arg(std::process::id().to_string())
            .current_dir("/")
            .env_clear()
            .envs(environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(HarnessError::io("starting the operator's shell"))?;
        if !started.success() {
            return Err(HarnessError::Scenario("setsid failed".to_owned()));
        }
        let operator = Self {
            folder: folder.to_owned(),
            channel: Mutex::new(Channel {
                requests: sender,
                answers: receive,
            }),
        };
        operator.run("greeting", &Request::default(), Duration::from_secs(20))?;
        Ok(operator)
    }

    /// Runs a script and waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn run(
        &self,
        name: &str,
        request: &Request<'_>,
        limit: Duration,
    ) -> Result<Done, HarnessError> {
        let script = self.folder.join(format!("{name}.script"));
        let output = self.folder.join(format!("{name}.output"));
        std::fs::write(&script, request.script).map_err(HarnessError::io("writing a script"))?;
        let mut channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!(
            "{} {} {} {} {}\n",
            request.user.unwrap_or("root"),
            request.shell.name(),
            request.directory.display(),
            script.display(),
            output.display(),
        );
        let begun = Instant::now();
        channel
            .requests
            .write_all(line.as_bytes())
            .map_err(HarnessError::io("asking the operator's shell"))?;
        let answer = |word: &str| -> Result<i64, HarnessError> {
            let left = limit.saturating_sub(begun.elapsed());
            let line = channel.answers.recv_timeout(left).map_err(|error| {
                let why = match error {
                    RecvTimeoutError::Timeout => "it did not end in time",
                    RecvTimeoutError::Disconnected => "the operator's shell is gone",
                };
                HarnessError::Timeout(format!("script {name}: {why}"))
            })?;
            line.strip_prefix(word)
                .and_then(|number| number.trim().parse().ok())
                .ok_or_else(|| HarnessError::Scenario(format!("script {name} answered {line}")))
        };
        let pid = answer("started")?;
        let status = answer("ended")?;
        let ended = Instant::now();
        let output = std::fs::read(&output).unwrap_or_default();
        Ok(Done {
            pid: u64::try_from(pid).unwrap_or_default(),
            status: i32::try_from(status).unwrap_or(-1),
            output: String::from_utf8_lossy(&output).into_owned(),
            begun,
            ended,
        })
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if let Ok(mut channel) = self.channel.lock() {
            // When this fails the shell notices by itself that we are gone.
            let _ = channel.requests.write_all(b"exit\n");
        }
    }
}

/// What is asked of the operator.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The script.
    pub script: &'r str,
    /// In which shell.
    pub shell: Shell,
    /// As which user; root when absent.
    pub user: Option<&'r str>,
    /// In which directory, which is also its home.
    pub directory: &'r Path,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            script: ":",
            shell: Shell::Bash,
            user: None,
            directory: Path::new("/"),
        }
    }
}

/// The least a shell needs, and where rustup's programs are, for the scenario that builds a crate.
fn environment() -> Vec<(&'static str, String)> {
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    let or_below_home = |name: &'static str, folder: &str| {
        std::env::var(name).unwrap_or_else(|_| format!("{home}/{folder}"))
    };
    let cargo = or_below_home("CARGO_HOME", ".cargo");
    let packer = built_beside("packer").unwrap_or_default();
    let python = find_program(MODULAR_PYTHON).unwrap_or_default();
    vec![
        ("PATH", format!("{SEARCH_PATH}:{cargo}/bin")),
        ("RUSTUP_HOME", or_below_home("RUSTUP_HOME", ".rustup")),
        ("CARGO_HOME", cargo),
        // A packer that loads no library, for the scenarios that tell it from its doubles.
        ("PACKER", packer.display().to_string()),
        ("MODULAR_PYTHON", python.display().to_string()),
    ]
}

/// The operator's life. A script is passed with `-c`, as public test runners do.
const LOOP: &str = r#"
exec 3<>"$1" 4<>"$2"
while true; do
    if ! read -r -t 30 user shell directory script output <&3; then
        kill -0 "$3" 2>/dev/null || exit 0
        continue
    fi
    [ "$user" = exit ] && exit 0
    cd "$directory" || cd /
    export HOME="$directory" SCRATCH="$directory" USERNAME=victim USER="$user" LANG=C.UTF-8
    if [ "$user" = root ]; then
        "$shell" -c "$(<"$script")" "$shell" >"$output" 2>&1 </dev/null 3>&- 4>&- &
    else
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- \
            "$shell" -c "$(<"$script")" "$shell" >"$output" 2>&1 </dev/null 3>&- 4>&- &
    fi
    echo "started $!" >&4
    wait $!
    echo "ended $?" >&4
    cd /
done
"#;
