//! `packhound collect`: the reference collector.
//!
//! Step: all of them, wired, at the other end of the stream. Here are only the arguments' meaning
//! and the final counters.

use anyhow::Context as _;
use platform::host::{Access, Signals, User, raise_descriptors};

use crate::arguments::{Collect, Nats};
use crate::collect::{Login, Patience, Plan, Target, serve};
use crate::config::Metrics;
use crate::exit::Misuse;
use crate::sink::Console;

/// Runs the command.
pub(super) fn collect(arguments: &Collect) -> anyhow::Result<()> {
    let console = Console::new();
    let signals = Signals::install().context("cannot take over the signals")?;
    let agents = trusted(&arguments.agent_uid);
    let access = Access::asked(arguments.mode, arguments.owner.as_deref(), &agents);
    let publish = target(&arguments.publish)?;
    let plan = Plan {
        listen: arguments.listen.clone(),
        access: access.map_err(Misuse::new)?,
        agents,
        out: arguments.out.clone(),
        rotate_bytes: arguments.rotate_bytes,
        rotate_every: arguments.rotate_every,
        compress: !arguments.no_compress,
        connections: arguments.connections,
        publish,
        patience: Patience {
            silence: arguments.silence,
            frame: arguments.frame_time,
        },
        metrics: Metrics {
            listen: arguments.metrics.clone(),
            uids: trusted(&arguments.metrics_uid),
        },
    };
    raise_descriptors();
    let counters = serve(&plan, &signals, &console)?;
    console.say(&format!("collected: {}", counters.json()));
    if let Some(path) = &arguments.stats {
        let text = format!("{:#}\n", counters.json());
        std::fs::write(path, text)
            .with_context(|| format!("cannot write the counters to {}", path.display()))?;
    }
    Ok(())
}

/// Where to publish, if that is wanted.
fn target(arguments: &Nats) -> anyhow::Result<Option<Target>> {
    let Some(servers) = &arguments.nats else {
        return Ok(None);
    };
    let login = match arguments {
        Nats {
            nats_creds: Some(path),
            ..
        } => Login::Credentials(path.clone()),
        Nats {
            nats_user_file: Some(path),
            ..
        } => Login::User(path.clone()),
        Nats {
            nats_token_file: Some(path),
            ..
        } => Login::Token(path.clone()),
        _ => Login::Anonymous,
    };
    let target = Target {
        servers: servers.clone(),
        login,
        authorities: arguments.nats_ca.clone(),
        identity: arguments.nats_cert.clone().zip(arguments.nats_key.clone()),
        replicas: arguments.nats_replicas.into(),
        prevalence_after: arguments.nats_prevalence_after,
        findings_bytes: arguments.nats_findings_bytes,
        telemetry_bytes: arguments.nats_telemetry_bytes,
    };
    target.check()?;
    Ok(Some(target))
}

/// Those who may connect: who was named, else who started the collector and who administers the
/// system, as whom agents run.
fn trusted(named: &[User]) -> Vec<User> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let mut users = User::administrators();
    users.extend(User::own());
    users
}
