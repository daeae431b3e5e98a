//! What calls to models cost.
