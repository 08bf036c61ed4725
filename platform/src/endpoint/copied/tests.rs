//! What is read back is what was written, and what is no copy is refused.
#![expect(
    clippy::large_types_passed_by_value,
    reason = "messages are made where they are used"
)]

use proptest::prelude::*;

use super::{LONGEST_ARGUMENTS, LONGEST_PATH, MOST_BYTES, read, write};
use crate::endpoint::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};

fn stat(seed: u64) -> Stat {
    Stat {
        device: seed,
        inode: seed << 33,
        size: u64::MAX - seed,
        mode: 0o100_755,
        links: 2,
        uid: 501,
        special: 3,
        born: seed.is_multiple_of(2).then_some(seed),
    }
}

fn file(path: &[u8], seed: u64) -> File<'_> {
    File {
        path,
        is_truncated: seed.is_multiple_of(3),
        stat: (!seed.is_multiple_of(5)).then(|| stat(seed)),
    }
}

fn process(path: &[u8], seed: u64) -> Process<'_> {
    let token = |from: u32| Token::from_words(std::array::from_fn(|at| from + at as u32));
    Process {
        token: token(seed as u32 & 0xffff),
        start: seed.is_multiple_of(2).then_some(seed),
        parent: seed.is_multiple_of(3).then(|| token(9)),
        parent_pid: 1,
        original_parent_pid: 2,
        responsible: seed.is_multiple_of(4).then(|| token(77)),
        group: 3,
        session: 4,
        signature: u32::MAX,
        is_platform_binary: seed % 2 == 1,
        is_client: seed.is_multiple_of(7),
        signing_id: seed.is_multiple_of(2).then_some(b"com.example.tool"),
        team_id: seed.is_multiple_of(3).then_some(b""),
        code_hash: (!seed.is_multiple_of(5)).then_some(CodeHash([seed as u8; 20])),
        executable: file(path, seed),
        terminal: seed.is_multiple_of(6).then(|| file(b"/dev/ttys001", seed)),
    }
}

/// Every event there is, made of the same few values.
fn events<'m>(path: &'m [u8], name: &'m [u8], seed: u64) -> Vec<Event<'m>> {
    let one = file(path, seed);
    let other = file(name, seed + 1);
    let new = Destination::New {
        directory: other,
        name,
        mode: seed.is_multiple_of(2).then_some(0o644),
    };
    vec![
        Event::Exec {
            target: process(path, seed + 1),
            arguments: name,
            arguments_length: name.len(),
            script: seed.is_multiple_of(2).then_some(one),
            directory: Some(other),
        },
        Event::Fork {
            child: process(name, seed),
        },
        Event::Exit {
            status: -(seed as i32),
        },
        Event::Mmap {
            protection: 5,
            flags: -1,
            position: seed,
            file: one,
        },
        Event::Open {
            flags: 1,
            file: one,
        },
        Event::Create {
            destination: Destination::Existing(one),
        },
        Event::Create { destination: new },
        Event::Close {
            modified: seed.is_multiple_of(2),
            was_mapped_writable: [None, Some(false), Some(true)][seed as usize % 3],
            file: one,
        },
        Event::Write { file: one },
        Event::Rename {
            source: one,
            destination: new,
        },
        Event::Unlink {
            file: one,
            directory: other,
        },
        Event::Link {
            source: one,
            directory: other,
            name,
        },
        Event::Clone {
            source: one,
            directory: other,
            name,
        },
        Event::Copyfile {
            source: one,
            existing: seed.is_multiple_of(2).then_some(other),
            directory: other,
            name,
        },
        Event::Truncate { file: one },
        Event::Other(seed as u32),
    ]
}

fn message<'m>(path: &'m [u8], seed: u64, event: Event<'m>) -> Message<'m> {
    let optional = |divisor: u64| seed.is_multiple_of(divisor).then_some(seed);
    Message {
        version: 8,
        time: seed,
        mach_time: optional(2),
        sequence: optional(3),
        global_sequence: optional(4),
        thread: optional(5),
        process: process(path, seed),
        event,
    }
}

proptest! {
    #[test]
    fn what_is_read_back_is_what_was_written(
        path in prop::collection::vec(any::<u8>(), 0..200),
        name in prop::collection::vec(any::<u8>(), 0..200),
        seed in 0_u64..1 << 30,
    ) {
        for event in events(&path, &name, seed) {
            let message = message(&path, seed, event);
            let mut bytes = Vec::new();
            write(&message, &mut bytes);
            prop_assert_eq!(read(&bytes), Some(message));
            // A copy that was cut, or has more behind it, is none.
            prop_assert_eq!(read(&bytes[..bytes.len() - 1]), None);
            bytes.push(0);
            prop_assert_eq!(read(&bytes), None);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
    }
}

#[test]
fn the_longest_copy_has_a_bound_and_says_what_was_cut() {
    let long = vec![b'a'; 1 << 20];
    for event in events(&long, &long, 30) {
        let mut bytes = Vec::new();
        write(&message(&long, 30, event), &mut bytes);
        assert!(bytes.len() <= MOST_BYTES, "{}", bytes.len());
        let back = read(&bytes).expect("a copy");
        let program = back.process.executable;
        assert!(program.path.len() == LONGEST_PATH && program.is_truncated);
        if let Event::Exec {
            arguments,
            arguments_length,
            ..
        } = back.event
        {
            assert_eq!(
                (arguments.len(), arguments_length),
                (LONGEST_ARGUMENTS, 1 << 20)
            );
        }
    }
}
