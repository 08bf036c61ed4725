//! `packhound replay`: what would have been found in recordings.
//!
//! Step: all of them, wired to files. A single recording goes through without a copy; several are
//! merged by time, and each host's boot is judged by itself, since process numbers mean nothing
//! across hosts. Invariant: the same recordings give the same findings, on any host.

mod player;
mod streamed;

use anyhow::Context as _;
use platform::recording::{Format, open};
use platform::{Source, SourceStats};

use player::{Player, Telling};
use streamed::Streamed;

use super::judgement;
use crate::arguments::{From, Replay};
use crate::counters::Counters;
use crate::sink::{Console, Converter, Desk, Stats, Teller};

/// Runs the command.
pub(super) fn replay(arguments: &Replay) -> anyhow::Result<()> {
    let console = Console::new();
    let settings = super::settings(&arguments.configured)?;
    let judgement = judgement(&settings)?;
    let format = match arguments.from {
        From::Auto => None,
        From::Ring => Some(Format::Ring),
        From::Etl => Some(Format::Etl),
        From::Evtx => Some(Format::Evtx),
        From::SysmonJson => Some(Format::SysmonJson),
        From::Eslogger => Some(Format::Eslogger),
    };
    let mut readers: Vec<Box<dyn Source>> = Vec::new();
    let mut read = SourceStats::default();
    for path in &arguments.files {
        let mut reader = open(path, format)?;
        add(&mut read, reader.stats());
        readers.push(reader);
    }
    let streamed = arguments
        .stream
        .then(|| Streamed::start(&settings, &console))
        .transpose()?;
    let desk = Desk::new(Converter {
        show_secrets: settings.output.show_secrets,
    });
    let teller = Teller::standard(arguments.told.format, console.clone());
    let mut player = Player::new(judgement, Telling::new(desk, teller, streamed));
    let outcome = player.play(readers);
    player.end();

    let mut counters = Counters::default();
    for pipeline in player.pipelines() {
        counters.add(pipeline.counters());
        if counters.read > 0 && !pipeline.knows_the_calendar() {
            console.say("a recording does not say when it was made: its times count from the boot");
        }
    }
    let mut stats = Stats::new(&counters, read);
    let (told, output, streamed) = player.into_told();
    stats.told(told);
    let delivered = streamed.map_or(Ok(()), |streamed| streamed.finish(&mut stats));
    console.say(&stats.line());
    if let Some(path) = &arguments.stats {
        std::fs::File::create(path)
            .and_then(|file| stats.write(file))
            .with_context(|| format!("cannot write the counters to {}", path.display()))?;
    }
    match output {
        // The reader has read enough; what it did not want to know is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
        output => output.context("cannot write to standard output")?,
    }
    outcome.context("the replay ends early")?;
    delivered
}

/// Adds what a reader counted to what others did.
fn add(sum: &mut SourceStats, stats: SourceStats) {
    for (name, count) in stats.others {
        match sum.others.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known += count,
            None => sum.others.push((name, count)),
        }
    }
}
