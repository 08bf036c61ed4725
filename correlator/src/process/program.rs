//! What a process runs and as whom: made once per exec, its command line interpreted once.
//!
//! Step: correlate. Arguments are kept only as far as a finding, or a restart, needs them. This
//! module judges nothing.

use std::sync::Arc;

use super::image::Image;
use super::{Images, Interner, Name};
use crate::catalogue::{Catalogue, Contexts, Rank, Utility};
use crate::command::{self, Command};
use crate::event::{FileKey, ProcessKey, ProcessStart, Time};
use crate::evidence::{Purpose, Text};
use crate::finding::ProcessSummary;
use crate::limits::Limits;
use crate::maker::{Behind, Maker};
use crate::path;
use crate::policy::Policy;

/// What a process runs, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) image: Option<Name>,
    /// The image's identity.
    pub(crate) image_file: Option<FileKey>,
    pub(crate) script: Option<Name>,
    /// What the image says of its maker.
    pub(crate) maker: Option<Box<Maker<Name>>>,
    pub(crate) integrity: Option<Arc<str>>,
    /// Who had a hand in its start.
    pub(crate) behind: Option<Behind>,
    /// A script that it was given decided on its role, rather than its start.
    pub(crate) scripted: bool,
    /// Cut to the limit at the end of a whole argument.
    pub(crate) arguments: Option<Box<[u8]>>,
    pub(crate) directory: Option<Name>,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) container: Option<Arc<str>>,
    pub(crate) uid: Option<u32>,
    pub(crate) login_uid: Option<u32>,
    /// Owner of the image.
    pub(crate) image_owner: Option<u32>,
    pub(crate) terminal: Option<bool>,
    pub(crate) role: Role,
    /// Benign contexts that its image or script stands for.
    pub(crate) contexts: Contexts,
    pub(crate) origin: Origin,
    /// The record of its start had a cut or unreadable value.
    pub(crate) incomplete: bool,
}

/// What a program is there for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// A known utility with this command.
    Utility(Command),
    /// It runs other people's code.
    Interpreter {
        /// Its name in the catalogue.
        name: Text,
        /// A command shell: what it does is mostly what its children do.
        shell: bool,
    },
    /// Something else, or not known.
    Program,
}

/// Where a program's file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From where the system and its packages install programs, or not known.
    Installed,
    /// From elsewhere, such as a home directory.
    Elsewhere,
    /// From a place where programs do not belong.
    Odd {
        /// The catalogue's name for the place.
        place: Text,
        /// How much that says.
        rank: Rank,
    },
}

impl Program {
    /// The program of a start, its command interpreted.
    pub(crate) fn new(
        start: &ProcessStart<'_>,
        incomplete: bool,
        policy: &Policy,
        limits: &Limits,
        names: &mut Interner,
        images: &mut Images,
    ) -> Self {
        let arguments = start
            .arguments
            .map(|all| whole_arguments(all, limits.arguments));
        let image = start.image.map(|path| images.image(path, policy, names));
        let script = start.script.map(|path| images.image(path, policy, names));
        let role = Role::of(start, image.as_ref(), arguments, policy);
        let kept = match role {
            Role::Program => limits.other_arguments,
            Role::Utility(_) | Role::Interpreter { .. } => limits.arguments,
        };
        let contexts = [&image, &script]
            .into_iter()
            .flatten()
            .map(|image| image.contexts)
            .fold(Contexts::default(), Contexts::with);
        Self {
            origin: Origin::of(image.as_ref(), start.image_owner),
            image: image.map(|image| image.name),
            image_file: start.image_file,
            script: script.map(|script| script.name),
            maker: start
                .maker
                .is_known()
                .then(|| Box::new(start.maker.map(|text| names.name(text)))),
            integrity: start.integrity.map(|integrity| names.text(integrity)),
            behind: start.behind,
            scripted: false,
            arguments: arguments.map(|all| whole_arguments(all, kept).into()),
            directory: start.directory.map(|directory| names.name(directory)),
            user: start.user.map(|user| names.text(user)),
            container: start.container.map(|container| names.text(container)),
            uid: start.uid,
            login_uid: start.login_uid,
            image_owner: start.image_owner,
            terminal: start.terminal,
            role,
            contexts,
            incomplete,
        }
    }

