//! The daemon as a service of the system.
//!
//! Step: source, beside it. Not on Windows yet, which each function says.

use std::path::Path;

use crate::service::{Role, ServiceError, ServiceStatus};

/// Installs the service.
///
/// # Errors
/// Always, until there is a service on Windows.
pub fn install(_role: Role, _program: &Path, _start: bool) -> Result<Vec<String>, ServiceError> {
    Err(absent())
}

/// Removes the service.
///
/// # Errors
/// Always, until there is a service on Windows.
pub fn uninstall(_role: Role) -> Result<Vec<String>, ServiceError> {
    Err(absent())
}

/// How the service is.
///
/// # Errors
/// Always, until there is a service on Windows.
pub fn status(_role: Role) -> Result<ServiceStatus, ServiceError> {
    Err(absent())
}

fn absent() -> ServiceError {
    ServiceError::Manager(
        "Packhound is no service on Windows yet: run `packhound run` from a console".to_owned(),
    )
}
