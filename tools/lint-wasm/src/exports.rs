//! The functions that the page's worker calls.
//!
//! A text goes in and out through one buffer in the module's memory: the worker asks for room, writes UTF-8 there, calls
//! [`cobnut_answer`], and reads as many bytes as that returned from where [`cobnut_buffer`] then says.

#![expect(
    unsafe_code,
    reason = "`no_mangle` counts as unsafe: two functions of one name would clash; these are the only ones"
)]

use std::cell::RefCell;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a request of this many bytes and says where it begins.
#[unsafe(no_mangle)]
pub extern "C" fn cobnut_room(bytes: usize) -> *const u8 {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        buffer.resize(bytes, 0);
        buffer.as_ptr()
    })
}

/// Answers the request in the buffer, and says how many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn cobnut_answer() -> usize {
    BUFFER.with_borrow_mut(|buffer| {
        let request = std::mem::take(buffer);
        let answer = crate::answer(&String::from_utf8_lossy(&request));
        *buffer = answer.into_bytes();
        buffer.len()
    })
}

/// Where the answer begins.
#[unsafe(no_mangle)]
pub extern "C" fn cobnut_buffer() -> *const u8 {
    BUFFER.with_borrow(|buffer| buffer.as_ptr())
}
