//! What agent and collector say to each other.
//!
//! Step: sink. The order of variants and fields is the encoding: they are only ever added at the
//! end, and only with a new protocol version, except in [`Hello`], whose end a reader may skip.

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Bytes, MAX_ITEMS};

/// One frame's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame<'a> {
    /// Agent: who it is; its first frame.
    #[serde(borrow)]
    Hello(Hello<'a>),
    /// Collector: the answer to it, with what it has already.
    Welcome(Welcome),
    /// Agent: items in the order of their sequence.
    #[serde(borrow)]
    Batch(Batch<'a>),
    /// Collector: everything up to here is on its disk.
    Ack(Acknowledged),
    /// Either: I am here, and this is how it stands.
    Heartbeat(Heartbeat),
    /// Either: the last frame, and why.
    Bye(Bye),
    /// Agent, since version 2: on how many hosts were these seen?
    Ask(Ask),
    /// Collector, since version 2: the answer.
    Known(Known),
}

/// Who the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello<'a> {
    /// [`super::MAGIC`].
    pub magic: [u8; 8],
    /// Oldest protocol version that it speaks.
    pub oldest: u16,
    /// Newest protocol version that it speaks.
    pub newest: u16,
    /// Names the agent for good.
    pub agent: [u8; 16],
    /// The epoch of what it spools now.
    pub epoch: u64,
    /// The oldest epoch that it still holds items of.
    pub oldest_epoch: u64,
    /// The host's name, as bytes.
    #[serde(borrow)]
    pub host: Bytes<'a>,
    /// The host's system, `linux`, `windows` or `macos`.
    pub system: String,
    /// The system's release, as bytes.
    #[serde(borrow)]
    pub release: Bytes<'a>,
    /// Names the host's boot, as bytes.
    #[serde(borrow)]
    pub boot: Bytes<'a>,
    /// Version of the agent's program.
    pub program: String,
}

/// The collector's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version that both speak from here on.
    pub version: u16,
    /// What it has of this agent, one entry for each epoch and lane that it knows.
    pub acknowledged: Vec<Acknowledged>,
}

/// Up to which item of a lane everything arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The items' epoch.
    pub epoch: u64,
    /// Their lane.
    pub lane: Lane,
    /// The last sequence.
    pub through: u64,
}

/// Items of one epoch and lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch<'a> {
    /// Their epoch.
    pub epoch: u64,
    /// Their lane.
    pub lane: Lane,
    /// The first one's sequence; each further one's is one more.
    pub first: u64,
    /// At least one, and at most [`MAX_ITEMS`].
    #[serde(borrow, deserialize_with = "bounded")]
    pub items: Vec<Item<'a>>,
}

/// One thing that is streamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item<'a> {
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time: u64,
    /// What it is.
    #[serde(borrow)]
    pub content: Content<'a>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content<'a> {
    /// A finding: one OCSF Detection Finding as JSON without line ends.
    #[serde(borrow)]
    Finding(Bytes<'a>),
    /// Telemetry: one ring record (`platform/ring-abi/FORMAT.md`).
    #[serde(borrow)]
    Record(Bytes<'a>),
    /// Items that will not come.
    Loss(Loss),
}

/// Items that were lost between the agent's queues and its spool's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The lane that they were of.
    pub lane: Lane,
    /// Why.
    pub cause: Cause,
    /// Their epoch, where they had got one.
    pub epoch: Option<u64>,
    /// How many; none when that cannot be known.
    pub items: Option<u64>,
    /// Their size in bytes.
    pub bytes: u64,
    /// What they were in, such as a segment's file name.
    pub place: String,
}

/// Two kinds of items with a sequence each, so that findings need not wait for telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lane {
    /// Findings and losses.
    Findings,
    /// Ring records.
    Telemetry,
}

impl Lane {
    /// Both, the more important first.
    pub const ALL: [Self; 2] = [Self::Findings, Self::Telemetry];

    /// Its name in messages and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Telemetry => "telemetry",
        }
    }
}

