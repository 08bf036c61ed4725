//! What this host lets Packhound see.
//!
//! Step: source, for `doctor`. A client is made for a moment, since only the system knows whether it
//! takes one.

use super::client::Client;
use super::system;
use crate::endpoint::plan::SUBSCRIPTIONS;
use crate::endpoint::trouble::ESLOGGER;
use crate::survey::{HookState, Options, Survey, SurveyLine};

/// Looks at the system and tries the client.
#[must_use]
pub fn survey(_options: &Options) -> Survey {
    let release = system::text(c"kern.osproductversion");
    let mut lines = vec![SurveyLine::new(
        "macOS",
        release.is_some(),
        release.unwrap_or_else(|| "unknown release".to_owned()),
        None,
    )];
    let (hooks, client) = match Client::start(TRIED) {
        Ok(mut client) => {
            let hooks = client.hooks.iter().map(|hook| match &hook.state {
                HookState::Attached => {
                    SurveyLine::new(&hook.name, true, format!("sees {}", hook.sees), None)
                }
                HookState::Missing(why) | HookState::Failed(why) => {
                    SurveyLine::new(&hook.name, false, why.clone(), None)
                }
            });
            let hooks = hooks.collect();
            let outcome = client.stop().map_err(|error| error.to_string());
            (hooks, outcome.map(|()| "the system takes one".to_owned()))
        }
        Err(error) => {
            let hooks = SUBSCRIPTIONS.iter().map(|wanted| {
                let unseen = format!("does not see {}", wanted.sees);
                SurveyLine::new(wanted.name, false, unseen, None)
            });
            (hooks.collect(), Err(error.to_string()))
        }
    };
    lines.push(SurveyLine::new(
        "EndpointSecurity",
        client.is_ok(),
        client.clone().unwrap_or_else(|why| why),
        Some("see what the system says, or go without a client of one's own (eslogger)"),
    ));
    lines.push(SurveyLine::new(
        "eslogger",
        true,
        format!("the way in without the entitlement: {ESLOGGER}"),
        None,
    ));
    Survey {
        tier: None,
        lines,
        hooks,
        blind_spots: [
            "calls of functions in libraries: macOS tells only which files are mapped, so what a \
             program could call is read from its file",
            "loads of the system's own libraries, which lie in one shared cache",
            "how many bytes were written, and the size of what a file held before",
            "network connections and the bytes sent over them",
            "scripts that interpreters are given as an argument",
            "contents of files that lie in a cloud alone",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

/// Size of the ring of a client that is only tried.
const TRIED: usize = 1 << 16;
