//! Does every case to both providers and compares what they saw.

use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use serde_json::Value;
use waybill_system_tests::{Error, Keycloak, Result};

use crate::cases::{ALL, Case};
use crate::known::KNOWN;
use crate::provider::{KeycloakSignIn, Provider, SandboxSignIn};
use crate::record::Record;

/// Runs the cases whose name contains `filter`; gives the number of those on which the two disagree.
///
/// # Errors
/// A provider cannot be started.
pub(crate) fn run(keycloak: &Keycloak, filter: &str) -> Result<usize> {
    let chosen: Vec<Case> = ALL.into_iter().filter(|(name, _)| name.contains(filter)).collect();
    let real = KeycloakSignIn::new(keycloak)?;
    let sandbox = SandboxSignIn::start()?;
    let (of_sandbox, of_keycloak) = thread::scope(|scope| {
        let theirs = scope.spawn(|| chosen.iter().map(|case| done(&real, *case)).collect::<Vec<_>>());
        let ours: Vec<_> = chosen.iter().map(|case| done(&sandbox, *case)).collect();
        theirs.join().map(|theirs| (ours, theirs)).map_err(|_| Error::unexpected("the cases against Keycloak panicked"))
    })?;
    let mut failures = 0;
    for ((name, _), (ours, theirs)) in chosen.iter().zip(of_sandbox.into_iter().zip(of_keycloak)) {
        let differences = match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => compare(name, &ours, &theirs),
            (ours, theirs) => [("sandbox", ours), ("Keycloak", theirs)]
                .into_iter()
                .flat_map(|(who, result)| match result {
                    Ok(record) => {
                        record.0.into_iter().map(|(step, value)| format!("{who} at {step}: {value}")).collect()
                    }
                    Err(error) => vec![format!("{who} failed: {error}")],
                })
                .collect(),
        };
        println!("   {}: {name}", if differences.is_empty() { "agree" } else { "DIFFER" });
        differences.iter().for_each(|difference| println!("      {difference}"));
        failures += usize::from(!differences.is_empty());
    }
    Ok(failures)
}

fn done(provider: &dyn Provider, (name, case): Case) -> Result<Record> {
    let started = Instant::now();
    let record = case(provider);
    println!("   {} did {name} in {:.1} s", provider.name(), started.elapsed().as_secs_f64());
    record
}

/// Returns what the two saw differently, and known differences that are none.
fn compare(case: &str, ours: &Record, theirs: &Record) -> Vec<String> {
    let mut found = Vec::new();
    let by_step: BTreeMap<&str, &Value> = theirs.0.iter().map(|(step, value)| (step.as_str(), value)).collect();
    let mut ours_by_step = BTreeMap::new();
    for (step, value) in &ours.0 {
        ours_by_step.insert(step.as_str(), value);
    }
    let steps = ours_by_step.keys().chain(by_step.keys()).copied().collect::<std::collections::BTreeSet<&str>>();
    for step in steps {
        let (ours, theirs) = (ours_by_step.get(step), by_step.get(step));
        let known = KNOWN.iter().find(|known| known.case == case && known.step == step);
        match (ours == theirs, known) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(known)) => {
                found.push(format!("{step}: no difference any more, but known.rs says: {}", known.why));
            }
            (false, None) => found.push(format!(
                "{step}\n         sandbox  {}\n         Keycloak {}",
                shown(ours.copied()),
                shown(theirs.copied())
            )),
        }
    }
    found
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
