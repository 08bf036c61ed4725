//! A cluster of three servers, of which one after the other dies: everything once.
//!
//! Step: tests. The one that is killed leads the stream at that time, so that each kill makes the
//! others choose another one while agents deliver.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;

use harness::{Collector, Nats};
use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::ensure;
use crate::load::Load;
use crate::nats::test;
use crate::place::Available;
use crate::stream::{collector, kills, wait_for};

/// The tests of clusters.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let name = "nats::a-cluster-whose-leader-is-killed";
    vec![test(available, name, leaders_killed)]
}

fn leaders_killed(available: &Available) -> Result<(), Failed> {
    let (folder, mut settings) = collector(available)?;
    let mut servers = cluster(folder.path())?;
    let urls: Vec<String> = servers.iter().map(Nats::url).collect();
    for (option, value) in [
        ("--nats", urls.join(",")),
        ("--nats-replicas", "3".to_owned()),
        ("--nats-findings-bytes", (64 << 20).to_string()),
        ("--nats-telemetry-bytes", (64 << 20).to_string()),
    ] {
        settings.arguments.extend([option.to_owned(), value]);
    }
    let collector = Collector::start(settings.clone())?;
    // Each takes servers some seconds to agree anew.
    let kills = kills().div_ceil(3);
    let load = Load::start(&settings.socket(), kills, 2_000);
    for _ in 0..kills {
        let leader = leader(&servers)?;
        let killed = servers.remove(leader).kill_and_start()?;
        servers.insert(leader, killed);
        load.next_round();
    }
    load.finish(collector, &settings, Some(&servers[0]))?;
    let info = servers[0].ask("STREAM.INFO.packhound-findings", &json!({}))?;
    let replicas = &info["config"]["num_replicas"];
    ensure(replicas == 3, || format!("{info:#}"))
}

/// Three servers that keep one store together.
fn cluster(folder: &Path) -> Result<Vec<Nats>, Failed> {
    // All are free while they are chosen, so that no two are the same.
    let held = (0..2 * SERVERS)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<Vec<_>, _>>()?;
    let ports = held
        .iter()
        .map(|held| Ok(held.local_addr()?.port()))
        .collect::<Result<Vec<u16>, std::io::Error>>()?;
    drop(held);
    let (clients, routes) = ports.split_at(SERVERS);
    let mut all = String::new();
    for port in routes {
        let _ = write!(all, "\"nats-route://127.0.0.1:{port}\", ");
    }
    let start = |number: usize| {
        let own = folder.join(number.to_string());
        std::fs::create_dir(&own)?;
        let extra = format!(
            "server_name: s{number}\ncluster {{ name: c, listen: \"127.0.0.1:{}\", routes: [ {all}] }}\n",
            routes[number]
        );
        Ok::<_, Failed>(Nats::start_at(&own, clients[number], &extra)?)
    };
    (0..SERVERS).map(start).collect()
}

/// Which server leads the stream of findings, once one does.
fn leader(servers: &[Nats]) -> Result<usize, Failed> {
    wait_for("that a server leads the stream", || {
        let named = servers.iter().find_map(|server| {
            let info = server
                .ask("STREAM.INFO.packhound-findings", &json!({}))
                .ok()?;
            let leader = info["cluster"]["leader"].as_str()?;
            leader.strip_prefix('s')?.parse().ok()
        });
        Ok(named)
    })
}

const SERVERS: usize = 3;
