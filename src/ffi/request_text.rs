//! Requests as text, in C: lines for a job script, notes, a table, a JSON document, a drawing.

use std::ffi::c_char;

use super::guard::guard;
use super::request::{qube_request, request_in};
use super::text::text_out;
use crate::Error;
use crate::budget::Bytes;

/// The line of a job script that asks for the memory of a node (--mem).
pub const QUBE_SCRIPT_NODE: i32 = 1;
/// The line of a job script that asks for the memory of a processor (--mem-per-cpu).
pub const QUBE_SCRIPT_CPU: i32 = 2;

/// The request as a line for a job script (SLURM), memory rounded up to whole MiB, such as "#SBATCH
/// --nodes=4 --ntasks-per-node=16 --mem=71254M"; no newline. Take one form or the other, not both.
///
/// @param request  the request
/// @param form     QUBE_SCRIPT_NODE or QUBE_SCRIPT_CPU
/// @param buf      receives the line; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (form), QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_job_script(
    request: *const qube_request,
    form: i32,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let [node, cpu] = unsafe { request_in(request) }?.job_script();
        let line = match form {
            QUBE_SCRIPT_NODE => node,
            QUBE_SCRIPT_CPU => cpu,
            other => {
                let allowed = "QUBE_SCRIPT_NODE (1) or QUBE_SCRIPT_CPU (2)";
                return Err(Error::Input { name: "form", value: other.into(), allowed }.into());
            }
        };
        unsafe { text_out(&line, buf, cap, length) }
    })
}

/// What to know of the numbers, in sentences, one on each line: who holds the matrices, what is not
/// calibrated, what a rank cannot number. Every line ends with a newline.
///
/// @param request  the request
/// @param buf      receives the text; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_notes(
    request: *const qube_request,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let notes = unsafe { request_in(request) }?.notes();
        let lines: String = notes.iter().flat_map(|note| [note.as_str(), "\n"]).collect();
        unsafe { text_out(&lines, buf, cap, length) }
    })
}

/// The request as a table for people: stages with their margins and where these are from, what a
/// rank and a node need, both lines for a job script. Lines are at most 100 columns and end with a
/// newline. The layout may change between releases.
///
/// @param request  the request
/// @param buf      receives the text; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_table(
    request: *const qube_request,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&request_in(request)?.table(), buf, cap, length) })
}

/// The request as a JSON document on one line, without a newline.
///
/// @param request      the request
/// @param limit_bytes  memory of a node in bytes, 1 or more, to compare with; 0: none
/// @param buf          receives the text; NULL with cap 0 to ask for the length only
/// @param cap          bytes that buf can hold
/// @param length       receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
///         is given too)
///
/// Fields: schema ("qube-request/1"), path, release, inputs (as in qube_budget_json()), nodes,
/// ranks_per_node, cpus_per_rank, matrices_held_by ("every rank", "every node" or "spread"), grid
/// (where they are spread: nprow, npcol, block), stages (each: name, peak_bytes, margin_bytes,
/// margin_from, calibrated, per_node_bytes), largest_stage, input_bytes, baseline_bytes,
/// resident_bytes, margin_bytes, calibrated, shared_per_node_bytes, own_per_rank_bytes,
/// per_node_bytes, total_bytes, job_script (two lines), notes (sentences); with a limit also check
/// (limit_bytes, fits, spare_bytes). Fields may be added, none renamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_json(
    request: *const qube_request,
    limit_bytes: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let request = unsafe { request_in(request) }?;
        let document = match limit_bytes {
            0 => request.json(),
            limit => request.json_against(Bytes::limit(limit)?),
        };
        unsafe { text_out(&document, buf, cap, length) }
    })
}

/// What a node holds as a drawing, an SVG document in UTF-8, of the kind that qube_budget_svg()
/// gives: a bar for each stage, in it the processes, their input, the arrays and the margin, all
/// ranks of a node together. Equal requests give equal bytes.
///
/// @param request      the request
/// @param limit_bytes  memory of a node in bytes, 1 or more, drawn as a line; 0: none
/// @param buf          receives the text; NULL with cap 0 to ask for the length only
/// @param cap          bytes that buf can hold
/// @param length       receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
///         is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_svg(
    request: *const qube_request,
    limit_bytes: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let limit = (limit_bytes != 0).then_some(limit_bytes);
        let drawing = unsafe { request_in(request) }?.svg(limit)?;
        unsafe { text_out(&drawing, buf, cap, length) }
    })
}
