//! tachograph-tower