    /// The same, doing what a script told it to do.
    pub(crate) fn with_command(&self, command: Command) -> Self {
        Self {
            role: Role::Utility(command),
            scripted: true,
            ..self.clone()
        }
    }

    /// The program of a process of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            image: None,
            image_file: None,
            script: None,
            maker: None,
            integrity: None,
            behind: None,
            scripted: false,
            arguments: None,
            directory: None,
            user: None,
            container: None,
            uid: None,
            login_uid: None,
            image_owner: None,
            terminal: None,
            role: Role::Program,
            contexts: Contexts::default(),
            origin: Origin::Installed,
            incomplete: false,
        }
    }

    pub(crate) fn image(&self) -> Option<&[u8]> {
        self.image.as_deref()
    }

    /// Where relative names start: what the command line changed to, or the working directory.
    pub(crate) fn directory(&self) -> Option<&[u8]> {
        self.directory.as_deref()
    }

    pub(crate) fn command(&self) -> Option<&Command> {
        match &self.role {
            Role::Utility(command) => Some(command),
            Role::Interpreter { .. } | Role::Program => None,
        }
    }

    pub(crate) fn purpose(&self) -> Option<Purpose> {
        self.command().map(|command| command.purpose)
    }

    /// Whether it makes archives, compresses, encrypts, encodes or splits.
    pub(crate) fn packs(&self) -> bool {
        self.purpose().is_some_and(packs)
    }

    pub(crate) fn is_shell(&self) -> bool {
        matches!(self.role, Role::Interpreter { shell: true, .. })
    }

    /// Whether what it does is read from scripts of PowerShell.
    pub(crate) fn reads_scripts(&self) -> bool {
        let utility = self.command().map(|command| &*command.utility);
        utility == Some(command::SCRIPTS)
    }

    /// Whether a value of its command is an expression, whose outcome is not known.
    pub(crate) fn is_expression(&self, value: &[u8]) -> bool {
        self.reads_scripts() && value.contains(&b'$')
    }

    /// Each argument, the program's own name first.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.arguments.as_deref().unwrap_or_default();
        all.strip_suffix(b"\0")
            .unwrap_or(all)
            .split(|&byte| byte == 0)
    }
}

impl Role {
    fn of(
        start: &ProcessStart<'_>,
        image: Option<&Image>,
        arguments: Option<&[u8]>,
        policy: &Policy,
    ) -> Self {
        let path = start.image;
        let arguments = arguments.unwrap_or_default();
        let catalogue = &policy.catalogue;
        let interpreter = image.and_then(|image| image.interpreter.clone());
        if let Some(command) = command::interpret(catalogue, path, arguments) {
            // A shell that is a utility by some of its commands, and was told none of those.
            return match interpreter.filter(|_| command.purpose == Purpose::Other) {
                Some((name, shell)) => Self::Interpreter { name, shell },
                None => Self::Utility(command),
            };
        }
        // The name that its maker gave it stays with a file that was renamed.
        let original = start.maker.original_name;
        let disguised = original
            .and_then(|name| catalogue.utility_of_pe_name(name))
            .or_else(|| of_system(&start.maker, catalogue))
            .map(|utility| command::disguised(catalogue, utility, path, arguments))
            .or_else(|| Self::of_product(start, arguments, catalogue));
        let interpreter = interpreter.or_else(|| {
            let interpreter = catalogue.interpreter(original?)?;
            Some((interpreter.name.clone(), interpreter.shell))
        });
        if let Some(command) = disguised
            && (command.purpose != Purpose::Other || interpreter.is_none())
        {
            return Self::Utility(command);
        }
        if let Some((name, shell)) = interpreter {
            return Self::Interpreter { name, shell };
        }
        let Some(path) = path else {
            return Self::Program;
        };
        let name = path::base_name(path);
        let further = &policy.knobs.archive_commands;
        match further.iter().find(|utility| utility.as_bytes() == name) {
            Some(utility) => Self::Utility(command_of_further(utility)),
            None => Self::Program,
        }
    }

