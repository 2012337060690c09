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

/// A value as the file writes it, beside what Hazelcast makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// The text, trimmed.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What is read from it; `None` when Hazelcast cannot read it either.
    pub value: Option<T>,
}

impl<T> Written<T> {
    /// A text and what `read` makes of it.
    pub fn read(text: Spanned<String>, read: impl FnOnce(&str) -> Option<T>) -> Self {
        let value = read(&text.value);
        Self { text: text.value, span: text.span, value }
    }
}
