//! Makes a [`Document`] of a finding.
//!
//! Step: sink. Converted by hand, so that the finding's types may change without the told format
//! changing; masks secrets on the way.

use correlator::{
    Analytic, Evidence, FileSummary, Finding, FindingUid, ProcessKey, ProcessSummary, Severity,
    Technique, Time,
};
use ring_abi::System;

use super::attack;
use super::code;
use super::document::{
    self, Attack, Device, Document, EvidenceArtifact, File, FindingInfo, Gaps, Metadata, Named,
    OperatingSystem, Output, Packhound, Participant, Process, Product, Source, Unmapped, User,
    Weight,
};
use super::maker;
use crate::host::Host;
use crate::prevalence;
use crate::sink::escape::{command_line, lossless};
use crate::sink::secrets;
use crate::sink::title::{base_name, title};
use crate::sink::wording;

/// Makes documents as the operator wants them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Converter {
    /// Leave passwords and keys in command lines.
    pub(crate) show_secrets: bool,
}

impl Converter {
    /// The document of a finding of `host`, first told at `created`.
    pub(crate) fn document(self, finding: &Finding, host: &Host, created: Time) -> Document {
        let (activity_id, activity_name) = match finding.revision {
            0 | 1 => (1, "Create"),
            _ => (2, "Update"),
        };
        let last_seen = milliseconds(finding.last_seen);
        let sentence = title(finding);
        Document {
            class_uid: 2004,
            class_name: "Detection Finding".to_owned(),
            category_uid: 2,
            category_name: "Findings".to_owned(),
            activity_id,
            activity_name: activity_name.to_owned(),
            type_uid: 200_400 + activity_id,
            type_name: format!("Detection Finding: {activity_name}"),
            time: last_seen,
            start_time: milliseconds(finding.first_seen),
            end_time: last_seen,
            severity_id: finding.severity as u8,
            severity: severity_name(finding.severity).to_owned(),
            status_id: 1,
            status: "New".to_owned(),
            confidence_score: finding.confidence,
            message: sentence.clone(),
            finding_info: info(finding, sentence, milliseconds(created), activity_id),
            evidences: self.artifacts(finding),
            device: device(host),
            metadata: metadata(finding),
            unmapped: Unmapped {
                packhound: packhound(finding),
            },
        }
    }

    /// Who made what: the producer with its first output and its lineage, then everything else.
    fn artifacts(self, finding: &Finding) -> Vec<EvidenceArtifact> {
        let mut processes = finding.processes.iter();
        let mut outputs = finding.outputs.iter();
        let producer = processes.next().map(|producer| {
            let parents = finding.lineage.iter().rev().fold(None, |above, ancestor| {
                let mut parent = self.process(finding, ancestor);
                parent.parent_process = above;
                Some(Box::new(parent))
            });
            let mut process = self.process(finding, producer);
            process.parent_process = parents;
            process.lineage = finding.lineage.iter().map(path_or_pid).collect();
            process
        });
        let first = EvidenceArtifact {
            process: producer,
            file: outputs.next().map(file),
        };
        let first = (first.process.is_some() || first.file.is_some()).then_some(first);
        let others = processes.map(|process| EvidenceArtifact {
            process: Some(self.process(finding, process)),
            file: None,
        });
        let files = outputs.map(|output| EvidenceArtifact {
            process: None,
            file: Some(file(output)),
        });
        first.into_iter().chain(others).chain(files).collect()
    }

    fn process(self, finding: &Finding, process: &ProcessSummary) -> Process {
        let ProcessKey { pid, start } = process.key;
        let (integrity_id, integrity) = maker::integrity(process.integrity.as_deref()).unzip();
        Process {
            pid,
            uid: format!("{pid}-{start}"),
            name: process.image.as_deref().map(base_name),
            cmd_line: process
                .arguments
                .as_deref()
                .map(|arguments| self.command(finding, process, arguments)),
            created_time: process.started.map(milliseconds),
            terminated_time: process.ended.map(milliseconds),
            file: maker::program(process),
            user: (process.user.is_some() || process.uid.is_some()).then(|| User {
                name: process.user.clone(),
                uid: process.uid.map(|uid| uid.to_string()),
            }),
            integrity,
            integrity_id,
            lineage: Vec::new(),
            parent_process: None,
        }
    }

    /// The command line, with secrets masked unless they are wanted.
    fn command(self, finding: &Finding, process: &ProcessSummary, arguments: &[u8]) -> String {
        if self.show_secrets {
            return command_line(secrets::split(arguments));
        }
        let mut renamed = None;
        let mut password = false;
        for weighed in &finding.evidence {
            match &weighed.evidence {
                Evidence::RenamedUtility { utility, .. }
                    if weighed.process.is_none_or(|key| key == process.key) =>
                {
                    renamed = Some(&**utility);
                }
                Evidence::Password if weighed.process.is_none_or(|key| key == process.key) => {
                    password = true;
                }
                _ => {}
            }
        }
        command_line(secrets::masked(
            arguments,
            process.image.as_deref(),
            renamed,
            password,
        ))
    }
}

fn info(finding: &Finding, title: String, created: u64, activity_id: u32) -> FindingInfo {
    let mut analytics = finding.analytics.iter().copied().map(analytic);
    let last_seen = milliseconds(finding.last_seen);
    FindingInfo {
        uid: uid(finding.uid),
        title,
        created_time: created,
        modified_time: (activity_id != 1).then_some(last_seen),
        first_seen_time: milliseconds(finding.first_seen),
        last_seen_time: last_seen,
        analytic: analytics.next(),
        related_analytics: analytics.collect(),
        attacks: finding.techniques.iter().copied().map(attack).collect(),
    }
}

