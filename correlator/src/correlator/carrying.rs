//! Outputs that are carried away: transfer utilities, connections, and who has read what.
//!
//! Step: correlate. A connection counts as a transfer where its process has to do with the output:
//! it made it, was given its name, or read in its directory; and where its bytes are of like size.
//! Packing that goes straight into a connection has no file and is told from the command and what
//! stands behind it in its pipeline.

use super::Correlator;
use crate::activity::{Activity, ActivityId};
use crate::catalogue::Rank;
use crate::command::Output;
use crate::event::{Event, Flow, ProcessKey};
use crate::evidence::{Evidence, Purpose, Text};
use crate::path;
use crate::process::{Carried, Program};

impl Correlator {
    /// A transfer utility has started: with an output, or behind a utility that makes one.
    pub(super) fn transfer_started(&mut self, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let program = process.program.clone();
        let Some(command) = program.command() else {
            return;
        };
        let inputs = self.inputs(&program, command);
        let named = self.named_output(&program, &inputs);
        let gathered = || {
            let gathering = inputs
                .iter()
                .find_map(|input| self.gatherings.holding(input))?
                .1;
            self.open(gathering.activity)
        };
        if let Some(id) = named.or_else(gathered) {
            self.carries(key, id, true);
            let utility = command.utility.clone();
            self.note(
                id,
                Evidence::TransferUtility { utility },
                Rank::High,
                Some(key),
            );
            self.changed(id);
        }
    }

    /// A program that is no utility has started with an output among its arguments.
    pub(super) fn output_handed_over(&mut self, key: ProcessKey) {
        if !self.activities.has_outputs() {
            return;
        }
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let program = process.program.clone();
        let Some(id) = self.named_output(&program, &[]) else {
            return;
        };
        self.carries(key, id, true);
        // It may feed a packing utility that started before it (`cat x.zip | base64`).
        self.line_up(key);
        let waiting = self.neighbours(key).find_map(|neighbour| {
            let command = neighbour.program.command()?;
            let waits = crate::process::packs(command.purpose) && command.inputs.is_empty();
            self.open(neighbour.activity).filter(|_| waits)
        });
        if let Some(waiting) = waiting {
            self.unite(id, waiting);
        }
    }

    /// The packing of which an input or argument is an output.
    fn named_output(&self, program: &Program, inputs: &[Vec<u8>]) -> Option<ActivityId> {
        if !self.activities.has_outputs() {
            return None;
        }
        let by_input = inputs.iter().find_map(|input| {
            let directory = || self.activities.of_output_directory(input);
            self.activities
                .of_output(Some(input), None)
                .or_else(directory)
        });
        by_input.or_else(|| {
            program
                .arguments()
                .skip(1)
                .take(MOST_ARGUMENTS)
                .find_map(|argument| {
                    // `file=@/tmp/x.zip` and `-T/tmp/x.zip` name a file at their end.
                    let from = argument
                        .iter()
                        .position(|&byte| byte == b'@')
                        .map_or(0, |at| at + 1);
                    let given = &argument[from..];
                    let resolved = path::resolved(program.directory(), given)?;
                    self.activities.of_output(Some(&resolved), None)
                })
        })
    }

    pub(super) fn carries(&mut self, key: ProcessKey, id: ActivityId, named: bool) {
        if let Some(process) = self.processes.find_mut(key)
            && process
                .carries
                .is_none_or(|carried| !carried.named || carried.id != id)
        {
            process.carries = Some(Carried { id, named });
        }
    }

    /// A packing utility whose output went to no file has ended: it may have gone out.
    pub(super) fn may_have_streamed(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(activity) = self.activities.find(id) else {
            return;
        };
        if activity.shows() {
            return;
        }
        let remote = activity
            .member(key)
            .and_then(|member| member.program.command())
            .is_some_and(|command| matches!(command.output, Output::Remote(_)));
        let carrier = self.neighbours(key).find_map(|neighbour| {
            let command = neighbour.program.command()?;
            (command.purpose == Purpose::Transfer).then(|| (neighbour.key, command.utility.clone()))
        });
        let session = || {
            self.remote_session(key)
                .map(|session| (session, Text::from("ssh")))
        };
        match carrier.or_else(session) {
            Some((carrier, utility)) => {
                self.carries(carrier, id, true);
                let evidence = Evidence::TransferUtility { utility };
                self.note(id, evidence, Rank::High, Some(carrier));
            }
            None if remote => {}
            None => return,
        }
        if let Some(activity) = self.activities.find_mut(id) {
            activity.streams = true;
        }
        self.changed(id);
    }

