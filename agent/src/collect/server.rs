//! Accepts connections and starts the writer.
//!
//! Step: sink. Invariants: connections are bounded in number, and the bytes of their frames in
//! memory by one budget; a stop lets what was read be written, acknowledged and flushed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use platform::host::{LocalListener, Signals, SocketError};
use tokio::sync::Semaphore;

use super::connection::{Common, converse};
use super::writer::Writer;
use super::{Counters, Plan};
use crate::metrics::{CollectorReport, Server};
use crate::pulse::{Levels, Pulse};
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
        patience: plan.patience,
    });
    let report = CollectorReport {
        counters: Arc::clone(&counters),
    };
    let metrics = Server::start(&plan.metrics, "packhound_collector", report, console)?;
    let served = runtime.block_on(accept(plan, signals, console, common));
    drop(metrics);
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
    let mut listener = match LocalListener::inherited()? {
        Some(listener) => listener,
        None => LocalListener::bind(&plan.listen, &plan.access)?,
    };
    let places = Arc::new(Semaphore::new(plan.connections));
    console.say(&format!("collecting at {}", plan.listen.display()));
    let mut pulse = Pulse::new(console.clone());
    pulse.ready("collecting");
    let mut glance = tokio::time::interval(Duration::from_millis(100));
    let mut failing = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept(&plan.agents) => accepted,
            _ = glance.tick() => {
                if signals.stop() {
                    break;
                }
                let turns = common.counters.turns.load(Ordering::Relaxed);
                pulse.turn(|| Levels::of_turns(turns), || status(&common.counters));
                continue;
            }
        };
        match accepted {
            Ok((socket, peer)) => {
                failing = false;
                let counters = &common.counters;
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    if counters.turn_away() == 0 {
                        let most = plan.connections;
                        console.say(&format!("full: {most} connections; more are turned away"));
                    }
                    continue;
                };
                counters.accepted.fetch_add(1, Ordering::Relaxed);
                counters.connected.fetch_add(1, Ordering::Relaxed);
                let common = Arc::clone(&common);
                tokio::spawn(async move {
                    let counters = Arc::clone(&common.counters);
                    converse(socket, peer, common).await;
                    counters.connected.fetch_sub(1, Ordering::Relaxed);
                    drop(place);
                });
            }
            Err(SocketError::Refused(peer)) => {
                common.counters.end("user");
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
    pulse.stopping("writing what was taken");
    Ok(())
}

/// How it goes, in a line.
fn status(counters: &Counters) -> String {
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    format!(
        "collecting: {} findings and {} records written, {} connections so far",
        read(&counters.findings),
        read(&counters.records),
        read(&counters.accepted)
    )
}

/// Bytes of frames in memory.
const BUDGET: usize = 48 << 20;
