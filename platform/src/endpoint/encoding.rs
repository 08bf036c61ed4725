//! Messages to records and nothing else: no queue, no clock, no system.
//!
//! Step: source. It is what every source of messages does with them, by itself, so that it can be
//! measured by itself.

use ring_abi::LossReason;

use super::message::Message;
use crate::encode::Records;
use crate::encode::endpoint::{Bounds, Session};
use crate::source::SourceError;

/// Messages on their way to records.
#[derive(Debug)]
pub struct Encoding {
    session: Session,
    records: Records,
}

impl Default for Encoding {
    fn default() -> Self {
        Self {
            session: Session::new(Bounds::default(), LossReason::SYSTEM),
            records: Records::default(),
        }
    }
}

impl Encoding {
    /// Takes a message, and hands out the records that came of it.
    ///
    /// # Errors
    /// When there are more records than memory may hold, which one message's never are.
    pub fn take(
        &mut self,
        message: &Message<'_>,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), SourceError> {
        self.session.encode(message, &mut self.records)?;
        self.records.drain(take);
        Ok(())
    }
}
