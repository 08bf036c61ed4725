//! Mirrors of the evidence's types, as a snapshot holds them.
//!
//! Step: correlate (the snapshot's boundary). The mirrors list what the originals hold, so that
//! the originals stay free of serialization; serde checks that they agree.

use serde::{Deserialize, Serialize};

use crate::catalogue::Rank;
use crate::event::{ProcessKey, Time, UsePurpose};
use crate::evidence::{Evidence, Purpose, Text};
use crate::process::Sighting;

#[derive(Serialize, Deserialize)]
#[serde(remote = "Purpose")]
pub(super) enum PurposeMirror {
    Archive,
    Compress,
    Encrypt,
    Encode,
    Split,
    Copy,
    Transfer,
    Consume,
    Other,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Rank")]
pub(super) enum RankMirror {
    Zero,
    Low,
    Medium,
    High,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "UsePurpose")]
pub(super) enum UsePurposeMirror {
    Compress,
    Archive,
    Encrypt,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Time")]
pub(super) struct TimeMirror(u64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ProcessKey")]
pub(super) struct KeyMirror {
    pid: u32,
    start: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Evidence")]
pub(super) enum EvidenceMirror {
    Utility {
        #[serde(with = "text")]
        utility: Text,
        #[serde(with = "PurposeMirror")]
        purpose: Purpose,
    },
    RenamedUtility {
        #[serde(with = "text")]
        utility: Text,
        image: Vec<u8>,
    },
    Password,
    HeaderEncryption,
    Split,
    DeletesSources,
    Format {
        #[serde(with = "text")]
        format: Text,
    },
    EncryptedContent {
        #[serde(with = "text")]
        format: Text,
    },
    Mismatch {
        extension: Vec<u8>,
        #[serde(with = "optional_text")]
        format: Option<Text>,
    },
    Dense {
        entropy: f32,
        random: f32,
    },
    Obfuscated {
        key: Vec<u8>,
        #[serde(with = "text")]
        reveals: Text,
    },
    Place {
        #[serde(with = "text")]
        place: Text,
    },
    Interpreter {
        #[serde(with = "text")]
        interpreter: Text,
    },
    Library {
        #[serde(with = "text")]
        library: Text,
    },
    LibraryUse {
        #[serde(with = "text")]
        family: Text,
        function: Vec<u8>,
        library: Option<Vec<u8>>,
        #[serde(with = "UsePurposeMirror")]
        purpose: UsePurpose,
        uses: u64,
        #[serde(with = "TimeMirror")]
        since: Time,
        format: Option<Vec<u8>>,
        level: Option<i32>,
    },
    Passphrase {
        #[serde(with = "text")]
        family: Text,
        function: Vec<u8>,
    },
    LinkedIn {
        #[serde(with = "text")]
        family: Text,
        #[serde(with = "UsePurposeMirror")]
        purpose: UsePurpose,
        #[serde(with = "text")]
        recognised: Text,
        file: Vec<u8>,
    },
    ManyIntoOne {
        files: u64,
        directories: u64,
    },
    SensitiveSource {
        #[serde(with = "text")]
        what: Text,
        path: Vec<u8>,
    },
    BatchCopy {
        files: u64,
        directory: Vec<u8>,
    },
    StagedBefore {
        directory: Vec<u8>,
    },
    CollectedOutput {
        commands: u64,
    },
    Chain {
        stages: u64,
    },
    InputsRemoved {
        files: u64,
    },
    Disguised {
        from: Vec<u8>,
    },
    OutputRemoved,
    Transfer {
        #[serde(with = "KeyMirror")]
        process: ProcessKey,
        remote: [u8; 16],
        port: u16,
        bytes: u64,
    },
    TransferUtility {
        #[serde(with = "text")]
        utility: Text,
    },
    Lineage {
        #[serde(with = "text")]
        ancestor: Text,
    },
    UserContext {
        #[serde(with = "text")]
        context: Text,
    },
    ProgramPlace {
        #[serde(with = "text")]
        place: Text,
    },
    Large {
        bytes: u64,
    },
    Benign {
        #[serde(with = "text")]
        context: Text,
    },
    InPlace,
    Allowed {
        #[serde(with = "text")]
        rule: Text,
    },
    Habit {
        times: u64,
        days: u64,
    },
    Received {
        bytes: u64,
    },
    Fleet {
        others: u64,
        lately: u64,
        hosts: u64,
        days: u64,
    },
}

/// A [`Sighting`] as a snapshot holds it.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedSighting {
    #[serde(with = "text")]
    what: Text,
    #[serde(with = "RankMirror")]
    rank: Rank,
    path: Vec<u8>,
}

impl From<&Sighting> for SavedSighting {
    fn from(sighting: &Sighting) -> Self {
        Self {
            what: sighting.what.clone(),
            rank: sighting.rank,
            path: sighting.path.to_vec(),
        }
    }
}

impl From<SavedSighting> for Sighting {
    fn from(saved: SavedSighting) -> Self {
        Self {
            what: saved.what,
            rank: saved.rank,
            path: saved.path.into(),
        }
    }
}

/// A shared text as a string.
pub(super) mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::evidence::Text;

    pub(in crate::snapshot) fn serialize<S: Serializer>(
        text: &Text,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(in crate::snapshot) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Text, D::Error> {
        String::deserialize(deserializer).map(Text::from)
    }
}

/// A shared text that may be missing.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(super) mod optional_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::evidence::Text;

    pub(in crate::snapshot) fn serialize<S: Serializer>(
        text: &Option<Text>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_deref().serialize(serializer)
    }

    pub(in crate::snapshot) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Text>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Text::from))
    }
}

/// A purpose that may be missing.
#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference to the field"
)]
pub(super) mod optional_purpose {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Purpose, PurposeMirror};

    #[derive(Serialize, Deserialize)]
    struct Held(#[serde(with = "PurposeMirror")] Purpose);

    pub(in crate::snapshot) fn serialize<S: Serializer>(
        purpose: &Option<Purpose>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        purpose.map(Held).serialize(serializer)
    }

    pub(in crate::snapshot) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Purpose>, D::Error> {
        Ok(Option::<Held>::deserialize(deserializer)?.map(|held| held.0))
    }
}
