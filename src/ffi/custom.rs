//! Cost models of the host.

use std::cmp::Ordering;
use std::ffi::c_void;

use super::guard::{guard, guard_handle, reference};
use super::network::qube_network;
use super::options::{options_in, policy_in, qube_options};
use super::plan::qube_plan;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{self, growable, quiet};
use crate::cost::{ContractionFacts, CustomModel, LeafFacts};
use crate::optimize::optimize_with;
use crate::{Error, Result};

/// A tensor of the network, for a cost model.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_leaf_facts {
    pub struct_size: usize,
    /// The tensor's number in the network.
    pub tensor: i64,
    /// Its volume, elements.
    pub footprint: f64,
    /// 1: it changes on every iteration.
    pub is_volatile: i32,
    pub reserved: i32,
}

/// The contraction of two operands, for a cost model. Volumes are elements.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_contraction_facts {
    pub struct_size: usize,
    /// Tensors of each operand: bit t is tensor t; right has the highest.
    pub left_tensors: u64,
    pub right_tensors: u64,
    /// Volumes of the operands and of the result.
    pub left_footprint: f64,
    pub right_footprint: f64,
    pub footprint: f64,
    /// Work, multiply-add pairs: the volume over all indices open in an operand.
    pub flops: f64,
    /// 1: the operand or the result depends on a volatile tensor.
    pub left_is_volatile: i32,
    pub right_is_volatile: i32,
    pub is_volatile: i32,
    pub reserved: i32,
}

/// The host's own cost: the state of a set of tensors, how the states of two sets combine, and
/// which of two states is better. The search keeps one best state per set, so combining must be
/// monotone: a better state of an operand never makes a worse state of the result.
///
/// A state is state_size bytes of library memory, aligned to 16, and zero before it is filled. It
/// is never copied or moved, and dropping it calls nothing: the host frees what it points to.
///
/// Only qube_optimize_custom() calls the four callbacks, which must all be set; their arguments are
/// theirs until they return. A message names the callback that returned another number than 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_cost_model {
    pub struct_size: usize,
    /// Bytes of a state, 1 to 4096; at most 2^27 for all states together.
    pub state_size: i64,
    /// Passed to each callback; may be NULL.
    pub user: *mut c_void,
    /// Fills the state of a tensor.
    pub leaf: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            facts: *const qube_leaf_facts,
            state: *mut c_void,
        ) -> i32,
    >,
    /// Fills the state of a result from those of its operands.
    pub combine: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            facts: *const qube_contraction_facts,
            left: *const c_void,
            right: *const c_void,
            state: *mut c_void,
        ) -> i32,
    >,
    /// Compares two states of one set; sets order (0 before) below 0 if a is better, above 0 if b
    /// is.
    pub compare: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            a: *const c_void,
            b: *const c_void,
            order: *mut i32,
        ) -> i32,
    >,
    /// Sets cost, finite, to that of a state; called once, for the whole plan.
    pub value: Option<
        unsafe extern "C" fn(user: *mut c_void, state: *const c_void, cost: *mut f64) -> i32,
    >,
}

growable!(qube_cost_model);

/// Alignment of states, so that a host may keep any plain type in them.
const ALIGNMENT: usize = 16;
const MAX_STATE_SIZE: usize = 4096;

