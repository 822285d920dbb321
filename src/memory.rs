//! Memory for many values that are read often and written rarely: this process's own, or a piece of what the processes
//! of a node share.
//!
//! Whoever writes into shared memory and when the others may look is agreed between the processes, not here.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use bytemuck::Pod;

/// Where a block may begin: at a line of the cache.
pub const ALIGNMENT: usize = 64;

/// Whose memory it is; kept as long as any block in it.
type Owner = Arc<dyn Any + Send + Sync>;

/// Values one after the other. Reads as a slice; no two blocks of a process overlap.
pub struct Block<T> {
    start: NonNull<T>,
    length: usize,
    _owner: Owner,
}

// SAFETY: a block is the only way of its process to its values, as a boxed slice is, and its owner may go anywhere.
#[allow(unsafe_code)]
unsafe impl<T: Send> Send for Block<T> {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl<T: Sync> Sync for Block<T> {}

impl<T> Deref for Block<T> {
    type Target = [T];

    #[inline(always)]
    #[allow(unsafe_code)]
    fn deref(&self) -> &[T] {
        // SAFETY: `Region::cut` and `from` made `start` and `length` from memory that the owner keeps alive.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T> DerefMut for Block<T> {
    #[inline(always)]
    #[allow(unsafe_code)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`; and nothing else in this process leads to these values.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl<T: Pod> Block<T> {
    /// Zeros of this process's own; `None` where there is not so much memory.
    #[must_use]
    pub fn zeros(length: usize) -> Option<Self> {
        Region::own(length.checked_mul(size_of::<T>())?)?.cut(length)
    }
}

impl<T: Pod> From<&[T]> for Block<T> {
    /// A copy of the values in memory of this process.
    ///
    /// # Panics
    /// Where there is no memory, as `Vec` does.
    fn from(values: &[T]) -> Self {
        let Some(mut block) = Self::zeros(values.len()) else { panic!("no memory for {} values", values.len()) };
        block.copy_from_slice(values);
        block
    }
}

impl<T: Pod> Clone for Block<T> {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl<T: fmt::Debug> fmt::Debug for Block<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

/// Memory from which blocks are cut.
pub struct Region {
    /// What is left.
    start: NonNull<u8>,
    length: usize,
    owner: Owner,
}

impl Region {
    /// Zeros of this process's own; `None` where there is not so much memory.
    #[must_use]
    #[allow(unsafe_code)]
    pub fn own(bytes: usize) -> Option<Self> {
        // Without a wish for alignment the system's fresh zeros are taken as they are, where otherwise zeros would be
        // written.
        let layout = Layout::from_size_align(bytes.checked_add(ALIGNMENT)?, 1).ok()?;
        // SAFETY: the layout is not empty.
        let whole = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let owner = Arc::new(Allocation { start: whole, layout });
        // SAFETY: less than `ALIGNMENT` bytes on, and so many more than `bytes` there are.
        let start = unsafe { whole.add(whole.as_ptr().align_offset(ALIGNMENT)) };
        Some(Self { start, length: bytes, owner })
    }

    /// Memory that somebody else provides.
    ///
    /// # Safety
    /// The bytes are initialised, can be read and written as long as `owner` lives, and nothing else in this process
    /// leads to them. Where other processes see them too, one of these writes only while none of the others reads.
    #[must_use]
    #[allow(unsafe_code)]
    pub unsafe fn lent(start: NonNull<u8>, bytes: usize, owner: Arc<dyn Any + Send + Sync>) -> Self {
        Self { start, length: bytes, owner }
    }

    /// Cuts off a block of `length` values; `None` when too little is left.
    #[allow(unsafe_code)]
    pub fn cut<T: Pod>(&mut self, length: usize) -> Option<Block<T>> {
        let padding = self.start.as_ptr().align_offset(ALIGNMENT.max(align_of::<T>()));
        let bytes = length.checked_mul(size_of::<T>())?;
        let left = self.length.checked_sub(padding)?.checked_sub(bytes)?;
        // SAFETY: `padding + bytes` do not reach beyond the region, as the subtractions above have found.
        let (start, rest) = unsafe { (self.start.add(padding), self.start.add(padding + bytes)) };
        (self.start, self.length) = (rest, left);
        Some(Block { start: start.cast(), length, _owner: Arc::clone(&self.owner) })
    }
}

/// Bytes of a region from which a block of `length` values of `T` can be cut, whatever was cut before it.
#[must_use]
pub const fn room_for<T>(length: usize) -> usize {
    (length * size_of::<T>()).next_multiple_of(ALIGNMENT)
}

/// Memory of this process.
struct Allocation {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it is an address to give back, from whichever thread.
#[allow(unsafe_code)]
unsafe impl Send for Allocation {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Allocation {}

impl Drop for Allocation {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: the allocator gave this address for this layout, and the last block is gone.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_blocks_of_a_region_lie_apart_and_outlive_it() {
        let mut region = Region::own(room_for::<u8>(3) + room_for::<f32>(5) + room_for::<u64>(2)).unwrap();
        let mut bytes = region.cut::<u8>(3).unwrap();
        let mut reals = region.cut::<f32>(5).unwrap();
        let mut words = region.cut::<u64>(2).unwrap();
        assert!(region.cut::<u64>(1).is_none(), "more is cut than there is");
        drop(region);
        assert_eq!((&*bytes, &*reals, &*words), (&[0; 3][..], &[0.0; 5][..], &[0; 2][..]));
        bytes.fill(u8::MAX);
        reals.fill(1.5);
        words.fill(u64::MAX);
        assert_eq!((&*bytes, &*reals, &*words), (&[255; 3][..], &[1.5; 5][..], &[u64::MAX; 2][..]));
        for start in [bytes.as_ptr().addr(), reals.as_ptr().addr(), words.as_ptr().addr()] {
            assert_eq!(start % ALIGNMENT, 0);
        }
    }

    #[test]
    fn exact_impossible_sizes_are_refused() {
        assert!(Region::own(usize::MAX).is_none());
        assert!(Region::own(64).unwrap().cut::<u64>(usize::MAX).is_none());
        assert_eq!(Region::own(0).unwrap().cut::<f64>(0).unwrap().len(), 0);
    }

    #[test]
    fn exact_a_clone_has_values_of_its_own() {
        let first = Block::from(&[1.0, 2.0][..]);
        let mut second = first.clone();
        second[0] = 9.0;
        assert_eq!((&*first, &*second), (&[1.0, 2.0][..], &[9.0, 2.0][..]));
    }
}
