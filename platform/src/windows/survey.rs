//! What this host lets Packhound see.
//!
//! Step: source, for `doctor`. Nothing is started for it: whether this user may is read off its
//! groups.

use super::user::User;
use crate::etw::plan::SESSIONS;
use crate::sid::Sid;
use crate::survey::{Options, Survey, SurveyLine};

/// Looks at the system.
#[must_use]
pub fn survey(_options: &Options) -> Survey {
    let groups = User::own_groups();
    let may = groups.as_ref().is_some_and(|groups| {
        let listed = |text| Sid::parse(text).is_some_and(|sid| groups.contains(&sid));
        listed("S-1-5-18") || listed("S-1-5-32-544") || listed("S-1-5-32-559")
    });
    let found = match (&groups, may) {
        (None, _) => "this user's groups cannot be read",
        (_, true) => "this user may start trace sessions",
        (_, false) => "this user may not start trace sessions",
    };
    let remedy = "run it as Administrator or SYSTEM, or as a member of Performance Log Users";
    let lines = vec![SurveyLine::new("privileges", may, found, Some(remedy))];
    let hooks = SESSIONS
        .iter()
        .flat_map(|plan| plan.providers.iter().map(move |provider| (plan, provider)))
        .map(|(plan, provider)| {
            let detail = format!("{} in the session {}", provider.sees, plan.name);
            SurveyLine::new(provider.name, may, detail, Some(remedy))
        })
        .collect();
    Survey {
        tier: None,
        lines,
        hooks,
        blind_spots: vec![
            "calls of functions in libraries: Windows tells only which are loaded".to_owned(),
            "the size of what a file held before it was written".to_owned(),
            "command lines of programs that end at once, where the session Packhound-System cannot \
             be started"
                .to_owned(),
            "contents of files on network shares".to_owned(),
        ],
    }
}
