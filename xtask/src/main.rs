//! `cargo xtask`: builds, runs, shows, tests, checks and measures Packhound.
//!
//! Step: tooling, none of the runtime's. Every command says each thing it does before it does it
//! and ends with an exit code that a script can trust. Nothing here is linked into the product.
#![forbid(unsafe_code)]

mod apple;
mod bench;
mod bpf;
mod check;
mod daemon;
mod demo;
mod digest;
mod dist;
mod fuzz;
mod packages;
mod shell;
mod test;
mod tidy;
mod toolchain;
mod vm;
mod windows;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

fn main() -> ExitCode {
    if std::env::var_os(bpf::wrapper::VARIABLE).is_some() {
        return bpf::wrapper::run();
    }
    if std::env::var_os(toolchain::sysroot::VARIABLE).is_some() {
        return toolchain::sysroot::wrap();
    }
    if let Some(role) = apple::zig::Role::of_this_program() {
        return role.act();
    }
    let outcome = match Arguments::parse().task {
        Task::Bench(options) => bench::run(&options),
        Task::Bpf(options) => bpf::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Demo(options) => demo::run(&options),
        Task::Dist(options) => dist::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Run(options) => daemon::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Tidy(options) => tidy::run(&options),
        Task::Vm(options) => vm::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::fail(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Builds, runs, shows, tests, checks and measures Packhound.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure overhead, speed, memory and latency.
    Bench(bench::Options),
    /// Rebuild the probe object, or check that it is fresh.
    Bpf(bpf::Options),
    /// Check format, lints, dependencies and the project's own rules.
    Check(check::Options),
    /// Pack six times and six times only seem to, and show what the daemon says.
    Demo(demo::Options),
    /// Make packages of the daemon.
    Dist(dist::Options),
    /// Feed changed inputs to every decoder.
    Fuzz(fuzz::Options),
    /// Build the daemon and run it in the foreground.
    Run(daemon::Options),
    /// Run every test that this machine can run.
    Test(test::Options),
    /// Check the project's own rules only.
    Tidy(tidy::Options),
    /// Run other kernels and systems in guests.
    Vm(vm::Options),
}
