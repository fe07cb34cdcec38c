//! Meters: resident sizes of a run, stage by stage.

use std::ffi::{c_char, c_void};

use super::arena::{Arena, View, viewed};
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::render::{QUBE_FORMAT_JSON, no_such_format, rendered};
use super::status::Failure;
use super::structs::{self, growable, known, truth};
use super::text::{array_in, optional_text_in, text_in};
use crate::Error;
use crate::budget::Bytes;
use crate::meter::{Border, Meter, Reading, ThisProcess, read_and_reset, replay};
use crate::run::{Measured, MeasuredStage, Reduction, Spread};

/// The largest value of all ranks.
pub const QUBE_REDUCTION_LARGEST: i32 = 1;
/// The least.
pub const QUBE_REDUCTION_LEAST: i32 = 2;
/// The sum.
pub const QUBE_REDUCTION_SUM: i32 = 3;

/// A meter of this process, and its record.
pub struct qube_meter {
    meter: Option<Meter>,
    record: Measured,
    rank: Option<i64>,
    view: View<qube_meter_view>,
}

/// Replaces values by those of all ranks, as MPI_Allreduce does in place with MPI_INT64_T.
/// @param user       user of qube_meter_reduce()
/// @param reduction  QUBE_REDUCTION_LARGEST, _LEAST or _SUM
/// @param values     the values to replace
/// @param n_values   length of values, the same on all ranks
/// @return 0 to go on
pub type qube_reduce_callback = Option<
    unsafe extern "C" fn(user: *mut c_void, reduction: i32, values: *mut i64, n_values: i64) -> i32,
>;

/// A measured resident size. Without qube_meter_reduce(), or where a rank does not know it, the
/// figures of all ranks are -1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_measured_figure {
    /// Of this process, or the largest of all ranks; -1: unknown.
    pub bytes: i64,
    /// The least of all ranks.
    pub least_bytes: i64,
    /// The sum of all ranks.
    pub sum_bytes: i64,
    /// The first rank that holds the largest.
    pub fullest_rank: i64,
}

/// A measured stage.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_measured_stage {
    pub name: *const c_char,
    /// At its beginning.
    pub entry: qube_measured_figure,
    /// At its end.
    pub end: qube_measured_figure,
    /// The largest in it.
    pub peak: qube_measured_figure,
}

/// The record of a meter.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_meter_view {
    pub struct_size: usize,
    /// The ended stages, in the order of their beginnings.
    pub stages: *const qube_measured_stage,
    pub n_stages: i64,
    /// Held when the meter was made; -1: unknown.
    pub baseline_bytes: i64,
    /// The largest of the life of the process.
    pub lifetime_peak: qube_measured_figure,
    /// The largest of the control group, with all its processes and the pages of files that they
    /// read; -1: unknown.
    pub cgroup_peak_bytes: i64,
    /// Ranks of the figures; 0 before qube_meter_reduce().
    pub n_ranks: i64,
    /// What this system cannot read, and the consequences, by line.
    pub notes: *const *const c_char,
    pub n_notes: i64,
}

growable!(qube_meter_view);

/// A reading at a border of two stages.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_reading {
    /// The resident size; -1: unknown.
    pub resident_bytes: i64,
    /// The largest since the mark's reset, or of the process; -1: unknown.
    pub peak_bytes: i64,
    /// 1: the kernel's high-water mark was reset to the resident size here.
    pub is_reset: i32,
    pub reserved: i32,
}

/// Makes a meter of this process, for one thread at a time; the bytes held now are the baseline. At
/// each border it reads /proc/self/status (VmRSS, VmHWM) and resets the mark VmHWM through
/// /proc/self/clear_refs, so that the mark at the next border is the peak between. A mark that
/// cannot be reset only rises: the peak of a stage below an earlier one is then unknown. Without
/// /proc the peak is that of getrusage. The notes of the view name what is unknown. A border takes
/// some 50 microseconds.
/// @param rank   the number of this rank, for its record, 0 or more; -1: none
/// @param meter  the new meter
/// @return QUBE_OK; QUBE_ERR_INPUT (rank)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_new(rank: i64, meter: *mut *mut qube_meter) -> i32 {
    guard_handle(meter, "meter", || {
        let rank = checked_rank(rank)?;
        let mut meter = Meter::start();
        rank.into_iter().for_each(|rank| meter.set_rank(rank.unsigned_abs()));
        let record = meter.record();
        Ok(qube_meter { meter: Some(meter), record, rank, view: View::default() })
    })
}

