//! TCP connections: who made or took them, and how many bytes went each way.
//!
//! Step: probe. One tracepoint sees every change of state. A connection that this host begins
//! passes through SYN_SENT in its process; an accepted one gets its process when `accept` returns,
//! or at its close. Bytes are read when the connection ends. Other protocols are not watched.

use aya_ebpf::macros::{btf_tracepoint, tracepoint};
use aya_ebpf::programs::{BtfTracePointContext, TracePointContext};
use ring_abi::{Direction, Flow, Kind, Known};

use crate::descriptors::result;
use crate::emit::emit;
use crate::fields;
use crate::kernel::{Who, current, file_of, now, pointer, read};
use crate::maps::{FLOWS, OpenFlow};

/// `inet_sock_set_state(const struct sock *sk, const int oldstate, const int newstate)`; 5.10 to
/// 7.3.
#[btf_tracepoint(function = "inet_sock_set_state")]
pub fn connection_state(ctx: BtfTracePointContext) -> i32 {
    let socket = ctx.arg::<*const u8>(0) as u64;
    let old: i32 = ctx.arg(1);
    let new: i32 = ctx.arg(2);
    let _ = change(socket, old, new);
    0
}

#[inline(always)]
fn change(socket: u64, old: i32, new: i32) -> Option<()> {
    if new == SYN_SENT {
        let who = current()?;
        remember(socket, &who, Direction::OUTBOUND);
        return Some(());
    }
    if new == ESTABLISHED && old == SYN_SENT {
        let flow = FLOWS.get_ptr_mut(socket)?;
        // SAFETY: a map value.
        let (who, body) = unsafe {
            (*flow).told = 1;
            (*flow).opened = now();
            (owner(&*flow), describe(socket, &*flow)?)
        };
        emit(Kind::FLOW_OPENED, &who, body, |_| {});
        return Some(());
    }
    // An ending connection that nobody accepted here while the probes ran gets its closer.
    if (old == ESTABLISHED && new == FIN_WAIT1) || (old == CLOSE_WAIT && new == LAST_ACK) {
        if FLOWS.get_ptr(socket).is_none() {
            remember(socket, &current()?, Direction(0));
        }
        return Some(());
    }
    if new == CLOSE && old != SYN_SENT {
        return closed(socket);
    }
    if new == CLOSE {
        let _ = FLOWS.remove(socket);
    }
    Some(())
}

#[inline(always)]
fn closed(socket: u64) -> Option<()> {
    let flow = FLOWS.get_ptr(socket)?;
    // SAFETY: a map value.
    let (who, mut body) = unsafe { (owner(&*flow), describe(socket, &*flow)?) };
    if let Some(bytes) = read::<u64>(socket, fields::tcp_sock__bytes_acked()) {
        body.bytes_sent = bytes;
        body.known |= Known::BYTES_WRITTEN.0;
    }
    if let Some(bytes) = read::<u64>(socket, fields::tcp_sock__bytes_received()) {
        body.bytes_received = bytes;
        body.known |= Known::BYTES_READ.0;
    }
    let _ = FLOWS.remove(socket);
    emit(Kind::FLOW_CLOSED, &who, body, |_| {});
    Some(())
}

/// `accept(int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen)`.
#[tracepoint]
pub fn accept_exit(ctx: TracePointContext) -> u32 {
    let _ = accepted(result(&ctx));
    0
}

/// `accept4(int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen, int flags)`.
#[tracepoint]
pub fn accept4_exit(ctx: TracePointContext) -> u32 {
    let _ = accepted(result(&ctx));
    0
}

#[inline(always)]
fn accepted(descriptor: i64) -> Option<()> {
    if descriptor < 0 {
        return None;
    }
    let file = file_of(descriptor as u64)?;
    let socket = pointer(file, fields::file__private_data())?;
    accepted_socket(pointer(socket, fields::socket__sk())?)
}

/// Takes note of the `struct sock` of a connection that the running process accepts.
#[inline(always)]
pub fn accepted_socket(socket: u64) -> Option<()> {
    if !is_tcp(socket) {
        return None;
    }
    let who = current()?;
    remember(socket, &who, Direction::INBOUND);
    let flow = FLOWS.get_ptr_mut(socket)?;
    // SAFETY: a map value.
    let body = unsafe {
        (*flow).told = 1;
        describe(socket, &*flow)?
    };
    emit(Kind::FLOW_OPENED, &who, body, |_| {});
    Some(())
}

#[inline(always)]
fn remember(socket: u64, who: &Who, direction: Direction) {
    let flow = OpenFlow {
        start: who.start,
        opened: who.time,
        pid: who.pid,
        tid: who.tid,
        direction: direction.0,
        told: 0,
    };
    let _ = FLOWS.insert(socket, flow, 0);
}

#[inline(always)]
fn owner(flow: &OpenFlow) -> Who {
    Who {
        pid: flow.pid,
        tid: flow.tid,
        start: flow.start,
        time: now(),
    }
}

/// Whether a `struct sock` is of TCP over IPv4 or IPv6.
#[inline(always)]
fn is_tcp(socket: u64) -> bool {
    let family: Option<u16> = read(socket, fields::sock_common__family());
    let protocol: Option<u16> = read(socket, fields::sock__protocol());
    matches!(family, Some(INET | INET6)) && protocol == Some(TCP as u16)
}

/// The fixed part of a record about a connection.
#[inline(always)]
fn describe(socket: u64, flow: &OpenFlow) -> Option<Flow> {
    let family: u16 = read(socket, fields::sock_common__family())?;
    let remote_port: u16 = read(socket, fields::sock_common__remote_port())?;
    let mut body = Flow {
        // Addresses are reused, and the verifier guards them; the moment is as good a name.
        cookie: flow.opened ^ (u64::from(flow.tid) << 40),
        local_port: read(socket, fields::sock_common__local_port())?,
        remote_port: u16::from_be(remote_port),
        protocol: TCP,
        direction: flow.direction,
        known: Known::OPENED.0,
        opened: flow.opened,
        ..Flow::default()
    };
    if family == INET {
        let local: [u8; 4] = read(socket, fields::sock_common__local4())?;
        let remote: [u8; 4] = read(socket, fields::sock_common__remote4())?;
        body.local = mapped(local);
        body.remote = mapped(remote);
    } else {
        body.local = read(socket, fields::sock_common__local6())?;
        body.remote = read(socket, fields::sock_common__remote6())?;
    }
    Some(body)
}

/// An IPv4 address as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2).
#[inline(always)]
fn mapped(v4: [u8; 4]) -> [u8; 16] {
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4[0], v4[1], v4[2], v4[3],
    ]
}

/// States of `include/net/tcp_states.h`.
const ESTABLISHED: i32 = 1;
const SYN_SENT: i32 = 2;
const FIN_WAIT1: i32 = 4;
const CLOSE: i32 = 7;
const CLOSE_WAIT: i32 = 8;
const LAST_ACK: i32 = 9;
/// Address families and the protocol's number.
const INET: u16 = 2;
const INET6: u16 = 10;
const TCP: u32 = 6;
