//! Golden bytes follow once the shapes are settled.
