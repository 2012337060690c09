//! Values that remember where they were written.

use std::ops::Deref;

use cobnut_diagnostics::Span;

/// A value and its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A value that has a default: the place tells whether the file wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<T> {
    /// The effective value.
    pub value: T,
    /// Where the file says so; `None` for a default.
    pub span: Option<Span>,
}

impl<T> Setting<T> {
    /// A value that the file does not mention.
    pub fn implied(value: T) -> Self {
        Self { value, span: None }
    }

    /// A value that the file gives.
    pub fn written(value: T, span: Span) -> Self {
        Self { value, span: Some(span) }
    }
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
