//! Pages as tests.