/// A finding's identifier as text: 32 hexadecimal digits.
fn uid(uid: FindingUid) -> String {
    format!("{:032x}", uid.0)
}

fn analytic(analytic: Analytic) -> document::Analytic {
    let uid = format!("AN{:04}", analytic.0);
    document::Analytic {
        name: attack::analytic_name(analytic.0).unwrap_or_else(|| uid.clone()),
        uid,
        type_id: 2,
        kind: "Behavioral".to_owned(),
    }
}

fn attack(technique: Technique) -> Attack {
    let naming = attack::naming(technique);
    let named = |(uid, name): (&str, &str)| Named {
        uid: uid.to_owned(),
        name: name.to_owned(),
    };
    Attack {
        version: attack::VERSION.to_owned(),
        tactic: named(naming.tactic),
        technique: named(naming.technique),
        sub_technique: named(naming.sub_technique),
    }
}

fn packhound(finding: &Finding) -> Packhound {
    let weights = finding.evidence.iter().map(|weighed| Weight {
        evidence: wording::name(&weighed.evidence).to_owned(),
        description: wording::sentence(&weighed.evidence),
        weight: weighed.weight,
        time: milliseconds(weighed.time),
        pid: weighed.process.map(|process| process.pid),
    });
    let sources = finding.sources.iter().map(|source| Source {
        path: lossless(&source.path),
        sensitive: source.sensitive.clone(),
    });
    let outputs = finding.outputs.iter().map(|output| Output {
        path: output.path.as_deref().map(lossless),
        size: output.size,
        format: output.format.clone(),
        // Two digits are what a sample of some hundred bytes can tell.
        entropy: output
            .entropy
            .map(|bits| (f64::from(bits) * 100.0).round() / 100.0),
        removed: output.removed,
    });
    let roles = |index| {
        if index == 0 {
            "producer"
        } else {
            "participant"
        }
    };
    let participants = finding
        .processes
        .iter()
        .enumerate()
        .map(|(index, process)| participant(process, roles(index)));
    let ancestors = finding
        .lineage
        .iter()
        .map(|process| participant(process, "ancestor"));
    Packhound {
        revision: finding.revision,
        score: finding.score,
        weights: weights.collect(),
        gaps: Gaps {
            lost: finding.gaps.lost,
            throttled: finding.gaps.throttled,
            incomplete: finding.gaps.incomplete,
            evicted: finding.gaps.evicted,
            unwatched: finding.gaps.unwatched,
        },
        sources: sources.collect(),
        outputs: outputs.collect(),
        processes: participants.chain(ancestors).collect(),
        code: code::code(finding),
        container: finding
            .processes
            .iter()
            .find_map(|process| process.container.clone()),
        pattern: finding.pattern.as_ref().map(|pattern| {
            let name = u128::from_be_bytes(prevalence::name(pattern));
            format!("{name:032x}")
        }),
        omitted: finding.omitted,
    }
}

fn participant(process: &ProcessSummary, role: &str) -> Participant {
    let mut participant = Participant {
        pid: process.key.pid,
        role: role.to_owned(),
        script: process.script.as_deref().map(lossless),
        directory: process.directory.as_deref().map(lossless),
        terminal: process.terminal,
        login_uid: process.login_uid,
        container: process.container.clone(),
        ..Participant::default()
    };
    maker::describe(&mut participant, process);
    participant
}

fn path_or_pid(process: &ProcessSummary) -> String {
    process
        .image
        .as_deref()
        .map_or_else(|| format!("process {}", process.key.pid), lossless)
}

fn file(output: &FileSummary) -> File {
    match &output.path {
        Some(path) => regular_file(path, output.size),
        None => File {
            name: output.file.map_or_else(
                || "unknown".to_owned(),
                |file| format!("inode {} of device {}", file.inode, file.device),
            ),
            size: output.size,
            type_id: 1,
            kind: "Regular File".to_owned(),
            ..File::default()
        },
    }
}

pub(super) fn regular_file(path: &[u8], size: Option<u64>) -> File {
    File {
        name: base_name(path),
        path: Some(lossless(path)),
        size,
        type_id: 1,
        kind: "Regular File".to_owned(),
        ..File::default()
    }
}

fn device(host: &Host) -> Device {
    let os = host.system.and_then(|system| {
        let (name, type_id) = match system {
            System::LINUX => ("Linux", 200),
            System::WINDOWS => ("Windows", 100),
            System::MACOS => ("macOS", 300),
            _ => return None,
        };
        Some(OperatingSystem {
            name: name.to_owned(),
            kind: name.to_owned(),
            type_id,
            kernel_release: host.release.as_deref().map(lossless),
        })
    });
    Device {
        hostname: host.name.as_deref().map(lossless),
        os,
        type_id: 0,
        kind: "Unknown".to_owned(),
    }
}

fn metadata(finding: &Finding) -> Metadata {
    Metadata {
        version: "1.3.0".to_owned(),
        product: Product {
            name: "Packhound".to_owned(),
            vendor_name: "Packhound".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        profiles: vec!["host".to_owned()],
        // Differs between revisions, so that a consumer can drop what it has twice.
        uid: format!("{}-{}", uid(finding.uid), finding.revision),
    }
}

/// OCSF's name of a severity.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

fn milliseconds(time: Time) -> u64 {
    time.0 / 1_000_000
}
