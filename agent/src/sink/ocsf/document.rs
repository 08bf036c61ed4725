//! The shape of a Detection Finding, field by field.
//!
//! Step: sink. Serialisation only; the fields are OCSF 1.3's, and what OCSF has no place for is
//! below `unmapped.packhound`. It is read back from the state, so a field is added, never renamed.

use serde::{Deserialize, Serialize};

macro_rules! objects {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name { $($(#[$field_meta])* pub(crate) $field: $type,)+ }
    )+};
}

objects! {
    /// The whole event.
    Document {
        class_uid: u32,
        class_name: String,
        category_uid: u32,
        category_name: String,
        activity_id: u32,
        activity_name: String,
        type_uid: u32,
        type_name: String,
        time: u64,
        start_time: u64,
        end_time: u64,
        severity_id: u8,
        severity: String,
        status_id: u32,
        status: String,
        confidence_score: u8,
        message: String,
        finding_info: FindingInfo,
        evidences: Vec<EvidenceArtifact>,
        device: Device,
        metadata: Metadata,
        unmapped: Unmapped,
    }

    /// What was found, and by which analytic.
    FindingInfo {
        uid: String,
        title: String,
        created_time: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        modified_time: Option<u64>,
        first_seen_time: u64,
        last_seen_time: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        analytic: Option<Analytic>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        related_analytics: Vec<Analytic>,
        attacks: Vec<Attack>,
    }

    /// An ATT&CK analytic.
    Analytic {
        uid: String,
        name: String,
        type_id: u32,
        #[serde(rename = "type")]
        kind: String,
    }

    /// An ATT&CK technique.
    Attack {
        version: String,
        tactic: Named,
        technique: Named,
        sub_technique: Named,
    }

    /// Something with an identifier and a name.
    Named {
        uid: String,
        name: String,
    }

    /// A process, a file, or a process with the file that it made.
    EvidenceArtifact {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<Process>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<File>,
    }

    /// A process.
    #[expect(clippy::struct_field_names, reason = "the names are OCSF's")]
    Process {
        pid: u32,
        uid: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cmd_line: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        created_time: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terminated_time: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<File>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<User>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        integrity: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        integrity_id: Option<u32>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lineage: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_process: Option<Box<Process>>,
    }

    /// A file.
    File {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        internal_name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company_name: Option<String>,
        type_id: u32,
        #[serde(rename = "type")]
        kind: String,
    }

    /// A user.
    User {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<String>,
    }

    /// The host.
    Device {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hostname: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        os: Option<OperatingSystem>,
        type_id: u32,
        #[serde(rename = "type")]
        kind: String,
    }

    /// The host's system.
    OperatingSystem {
        name: String,
        #[serde(rename = "type")]
        kind: String,
        type_id: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kernel_release: Option<String>,
    }

    /// Who says so.
    Metadata {
        version: String,
        product: Product,
        profiles: Vec<String>,
        uid: String,
    }

    /// This product.
    Product {
        name: String,
        vendor_name: String,
        version: String,
    }

    /// What OCSF has no place for.
    Unmapped {
        packhound: Packhound,
    }

    /// The verdict's reasons, and what was not seen.
    Packhound {
        revision: u32,
        score: i32,
        weights: Vec<Weight>,
        gaps: Gaps,
        sources: Vec<Source>,
        outputs: Vec<Output>,
        processes: Vec<Participant>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        code: Vec<Code>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<String>,
        /// Names the packing to the fleet, in hexadecimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        omitted: u32,
    }

    /// A piece of evidence and what it counts.
    #[expect(clippy::struct_field_names, reason = "the weight's name is its own")]
    Weight {
        evidence: String,
        description: String,
        weight: i32,
        time: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid: Option<u32>,
    }

    /// Packing code that was called, or that is linked in.
    Code {
        known_by: String,
        family: String,
        purpose: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        function: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uses: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_time: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recognised: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid: Option<u32>,
    }

    /// What was lost in the finding's window.
    Gaps {
        lost: u64,
        throttled: u64,
        incomplete: u64,
        evicted: u64,
        #[serde(default)]
        unwatched: u64,
    }

    /// A place that was read.
    Source {
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sensitive: Option<String>,
    }

    /// What a file of `evidences` is.
    Output {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entropy: Option<f64>,
        removed: bool,
    }

    /// What OCSF's process has no place for, in the order of `evidences`, then the lineage.
    Participant {
        pid: u32,
        role: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        script: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terminal: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login_uid: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signing_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team_id: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        system_program: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        creator_pid: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsible_pid: Option<u32>,
    }
}
