//! Who may connect, and what the socket's name looks like.

use std::os::unix::fs::MetadataExt as _;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

fn own() -> User {
    User(std::fs::metadata("/proc/self").unwrap().uid())
}

fn in_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(test);
}

#[test]
fn bytes_pass_between_allowed_users() {
    in_runtime(async {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("new/c.sock");
        let mut listener = LocalListener::bind(&path, &Access::default()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let allowed = [own()];
        let connected = LocalSocket::connect(&path, &allowed);
        let (accepted, connected) = tokio::join!(listener.accept(&allowed), connected);
        let ((mut there, peer), mut here) = (accepted.unwrap(), connected.unwrap());
        assert_eq!(peer.user, own());
        here.write_all(b"hello").await.unwrap();
        let mut got = [0; 5];
        there.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"hello");
        drop(listener);
        assert!(!path.exists());
    });
}

#[test]
fn either_end_refuses_another_user() {
    in_runtime(async {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("c.sock");
        let mut listener = LocalListener::bind(&path, &Access::default()).unwrap();
        let others = [User(own().0 + 1)];
        let refused = LocalSocket::connect(&path, &others).await.unwrap_err();
        assert!(matches!(refused, SocketError::Refused(peer) if peer.user == own()));
        let refused = listener.accept(&others).await.unwrap_err();
        assert!(refused.to_string().contains(&format!("uid {}", own())));
    });
}

#[test]
fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
    in_runtime(async {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("c.sock");
        drop(blocking::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "a killed program leaves its socket's name");
        let _listener = LocalListener::bind(&path, &Access::default()).unwrap();
        let again = LocalListener::bind(&path, &Access::default());
        assert!(matches!(again, Err(SocketError::InUse(_))));
    });
}
