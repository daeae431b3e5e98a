//! What the attributes, functions and guards do, seen through the telemetry that they leave.

mod matrix;
