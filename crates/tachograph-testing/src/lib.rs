//! tachograph-testing