/// Why items were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The spool was full.
    Evicted,
    /// The spool's file was damaged or cut.
    Damaged,
    /// The queue before the spool was full.
    Overrun,
    /// The disk did not take them.
    Unwritten,
}

impl Cause {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Evicted => "evicted",
            Self::Damaged => "damaged",
            Self::Overrun => "overrun",
            Self::Unwritten => "unwritten",
        }
    }
}

/// How it stands with the sender. A collector sends zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Items lost since the agent's start.
    pub losses: Losses,
    /// Bytes that wait in its spool.
    pub waiting: u64,
}

/// Items lost since the agent's start, by cause; the number of damaged ones is a lower bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Findings that a full spool evicted.
    pub evicted_findings: u64,
    /// Telemetry that a full spool evicted.
    pub evicted_telemetry: u64,
    /// Items in damaged segments.
    pub damaged: u64,
    /// Items that found the queue before the spool full.
    pub overrun: u64,
    /// Items that the disk did not take.
    pub unwritten: u64,
}

/// A question about packings, each named by 16 bytes that mean nothing to the collector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// At least one, and at most [`MAX_PATTERNS`].
    pub patterns: Vec<[u8; 16]>,
}

/// What the fleet knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Hosts of the fleet, the asking one included; 0 where nothing is known.
    pub hosts: u64,
    /// Days that this was counted over.
    pub days: u64,
    /// One entry for each pattern that was asked about and could be looked up.
    pub answers: Vec<Answer>,
}

/// On how many other hosts a packing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which packing.
    pub pattern: [u8; 16],
    /// Other hosts that have seen it for long enough to count.
    pub others: u64,
    /// Other hosts that have seen it only lately.
    pub lately: u64,
}

/// The last frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bye {
    /// Why, for programs.
    pub code: ByeCode,
    /// Why, for people.
    pub text: String,
}

/// Why a connection ends; survives values of a later version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByeCode(pub u16);

impl ByeCode {
    /// The sender ends in an orderly way.
    pub const STOPPING: Self = Self(1);
    /// No common protocol version, or no agent at all.
    pub const VERSION: Self = Self(2);
    /// A frame is longer than allowed, or empty.
    pub const LENGTH: Self = Self(3);
    /// A frame does not decode.
    pub const MALFORMED: Self = Self(4);
    /// A frame that may not come here.
    pub const UNEXPECTED: Self = Self(5);
    /// Nothing came for too long.
    pub const SILENT: Self = Self(6);
    /// A frame began and did not end in time.
    pub const SLOW: Self = Self(7);
    /// More batches than allowed wait for their acknowledgement.
    pub const WINDOW: Self = Self(8);
    /// More heartbeats than anybody needs.
    pub const FLOOD: Self = Self(9);
    /// The collector has no room for another connection.
    pub const FULL: Self = Self(10);

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::STOPPING => "stopping",
            Self::VERSION => "version",
            Self::LENGTH => "length",
            Self::MALFORMED => "malformed",
            Self::UNEXPECTED => "unexpected",
            Self::SILENT => "silent",
            Self::SLOW => "slow",
            Self::WINDOW => "window",
            Self::FLOOD => "flood",
            Self::FULL => "full",
            Self(_) => "unnamed",
        }
    }
}

/// Reads a batch's items, and refuses more of them than allowed before they take memory.
fn bounded<'de: 'a, 'a, D>(deserializer: D) -> Result<Vec<Item<'a>>, D::Error>
where
    D: Deserializer<'de>,
{
    struct Items;

    impl<'de> Visitor<'de> for Items {
        type Value = Vec<Item<'de>>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "1 to {MAX_ITEMS} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut given: A) -> Result<Self::Value, A::Error> {
            let number = given.size_hint().unwrap_or(0);
            if number == 0 || number > MAX_ITEMS {
                return Err(A::Error::invalid_length(number, &self));
            }
            let mut items = Vec::with_capacity(number);
            while let Some(item) = given.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }

    deserializer.deserialize_seq(Items)
}
