//! What the attributes, functions and guards do, seen through the telemetry that they leave.

mod after_the_fact;
mod arguments;
mod conventions;
mod current;
mod custom;
mod hygiene;
mod matrix;
mod nothing_installed;
mod parents;
