//! Files that were written in an open activity, as a snapshot holds them.
//!
//! Step: correlate (the snapshot's boundary). What was seen of their content is kept whole, for the
//! content itself is gone.

use serde::{Deserialize, Serialize};

use super::evidence::{RankMirror, text};
use super::{SavedKey, restore_key, save_key};
use crate::activity::OutputFile;
use crate::catalogue::Rank;
use crate::content::{Density, Examination, FormatClass, Obfuscation, Recognised};
use crate::correlator::Correlator;
use crate::event::{FileKey, Time};
use crate::evidence::Text;

#[derive(Serialize, Deserialize)]
pub(super) struct SavedOutput {
    names: Vec<Vec<u8>>,
    path: Option<Vec<u8>>,
    file: Option<(u64, u64)>,
    size: Option<u64>,
    examination: Option<SavedExamination>,
    dense: bool,
    mismatch: Option<Vec<u8>>,
    place: Option<SavedPlace>,
    benign: Option<String>,
    allowed: Option<String>,
    in_place: bool,
    directory: bool,
    by: SavedKey,
    time: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedExamination {
    format: Option<SavedFormat>,
    holds: Option<String>,
    entropy: Option<f32>,
    random: Option<f32>,
    #[serde(with = "DensityMirror")]
    density: Density,
    obfuscation: Option<(Vec<u8>, String)>,
    sampled: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Density")]
enum DensityMirror {
    Unknown,
    Plain,
    Mixed,
    Dense,
}

#[derive(Serialize, Deserialize)]
struct SavedPlace {
    #[serde(with = "text")]
    name: Text,
    #[serde(with = "RankMirror")]
    rank: Rank,
}

#[derive(Serialize, Deserialize)]
struct SavedFormat {
    #[serde(with = "text")]
    format: Text,
    #[serde(with = "ClassMirror")]
    class: FormatClass,
    encrypted: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FormatClass")]
enum ClassMirror {
    Archive,
    Compressed,
    Encrypted,
    Encoded,
    Disk,
    Package,
    Other,
}

impl Correlator {
    pub(super) fn restore_output(&mut self, saved: SavedOutput) -> OutputFile {
        let mut output = OutputFile::new(restore_key(saved.by), Time(saved.time));
        output.names = saved
            .names
            .iter()
            .map(|name| self.names.name(name))
            .collect();
        output.path = saved.path.map(|path| self.names.name(&path));
        output.file = saved.file.map(|(device, inode)| FileKey { device, inode });
        output.size = saved.size;
        output.examination = saved.examination.map(restore_examination);
        output.dense = saved.dense;
        output.mismatch = saved.mismatch;
        output.place = saved.place.map(|place| (place.name, place.rank));
        output.benign = saved.benign.map(Into::into);
        output.allowed = saved.allowed.map(Into::into);
        output.in_place = saved.in_place;
        output.directory = saved.directory;
        output
    }
}

pub(super) fn save_output(output: &OutputFile) -> SavedOutput {
    let text = |text: &Option<Text>| text.as_deref().map(str::to_owned);
    SavedOutput {
        names: output.names.iter().map(|name| name.to_vec()).collect(),
        path: output.path.as_deref().map(<[u8]>::to_vec),
        file: output.file.map(|file| (file.device, file.inode)),
        size: output.size,
        examination: output.examination.as_ref().map(save_examination),
        dense: output.dense,
        mismatch: output.mismatch.clone(),
        place: output.place.as_ref().map(|(name, rank)| SavedPlace {
            name: name.clone(),
            rank: *rank,
        }),
        benign: text(&output.benign),
        allowed: text(&output.allowed),
        in_place: output.in_place,
        directory: output.directory,
        by: save_key(output.by),
        time: output.time.0,
    }
}

fn save_examination(seen: &Examination) -> SavedExamination {
    SavedExamination {
        format: seen.format.as_ref().map(|format| SavedFormat {
            format: format.format.clone(),
            class: format.class,
            encrypted: format.encrypted,
        }),
        holds: seen.holds.as_deref().map(str::to_owned),
        entropy: seen.entropy,
        random: seen.random,
        density: seen.density,
        obfuscation: seen
            .obfuscation
            .as_ref()
            .map(|found| (found.key.clone(), found.reveals.to_string())),
        sampled: seen.sampled as u64,
    }
}

fn restore_examination(saved: SavedExamination) -> Examination {
    Examination {
        format: saved.format.map(|format| Recognised {
            format: format.format,
            class: format.class,
            encrypted: format.encrypted,
        }),
        holds: saved.holds.map(Into::into),
        entropy: saved.entropy,
        random: saved.random,
        density: saved.density,
        obfuscation: saved.obfuscation.map(|(key, reveals)| Obfuscation {
            key,
            reveals: reveals.into(),
        }),
        sampled: saved.sampled as usize,
    }
}