/// Marks a border: the previous stage ends, and this one begins. A stage that is entered again
/// keeps its first entry, its last end and the larger peak.
/// @param meter  the meter; its views end here
/// @param stage  the stage, as in the budget; without control characters
/// @return QUBE_OK; QUBE_ERR_LABEL (stage), QUBE_ERR_TOO_LARGE (more than 4096 stages),
///         QUBE_ERR_DOCUMENT (a meter of readings has ended)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_stage(meter: *mut qube_meter, stage: *const c_char) -> i32 {
    guard(|| {
        let handle = unsafe { reference_mut(meter, "meter") }?;
        let stage = unsafe { text_in(stage, "stage") }?;
        handle.mark(|meter| meter.stage(stage))
    })
}

/// Marks the end of the last stage.
/// @param meter  the meter; its views end here
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (no stage has begun, or a meter of readings)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_end(meter: *mut qube_meter) -> i32 {
    guard(|| unsafe { reference_mut(meter, "meter") }?.mark(Meter::end))
}

/// Makes the record one of all ranks: of each figure the largest, the least, the sum, and the
/// fullest rank. Each rank calls it after the same stages; the library itself sends nothing. Every
/// rank does the same five reductions in the same order. If the ranks marked different stages, all
/// of them fail.
/// @param meter   the meter, made with a rank; its views end here
/// @param reduce  the reduction
/// @param user    passed to reduce
/// @return QUBE_OK; QUBE_ERR_INPUT (a meter without a rank), QUBE_ERR_CALLBACK, QUBE_ERR_DOCUMENT
///         (the ranks marked different stages)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_reduce(
    meter: *mut qube_meter,
    reduce: qube_reduce_callback,
    user: *mut c_void,
) -> i32 {
    guard(|| {
        let handle = unsafe { reference_mut(meter, "meter") }?;
        let reduce = reduce.ok_or(Failure::Null("reduce"))?;
        let own = handle.meter.as_mut().map_or_else(|| handle.record.clone(), Meter::record);
        let mut call = |how: Reduction, values: &mut [i64]| {
            let how = match how {
                Reduction::Largest => QUBE_REDUCTION_LARGEST,
                Reduction::Least => QUBE_REDUCTION_LEAST,
                Reduction::Sum => QUBE_REDUCTION_SUM,
            };
            // SAFETY: the host promises a function of this type that does not unwind.
            match unsafe { reduce(user, how, values.as_mut_ptr(), values.len() as i64) } {
                0 => Ok(()),
                code => Err(format!("it returned {code}; return 0 to go on")),
            }
        };
        let record = own.over_ranks(handle.rank.unwrap_or(-1), &mut call)?;
        (handle.record, handle.view) = (record, View::default());
        Ok(())
    })
}

/// Fills the view of a meter.
/// @param meter  the meter
/// @param view   the view, with struct_size set; valid until the meter's next border, reduction or
///               _free
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_get(
    meter: *const qube_meter,
    view: *mut qube_meter_view,
) -> i32 {
    unsafe { viewed(meter, "meter", view, |handle| &handle.view, view_of) }
}

/// Renders the record, for qube_budget_compare(). JSON "qube-measured/1" has rank, host,
/// baseline_bytes, peak_rss_bytes (of the life of the process), cgroup_peak_bytes, stages (each:
/// name, entry_rss_bytes, rss_bytes at its end, peak_rss_bytes) and notes; unknown figures are
/// absent. A record of all ranks has ranks, the largest figures, and beside each an object
/// (entry_rss_ranks, rss_ranks, peak_rss_ranks) with least_bytes, sum_bytes and fullest_rank.
/// @param meter   the meter
/// @param format  QUBE_FORMAT_JSON
/// @param text    the new document
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_render(
    meter: *const qube_meter,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let record = &unsafe { reference(meter, "meter") }?.record;
        match format {
            QUBE_FORMAT_JSON => Ok(record.json()),
            _ => Err(no_such_format(format, "QUBE_FORMAT_JSON (2)")),
        }
    })
}

/// Frees a meter.
/// @param meter  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_free(meter: *mut qube_meter) {
    unsafe { free_handle(meter) }
}

/// Reads this process as a meter does, and resets the high-water mark. For hosts that keep the
/// readings and make a meter of them at the end: qube_meter_of_readings().
/// @param reading  the reading
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_read(reading: *mut qube_reading) -> i32 {
    guard(|| {
        let reading = unsafe { reference_mut(reading, "reading") }?;
        let (found, is_reset) = read_and_reset(&mut ThisProcess::new(), true);
        *reading = qube_reading {
            resident_bytes: signed(found.resident),
            peak_bytes: signed(found.peak),
            is_reset: is_reset.into(),
            reserved: 0,
        };
        Ok(())
    })
}

