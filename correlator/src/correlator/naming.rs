//! Files that are renamed, linked and removed: outputs keep their verdict, sources that go are
//! evidence.
//!
//! Step: correlate. Most names belong to no packing and cost one or a few look-ups. An output is
//! found by its name or, where the source tells it, by the file's identity.

use super::Correlator;
use super::joining::expected_output;
use super::programs::packs_what_it_reads;
use crate::activity::{ActivityId, Disguise, OutputFile};
use crate::catalogue::Rank;
use crate::event::{Event, FileKey, ProcessKey};
use crate::evidence::{Evidence, Purpose};
use crate::path;
use crate::process::Name;

impl Correlator {
    pub(super) fn renamed(
        &mut self,
        event: &Event<'_>,
        from: Option<&[u8]>,
        to: Option<&[u8]>,
        file: Option<FileKey>,
    ) {
        let Some(id) = self.activities.of_output(from, file) else {
            self.moved(event.process, from, to, file);
            return;
        };
        let Some(to) = to else { return };
        let name = self.names.name(to);
        let policy = &self.policy;
        let renamed = self.activities.update(id, |activity| {
            let at = output_at(&activity.outputs, from, file)?;
            let output = &mut activity.outputs[at];
            let old = match from.filter(|from| output.is_named(from)) {
                Some(from) => from.to_vec(),
                None => output.path.as_deref().unwrap_or_default().to_vec(),
            };
            let disguise = output.rename(&old, name, policy);
            // The name may have been that of an earlier output, which is gone now.
            let path = output.path.clone();
            let mut index = 0;
            activity.outputs.retain(|other| {
                let keep = index == at || other.path != path || !other.removed();
                index += 1;
                keep
            });
            if !activity.outputs.iter().any(OutputFile::removed) {
                activity.retract(|evidence| matches!(evidence, Evidence::OutputRemoved));
            }
            Some((old, disguise))
        });
        let Some((old, disguise)) = renamed.flatten() else {
            return;
        };
        if disguise == Disguise::New {
            let evidence = Evidence::Disguised { from: old };
            self.note(id, evidence, Rank::High, Some(event.process));
        }
        self.changed(id);
    }

    /// A file that has nothing to do with a packing yet: it may get the name of one's output, or be
    /// gathered.
    fn moved(
        &mut self,
        key: ProcessKey,
        from: Option<&[u8]>,
        to: Option<&[u8]>,
        file: Option<FileKey>,
    ) {
        let Some(to) = to else { return };
        if self.put_in_place(key, to, file) {
            return;
        }
        // A temporary name beside it is how rsync writes.
        if from.and_then(path::parent) == path::parent(to) {
            return;
        }
        let copies = self
            .processes
            .find(key)
            .is_some_and(|process| process.program.purpose() == Some(Purpose::Copy));
        if copies {
            self.copied(key, to, None);
        }
    }

    pub(super) fn linked(&mut self, from: Option<&[u8]>, to: Option<&[u8]>, file: Option<FileKey>) {
        let Some(id) = self.activities.of_output(from, file) else {
            return;
        };
        let Some(to) = to else { return };
        let name = self.names.name(to);
        let policy = &self.policy;
        self.activities.update(id, |activity| {
            if let Some(at) = output_at(&activity.outputs, from, file) {
                activity.outputs[at].name(name, policy);
            }
        });
        self.changed(id);
    }

    pub(super) fn removed(
        &mut self,
        event: &Event<'_>,
        path: Option<&[u8]>,
        file: Option<FileKey>,
        directory: bool,
    ) {
        if !directory && let Some(id) = self.activities.of_output(path, file) {
            self.output_removed(id, event.process, path, file);
            return;
        }
        let Some(path) = path else { return };
        if self.is_own_output(event.process, path) {
            return;
        }
        let by_member = self.processes.find(event.process).and_then(|process| {
            let id = self.open(process.activity)?;
            self.is_source_of(id, event.process, path).then_some(id)
        });
        let Some(id) = by_member.or_else(|| self.packed_source(event.process, path)) else {
            return;
        };
        let Some(activity) = self.activities.find_mut(id) else {
            return;
        };
        if activity.replaced_in_place(path) {
            self.changed(id);
            return;
        }
        activity.inputs_removed += 1;
        let files = activity.inputs_removed;
        self.note(
            id,
            Evidence::InputsRemoved { files },
            Rank::High,
            Some(event.process),
        );
        self.changed(id);
    }

    fn output_removed(
        &mut self,
        id: ActivityId,
        by: ProcessKey,
        path: Option<&[u8]>,
        file: Option<FileKey>,
    ) {
        let gone = self.activities.update(id, |activity| {
            let at = output_at(&activity.outputs, path, file)?;
            let output = &mut activity.outputs[at];
            let name = match path {
                Some(path) => path.to_vec(),
                None => output.path.as_deref()?.to_vec(),
            };
            output.remove(&name);
            let gone = output.removed();
            activity.outputs_removed += u64::from(gone);
            Some(gone)
        });
        if gone.flatten() == Some(true) {
            self.note(id, Evidence::OutputRemoved, Rank::High, Some(by));
            self.changed(id);
        }
    }

    /// Whether a process removes what it is about to make (zip tries the name first).
    fn is_own_output(&self, key: ProcessKey, path: &[u8]) -> bool {
        self.processes
            .find(key)
            .filter(|process| process.program.packs())
            .and_then(|process| expected_output(&process.program))
            .is_some_and(|expected| path::rest_after(path, &expected).is_some())
    }

    /// Whether a process that packs without naming its sources removes one of them: a file of a
    /// directory that it read, but none that it made; or the file whose packed twin it made.
    fn is_source_of(&self, id: ActivityId, key: ProcessKey, path: &[u8]) -> bool {
        let Some(activity) = self.activities.find(id) else {
            return false;
        };
        let directory = path::parent(path);
        let read = self.processes.find(key).is_some_and(|process| {
            let doings = process
                .doings
                .as_deref()
                .filter(|_| packs_what_it_reads(process));
            doings.is_some_and(|doings| {
                let read = |read: &Name| Some(&**read) == directory;
                doings.directories.iter().any(read)
            })
        });
        let made_beside = |output: &OutputFile| {
            output
                .path
                .as_deref()
                .is_some_and(|made| path::parent(made) == directory)
        };
        let twin = activity.outputs.iter().any(|output| {
            output
                .path
                .as_deref()
                .and_then(|made| path::rest_after(made, path))
                .is_some_and(|rest| !rest.is_empty())
        });
        twin || (read && !activity.outputs.iter().any(made_beside))
    }

    /// The packing that had this source, if what removes it can be told from chance: one of its
    /// own processes, or anybody once it has shown an output.
    fn packed_source(&self, by: ProcessKey, path: &[u8]) -> Option<ActivityId> {
        let id = self.activities.of_input(path)?;
        let activity = self.activities.find(id)?;
        (activity.member(by).is_some() || activity.shows()).then_some(id)
    }
}

/// The output of this name, else the one that is this file.
fn output_at(outputs: &[OutputFile], path: Option<&[u8]>, file: Option<FileKey>) -> Option<usize> {
    let named = |output: &OutputFile| path.is_some_and(|path| output.is_named(path));
    let same = |output: &OutputFile| file.is_some() && output.file == file && !output.removed();
    outputs
        .iter()
        .rposition(named)
        .or_else(|| outputs.iter().rposition(same))
}
