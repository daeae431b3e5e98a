//! tachograph-core
