//! The library on terms of coupled cluster (tests/data): one call of `optimize_many` for all of them, on
//! one thread, as a residual is planned.

use qube_budget::document::{Case, Document, document_from_json};
use qube_budget::{BatchPolicy, Objective, Options, optimize_many};
use serde_json::{Value, json};

use crate::timing::timed;
use crate::{Request, Result};

pub fn answer(request: &Request) -> Result<Value> {
    let cases = read(request)?;
    let policy = common_policy(&cases)?;
    let name = request.objective.as_deref().unwrap_or_default();
    let objective =
        Objective::named(name).ok_or_else(|| format!("there is no objective '{name}'"))?;
    let options = Options { objective, ..Options::default() };
    let networks: Vec<_> = cases.iter().map(|case| &case.network).collect();
    let call = || Ok(optimize_many(&networks, &policy, &options, 1, |_, _| 0)?);
    let timed = timed(request.seconds, call)?;
    let mut values = Vec::new();
    for (case, plan) in cases.iter().zip(timed.value.plans) {
        let plan = plan?;
        values.push(json!([case.name, plan.peak, plan.cost]));
    }
    Ok(json!({ "seconds": timed.seconds, "calls": timed.calls, "values": values }))
}

/// The terms of the files that the request names.
fn read(request: &Request) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in &request.files {
        let path = format!("{}/../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let Document::Cases(of_file) = document_from_json(&text)? else {
            return Err(format!("{path} has no list of cases").into());
        };
        cases.extend(of_file);
    }
    let wanted = |case: &Case| case.name.as_ref().is_some_and(|name| request.terms.contains(name));
    if !request.terms.is_empty() {
        cases.retain(wanted);
    }
    Ok(cases)
}

/// What the policies of all terms say, which must not contradict one another: labels mean the same in
/// all of them.
fn common_policy(cases: &[Case]) -> Result<BatchPolicy> {
    let mut common = BatchPolicy::new();
    for case in cases {
        common.add_json(&case.policy.to_json()?)?;
    }
    for case in cases {
        if common.resolve(&case.network)? != case.policy.resolve(&case.network)? {
            return Err(format!("{:?} needs a policy of its own", case.name).into());
        }
    }
    Ok(common)
}