/// Makes an ended meter of readings: the first is the start, each further one a border.
/// @param rank        the number of this rank, 0 or more; -1: none
/// @param stages      n_readings names of the stages that begin; NULL for the first reading, and
///                    where a stage ends and none begins
/// @param readings    n_readings readings of qube_meter_read()
/// @param n_readings  length of stages and readings, 1 or more
/// @param meter       the new meter
/// @return QUBE_OK; QUBE_ERR_INPUT (rank, n_readings, a negative size), QUBE_ERR_LABEL,
///         QUBE_ERR_TOO_LARGE, QUBE_ERR_DOCUMENT (as qube_meter_stage() and qube_meter_end())
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_meter_of_readings(
    rank: i64,
    stages: *const *const c_char,
    readings: *const qube_reading,
    n_readings: i64,
    meter: *mut *mut qube_meter,
) -> i32 {
    guard_handle(meter, "meter", || {
        let rank = checked_rank(rank)?;
        let stages = unsafe { array_in(stages, n_readings, ("stages", "n_readings")) }?;
        let readings = unsafe { array_in(readings, n_readings, ("readings", "n_readings")) }?;
        let border = |(&stage, reading): (&*const c_char, &qube_reading)| {
            let size = |name, bytes: i64| match known(bytes) {
                Some(value) => Bytes::from_signed(value).map(Some).ok_or(Error::Input {
                    name,
                    value,
                    allowed: "0 or more, or -1 for what is not known",
                }),
                None => Ok(None),
            };
            Ok(Border {
                stage: unsafe { optional_text_in(stage, "stages") }?,
                reading: Reading {
                    resident: size("resident_bytes", reading.resident_bytes)?,
                    peak: size("peak_bytes", reading.peak_bytes)?,
                },
                is_reset: truth(reading.is_reset, "is_reset")?,
            })
        };
        let borders = stages.iter().zip(readings).map(border);
        let borders = borders.collect::<Result<Vec<_>, Failure>>()?;
        let record = replay(&borders, rank.map(i64::unsigned_abs))?;
        Ok(qube_meter { meter: None, record, rank, view: View::default() })
    })
}

fn checked_rank(rank: i64) -> Result<Option<i64>, Error> {
    match known(rank) {
        Some(value) if value < 0 => {
            Err(Error::Input { name: "rank", value, allowed: "0 or more, or -1 for none" })
        }
        rank => Ok(rank),
    }
}

impl qube_meter {
    fn mark(
        &mut self,
        border: impl FnOnce(&mut Meter) -> crate::Result<()>,
    ) -> Result<(), Failure> {
        let Some(meter) = &mut self.meter else {
            return Err(Error::Document {
                what: "sequence of stages",
                reason: "a meter of readings has ended; make one by qube_meter_new()".into(),
            }
            .into());
        };
        border(meter)?;
        (self.record, self.view) = (meter.record(), View::default());
        Ok(())
    }
}

fn view_of(handle: &qube_meter, arena: &mut Arena) -> Result<qube_meter_view, Failure> {
    let record = &handle.record;
    let (stages, n_stages) = arena.array_of(record.stages(), |arena, stage| {
        let MeasuredStage { name, entry, end, peak, ranks: [of_entry, of_end, of_peak] } = stage;
        Ok(qube_measured_stage {
            name: arena.text(name)?,
            entry: figure(*entry, *of_entry),
            end: figure(*end, *of_end),
            peak: figure(*peak, *of_peak),
        })
    })?;
    let (notes, n_notes) = arena.array_of(record.notes(), |arena, note| arena.text(note))?;
    Ok(qube_meter_view {
        stages,
        n_stages,
        baseline_bytes: signed(record.baseline()),
        lifetime_peak: figure(record.lifetime_peak(), record.lifetime_ranks()),
        cgroup_peak_bytes: signed(record.cgroup_peak()),
        n_ranks: record.ranks().map_or(0, |ranks| ranks as i64), // made from one
        notes,
        n_notes,
        ..structs::Growable::defaults()
    })
}

fn signed(bytes: Option<Bytes>) -> i64 {
    bytes.map_or(-1, Bytes::signed)
}

fn figure(bytes: Option<Bytes>, ranks: Option<Spread>) -> qube_measured_figure {
    qube_measured_figure {
        bytes: signed(bytes),
        least_bytes: signed(ranks.map(|spread| spread.least)),
        sum_bytes: signed(ranks.map(|spread| spread.sum)),
        fullest_rank: ranks.map_or(-1, |spread| spread.fullest as i64), // made from one
    }
}
