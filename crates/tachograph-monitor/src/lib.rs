//! tachograph-monitor
