//! A real NATS server with `JetStream`, and a client of a few lines that asks it what it has.
//!
//! Step: tests. The client speaks NATS's own text protocol, so that what a stream holds is read
//! without the library that filled it. Every server has a port and a store of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::HarnessError;
use crate::program::find_program;

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Nats {
    child: Child,
    folder: PathBuf,
    port: u16,
    extra: String,
}

/// A message as a stream has it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its subject.
    pub subject: String,
    /// Its headers, as they were sent.
    pub headers: String,
    /// Its content.
    pub payload: Vec<u8>,
}

impl Nats {
    /// Starts a server that keeps everything below `folder`; `extra` is put into its configuration.
    ///
    /// # Errors
    /// When there is none, or it does not take connections in time.
    pub fn start(folder: &Path, extra: &str) -> Result<Self, HarnessError> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(HarnessError::io("looking for a port"))?.port();
        Self::start_at(folder, port, extra)
    }

    /// Kills the server, as a power cut of its process would, and starts it at the same place.
    ///
    /// # Errors
    /// As [`Nats::start`].
    pub fn kill_and_start(self) -> Result<Self, HarnessError> {
        let (folder, port, extra) = (self.folder.clone(), self.port, self.extra.clone());
        drop(self);
        Self::start_at(&folder, port, &extra)
    }

    /// Starts a server at a port that was another one's.
    ///
    /// # Errors
    /// As [`Nats::start`].
    pub fn start_at(folder: &Path, port: u16, extra: &str) -> Result<Self, HarnessError> {
        let program = find_program("nats-server")
            .ok_or_else(|| HarnessError::Daemon("there is no nats-server".to_owned()))?;
        let store = folder.join("nats");
        let configuration = folder.join("nats.conf");
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n{extra}\n",
            store.display()
        );
        std::fs::write(&configuration, text).map_err(HarnessError::io("writing nats.conf"))?;
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("nats.log"))
            .map_err(HarnessError::io("opening nats.log"))?;
        let child = Command::new(program)
            .arg("--config")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(HarnessError::io("starting nats-server"))?;
        let mut nats = Self {
            child,
            folder: folder.to_owned(),
            port,
            extra: extra.to_owned(),
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = nats.child.try_wait().ok().flatten();
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(folder.join("nats.log")).unwrap_or_default();
                return Err(HarnessError::Timeout(format!("nats-server\n{log}")));
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(nats)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process identifier.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks `JetStream` something; `what` is the subject behind `$JS.API.`.
    ///
    /// # Errors
    /// When it cannot be asked or answers with an error.
    pub fn ask(&self, what: &str, request: &Value) -> Result<Value, HarnessError> {
        let mut client = Client::connect(self.port)?;
        client.subscribe("inbox")?;
        client.publish(&format!("$JS.API.{what}"), "inbox", &request.to_string())?;
        let answer = client.message()?;
        let answer: Value = serde_json::from_slice(&answer.payload)
            .map_err(|error| HarnessError::Daemon(format!("nats-server: {error}")))?;
        if answer["error"].is_null() {
            Ok(answer)
        } else {
            Err(HarnessError::Daemon(format!("nats-server: {answer}")))
        }
    }

    /// Publishes a message and waits for the stream's answer.
    ///
    /// # Errors
    /// When there is none.
    pub fn put(&self, subject: &str, payload: &str) -> Result<(), HarnessError> {
        let mut client = Client::connect(self.port)?;
        client.subscribe("inbox")?;
        client.publish(subject, "inbox", payload)?;
        client.message().map(|_| ())
    }

    /// Everything that a stream holds, in its order.
    ///
    /// # Errors
    /// When it cannot be read in time.
    pub fn stored(&self, stream: &str) -> Result<Vec<Stored>, HarnessError> {
        let info = self.ask(&format!("STREAM.INFO.{stream}"), &json!({}))?;
        let number = info["state"]["messages"].as_u64().unwrap_or(0);
        let mut client = Client::connect(self.port)?;
        client.subscribe("inbox")?;
        client.subscribe("deliver")?;
        let consumer = json!({
            "stream_name": stream,
            "config": {
                "durable_name": "reader",
                "deliver_policy": "all",
                "ack_policy": "none",
                "replay_policy": "instant",
            },
        });
        let create = format!("$JS.API.CONSUMER.DURABLE.CREATE.{stream}.reader");
        client.publish(&create, "inbox", &consumer.to_string())?;
        client.message()?;
        // In pieces: a reader that is slower than the server would be hung up on.
        let next = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.reader");
        let mut stored = Vec::new();
        while (stored.len() as u64) < number {
            let batch = PIECE.min(number - stored.len() as u64);
            let request = json!({"batch": batch}).to_string();
            client.publish(&next, "deliver", &request)?;
            for _ in 0..batch {
                stored.push(client.message()?);
            }
        }
        drop(client);
        self.ask(&format!("CONSUMER.DELETE.{stream}.reader"), &json!({}))?;
        Ok(stored)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // Either fails only when it has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client {
    from: BufReader<TcpStream>,
    to: TcpStream,
    subscriptions: u32,
}

impl Client {
    fn connect(port: u16) -> Result<Self, HarnessError> {
        let connect = || -> std::io::Result<Self> {
            let to = TcpStream::connect(("127.0.0.1", port))?;
            to.set_read_timeout(Some(PATIENCE))?;
            let from = BufReader::with_capacity(1 << 18, to.try_clone()?);
            Ok(Self {
                from,
                to,
                subscriptions: 0,
            })
        };
        let mut client = connect().map_err(HarnessError::io("connecting to nats-server"))?;
        client.say(
            "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\
             \"user\":\"reader\",\"pass\":\"reader\"}\r\n",
        )?;
        Ok(client)
    }

    fn say(&mut self, text: &str) -> Result<(), HarnessError> {
        let said = self.to.write_all(text.as_bytes());
        said.map_err(HarnessError::io("talking to nats-server"))
    }

    fn subscribe(&mut self, subject: &str) -> Result<(), HarnessError> {
        self.subscriptions += 1;
        self.say(&format!("SUB {subject} {}\r\n", self.subscriptions))
    }

    fn publish(&mut self, subject: &str, reply: &str, payload: &str) -> Result<(), HarnessError> {
        let length = payload.len();
        self.say(&format!("PUB {subject} {reply} {length}\r\n{payload}\r\n"))
    }

    fn message(&mut self) -> Result<Stored, HarnessError> {
        self.read().map_err(HarnessError::io("hearing nats-server"))
    }

    fn read(&mut self) -> std::io::Result<Stored> {
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line)? == 0 {
                return Err(std::io::Error::other("it hung up"));
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |back: usize| {
                let word = words.len().checked_sub(back).and_then(|at| words.get(at));
                let number = word.and_then(|word| word.parse::<usize>().ok());
                number.ok_or_else(|| std::io::Error::other(line.clone()))
            };
            let (headers, total) = match words.first().copied() {
                Some("MSG") => (0, number(1)?),
                Some("HMSG") => (number(2)?, number(1)?),
                Some("PING") => {
                    self.to.write_all(b"PONG\r\n")?;
                    continue;
                }
                Some("-ERR") => return Err(std::io::Error::other(line)),
                _ => continue,
            };
            let mut bytes = vec![0; total + 2];
            self.from.read_exact(&mut bytes)?;
            return Ok(Stored {
                subject: words[1].to_owned(),
                headers: String::from_utf8_lossy(&bytes[..headers]).into_owned(),
                payload: bytes[headers..total].to_vec(),
            });
        }
    }
}

/// Messages that are asked for at once.
const PIECE: u64 = 2_000;

const PATIENCE: Duration = Duration::from_secs(20);
