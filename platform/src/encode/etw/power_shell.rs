//! Microsoft-Windows-PowerShell: 4104 script blocks, 4103 commands.
//!
//! Step: source.

use ring_abi::Script;

use super::Event;
use super::payload::Payload;
use crate::encode::processes::Processes;
use crate::encode::records::Records;
use crate::encode::{Came, power_shell};

/// Encodes an event; none where its payload does not fit its layout.
pub(super) fn encode(
    event: &Event<'_>,
    processes: &Processes,
    records: &mut Records,
) -> Option<Came> {
    let mut payload = Payload::new(event.payload, event.pointer);
    let who = event.who(processes);
    match event.id {
        4104 => {
            let (part, parts) = (payload.u32()?, payload.u32()?);
            let (text, block, path) = (payload.wide(), payload.wide(), payload.wide());
            let block = std::str::from_utf8(&block)
                .ok()
                .and_then(power_shell::block);
            let script = Script {
                block: block?,
                part,
                parts,
            };
            let path = (!path.is_empty()).then_some(&*path);
            power_shell::put(records, who, &script, &text, path);
        }
        4103 => {
            let (_context, _user, report) = (payload.wide(), payload.wide(), payload.wide());
            let report = String::from_utf8_lossy(&report);
            let Some(command) = power_shell::command(&report) else {
                return Some(Came::PassedOver);
            };
            let script = Script {
                part: 1,
                parts: 1,
                ..Script::default()
            };
            power_shell::put(records, who, &script, command.as_bytes(), None);
        }
        _ => return Some(Came::PassedOver),
    }
    Some(Came::Told)
}
