//! Memory of views: texts and arrays, laid out at the first `_get` and freed with the handle.
//!
//! Memory is taken in blocks that are never moved, so that pointers stay valid while the arena grows:
//! a view of n nodes costs a handful of allocations, not one for each text.

use std::ffi::c_char;
use std::sync::OnceLock;

use super::guard::{guard, reference};
use super::status::Failure;
use super::structs::{self, Growable};
use crate::Error;

/// Words of a block, unless one thing alone needs more.
const BLOCK: usize = 512;

/// Texts and arrays at addresses that stay.
#[derive(Default)]
pub(super) struct Arena {
    blocks: Vec<Vec<u64>>,
}

impl Arena {
    /// A copy of a text, with the NUL that C expects.
    pub(super) fn text(&mut self, text: &str) -> Result<*const c_char, Failure> {
        if text.contains('\0') {
            return Err(nul(text).into());
        }
        let to = self.bytes(text.len() + 1)?;
        // SAFETY: `to` has room for the text and the NUL; fresh memory does not overlap the text.
        unsafe {
            to.copy_from_nonoverlapping(text.as_ptr(), text.len());
            to.add(text.len()).write(0);
        }
        Ok(to.cast())
    }

    /// The same of an optional text: NULL if there is none.
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> Result<*const c_char, Failure> {
        text.map_or(Ok(std::ptr::null()), |text| self.text(text))
    }

    /// A copy of an array of plain C values; NULL where it is empty.
    pub(super) fn array<T: Copy>(&mut self, items: &[T]) -> Result<*const T, Failure> {
        const { assert!(align_of::<T>() <= align_of::<u64>() && !std::mem::needs_drop::<T>()) };
        if items.is_empty() {
            return Ok(std::ptr::null());
        }
        let to = self.bytes(size_of_val(items))?.cast::<T>();
        // SAFETY: as for `text`; blocks are aligned for u64, so for T.
        unsafe { to.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        Ok(to)
    }

    /// An array with an element made from each item.
    pub(super) fn array_of<I, T: Copy>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        mut make: impl FnMut(&mut Arena, I) -> Result<T, Failure>,
    ) -> Result<(*const T, i64), Failure> {
        let mut made = Vec::new();
        for item in items {
            let item = make(self, item)?;
            push(&mut made, item)?;
        }
        Ok((self.array(&made)?, made.len() as i64))
    }

    /// Fresh memory of this many bytes, aligned for u64.
    fn bytes(&mut self, bytes: usize) -> Result<*mut u8, Failure> {
        let words = bytes.div_ceil(size_of::<u64>());
        let has_room = |block: &Vec<u64>| block.capacity() - block.len() >= words;
        if !self.blocks.last().is_some_and(has_room) {
            let size = words.max(BLOCK);
            let mut block = Vec::new();
            block
                .try_reserve_exact(size)
                .and_then(|()| self.blocks.try_reserve(1))
                .map_err(|_| out_of_memory(size * size_of::<u64>()))?;
            self.blocks.push(block);
        }
        // There is one: it was pushed if there was none.
        let Some(block) = self.blocks.last_mut() else { return Err(out_of_memory(bytes)) };
        let at = block.len();
        // Within the capacity: the block does not move.
        block.resize(at + words, 0);
        // SAFETY: at most the length, which is within the allocation.
        Ok(unsafe { block.as_mut_ptr().add(at) }.cast())
    }
}

/// Text that C cannot hold.
pub(super) fn nul(text: &str) -> Error {
    Error::Label {
        what: "text for C",
        label: text.escape_debug().to_string(), // the message goes to C too
        allowed: "text without NUL",
    }
}

fn out_of_memory(bytes: usize) -> Failure {
    Failure::Memory { bytes }
}

/// Adds an item if there is memory for it.
fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), Failure> {
    items.try_reserve(1).map_err(|_| out_of_memory((items.len() + 1) * size_of::<T>()))?;
    items.push(item);
    Ok(())
}

/// A view, built once at its first use, with the memory that it points into.
pub(super) struct View<V>(OnceLock<(V, Arena)>);

impl<V> Default for View<V> {
    fn default() -> Self {
        View(OnceLock::new())
    }
}

// SAFETY: a view is plain data that points into its own arena, and neither changes once built.
unsafe impl<V> Send for View<V> {}
// SAFETY: as above.
unsafe impl<V> Sync for View<V> {}

impl<V> View<V> {
    /// The view. Threads that first use it at the same time may each build one; one stays.
    pub(super) fn get(
        &self,
        build: impl FnOnce(&mut Arena) -> Result<V, Failure>,
    ) -> Result<&V, Failure> {
        if let Some((view, _)) = self.0.get() {
            return Ok(view);
        }
        let mut arena = Arena::default();
        let view = build(&mut arena)?;
        Ok(&self.0.get_or_init(|| (view, arena)).0)
    }
}

/// The body of every `_get`: copies the handle's view, built if need be, to the caller.
///
/// # Safety
/// As for `reference` and `structs::write`.
pub(super) unsafe fn viewed<H, V: Growable>(
    handle: *const H,
    name: &'static str,
    to: *mut V,
    view: impl FnOnce(&H) -> &View<V>,
    build: impl FnOnce(&H, &mut Arena) -> Result<V, Failure>,
) -> i32 {
    guard(|| {
        let handle = unsafe { reference(handle, name) }?;
        let view = view(handle).get(|arena| build(handle, arena))?;
        unsafe { structs::write(view, to, "view") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::status::QUBE_ERR_LIMIT;
    use std::ffi::CStr;

    #[test]
    fn what_was_laid_out_stays_where_it_is() {
        let mut arena = Arena::default();
        let texts: Vec<String> = (0..3000).map(|n| format!("μ̃_{n}")).collect();
        let pointers: Vec<_> = texts.iter().map(|text| arena.text(text).ok().unwrap()).collect();
        let numbers: Vec<i64> = (0..5000).collect();
        let array = arena.array(&numbers).ok().unwrap();
        for (text, &pointer) in texts.iter().zip(&pointers) {
            // SAFETY: made by the arena, which is still there.
            assert_eq!(unsafe { CStr::from_ptr(pointer) }.to_str(), Ok(text.as_str()));
        }
        // SAFETY: as above; 5000 numbers.
        assert_eq!(unsafe { std::slice::from_raw_parts(array, 5000) }, numbers);
        assert!(arena.array::<i64>(&[]).ok().unwrap().is_null());
        assert!(arena.text("a\0b").is_err());
    }

    #[test]
    fn memory_that_cannot_be_had_is_an_error() {
        let mut arena = Arena::default();
        let kept = arena.text("kept").ok().unwrap();
        let failure = arena.bytes(1 << 62).err().unwrap();
        assert_eq!(failure.status(), QUBE_ERR_LIMIT);
        assert!(failure.message().contains("4611686018427387904"), "{}", failure.message());
        // SAFETY: made by the arena, which is still there.
        assert_eq!(unsafe { CStr::from_ptr(kept) }, c"kept");

        let view = View::<i64>::default();
        assert!(view.get(|_| Err(Failure::Memory { bytes: 8 })).is_err());
        assert_eq!(view.get(|_| Ok(5)).ok(), Some(&5), "the next call tries again");
        assert_eq!(view.get(|_| Ok(6)).ok(), Some(&5), "and then it stays");
    }
}
