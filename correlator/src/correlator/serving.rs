//! What a service of macOS writes for a utility that has asked it to.
//!
//! Step: correlate. `hdiutil` lets a helper of the system write its images, which is no child of
//! its: the name that the command line gives is what joins the two. Looked for only when a program
//! of the system's own writes a file that is named as packed ones are, so that it costs nothing
//! elsewhere.

use super::Correlator;
use super::announcing::{Announced, announced};
use crate::event::ProcessKey;
use crate::knobs::System;

impl Correlator {
    /// The utility whose output a process writes, where a service does that for it; of several the
    /// one that began last.
    pub(super) fn served_by(&self, writer: ProcessKey, path: &[u8]) -> Option<ProcessKey> {
        let is_service = self.policy.knobs.system == System::MacOs
            && self.policy.is_packed_name(path)
            && self
                .processes
                .find(writer)
                .and_then(|process| process.program.image())
                .is_some_and(is_of_the_system);
        if !is_service {
            return None;
        }
        let open = self.activities.ids().into_iter();
        let members = open.filter_map(|id| self.activities.find(id));
        let members = members.flat_map(|activity| &activity.members);
        let asking = members.filter_map(|member| self.processes.find(member.key));
        asking
            .filter(|process| {
                process.program.packs() && announced(&process.program, path) == Announced::Named
            })
            .max_by_key(|process| (process.started, process.key))
            .map(|process| process.key)
    }
}

/// Whether a program lies where only the system's own are.
fn is_of_the_system(image: &[u8]) -> bool {
    image.starts_with(b"/System/") || image.starts_with(b"/usr/libexec/")
}
