//! `packhound collect`: the reference collector.
//!
//! Step: all of them, wired, at the other end of the stream. Here are only the arguments' meaning
//! and the final counters.

use anyhow::Context as _;
use platform::host::{Access, Signals, User, raise_descriptors};

use crate::arguments::Collect;
use crate::collect::{Plan, serve};
use crate::exit::Misuse;
use crate::sink::Console;

/// Runs the command.
pub(super) fn collect(arguments: &Collect) -> anyhow::Result<()> {
    let console = Console::new();
    let signals = Signals::install().context("cannot take over the signals")?;
    let mut agents = arguments.agent_uid.clone();
    if agents.is_empty() {
        // Who started the collector, and those as whom agents run.
        agents = User::administrators();
        agents.extend(User::own());
    }
    let access = Access::asked(arguments.mode, arguments.owner.as_deref(), &agents);
    let plan = Plan {
        listen: arguments.listen.clone(),
        access: access.map_err(Misuse::new)?,
        agents,
        out: arguments.out.clone(),
        rotate_bytes: arguments.rotate_bytes,
        rotate_every: arguments.rotate_every,
        compress: !arguments.no_compress,
        connections: arguments.connections,
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