    /// A program that says only what product it belongs to. Whatever else the product has, such as
    /// what unpacks itself, is told apart by the command: only one that packs counts.
    fn of_product(
        start: &ProcessStart<'_>,
        arguments: &[u8],
        catalogue: &Catalogue,
    ) -> Option<Command> {
        let utility = catalogue.utility_of_product(start.maker.product?)?;
        let command = command::disguised(catalogue, utility, start.image, arguments);
        packs(command.purpose).then_some(command)
    }
}

impl Origin {
    fn of(image: Option<&Image>, owner: Option<u32>) -> Self {
        let Some(image) = image else {
            return Self::Installed;
        };
        if let Some((place, rank)) = image.odd_place.clone() {
            return Self::Odd { place, rank };
        }
        let by_a_user = owner.is_some_and(|owner| owner != 0);
        if image.installed && !by_a_user {
            Self::Installed
        } else {
            Self::Elsewhere
        }
    }
}

/// The utility that a program of the system's own is by the identifier that it was signed under.
fn of_system<'c>(maker: &Maker<&[u8]>, catalogue: &'c Catalogue) -> Option<&'c Utility> {
    let identifier = maker.signing_id.filter(|_| maker.of_system)?;
    catalogue.utility_of_signing_id(identifier)
}

/// A process as a finding tells it.
pub(crate) fn summary(
    key: ProcessKey,
    program: &Program,
    started: Option<Time>,
    ended: Option<Time>,
) -> ProcessSummary {
    ProcessSummary {
        key,
        image: program.image.as_deref().map(<[u8]>::to_vec),
        script: program.script.as_deref().map(<[u8]>::to_vec),
        arguments: program.arguments.as_deref().map(<[u8]>::to_vec),
        directory: program.directory.as_deref().map(<[u8]>::to_vec),
        uid: program.uid,
        user: program.user.as_deref().map(str::to_owned),
        login_uid: program.login_uid,
        terminal: program.terminal,
        maker: program.maker.clone(),
        integrity: program.integrity.as_deref().map(str::to_owned),
        behind: program.behind,
        container: program.container.as_deref().map(str::to_owned),
        started,
        ended,
    }
}

/// Whether such a command makes something that is packed.
pub(crate) fn packs(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Archive
        | Purpose::Compress
        | Purpose::Encrypt
        | Purpose::Encode
        | Purpose::Split => true,
        Purpose::Copy | Purpose::Transfer | Purpose::Consume | Purpose::Other => false,
    }
}

/// The command of a utility that only the operator knows: nothing of its grammar is known.
fn command_of_further(utility: &Text) -> Command {
    Command {
        utility: utility.clone(),
        renamed: false,
        purpose: Purpose::Archive,
        password: false,
        header_encryption: false,
        split: false,
        deletes_sources: false,
        output: command::Output::Unknown,
        inputs: Vec::new(),
        directory: None,
        through: None,
    }
}

/// The beginning of `all` up to `limit` bytes, cut after a whole argument where there is one.
fn whole_arguments(all: &[u8], limit: usize) -> &[u8] {
    if all.len() <= limit {
        return all;
    }
    let cut = &all[..limit];
    match cut.iter().rposition(|&byte| byte == 0) {
        Some(end) => &cut[..=end],
        None => cut,
    }
}

#[cfg(test)]
mod tests;
