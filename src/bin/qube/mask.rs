//! The observed pixels of a HEALPix mask, as QUBE counts them: those above 0.5, of each column of the
//! first table of a FITS file.
//!
//! Source: `cosmocore.in_out.read_mask` and `cosmocore.geometry` of cosmocore 1.3.0 (CosmoForge).

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use fitsrs::hdu::data::bintable::ColumnId;
use fitsrs::{DataValue, Fits, HDU};
use qube_budget::budget::Fields;

/// QUBE's threshold.
const ACTIVE: f64 = 0.5;

/// Observed pixels of one map, and of a polarisation map where it may have a mask of its own.
pub fn observed(file: &Path, fields: Fields, nside: i64) -> Result<(i64, Option<i64>), String> {
    let failed = |why: String| {
        let file = file.display();
        format!(
            "the mask {file} {why}; give --n-obs, or a mask that QUBE reads; its path starts at the working directory"
        )
    };
    let opened = File::open(file).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let mut units = Fits::from_reader(BufReader::new(opened));
    let columns = loop {
        match units.next() {
            None => return Err(failed("has no table".into())),
            Some(Err(error)) => return Err(failed(format!("cannot be read: {error}"))),
            Some(Ok(HDU::XBinaryTable(table))) => {
                break counted(units.get_data(&table).table_data()).map_err(failed)?;
            }
            Some(Ok(_)) => {}
        }
    };
    let pixels = nside.checked_mul(nside).and_then(|square| square.checked_mul(12)).unwrap_or(0);
    let is_whole = |column: &&Column| column.pixels == pixels;
    let wanted = fields.name().len();
    if columns.iter().filter(is_whole).count() != columns.len() || columns.len() != wanted {
        let found = columns.iter().map(|column| column.pixels.to_string()).collect::<Vec<_>>();
        return Err(failed(format!(
            "has columns of {} pixels, but {} at nside {nside} takes {wanted} of {pixels}",
            found.join(", "),
            fields.name(),
        )));
    }
    let active = |column: usize| columns[column].active;
    // Q and U are two components of one field.
    if wanted > 1 && active(wanted - 1) != active(wanted - 2) {
        return Err(failed("has Q and U with different observed pixels".into()));
    }
    Ok((active(0), (fields == Fields::Tqu).then(|| active(1))))
}

#[derive(Clone, Copy, Default)]
struct Column {
    pixels: i64,
    active: i64,
}

/// The columns, from the first one. Logical values are refused: FITS stores them as letters.
fn counted(values: impl Iterator<Item = DataValue>) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = Vec::new();
    for value in values {
        let (number, column) = match value {
            DataValue::Double { value, column, .. } => (value, column),
            DataValue::Float { value, column, .. } => (value.into(), column),
            DataValue::Long { value, column, .. } => (value as f64, column),
            DataValue::Integer { value, column, .. } => (value.into(), column),
            DataValue::Short { value, column, .. } => (value.into(), column),
            DataValue::UnsignedByte { value, column, .. } => (value.into(), column),
            _ => return Err("has a column that is not numeric".into()),
        };
        let ColumnId::Index(number_of_column) = column else { continue };
        if number_of_column >= columns.len() {
            columns.resize(number_of_column + 1, Column::default());
        }
        let column = &mut columns[number_of_column];
        column.pixels += 1;
        column.active += i64::from(number > ACTIVE);
    }
    Ok(columns)
}
