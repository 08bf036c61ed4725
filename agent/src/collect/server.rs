//! Accepts connections and starts the writer.
//!
//! Step: sink. Invariants: connections are bounded in number, and the bytes of their frames in
//! memory by one budget; a stop lets what was read be written, acknowledged and flushed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use platform::host::{LocalListener, Signals, SocketError, notify, notify_ready};
use tokio::sync::Semaphore;

use super::connection::{Common, converse};
use super::writer::Writer;
use super::{Counters, Plan};
use crate::sink::Console;

/// Collects until a signal asks for the end.
pub(crate) fn serve(
    plan: &Plan,
    signals: &Signals,
    console: &Console,
) -> anyhow::Result<Arc<Counters>> {
    let counters = Arc::new(Counters::default());
    let stopping = Arc::new(AtomicBool::new(false));
    let writer = Writer::open(
        plan,
        console.clone(),
        Arc::clone(&counters),
        Arc::clone(&stopping),
    )
    .with_context(|| format!("cannot write below {}", plan.out.display()))?;
    let fleet = writer.fleet();
    let (work, queue) = crossbeam_channel::unbounded();
    let writing = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.work(&queue))
        .context("cannot start the writing thread")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let common = Arc::new(Common {
        writer: work,
        budget: Arc::new(Semaphore::new(BUDGET)),
        console: console.clone(),
        counters: Arc::clone(&counters),
        fleet,
    });
    let served = runtime.block_on(accept(plan, signals, console, common));
    stopping.store(true, Ordering::Relaxed);
    // Ends the connections, and with the last of them the writer's queue.
    runtime.shutdown_timeout(Duration::from_millis(200));
    let written = writing
        .join()
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the writing thread panicked")));
    served.and(written.context("flushing"))?;
    Ok(counters)
}

async fn accept(
    plan: &Plan,
    signals: &Signals,
    console: &Console,
    common: Arc<Common>,
) -> anyhow::Result<()> {
    let listener = match LocalListener::inherited()? {
        Some(listener) => listener,
        None => LocalListener::bind(&plan.listen, &plan.access)?,
    };
    let places = Arc::new(Semaphore::new(plan.connections));
    console.say(&format!("collecting at {}", plan.listen.display()));
    if let Err(error) = notify_ready() {
        console.say(&format!("the service manager cannot be told: {error}"));
    }
    let mut glance = tokio::time::interval(Duration::from_millis(100));
    let mut failing = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept(&plan.agent_uids) => accepted,
            _ = glance.tick() => {
                if signals.stop() {
                    break;
                }
                continue;
            }
        };
        match accepted {
            Ok((socket, peer)) => {
                failing = false;
                let counters = &common.counters;
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    if counters.full.fetch_add(1, Ordering::Relaxed) == 0 {
                        let most = plan.connections;
                        console.say(&format!("full: {most} connections; more are turned away"));
                    }
                    continue;
                };
                counters.accepted.fetch_add(1, Ordering::Relaxed);
                let common = Arc::clone(&common);
                tokio::spawn(async move {
                    converse(socket, peer, common).await;
                    drop(place);
                });
            }
            Err(SocketError::Refused(peer)) => {
                common.counters.ended.fetch_add(1, Ordering::Relaxed);
                console.say(&format!("refused: {}", SocketError::Refused(peer)));
            }
            Err(error) => {
                // Such as no descriptor left: those who wait are served when one is free again.
                if !std::mem::replace(&mut failing, true) {
                    console.say(&error.to_string());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    if let Err(error) = notify("STOPPING=1") {
        console.say(&format!("the service manager cannot be told: {error}"));
    }
    Ok(())
}

/// Bytes of frames in memory.
const BUDGET: usize = 48 << 20;
