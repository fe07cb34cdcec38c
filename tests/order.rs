//! The best order of a plan's contractions against every order there is, each priced by the
//! independent replay: all trees of small terms, with the loops that plans open.

mod common;

use std::collections::BTreeSet;

use common::networks::{Shape, Term, loops, shaped, term};
use common::schedules::all_schedules;
use common::squeeze::{squeezable, squeeze, squeezed};
use common::values::{close, plan, with};
use proptest::prelude::*;
use qube_budget::network::json::{Document, document_from_json};
use qube_budget::network::{Network, NetworkBuilder, Spaces, einsum};
use qube_budget::plan::NodeKind;
use qube_budget::plan::replay::{Move, replay_order};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, Plan, optimize};
