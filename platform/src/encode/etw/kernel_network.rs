//! Microsoft-Windows-Kernel-Network: TCP connections with their bytes.
//!
//! Step: source. 12 and 28 connect, 15 and 31 accept, 10 and 26 send, 11 and 27 receive, 13 and 29
//! disconnect, for IPv4 and IPv6. A connection that was not seen to begin is told without who began
//! it. Invariant: the table is bounded; what finds no room is not told.

use std::collections::HashMap;

use ring_abi::{Direction, Flags, Kind, Known};

use super::Event;
use super::payload::Payload;
use crate::encode::processes::Processes;
use crate::encode::records::Records;
use crate::encode::{Came, Flow};

/// Open connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: HashMap<(u32, [u8; 16], u16, u16), Open>,
    made: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Open {
    cookie: u64,
    direction: Direction,
    /// When it was made; none where that was not seen.
    made: Option<u64>,
    sent: u64,
    received: u64,
}

impl Connections {
    /// Encodes an event; none where its payload does not fit its layout.
    pub(super) fn encode(
        &mut self,
        event: &Event<'_>,
        processes: &Processes,
        records: &mut Records,
    ) -> Option<Came> {
        let (what, wide) = match event.id {
            10..=15 => (event.id, false),
            26..=31 => (event.id - 16, true),
            _ => return Some(Came::PassedOver),
        };
        let mut payload = Payload::new(event.payload, event.pointer);
        let pid = payload.u32()?;
        let size = u64::from(payload.u32()?);
        let mut address = || {
            if wide {
                payload.bytes16()
            } else {
                let [a, b, c, d] = payload.bytes4()?;
                Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d])
            }
        };
        let (remote, local) = (address()?, address()?);
        let (remote_port, local_port) = (payload.port()?, payload.port()?);
        let flow = Flow {
            local,
            remote,
            local_port,
            remote_port,
            protocol: 6,
        };
        let key = (pid, remote, remote_port, local_port);
        let who = event.by(pid, processes);
        match what {
            12 | 15 => {
                let open = self.fresh(if what == 12 {
                    Direction::OUTBOUND
                } else {
                    Direction::INBOUND
                });
                let open = Open {
                    made: Some(event.time),
                    ..open
                };
                if self.open.len() < MOST {
                    self.open.insert(key, open);
                }
                tell(Kind::FLOW_OPENED, who, &flow, &open, records);
            }
            10 | 11 => {
                if !self.open.contains_key(&key) {
                    if self.open.len() >= MOST {
                        return Some(Came::PassedOver);
                    }
                    let open = self.fresh(Direction(0));
                    self.open.insert(key, open);
                }
                let open = self.open.get_mut(&key)?;
                if what == 10 {
                    open.sent += size;
                } else {
                    open.received += size;
                }
            }
            13 => {
                if let Some(open) = self.open.remove(&key) {
                    tell(Kind::FLOW_CLOSED, who, &flow, &open, records);
                }
            }
            _ => return Some(Came::PassedOver),
        }
        Some(Came::Told)
    }

    fn fresh(&mut self, direction: Direction) -> Open {
        self.made += 1;
        Open {
            cookie: self.made,
            direction,
            ..Open::default()
        }
    }
}

fn tell(
    kind: Kind,
    who: crate::encode::records::Who,
    flow: &Flow,
    open: &Open,
    records: &mut Records,
) {
    let mut known = Known(0);
    // What was moved before the recording began is not known, so neither is the sum.
    if kind == Kind::FLOW_CLOSED && open.made.is_some() {
        known = known.with(Known::BYTES_READ).with(Known::BYTES_WRITTEN);
    }
    if open.made.is_some() {
        known = known.with(Known::OPENED);
    }
    let body = ring_abi::Flow {
        cookie: open.cookie,
        local: flow.local,
        remote: flow.remote,
        local_port: flow.local_port,
        remote_port: flow.remote_port,
        protocol: flow.protocol,
        direction: open.direction.0,
        known: known.0,
        opened: open.made.unwrap_or(0),
        bytes_sent: open.sent,
        bytes_received: open.received,
    };
    records.put(kind, who, Flags(0), &body.write(), &[]);
}

/// Connections that are followed at a time.
const MOST: usize = 1 << 16;
