//! Control groups as the engines name them.

use super::container;

const ID: &str = "4f1a0c5d6e7b8a990011223344556677889900aabbccddeeff00112233445566";

#[test]
fn the_common_engines_name_their_containers_by_id() {
    let groups = [
        format!("/docker/{ID}"),
        format!("/system.slice/docker-{ID}.scope"),
        format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"),
        format!("/machine.slice/libpod-{ID}.scope/container"),
    ];
    for group in groups {
        assert_eq!(container(group.as_bytes()), Some(ID), "{group}");
    }
}

#[test]
fn other_groups_are_no_containers() {
    for group in [
        "/",
        "/system.slice/ssh.service",
        "/user.slice/user-0.slice",
        &ID[..63],
    ] {
        assert_eq!(container(group.as_bytes()), None, "{group}");
    }
}
