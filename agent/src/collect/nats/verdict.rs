//! What became of a round of messages.
//!
//! Step: sink.

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};

/// What became of a round.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The messages that the stream has, or will never take.
    pub(super) settled: Vec<usize>,
    /// Why the others are not there.
    pub(super) error: Option<anyhow::Error>,
}

/// What a refusal means.
pub(super) enum Refusal {
    /// This message can never be published.
    ForGood(String),
    /// Nobody takes the subject (any more).
    NoStream(anyhow::Error),
    /// Nothing was answered.
    Silence(anyhow::Error),
    /// It may be taken another time.
    ForNow(anyhow::Error),
}

/// Tells a refusal that is about the message from one that is about the moment.
pub(super) fn refusal(error: PublishError, subject: &str) -> Refusal {
    let kind = error.kind();
    let code = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>())
        .map(async_nats::jetstream::Error::error_code);
    let words = match (kind, code) {
        (PublishErrorKind::MaxPayloadExceeded, _) => {
            return Refusal::ForGood("larger than the server's max_payload".to_owned());
        }
        (_, Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)) => {
            return Refusal::ForGood("larger than the stream's max_msg_size".to_owned());
        }
        (PublishErrorKind::StreamNotFound, _) => {
            return Refusal::NoStream(anyhow::anyhow!("no stream takes {subject} at the moment"));
        }
        (PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe, _) => {
            let words = format!("the stream acknowledges nothing in time ({subject})");
            return Refusal::Silence(anyhow::Error::from(error).context(words));
        }
        (_, Some(ErrorCode::STREAM_STORE_FAILED)) => format!(
            "the stream does not take {subject}; if it is full, let its consumers catch up and \
             purge it, or raise its limits with `nats stream edit`"
        ),
        _ => format!("the stream does not take {subject}"),
    };
    Refusal::ForNow(anyhow::Error::from(error).context(words))
}
