//! Which host, and which of its boots, a stream of records is from.
//!
//! Step: enrich. Read from the record that opens a capture, never from the host that this runs on:
//! a recording may be replayed anywhere.

use ring_abi::System;

/// Where the records came from, as bytes until it is shown; what the capture does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    /// Its name.
    pub(crate) name: Option<Vec<u8>>,
    /// The release of its system.
    pub(crate) release: Option<Vec<u8>>,
    /// Names the time since it was started.
    pub(crate) boot: Option<Vec<u8>>,
    /// Its system.
    pub(crate) system: Option<System>,
}
