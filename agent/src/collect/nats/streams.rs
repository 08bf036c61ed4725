//! The streams that take the messages: looked for by subject, made where there is none.
//!
//! Step: sink. Findings (with losses) and telemetry have a stream each, so that a flood of telemetry
//! pushes no finding out. Invariant: a stream that is there is never altered, whatever its name and
//! settings; what cannot work is an error that says what to change, what is risky is said once.

use std::time::Duration;

use anyhow::{Context as _, bail};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::GetStreamByNameErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

use super::login::Target;
use super::message::{FINDING, GAP, PREFIX, telemetry_classes};
use crate::sink::Console;
use crate::wire::Lane;

/// Makes sure that a stream takes everything of a lane.
pub(super) async fn ensure(
    jetstream: &Context,
    target: &Target,
    lane: Lane,
    console: &Console,
) -> anyhow::Result<()> {
    let subjects = subjects(lane);
    let mut missing = Vec::new();
    let mut found: Vec<String> = Vec::new();
    for subject in &subjects {
        match jetstream.stream_by_subject(subject).await {
            Ok(name) if found.contains(&name) => {}
            Ok(name) => found.push(name),
            Err(error) if error.kind() == GetStreamByNameErrorKind::NotFound => {
                missing.push(subject.clone());
            }
            Err(error) => {
                let asking = "asking JetStream for its streams; is it switched on there, and may \
                              this user ask?";
                return Err(anyhow::Error::from(error).context(asking));
            }
        }
    }
    if found.is_empty() {
        return make(jetstream, target, lane, subjects, console).await;
    }
    if !missing.is_empty() {
        let (streams, subjects) = (found.join(", "), missing.join(", "));
        bail!(
            "stream {streams} takes some subjects of {} and not {subjects}; add these to it, with \
             `nats stream edit --subjects`",
            lane.name()
        );
    }
    for name in found {
        look(jetstream, &name, lane, console).await?;
    }
    Ok(())
}

/// The subjects of a lane.
fn subjects(lane: Lane) -> Vec<String> {
    let whole = |class: &str| format!("{PREFIX}.{class}.*");
    match lane {
        Lane::Findings => vec![whole(FINDING), whole(GAP)],
        Lane::Telemetry => telemetry_classes().map(|class| whole(&class)).collect(),
    }
}

async fn make(
    jetstream: &Context,
    target: &Target,
    lane: Lane,
    subjects: Vec<String>,
    console: &Console,
) -> anyhow::Result<()> {
    let name = format!("{PREFIX}-{}", lane.name());
    let common = Config {
        name: name.clone(),
        subjects,
        storage: StorageType::File,
        num_replicas: target.replicas,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        ..Config::default()
    };
    let limited = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let config = match lane {
        // What is full takes no more: findings wait in the agents' spools rather than being lost.
        Lane::Findings => Config {
            description: Some("Packhound: findings and reports of losses".to_owned()),
            max_bytes: limited(target.findings_bytes),
            max_age: 90 * DAY,
            discard: DiscardPolicy::New,
            duplicate_window: Duration::from_hours(2),
            ..common
        },
        // Of telemetry the newest is worth most.
        Lane::Telemetry => Config {
            description: Some("Packhound: telemetry".to_owned()),
            max_bytes: limited(target.telemetry_bytes),
            max_age: 7 * DAY,
            discard: DiscardPolicy::Old,
            duplicate_window: Duration::from_mins(2),
            ..common
        },
    };
    jetstream.create_stream(config).await.with_context(|| {
        format!(
            "stream {name} is missing and cannot be made; make it yourself, or let this user make \
             it and give the server the room for it (--nats-{}-bytes)",
            lane.name()
        )
    })?;
    console.say(&format!("NATS: made the stream {name}"));
    Ok(())
}

/// Looks at a stream that was there.
async fn look(
    jetstream: &Context,
    name: &str,
    lane: Lane,
    console: &Console,
) -> anyhow::Result<()> {
    let stream = jetstream
        .get_stream(name)
        .await
        .with_context(|| format!("asking about stream {name}"))?;
    let config = &stream.cached_info().config;
    if config.no_ack {
        bail!("stream {name} acknowledges nothing (no_ack); switch that off");
    }
    let mut risks = Vec::new();
    if config.storage == StorageType::Memory {
        risks.push("it is kept in memory only".to_owned());
    }
    if config.duplicate_window < SHORT_WINDOW {
        let seconds = config.duplicate_window.as_secs();
        risks.push(format!("it knows repeats for {seconds} s only"));
    }
    if lane == Lane::Findings && config.discard == DiscardPolicy::Old && config.max_bytes > 0 {
        risks.push("when it is full the oldest findings go".to_owned());
    }
    let lane = lane.name();
    let risks = if risks.is_empty() {
        String::new()
    } else {
        format!("; mind that {}", risks.join(", and "))
    };
    console.say(&format!(
        "NATS: {lane} go into the stream {name}, as it is{risks}"
    ));
    Ok(())
}

const DAY: Duration = Duration::from_hours(24);

/// A window of duplicates that is shorter may end before a collector is back.
const SHORT_WINDOW: Duration = Duration::from_mins(2);
