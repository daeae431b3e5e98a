//! tachograph-pipeline