/// Memory of a state.
#[repr(align(16))]
#[derive(Clone, Copy)]
struct Block(#[allow(dead_code)] [u8; ALIGNMENT]);

const _: () = assert!(size_of::<Block>() == ALIGNMENT && align_of::<Block>() == ALIGNMENT);

/// A host's cost model, checked.
struct Callbacks {
    state_size: usize,
    user: *mut c_void,
    leaf: unsafe extern "C" fn(*mut c_void, *const qube_leaf_facts, *mut c_void) -> i32,
    combine: unsafe extern "C" fn(
        *mut c_void,
        *const qube_contraction_facts,
        *const c_void,
        *const c_void,
        *mut c_void,
    ) -> i32,
    compare: unsafe extern "C" fn(*mut c_void, *const c_void, *const c_void, *mut i32) -> i32,
    value: unsafe extern "C" fn(*mut c_void, *const c_void, *mut f64) -> i32,
}

impl TryFrom<qube_cost_model> for Callbacks {
    type Error = Failure;

    fn try_from(model: qube_cost_model) -> std::result::Result<Self, Failure> {
        let state_size = usize::try_from(model.state_size).ok();
        let state_size = state_size.filter(|size| (1..=MAX_STATE_SIZE).contains(size));
        let state_size = state_size.ok_or_else(|| Error::Option {
            name: "state_size",
            value: model.state_size.to_string(),
            allowed: "1 to 4096",
        })?;
        Ok(Callbacks {
            state_size,
            user: model.user,
            leaf: model.leaf.ok_or(Failure::Null("leaf"))?,
            combine: model.combine.ok_or(Failure::Null("combine"))?,
            compare: model.compare.ok_or(Failure::Null("compare"))?,
            value: model.value.ok_or(Failure::Null("value"))?,
        })
    }
}

impl Callbacks {
    fn state(&self) -> Box<[Block]> {
        vec![Block([0; ALIGNMENT]); self.state_size.div_ceil(ALIGNMENT)].into()
    }
}

/// Checks a callback's return value: 0 to go on.
fn check(name: &'static str, code: i32) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    Err(Error::Callback { name, reason: format!("it returned {code}; return 0 to go on") })
}

// SAFETY, of all calls below: the host promises functions of these types that neither unwind nor
// keep what they are given; states have state_size bytes and are aligned to 16.
impl CustomModel for Callbacks {
    type State = Box<[Block]>;

    fn leaf(&self, leaf: &LeafFacts) -> Result<Self::State> {
        let facts = qube_leaf_facts {
            struct_size: size_of::<qube_leaf_facts>(),
            tensor: leaf.tensor as i64,
            footprint: leaf.footprint,
            is_volatile: leaf.volatile.into(),
            reserved: 0,
        };
        let mut state = self.state();
        let code = unsafe { (self.leaf)(self.user, &raw const facts, state.as_mut_ptr().cast()) };
        check("leaf", code).map(|()| state)
    }

    fn combine(
        &self,
        contraction: &ContractionFacts,
        left: &Self::State,
        right: &Self::State,
    ) -> Result<Self::State> {
        let facts = qube_contraction_facts {
            struct_size: size_of::<qube_contraction_facts>(),
            left_tensors: contraction.left.0,
            right_tensors: contraction.right.0,
            left_footprint: contraction.left_footprint,
            right_footprint: contraction.right_footprint,
            footprint: contraction.footprint,
            flops: contraction.flops,
            left_is_volatile: contraction.left_volatile.into(),
            right_is_volatile: contraction.right_volatile.into(),
            is_volatile: contraction.volatile.into(),
            reserved: 0,
        };
        let mut state = self.state();
        let (left, right) = (left.as_ptr().cast(), right.as_ptr().cast());
        let into = state.as_mut_ptr().cast();
        let code = unsafe { (self.combine)(self.user, &raw const facts, left, right, into) };
        check("combine", code).map(|()| state)
    }

    fn compare(&self, a: &Self::State, b: &Self::State) -> Result<Ordering> {
        let mut order = 0;
        let (a, b) = (a.as_ptr().cast(), b.as_ptr().cast());
        let code = unsafe { (self.compare)(self.user, a, b, &raw mut order) };
        check("compare", code).map(|()| order.cmp(&0))
    }

    fn value(&self, state: &Self::State) -> Result<f64> {
        let mut cost = f64::NAN;
        let code = unsafe { (self.value)(self.user, state.as_ptr().cast(), &raw mut cost) };
        check("value", code).map(|()| quiet(cost))
    }

    fn state_bytes(&self) -> usize {
        self.state_size.next_multiple_of(ALIGNMENT)
    }
}

/// Fills a cost model with 0 and NULL, for the host to set.
/// @param model        the struct to fill
/// @param struct_size  sizeof *model
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_cost_model_init(
    model: *mut qube_cost_model,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(model, struct_size, "model") })
}

/// Finds the best plan of up to 16 tensors under a monotone cost model of the host. Of splits with
/// equal states the last counts. The plan has objective QUBE_CUSTOM and the model's value as cost;
/// its nodes have none. A search that a limit stops gives, of plans with little work, storage and
/// peak, the one that the model prefers; the lower bound is then unknown, -DBL_MAX.
/// @param network  the network
/// @param policy   gives the volatile tensors (no loops are opened); NULL: none
/// @param options  the options; NULL: the defaults. Objective, weights and roofline are checked but
///                 not used; progress is not called
/// @param model    the cost model
/// @param plan     the new plan
/// @return as qube_optimize(); QUBE_ERR_CALLBACK (a callback, or a cost that is not finite),
///         QUBE_ERR_OPTION (state_size), QUBE_ERR_TOO_LARGE (all states together)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize_custom(
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
    model: *const qube_cost_model,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let network = &unsafe { reference(network, "network") }?.network;
        let policy = unsafe { policy_in(policy) };
        let (options, _) = unsafe { options_in(options) }?;
        let model = Callbacks::try_from(unsafe { structs::read(model, "model") }?)?;
        Ok(qube_plan::of(optimize_with(network, &policy, &options, &model)?))
    })
}
