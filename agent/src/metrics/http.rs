//! Answers `GET /metrics` on a loopback address or a Unix socket.
//!
//! Step: sink. As much of HTTP/1.1 as that needs: one request per connection, its head parsed by
//! `httparse`, no body, one answer of known length. A whole HTTP server would bring a dozen crates
//! for keep-alive, chunks and upgrades that nobody needs here. Invariants: a connection has
//! [`PATIENCE`] from its first byte to its last, a head [`HEAD`] bytes, and there are at most
//! [`PLACES`] connections; more are closed at once and counted.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use platform::Duty;
use platform::host::{Access, LocalListener, SocketError, User, keep_only};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::page::About;
use super::{Page, Report, registry};
use crate::config::{Endpoint, Metrics};
use crate::sink::Console;

/// A running endpoint; dropping it ends it and removes its socket.
pub(crate) struct Server {
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens where the settings say, if they do, and says where.
    ///
    /// # Errors
    /// When the address or the socket cannot be had.
    pub(crate) fn start(
        settings: &Metrics,
        prefix: &str,
        report: impl Report,
        console: &Console,
    ) -> anyhow::Result<Option<Self>> {
        let Some(listen) = &settings.listen else {
            return Ok(None);
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the runtime of the metrics")?;
        let bound = runtime.block_on(bind(listen, &settings.uids));
        let (listener, place) = bound.with_context(|| format!("metrics at {listen}"))?;
        console.say(&format!("metrics at {place}"));
        let (stop, stopped) = oneshot::channel();
        let turned_away = Arc::new(AtomicU64::new(0));
        let endpoint = WithOwn {
            report,
            since: SystemTime::now(),
            turned_away: Arc::clone(&turned_away),
        };
        let shared = Arc::new(Shared {
            registry: registry(prefix, endpoint),
            turned_away,
        });
        let uids = settings.uids.clone();
        let work = move || {
            // Refusal leaves this thread with what the daemon was started with.
            let _ = keep_only(Duty::Own);
            runtime.block_on(async move {
                tokio::select! {
                    () = accept(listener, &uids, shared) => {}
                    _ = stopped => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("metrics".to_owned());
        let thread = thread.spawn(work).context("cannot start the metrics")?;
        Ok(Some(Self {
            stop: Some(stop),
            thread: Some(thread),
        }))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends at its next wait; its panic would have been said by then.
            let _ = thread.join();
        }
    }
}

struct Shared {
    registry: Registry,
    /// Connections that found no room, or whose user is not allowed.
    turned_away: Arc<AtomicU64>,
}

/// A report, and what the endpoint tells of itself.
struct WithOwn<R> {
    report: R,
    since: SystemTime,
    turned_away: Arc<AtomicU64>,
}

impl<R: Report> Report for WithOwn<R> {
    fn report(&self, page: &mut Page<'_>) -> fmt::Result {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.info(About("build", "The program's version"), &version)?;
        let since = self.since.duration_since(UNIX_EPOCH);
        let seconds = since.map_or(0.0, |since| since.as_secs_f64());
        page.moment(About("start_time", "When the program started"), seconds)?;
        page.counter(
            About(
                "metrics_connections_refused",
                "Connections to this endpoint that found no room, or whose user is not allowed",
            ),
            self.turned_away.load(Ordering::Relaxed),
        )?;
        self.report.report(page)
    }
}

enum Listener {
    Tcp(TcpListener),
    Local(LocalListener),
}

/// A connection of either kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn bind(listen: &Endpoint, uids: &[User]) -> anyhow::Result<(Listener, String)> {
    match listen {
        Endpoint::Tcp(address) => {
            let listener = TcpListener::bind(address).await?;
            let place = format!("http://{}/metrics", listener.local_addr()?);
            Ok((Listener::Tcp(listener), place))
        }
        Endpoint::Socket(path) => {
            let listener = LocalListener::bind(path, &Access::checked(uids))?;
            Ok((Listener::Local(listener), path.display().to_string()))
        }
    }
}

async fn accept(mut listener: Listener, uids: &[User], shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(PLACES));
    loop {
        let accepted: Result<Box<dyn Stream>, Failure> = match &mut listener {
            Listener::Tcp(listener) => match listener.accept().await {
                Ok((stream, _)) => Ok(Box::new(stream)),
                Err(_) => Err(Failure::System),
            },
            Listener::Local(listener) => match listener.accept(uids).await {
                Ok((stream, _)) => Ok(Box::new(stream)),
                Err(SocketError::Refused(_)) => Err(Failure::Refused),
                Err(_) => Err(Failure::System),
            },
        };
        let turned_away = &shared.turned_away;
        let stream = match accepted {
            Ok(stream) => stream,
            Err(Failure::Refused) => {
                turned_away.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Err(Failure::System) => {
                // Such as no descriptor left; a moment later there may be one.
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            turned_away.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // Whoever is too slow, or gone, is left.
            let _ = timeout(PATIENCE, exchange(stream, &shared)).await;
            drop(place);
        });
    }
}

/// Why there is no connection.
enum Failure {
    /// Whoever asks is not allowed to.
    Refused,
    /// The system has none.
    System,
}

/// Reads one request, answers it, and waits until the other end has read the answer.
async fn exchange(mut stream: impl Stream, shared: &Shared) -> io::Result<()> {
    let mut head = Vec::with_capacity(1024);
    let answer = loop {
        if let Some(answer) = answer(&head, shared) {
            break answer;
        }
        if head.len() >= HEAD {
            break refusal("431 Request Header Fields Too Large", "");
        }
        let room = HEAD - head.len();
        if (&mut stream).take(room as u64).read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await?;
    // Closing while something is unread would reset the connection and lose the answer.
    let mut rest = [0; 1024];
    for _ in 0..LINGER {
        if stream.read(&mut rest).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// The answer to a request; none while its head is not complete.
fn answer(head: &[u8], shared: &Shared) -> Option<Vec<u8>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => {
            return Some(refusal("431 Request Header Fields Too Large", ""));
        }
        Err(_) => return Some(refusal("400 Bad Request", "")),
    }
    let path = request.path.unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let with_body = match (request.method, path) {
        (Some("GET"), "/metrics") => true,
        (Some("HEAD"), "/metrics") => false,
        (Some("GET" | "HEAD"), _) => return Some(refusal("404 Not Found", "")),
        _ => return Some(refusal("405 Method Not Allowed", "Allow: GET, HEAD\r\n")),
    };
    let mut text = String::new();
    if encode(&mut text, &shared.registry).is_err() {
        return Some(refusal("500 Internal Server Error", ""));
    }
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        text.len()
    );
    if with_body {
        answer.push_str(&text);
    }
    Some(answer.into_bytes())
}

fn refusal(status: &str, header: &str) -> Vec<u8> {
    let text = format!("{status}; here is only GET /metrics\n");
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n{header}\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
    .into_bytes()
}

/// What `OpenMetrics` text is called.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Longest time that a connection has in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest head of a request in bytes.
const HEAD: usize = 8 << 10;

/// Most headers of a request.
const HEADERS: usize = 64;

/// Connections at a time.
const PLACES: usize = 8;

/// Pieces of up to 1 KiB that are read after the answer.
const LINGER: usize = 64;

/// Wait after the system had no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
