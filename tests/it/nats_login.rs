//! Servers that want to know who comes: a certificate and a password, a token, credentials.
//!
//! Step: tests. Whoever is not let in acknowledges nothing and says why, and no secret is told.

use std::path::Path;
use std::process::Command;

use data_encoding::BASE64URL_NOPAD;
use harness::{Collector, CollectorSettings, FleetAgent, Nats};
use libtest_mimic::{Failed, Trial};
use nkeys::{KeyPair, KeyPairType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ensure;
use crate::nats::test;
use crate::place::{Available, run};
use crate::stream::{documents, wait_for};

/// The tests of logins.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    vec![
        test(available, "nats::tls-with-certificates-and-password", tls),
        test(available, "nats::token", token),
        test(available, "nats::credentials", credentials),
    ]
}

/// A server that shows a certificate, asks for one, and for a password.
fn tls(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    certificates(folder.path())?;
    let at = |name: &str| path(&folder, name);
    let extra = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}\n\
         authorization {{ user: collector, password: \"s3cret words\" }}\n",
        at("server.pem"),
        at("server.key"),
        at("ca.pem")
    );
    let nats = Nats::start(folder.path(), &extra)?;
    std::fs::write(folder.path().join("user"), "collector\ns3cret words\n")?;
    let (_other, mut settings) = settings(available, &format!("tls://127.0.0.1:{}", nats.port()))?;
    for (option, name) in [
        ("--nats-ca", "ca.pem"),
        ("--nats-cert", "client.pem"),
        ("--nats-key", "client.key"),
    ] {
        settings.arguments.extend([option.to_owned(), at(name)]);
    }
    let log = only_with(&settings, &["--nats-user-file".to_owned(), at("user")])?;
    ensure(!log.contains("s3cret"), || log.clone())
}

/// A server that asks for a token.
fn token(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let extra = "authorization { token: \"s3cret words\" }\n";
    let nats = Nats::start(folder.path(), extra)?;
    std::fs::write(folder.path().join("token"), "s3cret words\n")?;
    let (_other, settings) = settings(available, &nats.url())?;
    let file = path(&folder, "token");
    let log = only_with(&settings, &["--nats-token-file".to_owned(), file])?;
    ensure(!log.contains("s3cret"), || log.clone())
}

/// A server that trusts an operator's signature: it knows accounts, and takes the users that they
/// have signed.
fn credentials(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let operator = KeyPair::new_from_raw(KeyPairType::Operator, [1; 32])?;
    let account = KeyPair::new_from_raw(KeyPairType::Account, [2; 32])?;
    let system = KeyPair::new_from_raw(KeyPairType::Account, [3; 32])?;
    let user = KeyPair::new_from_raw(KeyPairType::User, [4; 32])?;
    let unbounded = |storage: i32| {
        json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1,
            "leaf": -1, "wildcards": true, "mem_storage": storage, "disk_storage": storage,
        })
    };
    let as_account =
        |storage| json!({"type": "account", "version": 2, "limits": unbounded(storage)});
    let extra = format!(
        "operator: {}\nresolver: MEMORY\nsystem_account: {}\nresolver_preload: {{\n{}: {}\n{}: {}\n}}\n",
        signed(
            &operator,
            &operator,
            "operator",
            &json!({"type": "operator", "version": 2})
        )?,
        system.public_key(),
        account.public_key(),
        signed(&operator, &account, "packhound", &as_account(-1))?,
        system.public_key(),
        signed(&operator, &system, "system", &as_account(0))?,
    );
    let nats = Nats::start(folder.path(), &extra)?;
    let as_user = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    let seed = user.seed()?;
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n",
        signed(&account, &user, "collector", &as_user)?
    );
    std::fs::write(folder.path().join("collector.creds"), text)?;
    let (_other, settings) = settings(available, &nats.url())?;
    let file = path(&folder, "collector.creds");
    let log = only_with(&settings, &["--nats-creds".to_owned(), file])?;
    ensure(!log.contains(&seed), || log.clone())
}

/// A collector that publishes to the server at `url`.
fn settings(available: &Available, url: &str) -> Result<(TempDir, CollectorSettings), Failed> {
    let (folder, mut settings) = crate::stream::collector(available)?;
    let small = (64 << 20).to_string();
    for (option, value) in [("--nats", url), ("--nats-findings-bytes", &small)] {
        settings
            .arguments
            .extend([option.to_owned(), value.to_owned()]);
    }
    Ok((folder, settings))
}

/// Fails unless a collector is let in with the `login`, and without it says that it is not; gives
/// what was logged.
fn only_with(settings: &CollectorSettings, login: &[String]) -> Result<String, Failed> {
    let mut settings = settings.clone();
    let collector = Collector::start(settings.clone())?;
    wait_for("that it says so", || {
        let log = settings.log().to_lowercase();
        Ok(log.contains("authorization").then_some(()))
    })?;
    collector.stop()?;
    settings.arguments.extend_from_slice(login);
    let collector = Collector::start(settings.clone())?;
    let documents = documents(1, 300);
    FleetAgent::new(1).deliver(&settings.socket(), &documents, 50, 1)?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["published"] == 300, || format!("{counters:#}"))?;
    Ok(settings.log())
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_string_lossy().into_owned()
}

/// A token of NATS: what `by` says of `of`, as a JSON Web Token signed with an nkey.
fn signed(by: &KeyPair, of: &KeyPair, name: &str, what: &Value) -> Result<String, Failed> {
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let claims = json!({
        "jti": name, "iat": 1_700_000_000, "name": name,
        "iss": by.public_key(), "sub": of.public_key(), "nats": what,
    });
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let told = format!("{}.{}", encode(&header), encode(&claims));
    let signature = by.sign(told.as_bytes())?;
    Ok(format!("{told}.{}", BASE64URL_NOPAD.encode(&signature)))
}

/// An authority, a server's and a client's certificate.
fn certificates(folder: &Path) -> Result<(), Failed> {
    let script = "set -e\n\
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=authority -keyout ca.key -out ca.pem\n\
        for who in server client; do\n\
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$who \
        -keyout $who.key -out $who.csr\n\
        printf 'subjectAltName=IP:127.0.0.1\\n' > $who.ext\n\
        openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
        -extfile $who.ext -out $who.pem\n\
        done";
    let mut shell = Command::new("sh");
    run(shell.args(["-c", script]).current_dir(folder))?.expect(0, &[])
}
