//! tachograph-macros