    /// The remote session without a terminal that a process writes its standard output to, where
    /// nothing on this host stands behind it (`ssh host tar cz dir`).
    fn remote_session(&self, key: ProcessKey) -> Option<ProcessKey> {
        let process = self.processes.find(key)?;
        if process.program.terminal != Some(false) || self.neighbours(key).next().is_some() {
            return None;
        }
        self.processes
            .ancestors(key)
            .take_while(|ancestor| ancestor.program.is_shell() || is_ssh_server(&ancestor.program))
            .find(|ancestor| is_ssh_server(&ancestor.program))
            .map(|ancestor| ancestor.key)
    }

    pub(super) fn flow_opened(&mut self, event: &Event<'_>) {
        if let Some(process) = self.processes.find_mut(event.process) {
            process.doings().open_flows += 1;
        }
    }

    pub(super) fn flow_closed(&mut self, event: &Event<'_>, flow: &Flow) {
        let Some(process) = self.processes.find_mut(event.process) else {
            return;
        };
        let (key, own, carried) = (process.key, process.activity, process.carries);
        let received = flow.bytes_received.unwrap_or(0);
        let doings = process.doings();
        doings.open_flows = doings.open_flows.saturating_sub(1);
        doings.received = doings.received.saturating_add(received);
        if let Some(id) = self.open(own) {
            self.reconsider_received(id, key);
        }
        let Some(sent) = flow.bytes_sent.filter(|&sent| sent > 0) else {
            return;
        };
        let own = self.open(own).map(|id| (id, Link::Made));
        let carried = carried.and_then(|carried| {
            let link = if carried.named {
                Link::Given
            } else {
                Link::ReadBeside
            };
            self.open(Some(carried.id)).map(|id| (id, link))
        });
        for (id, link) in own.into_iter().chain(carried) {
            let Some(activity) = self.activities.find_mut(id) else {
                continue;
            };
            let streaming = !activity.outputs.iter().any(|output| !output.directory);
            let transfer = if streaming {
                sent > received && link != Link::ReadBeside && may_stream(activity)
            } else {
                activity
                    .outputs
                    .iter()
                    .any(|output| output.size.is_some_and(|size| link.is_like(size, sent)))
            };
            if transfer {
                activity.streams |= streaming && link == Link::Made;
                let evidence = Evidence::Transfer {
                    process: key,
                    remote: flow.remote,
                    port: flow.remote_port,
                    bytes: sent,
                };
                self.note(id, evidence, Rank::High, Some(key));
                self.changed(id);
            }
        }
    }

    /// A connection that brought less than the output holds has not brought the output.
    fn reconsider_received(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let Some(doings) = process.doings.as_deref() else {
            return;
        };
        let (open, received) = (doings.open_flows, doings.received);
        let Some(activity) = self.activities.find_mut(id) else {
            return;
        };
        let size = activity.bytes();
        let counted = activity
            .observed
            .iter()
            .any(|observed| matches!(observed.evidence, Evidence::Received { .. }));
        if counted && open == 0 && received < size / 2 {
            activity.retract(|evidence| matches!(evidence, Evidence::Received { .. }));
            self.changed(id);
        }
    }
}

/// What the process of a connection has to do with an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// It made it.
    Made,
    /// It was given its name, or read it.
    Given,
    /// It read a file of the same directory.
    ReadBeside,
}

impl Link {
    /// Whether that many bytes sent may be an output of that size: protocols add, transports
    /// encode (base64: a third more) or compress.
    fn is_like(self, size: u64, sent: u64) -> bool {
        let (least, most) = match self {
            Self::Given => (size / 2, size.saturating_mul(2).saturating_add(65_536)),
            Self::Made => (
                size / 10 * 9,
                (size / 2).saturating_mul(3).saturating_add(65_536),
            ),
            // The directory may be /tmp and the file any other: only a close match counts.
            Self::ReadBeside if size < LEAST_TELLING_SIZE => return false,
            Self::ReadBeside => (size, (size / 20).saturating_mul(29).saturating_add(4_096)),
        };
        (least..=most).contains(&sent)
    }
}

/// Whether a utility of the activity writes to a stream.
fn may_stream(activity: &Activity) -> bool {
    activity.streams
        || activity.members.iter().any(|member| {
            member.program.command().is_some_and(|command| {
                crate::process::packs(command.purpose)
                    && matches!(command.output, Output::Standard | Output::Remote(_))
            })
        })
}

fn is_ssh_server(program: &Program) -> bool {
    program
        .image()
        .is_some_and(|image| path::base_name(image).starts_with(b"sshd"))
}

/// Arguments of a program that are looked at for names of outputs.
const MOST_ARGUMENTS: usize = 32;

/// Below this size any chat with a server is of like size.
const LEAST_TELLING_SIZE: u64 = 8_192;
